"""Consent statements as documents of a format (FHIR Consent): given out, and taken in.

A service is given in full what it recorded itself; of what others recorded, the answer that
concerns it, and nothing of who gave it, who else was named or what was refused (invariant 5).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from adapters.contract import ConsentFormat
from gateway.archive import FiledConsent
from gateway.casefile import CaseFile
from gateway.consenting.filing import record_statements
from gateway.consenting.recording import require_taker
from gateway.consenting.statements import is_known
from gateway.consents import GrantorKind, RecordedConsent, grantor_named, newest
from gateway.errors import NotAcceptableError, UnsupportedMediaTypeError
from gateway.office import Office
from gateway.registers import Registers, Service
from mappings.caf.consents import ConsentDocument
from mappings.caf.items import ConsentStatement, Exclusion
from mappings.caf.vocabulary import ConsentAnswer, ParentalResponsibility
from policies.vocabulary import Agency, Purpose

TYPES = frozenset(one.value for one in Agency)
_PARENT = "parent:"


@dataclass(frozen=True, slots=True)
class Taken:
    """The entry that records a statement which was taken in, and why it is not believed, if so."""

    entry: int
    doubts: tuple[str, ...]


def format_of(office: Office, media_type: str) -> ConsentFormat:
    """Return the allowed adapter that reads and writes consents of *media_type*.

    Raises `UnsupportedMediaTypeError` where there is none.
    """
    found = office.writer.registry.for_media_type(media_type)
    if not isinstance(found, ConsentFormat):
        raise UnsupportedMediaTypeError(where="Content-Type")
    return found


def written(
    office: Office, child_id: str, media_type: str, reader: Service | None
) -> tuple[bytes, ...]:
    """Return each grantor's newest statement as a document: what *reader* may see (None: all).

    Raises `NotAcceptableError` where no allowed adapter writes consents of *media_type*.
    """
    try:
        format_ = format_of(office, media_type)
    except UnsupportedMediaTypeError:
        raise NotAcceptableError(where="Accept") from None
    return tuple(
        format_.write_consent(document, TYPES).content
        for document in documents(office, child_id, reader)
    )


def documents(office: Office, child_id: str, reader: Service | None) -> Iterator[ConsentDocument]:
    """Yield the document of each grantor's newest statement: what *reader* may see of it."""
    filed = office.archive.consents(child_id)
    latest = {id(one) for said in newest([row.consent for row in filed]).values() for one in said}
    versions: dict[str, int] = {}
    for row in filed:
        grantor = row.consent.grantor
        versions[grantor] = versions.get(grantor, 0) + 1
        if id(row.consent) in latest:
            found = _document(office, child_id, row, versions[grantor], reader)
            if found.statement.sharing is not ConsentAnswer.NOT_ASKED:
                yield found


def _document(
    office: Office, child_id: str, row: FiledConsent, version: int, reader: Service | None
) -> ConsentDocument:
    consent, registers = row.consent, office.rulebook.registers
    recorder = _recorder(registers, row.by)
    kind, _, name = consent.grantor.partition(":")
    statement, name = consent.statement, name if kind == GrantorKind.PARENT else ""
    if reader is not None and (recorder is None or recorder.id != reader.id):
        statement, name = statement.told_to(reader.names), ""
    return ConsentDocument(
        statement=statement,
        child=child_id,
        is_of_child=consent.kind is GrantorKind.CHILD,
        grantor_name=name,
        has_responsibility=ParentalResponsibility(consent.has_responsibility),
        id=row.grantor.hex(),
        version=version,
        recorded_at=consent.recorded_at,
        organisation="" if recorder is None else recorder.organisation,
        policy=office.rulebook.bundle.digest,
        entry=row.leaf,
    )


def _recorder(registers: Registers, by: str) -> Service | None:
    """Return the service that recorded something: itself, or by one of its people."""
    person = registers.practitioners.get(by)
    return registers.services.get(by if person is None else person.service)


def take_in(office: Office, document: ConsentDocument, by: str) -> Taken:
    """Record the statement of *document*, as the person *by* passes it on.

    What names nobody or nothing that is known here makes it doubtful, as what its format could
    not read does: then it is on record as this grantor's newest, nothing flows on it, and a
    person is asked. Raises as `gateway.consenting.recording.record` does.
    """
    name = document.grantor_name
    key, kind = grantor_named(GrantorKind.CHILD if document.is_of_child else f"{_PARENT}{name}")
    statements: list[ConsentStatement] = []

    def make(case: CaseFile) -> tuple[RecordedConsent, ...]:
        require_taker(office, case, by)
        statements[:] = [named_here(document.statement, office.rulebook.registers)]
        return (
            RecordedConsent(
                grantor=key,
                kind=kind,
                has_responsibility=document.has_responsibility,
                statement=statements[0],
                recorded_at=office.ports.now(),
            ),
        )

    committed = record_statements(office, document.child, make, by=by, kind="imported")
    return Taken(committed.indices[0], statements[0].doubts)


def named_here(said: ConsentStatement, registers: Registers) -> ConsentStatement:
    """Return *said* with services by their ids here, and a doubt for whatever is not known here."""
    names = {
        name: _id_here(name, registers)
        for name in (
            *said.services,
            *said.except_services,
            *(one for exclusion in said.exclusions for one in exclusion.services),
        )
    }
    doubts = list(said.doubts)
    if not all(is_known(registers, name) for name in names.values()):
        doubts.append("unmatched-actor")
    if not set(said.purposes) <= set(Purpose):
        doubts.append("unmatched-code")
    if said.sharing is ConsentAnswer.GIVEN and not said.services:
        doubts.append("nobody-named")
    return replace(
        said,
        services=tuple(names[one] for one in said.services),
        except_services=tuple(names[one] for one in said.except_services),
        exclusions=tuple(
            Exclusion(tuple(names[name] for name in one.services), one.categories)
            for one in said.exclusions
        ),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _id_here(name: str, registers: Registers) -> str:
    """Return the id of the one service that *name*, `system|value`, names; else *name* itself."""
    if "|" not in name:
        return name
    found = [one.id for one in registers.services.values() if name in one.own_names]
    return found[0] if len(found) == 1 else name
