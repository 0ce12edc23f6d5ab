"""Recording statements: a unit with its entry, and with all that follows from them."""

from collections.abc import Callable

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.casefile import CaseFile
from gateway.consenting.effects import follow
from gateway.consenting.statements import withdrawn
from gateway.consents import RecordedConsent, newest
from gateway.facts.recording import commit
from gateway.office import Office
from gateway.storage.unit import Committed, Stamp, Unit

Making = Callable[[CaseFile], tuple[RecordedConsent, ...]]
"""Makes the statements that are to be recorded, from what is known of the child by then."""


def record_statements(
    office: Office, child_id: str, make: Making, *, by: str, kind: str = "recorded"
) -> Committed:
    """Record what *make* says, as the change of this *kind*; it takes effect at the commit.

    From there on nothing begins to be sent on what was said before; who was told something on it
    is given a notice in the same unit. Raises `UnknownChildError`, what *make* raises, and
    `BusyError` where the child's file never stands still.
    """

    def unit_of(case: CaseFile) -> Unit:
        # Whatever is disclosed of the child while this is made moves the stamp: nobody who was
        # told something is forgotten.
        disclosed = office.archive.store.children.disclosed(child_id)
        return _unit(office, case, make(case), by=by, kind=kind, disclosed=disclosed)

    return commit(office, child_id, unit_of)


def take_back(
    office: Office, child_id: str, grantor: str, service: str | None, *, by: str
) -> Committed:
    """Record that *grantor*, a key, withdraws: from one service, or altogether (None).

    The withdrawal is a new statement; the one that it replaces stays on record. Raises as
    `record_statements`, and `RequestError` where this grantor has made no statement.
    """
    but = None if service is None else office.service(service)

    def make(case: CaseFile) -> tuple[RecordedConsent, ...]:
        return withdrawn(newest(case.consents).get(grantor, ()), but, office.ports.now())

    return record_statements(office, child_id, make, by=by, kind="withdrawn")


def _unit(  # noqa: PLR0913 - each by its name
    office: Office,
    case: CaseFile,
    consents: tuple[RecordedConsent, ...],
    *,
    by: str,
    kind: str,
    disclosed: Stamp,
) -> Unit:
    child_id = case.child_id
    unit = Unit(stamps=(disclosed,), moves=(("child", child_id),))
    said = office.filing.consents(unit, child_id, consents, by=by, entry=0)
    gateway: entries.Fields = {"kind": kind, "child": child_id, "user": by}
    unit.entries.append(
        entries.entry(
            EntryType.CONSENT_CHANGE,
            {Part.GATEWAY: gateway | entries.recorded(said, case.version + 1)},
            office.ports.random,
            child_id=child_id,
        )
    )
    follow(office, unit, child_id, before=case.consents, said=consents, because=0)
    return unit
