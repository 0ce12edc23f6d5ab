"""What follows from a statement, whichever way it came, in the unit that records it.

it takes something back    whoever was told something on it is given a notice
it leaves a doubt          a person asks what was meant
it will end                a person asks, before it does, whether it goes on
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from gateway.consents import ConsentFacts, RecordedConsent, facts_for, leave_doubt, standing
from gateway.days import day_begins, uk_day
from gateway.notices.document import About, NoticeKind
from gateway.notices.giving import tell_all
from gateway.notices.told import Told, disclosures_of
from gateway.office import Office
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Unit
from gateway.tasks import Kind, about_doubt, about_ending

_BEFORE_THE_END: Final = timedelta(days=7)


def follow(  # noqa: PLR0913 - each by its name
    office: Office,
    unit: Unit,
    child_id: str,
    *,
    before: tuple[RecordedConsent, ...],
    said: tuple[RecordedConsent, ...],
    because: int,
) -> None:
    """Add to *unit* what follows from what is *said* now, beside what was said *before*.

    *because* is the place of the entry in *unit* that records it.
    """
    if not said:
        return
    now = office.ports.now()
    if leave_doubt(before, said):
        office.filing.task(unit, child_id, about_doubt(now), entry=because)
    _ask_before_it_ends(office, unit, child_id, before, said, because=because)
    taken = _taken_back(office, child_id, before, (*before, *said))
    tell_all(office, unit, child_id, NoticeKind.WITHDRAWN, taken, because=because)


def _taken_back(
    office: Office,
    child_id: str,
    before: tuple[RecordedConsent, ...],
    after: tuple[RecordedConsent, ...],
) -> Mapping[str, tuple[About, ...]]:
    """Return what services were told on a consent that covers less of it from now on."""
    if not before:
        return {}  # nothing was agreed to, and so the log need not be asked who was told
    on = uk_day(office.ports.now())
    found: dict[str, list[About]] = {}
    for told in disclosures_of(office, child_id):
        if _covers_less(office, told, before, after, on):
            found.setdefault(told.recipient, []).append(told.about)
    return {recipient: tuple(found[recipient]) for recipient in sorted(found)}


def _covers_less(
    office: Office,
    told: Told,
    before: tuple[RecordedConsent, ...],
    after: tuple[RecordedConsent, ...],
    on: date,
) -> bool:
    recipient = office.rulebook.registers.services.get(told.recipient)
    if recipient is None:
        return False
    then, now = (facts_for(said, recipient, told.purpose, on) for said in (before, after))
    return is_narrower(then, now)


def is_narrower(then: ConsentFacts, now: ConsentFacts) -> bool:
    """Whether less is agreed to *now* than *then*: an answer taken back, more refused, less of it.

    >>> is_narrower(ConsentFacts(parent_consent="given"), ConsentFacts(parent_consent="refused"))
    True
    >>> is_narrower(ConsentFacts(parent_consent="refused"), ConsentFacts(parent_consent="given"))
    False
    """
    was = {then.child_consent, then.parent_consent}
    if "given" not in was:
        return False
    if _is_taken_back(then.child_consent, now.child_consent):
        return True
    if _is_taken_back(then.parent_consent, now.parent_consent):
        return True
    if (now.refused or frozenset()) - (then.refused or frozenset()):
        return True
    return now.is_scoped and not (
        then.is_scoped and (then.consent_scope or frozenset()) <= (now.consent_scope or frozenset())
    )


def _is_taken_back(then: str | None, now: str | None) -> bool:
    """Whether one kind of grantor agreed *then*, or was not asked, and does not *now*."""
    return then == "given" != now or (then == "not_asked" and now not in {"given", "not_asked"})


def _ask_before_it_ends(  # noqa: PLR0913 - each by its name
    office: Office,
    unit: Unit,
    child_id: str,
    before: tuple[RecordedConsent, ...],
    said: tuple[RecordedConsent, ...],
    *,
    because: int,
) -> None:
    """Have one task of the child ask about the statement that ends first; close what asks else."""
    now = office.ports.now()
    ends = min(_ends(standing((*before, *said)), uk_day(now)), default=None)
    due = None if ends is None else ask_by(day_begins(ends), now)
    is_asked = False
    # Whoever said nothing before was not asked about it either.
    for task in office.archive.tasks_of(child_id, Kind.CONSENT_ENDS) if before else ():
        if task.row.state is TaskState.OPEN and task.row.due_at == due:
            is_asked = True
        elif task.row.state is TaskState.OPEN:
            office.filing.close(unit, task.row, task.subject, "asked-anew")
    if due is not None and not is_asked:
        office.filing.task(unit, child_id, about_ending(due), entry=because)


def _ends(consents: Iterable[RecordedConsent], today: date) -> Iterator[date]:
    """Yield the days on which what is given ends."""
    for one in consents:
        ends = one.statement.expires_on
        if one.statement.sharing == "given" and ends is not None and ends > today:
            yield ends


def ask_by(ends: datetime, now: datetime) -> datetime:
    """Return by when it is to be asked whether a consent goes on: a week before it *ends*.

    Of one that is about to end, half-way. The question waits from three weeks before then on.

    >>> from datetime import UTC
    >>> new_year, november = datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    >>> ask_by(new_year, november).isoformat()
    '2026-12-25T00:00:00+00:00'
    """
    return max(ends - _BEFORE_THE_END, now + (ends - now) / 2)
