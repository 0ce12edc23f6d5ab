"""The team around the child: which services and people work with the child, and who leads.

A service works with the child while one of its people is in the team, or the service itself: a
referral by its holder has it join, a person has it leave.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gateway.casefile import SOURCES, CaseFile, RecordedFact
from gateway.errors import ConflictError, RequestError
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record, require_later
from gateway.office import Office
from gateway.storage.unit import Committed

LEAD: Final = "lead professional"
MEMBER: Final = "member"
_FACT: Final = "on_team"


class Member(Struct, frozen=True, kw_only=True):
    """One member: a *service*, or one *practitioner* of it; *part* is what they do in the team."""

    service: str
    practitioner: str = ""
    part: str = MEMBER


def members(facts: Iterable[RecordedFact], at: datetime) -> tuple[RecordedFact, ...]:
    """Return the members of the team as they stand *at* a time, by service and person."""
    newest: dict[tuple[str | None, str], RecordedFact] = {}
    for fact in facts:
        if fact.name == _FACT and not fact.is_over(at):
            known = newest.get((fact.service, fact.matter))
            if known is None or known.at < fact.at:
                newest[fact.service, fact.matter] = fact
    standing = (fact for fact in newest.values() if fact.value is True)
    return tuple(sorted(standing, key=lambda fact: (fact.service or "", fact.matter)))


def add(  # noqa: PLR0913 - each by its name
    office: Office,
    child_id: str,
    member: Member,
    *,
    by: str,
    until: datetime | None = None,
    source: str = "",
) -> Committed:
    """Have *member* join the team, or change their part in it; there is one lead professional.

    Raises `RequestError` where the service, or the person at that service, is not registered, and
    as `record` does.
    """
    _require_registered(office, member)

    def joining(case: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        require_later(until, at)
        if member.part == LEAD:
            yield from _stepping_down(case, member, at, by)
        yield RecordedFact(
            name=_FACT,
            value=True,
            service=member.service,
            by=by,
            at=at,
            until=until or SOURCES.until(_FACT, at),
            matter=member.practitioner,
            part=member.part,
            source=source,
        )

    return record(office, child_id, Recordable(_FACT, member.service), joining, by)


def leave(  # noqa: PLR0913 - each by its name
    office: Office,
    child_id: str,
    service: str,
    *,
    practitioner: str = "",
    by: str,
    reason: str = "",
) -> Committed:
    """Have a *practitioner* leave the team, or the whole *service* with all of its people.

    That holds until they join again. Raises `ConflictError` where nobody such is in the team.
    """

    def leaving(case: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        going = [
            fact
            for fact in members(case.facts, at)
            if fact.service == service and practitioner in {"", fact.matter}
        ]
        if not going:
            message = "nobody such is in the team around this child"
            raise ConflictError(message)
        for fact in going:
            yield replace(fact, value=False, by=by, at=at, until=None, reason=reason)

    return record(office, child_id, Recordable(_FACT, service), leaving, by)


def _stepping_down(case: CaseFile, member: Member, at: datetime, by: str) -> Iterator[RecordedFact]:
    """Yield the lead professional of until now as a member, where that is somebody else."""
    new = (member.service, member.practitioner)
    for fact in members(case.facts, at):
        if fact.part == LEAD and (fact.service, fact.matter) != new:
            yield replace(fact, part=MEMBER, by=by, at=at)


def _require_registered(office: Office, member: Member) -> None:
    registers = office.rulebook.registers
    if member.service not in registers.services:
        message = "there is no service with this id"
        raise RequestError(message, where="/service")
    known = registers.practitioners.get(member.practitioner)
    if member.practitioner and (known is None or known.service != member.service):
        message = "the practitioner is not registered at this service"
        raise RequestError(message, where="/practitioner")
