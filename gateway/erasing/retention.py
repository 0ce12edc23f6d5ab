"""Retention: whose time is over, and who is erased because of it.

A child is kept until the period of every service that holds a record has ended. A period begins
when help has ended: on the day that the holder's newest assessment says, or else when the child's
last episode was closed, but never before that assessment was received. While help goes on, or
where the period cannot be told, nothing is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.archive import Held
from gateway.days import day_begins, uk_day
from gateway.erasing.erasure import Erased, Eraser, Order
from gateway.erasing.holds import is_held
from gateway.office import Office
from gateway.storage.children import Episode
from gateway.storage.erasing import children
from gateway.storage.times import to_ms
from gateway.storage.unit import Sweep, Unit
from policies.retention import Retention, Rule, last_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One child whose time was over on *over_on*, by the *rule* that kept it longest.

    *is_held* where a legal hold keeps it all the same.
    """

    child: str
    rule: str
    over_on: date
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: who was *erased*, and of whom it was *refused*, by id, for what reason."""

    erased: tuple[Erased, ...]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True)
class Retaining:
    """Applies the *periods* to all that the *eraser*'s office keeps."""

    eraser: Eraser
    periods: Retention

    def due(self, as_of: date) -> tuple[Due, ...]:
        """Return whose time is over by *as_of*, longest overdue first."""
        return tuple(sorted(self._due(as_of), key=lambda one: (one.over_on, one.child)))

    def run(self, due: tuple[Due, ...], by: str) -> Ran:
        """Erase those who are *due*, each with an entry of its own that names the rule."""
        orders = {
            one.child: Order(
                authority="UK GDPR art. 5(1)(e), storage limitation",
                reason="retention-period-over",
                rule=one.rule,
                by=by,
            )
            for one in due
            if not one.is_held
        }
        erased, refused = self.eraser.erase_each(orders)
        return Ran(erased=erased, refused=refused)

    def _due(self, as_of: date) -> Iterator[Due]:
        office = self.eraser.office
        office.refresh()
        for child_id in children(self.eraser.database):
            found = self._over(child_id)
            if found is not None and found[1] <= as_of:
                rule, over_on = found
                held = is_held(office, child_id)
                yield Due(child=child_id, rule=rule.id, over_on=over_on, is_held=held)

    def _over(self, child_id: str) -> tuple[Rule, date] | None:
        """Return the rule that keeps a child longest and when it is over; None where none ends."""
        archive = self.eraser.office.archive
        with archive.store.moment():
            held = archive.assessments(child_id)
            episode = archive.last_episode(child_id)
            born_on = archive.case_file(child_id).born_on
            ends = [(self._rule_of(one), self._ended_on(one, episode)) for one in held]
        if not held:
            ends = [(self.periods.otherwise, _closed_on(episode))]
        told = [(rule, ended_on) for rule, ended_on in ends if ended_on is not None]
        return last_over(told, born_on) if len(told) == len(ends) else None

    def _rule_of(self, held: Held) -> Rule:
        service = self.eraser.office.rulebook.registers.services.get(held.holder)
        return self.periods.otherwise if service is None else self.periods.of(service.type)

    def _ended_on(self, held: Held, episode: Episode | None) -> date | None:
        """Return the day from which a holder's period runs; None while help goes on."""
        said = [closure.closed_on for closure in held.content.plan.closure]
        ended_on = max(said) if said else _closed_on(episode)
        received = self.eraser.office.archive.store.children.assessment(held.id)
        if ended_on is None or received is None:
            return None
        return max(ended_on, uk_day(received.created_at))


def tidy(office: Office, *, answers_days: int) -> None:
    """Delete what is of no use after its time: used tokens, and answers kept for repeats."""
    now = office.ports.now()
    before = day_begins(uk_day(now) - timedelta(days=answers_days))
    sweeps = ((Sweep.USED_TOKENS, to_ms(now)), (Sweep.ANSWERS, to_ms(before)))
    office.committer.commit(Unit(sweeps=sweeps))


def _closed_on(episode: Episode | None) -> date | None:
    if episode is None or episode.is_open or episode.closed_at is None:
        return None
    return uk_day(episode.closed_at)
