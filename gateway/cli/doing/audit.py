"""What `caf-gateway audit` does with the log of a gateway."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from audit import export as tiles
from audit.canonical import Json
from audit.events import EntryType
from audit.parts import Part
from gateway import settings, verification
from gateway.cli.doing.subjects import require_child
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.searching import FoundEntry, Search, search
from gateway.stored_log import open_stored_log
from policies.attributes import word_of

_TOLD = ("kind", "register", "agreement", "fact", "task", "outcome", "reason", "message_id")


@dataclass(frozen=True, slots=True)
class Exported:
    """What a folder holds now, and how much it held before."""

    folder: str
    origin: str
    size: int
    size_before: int


def verify(home: Path | None) -> verification.Verification:
    """Return what does not hold of all that is stored of the log."""
    with open_stored_log(settings.load(home)) as stored:
        return verification.verify(stored)


def export(home: Path | None, folder: Path) -> Exported:
    """Bring the exported log in *folder* up to date.

    Raises `AuditError` where the log has not only grown, or is not what was signed.
    """
    with open_stored_log(settings.load(home)) as stored:
        log = stored.log()
        done = tiles.export(
            folder,
            log.published.note,
            [log.signing.verifier],
            lambda start, stop: (leaf for _, leaf in log.leaves(start, stop)),
        )
    return Exported(str(folder), done.checkpoint.origin, done.checkpoint.size, done.size_before)


def prove(home: Path | None, index: int, part: str, *, early: bool = False) -> str:
    """Return the receipt of one entry for the holder of *part*, as JSON.

    An *early* one has the signatures of then, for those who do not know a key of today.
    """
    whose = word_of(Part, part, "a part is recipient, sender or gateway")
    with open_stored_log(settings.load(home)) as stored:
        return stored.details().receipt(index, whose, early=early).decode()


def find(  # noqa: PLR0913 - a search has all of this
    home: Path | None,
    *,
    child: str | None,
    service: str | None,
    type_: str | None,
    by: str,
    reason: str,
) -> tuple[FoundEntry, ...]:
    """Return the entries that are looked for, having recorded the search."""
    if child is None and service is None and type_ is None:
        message = "a search names a child, a service or a type of entry"
        raise RequestError(message)
    kind = None if type_ is None else word_of(EntryType, type_, "no such type of entry")
    wanted = Search(by=by, child=child, service=service, type=kind, reason=reason)
    with open_gateway(settings.load(home)) as gateway:
        if child is not None:
            require_child(gateway.office, child)
        return search(gateway.office, wanted)


def cells(found: FoundEntry) -> tuple[str, ...]:
    """Return *found* as the cells of a table."""
    when = f"{found.at:%d %b %Y %H:%M:%S}"
    return (
        str(found.index),
        when,
        found.type,
        found.sender,
        found.recipient,
        found.purpose,
        _what(found),
    )


def _what(found: FoundEntry) -> str:
    """Return in a few words what an entry's detail says, for those who may read all of it."""
    if found.detail is None:
        return "erased"
    fields = found.detail.get(Part.GATEWAY, {})
    outcomes = Counter(_outcome(row) for row in _decided(fields))
    if outcomes:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    return " ".join(str(fields[name]) for name in _TOLD if name in fields)


def _decided(fields: Mapping[str, Json]) -> Iterator[Json]:
    """Yield what was decided, element by element; an answer to an asker has several accounts."""
    yield from _rows(fields.get("outcomes", []))
    for account in _rows(fields.get("accounts", [])):
        if isinstance(account, dict):
            yield from _rows(account.get("outcomes", []))


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _outcome(row: Json) -> str:
    return str(row.get("outcome", "")) if isinstance(row, dict) else ""
