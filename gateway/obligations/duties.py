"""Duties: the tasks of persons by which obligations are carried out."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from gateway.archive import FiledTask
from gateway.casefile import RecordedFact
from gateway.disclosing import Release
from gateway.tasks import Kind, Progress, Subject, Task
from mappings.caf.assessment import Assessment
from policies import obligations, wording
from policies.obligations import Duty, Execution
from policies.tasks import shipped
from policies.vocabulary import SENSITIVE, T3, Answer, Obligation

_TITLES: Final = wording.shipped().categories
_NOT_TOLD: Final = T3 | SENSITIVE
"""What no letter to a family names: whoever reads it first may be whom it is about."""


def about_duties(
    release: Release,
    assessment_id: str,
    *,
    content: Assessment | None = None,
    is_ask: bool = False,
) -> Iterator[Task]:
    """Yield a task for each obligation of a decision that a person must see to (invariant 14).

    *content* and *is_ask* are those of its `Subject`: once done, the decision is made again.
    """
    for execution in release.duties:
        if execution.task is not None:
            yield _task(release, execution, execution.task, assessment_id, content, is_ask=is_ask)


def after_advice(task: FiledTask, known: Iterable[RecordedFact], now: datetime) -> Task | None:
    """Return what follows from the advice that *task* asked for, where nothing is decided again.

    It is safe to tell the family: then they are told what was shared, or asked whether it may be.
    """
    said = {fact.name: fact.value for fact in known}
    subject = task.subject
    is_advice = subject.obligation == Obligation.ADVICE_BEFORE_INFORMING
    if not (is_advice and subject.is_ask and said.get("notify_safe") == Answer.YES):
        return None
    owed = Obligation.INFORM_FAMILY if subject.says else Obligation.SEEK_CONSENT
    duty = obligations.shipped().duty(owed)
    due = now + timedelta(hours=duty.due_in_hours)
    return Task(
        kind=Kind.DUTY,
        owner_role=duty.owner,
        due_at=due,
        escalate_at=due,
        subject=replace(
            subject,
            question=duty.asks,
            missing=duty.missing,
            obligation=owed,
            progress=Progress(),
        ),
    )


def _task(  # noqa: PLR0913 - a task is all of this
    release: Release,
    execution: Execution,
    duty: Duty,
    assessment_id: str,
    content: Assessment | None,
    *,
    is_ask: bool,
) -> Task:
    question = release.question
    due = question.asked_at + duty.due(_by_risk(release))
    return Task(
        kind=Kind.DUTY,
        owner_role=duty.owner,
        due_at=due,
        escalate_at=due,
        subject=Subject(
            question=duty.asks,
            assessment=assessment_id,
            recipient=question.recipient.id,
            holder=question.holder.id,
            purpose=question.purpose,
            missing=duty.missing,
            escalation=shipped().escalation,
            content=content,
            is_ask=is_ask,
            obligation=execution.owed,
            says=_told(release, execution) if release.is_anything else "",
            is_urgent=any(one.judgements.is_protective for one in release.verdicts),
        ),
    )


def _by_risk(release: Release) -> timedelta:
    """Return within what time a question about the child is due: the soonest of all holders'."""
    return min(shipped().due(verdict.facts) for verdict in release.verdicts)


def _told(release: Release, execution: Execution) -> str:
    """Return what the family is told, where that is the duty: of what was shared, and no more."""
    question = release.question
    shared = {category for matter in release.shown for category in matter.categories}
    told = (title for category, title in _TITLES.items() if category in shared - _NOT_TOLD)
    return execution.says.format(
        holder=question.holder.name,
        recipient=question.recipient.name,
        what="; ".join(told) or "what was needed to keep the child safe",
    )
