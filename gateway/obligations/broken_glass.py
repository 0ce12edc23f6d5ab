"""The glass that was broken: until when, who is told of it, and what a second person reviews."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from gateway.tasks import Kind, Subject, Task
from policies.obligations import shipped
from policies.tasks import shipped as questions
from policies.vocabulary import Obligation

BROKEN: Final = frozenset(
    {Obligation.ALERT_IG, Obligation.RETRO_REVIEW_24H, Obligation.IG_REVIEW_MISUSE}
)
"""What is owed for having broken the glass: once, however many hold something of the child."""


def usable_until(at: datetime) -> datetime:
    """Return until when what was opened *at* a time may be used, by whoever opened it."""
    return at + timedelta(hours=shipped().break_glass.usable_hours)


def about_broken_glass(  # noqa: PLR0913 - what happened is all of this
    owed: AbstractSet[Obligation],
    *,
    recipient: str,
    user: str,
    purpose: str,
    why: str,
    at: datetime,
) -> Iterator[Task]:
    """Yield the alert to the officer and the review by a second person, whatever was opened.

    *owed* says whether it was asked for where it cannot be: then the question is of misuse.
    """
    is_amiss = Obligation.IG_REVIEW_MISUSE in owed
    review = Obligation.IG_REVIEW_MISUSE if is_amiss else Obligation.RETRO_REVIEW_24H
    for kind, obligation in ((Kind.DUTY, Obligation.ALERT_IG), (Kind.BREAK_GLASS, review)):
        duty = shipped().duty(obligation)
        due = at + timedelta(hours=duty.due_in_hours)
        yield Task(
            kind=kind,
            owner_role=duty.owner,
            due_at=due,
            escalate_at=due,
            subject=Subject(
                question=duty.asks,
                recipient=recipient,
                purpose=purpose,
                escalation=questions().escalation,
                obligation=obligation,
                user=user,
                justification=why,
                is_urgent=True,
            ),
        )
