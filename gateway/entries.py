"""Log entries: made of their parts, sealed apart from one another, and what each is found by.

The catalogue (`audit.events`) fixes the fields; whoever records something fills them. The entries
of decisions are in `gateway.decision_entries`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from adapters.contract import Finding
from audit.encoding import Writable
from audit.entry import encode_part, seal
from audit.errors import EncodingError
from audit.events import EntryType
from audit.parts import Part
from gateway.requests import Caller, PartOfFile
from gateway.storage.indexing import IndexKind, Term
from gateway.storage.unit import Entry

Fields = dict[str, Writable]
Random = Callable[[int], bytes]

_FOUND_BY: Final[Mapping[str, IndexKind]] = MappingProxyType(
    {
        "user": IndexKind.USER,
        "decided_by": IndexKind.USER,
        "request": IndexKind.REQUEST,
        "sender": IndexKind.SERVICE,
        "recipient": IndexKind.SERVICE,
        "recipients": IndexKind.SERVICE,
    }
)
_MOST_FINDINGS: Final = 100
_MOST_PLACE: Final = 120


@dataclass(frozen=True, slots=True)
class Act:
    """Who acted, in the gateway's part of an entry: a client's request, or a person."""

    caller: str = ""
    request: str = ""
    user: str = ""
    role: str = ""
    assertion: str = ""

    def fields(self) -> Fields:
        """Return the members that are known."""
        known = {
            "caller": self.caller,
            "request": self.request,
            "user": self.user,
            "role": self.role,
            "assertion_sha256": self.assertion,
        }
        return {name: value for name, value in known.items() if value}


def act_of(caller: Caller, request: str, user: str = "") -> Act:
    """Return the act of a *caller* with its *request*, perhaps for a person, *user*."""
    return Act(caller.client_id, request, user, assertion=caller.assertion)


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a decision: a received *record*, or a *task* that *decided_by* resolved."""

    record: str = ""
    task: str = ""
    decided_by: str = ""

    def fields(self) -> Fields:
        """Return the members that are known."""
        known = {"record": self.record, "task": self.task, "decided_by": self.decided_by}
        return {name: value for name, value in known.items() if value}


NOTHING_ELSE: Final = Cause()
BASIS_NOT_SUPPORTED: Final = "basis-not-supported"
"""Why nobody but the asker was to hear of a request, in the words of the log."""


def entry(  # noqa: PLR0913 - an entry has these parts, each passed by its name
    kind: EntryType,
    parts: Mapping[Part, Fields],
    random: Random,
    *,
    sender: str = "",
    recipient: str = "",
    purpose: str = "",
    policy: str = "",
    child_id: str | None = None,
) -> Entry:
    """Return the entry of this *kind* with *parts*, sealed apart from one another."""
    contents = {part: _encoded(kind, part, fields) for part, fields in parts.items()}
    return Entry(
        type=kind,
        detail=seal(contents, random),
        sender=sender,
        recipient=recipient,
        purpose=purpose,
        policy=policy,
        child_id=child_id,
        terms=terms_of(parts.get(Part.GATEWAY, {})),
    )


def terms_of(gateway: Mapping[str, Writable]) -> tuple[Term, ...]:
    """Return what an entry is found by, of what the *gateway*'s part of it says.

    >>> terms_of({"request": "r1", "accounts": [{"sender": "health-visiting"}]})[1].text
    'health-visiting'
    """
    accounts = gateway.get("accounts", ())
    accounts = accounts if isinstance(accounts, Sequence) else ()
    parts = (gateway, *(one for one in accounts if isinstance(one, Mapping)))
    found = (
        Term(kind, text)
        for part in parts
        for name, kind in _FOUND_BY.items()
        for text in _texts(part.get(name, ""))
    )
    return tuple(dict.fromkeys(found))


def _texts(value: Writable) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    some = value if isinstance(value, Sequence) else ()
    return tuple(one for one in some if isinstance(one, str) and one)


def _encoded(kind: EntryType, part: Part, fields: Fields) -> bytes:
    try:
        return encode_part(kind, part, fields)
    except EncodingError:
        # What others wrote (a justification, an identifier) need not be in Unicode's normal form.
        composed = {name: _composed(value) for name, value in fields.items()}
        return encode_part(kind, part, composed)


def _composed(value: Writable) -> Writable:
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, Mapping):
        return {name: _composed(one) for name, one in value.items()}
    return [_composed(one) for one in value] if isinstance(value, Sequence) else value


def found(findings: tuple[Finding, ...]) -> list[Writable]:
    """Return *findings* as a log may hold them: code and place, never a value.

    Of very many the first stand for all, and the last line counts the others.
    """
    said: list[Writable] = [
        f"{finding.code} {finding.where[:_MOST_PLACE]}" for finding in findings[:_MOST_FINDINGS]
    ]
    if len(findings) > _MOST_FINDINGS:
        said.append(f"and {len(findings) - _MOST_FINDINGS} more")
    return said


def part_of(part: PartOfFile | None) -> Fields:
    """Return where in a big file a record stood: whoever has the file can cut it out again."""
    if part is None:
        return {}
    where: Fields = {"file_sha256": part.sha256}
    if part.piece.offset is not None:
        where["offset"] = part.piece.offset
    return where


def glass_broken(  # noqa: PLR0913 - each by its name
    random: Random,
    act: Act,
    *,
    recipient: str,
    purpose: str,
    child_id: str | None,
    why: str,
    expires: datetime,
) -> Entry:
    """Return the entry of somebody's having invoked break-glass, for use until *expires*.

    It is there whatever there was to release, so that the log's indices do not tell.
    """
    gateway: Fields = act.fields() | {"recipient": recipient, "purpose": purpose}
    gateway["expires"] = expires.isoformat()
    if why:
        gateway["justification"] = why
    if child_id is not None:
        gateway["child"] = child_id
    return entry(
        EntryType.BREAK_GLASS,
        {Part.GATEWAY: gateway},
        random,
        recipient=recipient,
        purpose=purpose,
        child_id=child_id,
    )


def looked_up(
    random: Random, act: Act, *, recipient: str, child_id: str | None, kinds: list[str]
) -> Entry:
    """Return the entry of a search for a child: that there was one, by which kinds of identifier.

    Its type is one and the same whatever was found, and the values are not in it.
    """
    gateway: Fields = act.fields() | {
        "query": list(kinds),
        "results": 0 if child_id is None else 1,
    }
    if child_id is not None:
        gateway["child"] = child_id
    return entry(
        EntryType.AUDIT_READ,
        {Part.GATEWAY: gateway},
        random,
        recipient=recipient,
        child_id=child_id,
    )


def recorded(said: Iterable[bytes], stamp: int) -> Fields:
    """Return the fields by which an entry commits to what was *said* and recorded with it.

    *stamp* is the version that what decisions rest on has from then on.
    """
    return {"recorded_sha256": recorded_sha256(said), "stamp": stamp}


def recorded_sha256(said: Iterable[bytes]) -> str:
    """Return the digest of what was *said*; rows have no order of their own: theirs are sorted."""
    return digest(b"".join(sorted(sha256(one).digest() for one in said)))


def digest(content: bytes) -> str:
    """Return the SHA-256 of *content*, in hexadecimal."""
    return sha256(content).hexdigest()
