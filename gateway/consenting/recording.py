"""Consent as people record it: who may, and what they are answered."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from gateway.casefile import CaseFile
from gateway.consenting.filing import record_statements, take_back
from gateway.consenting.statements import Said, statement_of
from gateway.consents import GrantorKind, RecordedConsent, grantor_named, newest
from gateway.errors import RequestError
from gateway.facts.entitlement import Recordable, require_recorder
from gateway.office import Office
from gateway.storage.outbox import OutboxState
from gateway.working import require_known
from mappings.caf.items import ConsentStatement
from mappings.caf.vocabulary import ParentalResponsibility

_LEFT = {OutboxState.SENDING, OutboxState.DELIVERED}


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a statement stands in the log, and whether it *counts* in decisions."""

    entry: int
    counts: bool


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A disclosure that a withdrawal came too late for."""

    recipient: str
    state: str
    entry: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Where the withdrawal stands in the log, and what was sent before it."""

    entry: int
    already: tuple[OnItsWay, ...]


class Standing(Struct, frozen=True, kw_only=True):
    """One grantor's newest statement, and all of them, newest first."""

    grantor: str
    kind: GrantorKind
    has_responsibility: str
    recorded_at: datetime
    newest: ConsentStatement
    history: tuple[RecordedConsent, ...]


def record(office: Office, child_id: str, said: Said, by: str) -> Recorded:
    """Record what one grantor *said*, as the person *by* took it.

    Raises `UnknownChildError`, `EntitlementError` where *by* may not, `RequestError` or
    `VocabularyError` where it says nothing certain, and `BusyError`.
    """
    key, _ = grantor_named(said.grantor)
    made: list[RecordedConsent] = []

    def make(case: CaseFile) -> tuple[RecordedConsent, ...]:
        require_taker(office, case, by)
        before = newest(case.consents).get(key, ())
        registers = office.rulebook.registers
        made[:] = [statement_of(said, before, registers, office.ports.now())]
        return tuple(made)

    committed = record_statements(office, child_id, make, by=by)
    return Recorded(committed.indices[0], counts(made[0]))


def withdraw(
    office: Office, child_id: str, grantor: str, service: str | None, by: str
) -> Withdrawn:
    """Record a withdrawal, as the person *by* took it, and return what it came too late for.

    From its commit on nothing begins to be sent on what is withdrawn. Raises as `record` does.
    """
    key, _ = grantor_named(grantor)
    require_known(office, child_id)
    office.refresh()
    require_taker(office, office.archive.case_file(child_id), by)
    if service is not None and service not in office.rulebook.registers.services:
        message = "there is no service with this id"
        raise RequestError(message, where="/service")
    committed = take_back(office, child_id, key, service, by=by)
    # INVARIANT: read after the commit: from there on nothing begins to be sent on it.
    already = tuple(
        OnItsWay(row.recipient, row.state.value, row.leaf, row.message_id)
        for row in office.archive.store.outbox.of_child(child_id)
        if row.state in _LEFT and row.leaf < committed.indices[0]
        if service in {None, row.recipient}
    )
    return Withdrawn(committed.indices[0], already)


def show(office: Office, child_id: str) -> tuple[Standing, ...]:
    """Return what each grantor said about a child's record, or raise `UnknownChildError`."""
    require_known(office, child_id)
    return standings(office.archive.case_file(child_id).consents)


def standings(consents: tuple[RecordedConsent, ...]) -> tuple[Standing, ...]:
    """Return what each grantor said, by grantor."""
    return tuple(
        Standing(
            grantor=grantor,
            kind=latest[-1].kind,
            has_responsibility=latest[-1].has_responsibility,
            recorded_at=latest[-1].recorded_at,
            newest=latest[-1].statement,
            history=tuple(one for one in reversed(consents) if one.grantor == grantor),
        )
        for grantor, latest in sorted(newest(consents).items())
    )


def require_taker(office: Office, case: CaseFile, by: str) -> None:
    """Raise `EntitlementError` unless the person *by* may take a statement about the child.

    That is whoever may record what it answers (`policies/facts.yaml`).
    """
    require_recorder(office, case, Recordable("parent_consent"), by)


def counts(consent: RecordedConsent) -> bool:
    """Whether a statement counts in decisions: of the child, or of whom responsibility is known."""
    is_of_child = consent.kind is GrantorKind.CHILD
    return is_of_child or consent.has_responsibility == ParentalResponsibility.YES
