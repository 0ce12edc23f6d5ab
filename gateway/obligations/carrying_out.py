"""Carrying out obligations on a release, before it is written: marks, terms, what must come first.

What its recipient is told follows from the whole decision, whatever is held: a mark must not tell
of what is withheld (design, invariant 5). What persons are asked follows from what is held.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from msgspec import structs

from gateway.days import uk_day
from gateway.disclosing import Obstacle, Release
from gateway.requests import ElementOutcome
from gateway.rulebook import Verdict
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from policies.errors import DocumentError
from policies.obligations import After, Effect, Execution, Obligations, Owed
from policies.vocabulary import Obligation

_RELEASED: Final = frozenset({"sent", "reduced"})
_WAITS: Final = {
    Obstacle.UNVERIFIED: ("referred", "waits until a person has verified the recipient"),
    Obstacle.UNMARKABLE: ("withheld", "the recipient's format cannot say what binds it"),
}


@dataclass(slots=True)
class _Work:
    """What is being carried out for one release."""

    released: Release
    marks: set[str] = field(default_factory=set)
    terms: list[timedelta] = field(default_factory=list)
    duties: dict[Execution, None] = field(default_factory=dict)
    obstacle: Obstacle | None = None


def _recorded(work: _Work, execution: Execution, verdict: Verdict) -> None:
    """Do nothing: the decision's own entry says what was decided, on what, by which rules."""
    del work, execution, verdict


def _marked(work: _Work, execution: Execution, verdict: Verdict) -> None:
    del verdict
    if execution.mark is not None:
        work.marks.add(execution.mark)


def _dated(work: _Work, execution: Execution, verdict: Verdict) -> None:
    """Have the document bear its last day; an agreement that names none cannot be kept."""
    del execution
    days = verdict.agreement.retention_days
    if days is None:
        work.obstacle = Obstacle.UNMARKABLE
    else:
        work.terms.append(timedelta(days=days))


def _given(work: _Work, execution: Execution, verdict: Verdict) -> None:
    """Give it to a person, where it is owed because of something that is held."""
    held = work.released.held_under(verdict)
    if execution.obligation in verdict.judgements.owed_on(held):
        work.duties[execution] = None


def _awaited(work: _Work, execution: Execution, verdict: Verdict) -> None:
    """Hold the release until a person has done it; in an emergency, have it done at once after."""
    del verdict
    question = work.released.question
    until = question.recipient.verified_until
    if until is not None and until >= uk_day(question.asked_at):
        return
    work.duties[execution] = None
    if not question.break_glass:
        work.obstacle = Obstacle.UNVERIFIED


HANDLERS: Final[Mapping[Effect, Callable[[_Work, Execution, Verdict], None]]] = MappingProxyType(
    {
        Effect.ENTRY: _recorded,
        Effect.MARK: _marked,
        Effect.EXPIRY: _dated,
        Effect.TASK: _given,
        Effect.HOLD: _awaited,
    }
)
"""How each effect is had: an effect without a handler refuses to start."""


def require_handlers(table: Obligations) -> None:
    """Raise `DocumentError` where *table* asks for an effect that nothing here has.

    >>> from policies.obligations import shipped
    >>> require_handlers(shipped())
    """
    for execution in table:
        for effect in execution.effects:
            if effect not in HANDLERS:
                message = f"nothing carries out `{execution.owed}` by `{effect}`"
                raise DocumentError(message)


def carried_out(released: Release, table: Obligations, *, can_say_what_binds: bool) -> Release:
    """Return *released* with its obligations carried out, as far as that is done by now.

    Where one cannot be, nothing is released: what cannot be carried out denies.
    *can_say_what_binds* is whether the recipient's format has a place for marks and dates.
    """
    work = _Work(released)
    for verdict, execution, effect in _owed(released, table):
        HANDLERS[effect](work, execution, verdict)
    if not released.is_anything:
        return replace(released, duties=tuple(work.duties))
    bound = structs.replace(released.view, marks=tuple(sorted(work.marks)))
    if (bound.is_bound or work.terms) and not can_say_what_binds:
        work.obstacle = Obstacle.UNMARKABLE
    if work.obstacle is Obstacle.UNMARKABLE:
        work.duties[table.unmarkable] = None
    done = replace(
        released,
        view=bound,
        duties=tuple(work.duties),
        keeps_for=min(work.terms, default=None),
        obstacle=work.obstacle,
    )
    return done if work.obstacle is None else _withheld(done, work.obstacle)


def _owed(released: Release, table: Obligations) -> Iterator[tuple[Verdict, Execution, Effect]]:
    """Yield what is owed, by whose verdict, and each effect that it is to have.

    A holder of whose items nothing is shown has no say in what the recipient is told: a mark of
    theirs would tell of them. The family is told by nobody where one says that it must not be.
    """
    owed = set(released.obligations)
    shown = {matter.holder for matter in released.shown}
    for holder, verdict in ((None, released.own), *released.others.items()):
        says: set[Obligation] = set(verdict.decision.obligations)
        if Obligation.DO_NOT_INFORM in owed:
            says.discard(Obligation.INFORM_FAMILY)
        has_say = holder is None or holder in shown
        owing: tuple[Owed, ...] = (*sorted(says), *sorted(verdict.agreement.obligations))
        for one in owing:
            execution = table[one]
            if execution.after is After.RELEASE and not released.is_anything:
                continue
            for effect in execution.effects:
                if has_say or effect is Effect.TASK:
                    yield verdict, execution, effect


def _withheld(released: Release, obstacle: Obstacle) -> Release:
    """Return *released* with nothing in it; each element says what it waits for."""
    outcome, why = _WAITS[obstacle]

    def waiting(row: ElementOutcome) -> ElementOutcome:
        if row.outcome not in _RELEASED:
            return row
        return structs.replace(row, outcome=outcome, sentence=f"{row.title}: {why}")

    return replace(
        released,
        outcomes=tuple(map(waiting, released.outcomes)),
        view=View(content=Assessment(), purpose=released.view.purpose),
        is_anything=False,
        keeps_for=None,
    )
