"""Showing what is recorded about a child: each fact as it stands, and all that stood before.

To whom it may be shown: to the information governance officer, and to those in the office that
records the fact; a service sees the judgements on what it holds itself. That a child is shielded or
adopted, and how intelligence is to be handled, is shown to those alone who are cleared for it, so
that for all others there is no difference (design, invariant 5).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from gateway.accreditation import cleared
from gateway.casefile import ABOUT_HOLDER, SOURCES, FactValue, RecordedFact
from gateway.days import uk_day
from gateway.facts.team import members
from gateway.office import Office
from gateway.people import person
from gateway.registers import Practitioner, Registers
from gateway.working import require_known
from policies.attributes import FACTS
from policies.vocabulary import Appointment, Clearance

_CLEARED: Final[Mapping[str, Clearance]] = MappingProxyType(
    {
        "shielded": Clearance.SHIELD,
        "adopted": Clearance.ADOPTION,
        "police_handling": Clearance.POLICE_INTEL,
    }
)
"""Facts that are shown to those alone who have this clearance."""


class Shown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact as it was recorded by entry *entry*; *stands* until another takes its place.

    *by* is an id of the registers; it is empty where a message told it, and names whom it names.
    """

    name: str
    value: FactValue
    stands: bool
    entry: int
    by: str
    at: datetime
    until: datetime | None = None
    service: str | None = None
    recipient: str | None = None
    purpose: str | None = None
    matter: str = ""
    part: str = ""
    source: str = ""
    reason: str = ""
    is_withdrawn: bool = False


def show(
    office: Office, child_id: str, by: str, names: Iterable[str] | None = None
) -> tuple[Shown, ...]:
    """Return the facts about a child that the person *by* may see, newest first.

    *names* are those that are asked for; None for all. Raises `UnknownChildError`, and
    `EntitlementError` where *by* is not registered.
    """
    require_known(office, child_id)
    office.refresh()
    reader = person(office.rulebook.registers, by)
    now = office.ports.now()
    wanted = None if names is None else frozenset(names)
    history = [
        (leaf, fact)
        for leaf, fact in office.archive.fact_history(child_id)
        if (wanted is None or fact.name in wanted) and _may_see(reader, fact, now)
    ]
    standing = {id(fact) for fact in _standing([fact for _, fact in history], now)}
    return tuple(
        _shown(leaf, fact, office.rulebook.registers, stands=id(fact) in standing)
        for leaf, fact in reversed(history)
    )


def show_team(office: Office, child_id: str, by: str) -> tuple[Shown, ...]:
    """Return the team around the child as the person *by* may see it, by service and person.

    Who works with a child tells where it is. Of a shielded child whoever is not cleared is shown
    the people of their own service, and nobody else, as if there were no others.
    """
    require_known(office, child_id)
    office.refresh()
    reader = person(office.rulebook.registers, by)
    now = office.ports.now()
    leaves = {fact: leaf for leaf, fact in office.archive.fact_history(child_id)}
    case = office.archive.case_file(child_id)
    is_open = case.newest("shielded", None, now) is not True or _is_cleared(
        reader, Clearance.SHIELD, now
    )
    return tuple(
        _shown(leaves[fact], fact, office.rulebook.registers, stands=True)
        for fact in members(leaves, now)
        if (is_open and _may_see(reader, fact, now)) or fact.service == reader.service
    )


def _may_see(reader: Practitioner, fact: RecordedFact, now: datetime) -> bool:
    clearance = _CLEARED.get(fact.name)
    if clearance is not None:
        return _is_cleared(reader, clearance, now)
    recorders = SOURCES[fact.name].recorders if fact.name in FACTS else ()
    offices = {*recorders, Appointment.INFORMATION_GOVERNANCE_OFFICER}
    if reader.role in offices or offices.intersection(reader.appointments):
        return True
    return fact.name in ABOUT_HOLDER and fact.service == reader.service


def _is_cleared(reader: Practitioner, clearance: Clearance, now: datetime) -> bool:
    return clearance in cleared(reader, uk_day(now))


def _standing(facts: Iterable[RecordedFact], now: datetime) -> Iterable[RecordedFact]:
    """Return, of each subject, the newest record that still holds."""
    newest: dict[object, RecordedFact] = {}
    for fact in facts:
        known = newest.get(fact.subject)
        if not fact.is_over(now) and (known is None or known.at < fact.at):
            newest[fact.subject] = fact
    return newest.values()


def _shown(entry: int, fact: RecordedFact, registers: Registers, *, stands: bool) -> Shown:
    return Shown(
        name=fact.name,
        value=fact.value,
        stands=stands,
        entry=entry,
        by="" if fact.is_told or fact.by not in registers else fact.by,
        at=fact.at,
        until=fact.until,
        service=fact.service,
        recipient=fact.recipient,
        purpose=fact.purpose,
        matter=fact.matter,
        part=fact.part,
        source=fact.source,
        reason=fact.reason,
        is_withdrawn=fact.is_withdrawn,
    )
