"""What `register`, `organisation`, `service`, `client` and `practitioner` do."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from gateway import register_file, settings
from gateway.cli.reports import print_table, to_json
from gateway.composition import Gateway, open_gateway
from gateway.errors import RegisterError
from gateway.recording import Recorder, Revising
from gateway.registers import (
    KINDS,
    Client,
    Document,
    Practitioner,
    Registers,
    Service,
    kind_of,
    parse,
)
from policies import documents

_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One document that was new or changed."""

    register: str
    id: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a file did: what was *recorded*, and how much stood there already."""

    recorded: tuple[Recorded, ...]
    unchanged: int


def load(home: Path | None, file: Path | None, by: str) -> Loaded:
    """Record what is new or changed in *file*, or in the one that the settings name."""
    found = settings.load(home)
    given = register_file.read(file or found.registers)
    with open_gateway(found) as gateway:
        recorded = _record(gateway, by, lambda registers: _keeping(registers, given))
    return Loaded(recorded, len(given) - len(recorded))


def add(
    home: Path | None, kind: str, id_: str, fields: Mapping[str, object], by: str
) -> tuple[Document, bool]:
    """Record the document that options give, or standard input where *id_* is `-`.

    A document that is registered already keeps what no option names. Return it, and whether
    anything was recorded. Raises `RegisterError` or `DocumentError` where it is not a document.
    """
    text = sys.stdin.read() if id_ == _STANDARD_INPUT else None
    with open_gateway(settings.load(home)) as gateway:
        if text is not None:
            written = documents.parse(text, KINDS[kind], "standard input")
            for complaint in register_file.clearances_in(written):
                raise RegisterError(complaint)
            given = (written,)
            return written, bool(_record(gateway, by, lambda registers: _keeping(registers, given)))

        def revising(registers: Registers) -> tuple[Document]:
            known = registers.find(kind, id_)
            given = {name: value for name, value in fields.items() if value not in (None, [])}
            before = {} if known is None else msgspec.to_builtins(known)
            return (parse(kind, before | given | {"id": id_}),)

        changed = _record(gateway, by, revising)
        return _found(gateway, kind, id_), bool(changed)


def _keeping(registers: Registers, given: Iterable[Document]) -> Iterator[Document]:
    for one in given:
        yield register_file.keeping(registers.find(kind_of(one), one.id), one)


def _record(gateway: Gateway, by: str, revising: Revising) -> tuple[Recorded, ...]:
    formats = frozenset(gateway.settings.adapters)

    def sound(registers: Registers) -> Iterator[Document]:
        for one in revising(registers):
            _require_sound(one, formats)
            yield one

    changed = Recorder(gateway.office, by).revise(sound)
    return tuple(Recorded(kind_of(one), one.id) for one in changed)


def _require_sound(document: Document, formats: frozenset[str]) -> None:
    register_file.require_sound(document)
    if isinstance(document, Service) and not set(document.formats) <= formats:
        message = f"service `{document.id}` names a format that no adapter in the settings writes"
        raise RegisterError(message)


def keys_in(file: Path | None) -> dict[str, list[dict[str, str]]] | None:
    """Return the JSON Web Key Set in *file*, or raise `RegisterError`."""
    if file is None:
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, list[dict[str, str]]])
    except msgspec.DecodeError:
        message = "the file does not hold a JSON Web Key Set"
        raise RegisterError(message) from None


def leave(home: Path | None, id_: str, by: str) -> None:
    """Record that a practitioner left: nobody acts as them from the commit on."""
    with open_gateway(settings.load(home)) as gateway:
        _found(gateway, "practitioner", id_)

        def revising(registers: Registers) -> tuple[Practitioner]:
            return (replace(registers.practitioners[id_], left=True),)

        Recorder(gateway.office, by).revise(revising)


def revoke(home: Path | None, id_: str, by: str) -> None:
    """Record that a client is revoked: it is refused from the commit on."""
    with open_gateway(settings.load(home)) as gateway:
        _found(gateway, "client", id_)

        def revising(registers: Registers) -> tuple[Client]:
            return (replace(registers.clients[id_], revoked=True),)

        Recorder(gateway.office, by).revise(revising)


def show(home: Path | None, kind: str, id_: str) -> str:
    """Return one document of a register, as JSON."""
    with open_gateway(settings.load(home)) as gateway:
        return to_json(_found(gateway, kind, id_))


def print_all(home: Path | None, kind: str, *, as_json: bool) -> None:
    """Print the documents of one register."""
    with open_gateway(settings.load(home)) as gateway:
        registers = gateway.office.rulebook.registers
        held: Mapping[str, Mapping[str, Document]] = {
            "organisation": registers.organisations,
            "service": registers.services,
            "client": registers.clients,
            "practitioner": registers.practitioners,
        }
        rows = tuple(held[kind].values())
    if as_json:
        sys.stdout.write(to_json(rows) + "\n")
    else:
        print_table(("id", "belongs to", "kind", "name or standing"), map(_cells, rows))


def _found(gateway: Gateway, kind: str, id_: str) -> Document:
    found = gateway.office.rulebook.registers.find(kind, id_)
    if found is None:
        message = f"there is no such {kind}"
        raise RegisterError(message)
    return found


def _cells(document: Document) -> tuple[str, str, str, str]:
    match document:
        case Service():
            return document.id, document.organisation, document.type, document.name
        case Client():
            standing = "revoked" if document.revoked else " ".join(document.scopes)
            return document.id, document.service, "client", standing
        case Practitioner():
            until = document.training_until
            standing = f"trained until {until:%d %B %Y}" if until else "training not recorded"
            return document.id, document.service, document.role, standing
        case _:
            return document.id, "", kind_of(document), getattr(document, "name", "")
