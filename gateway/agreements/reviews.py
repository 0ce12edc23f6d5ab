"""Reviews: who keeps an agreement is told before its review is due, and what is over is ended.

An agreement stops by itself on its day, whether or not anybody was told: decisions read the day.
Here the register and the log say so, and a person is asked what follows. Which alerts were given is
in the register's document, so that each is given once, whichever node's worker comes first.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from gateway.activation import OFFICER
from gateway.agreements.register import AgreementRegister, Done, Step
from gateway.days import day_begins, uk_day
from gateway.office import Office
from gateway.registers import OPERATOR, Agreement, Stage
from gateway.tasks import Kind, Subject, Task
from policies.agreements import Agreements
from policies.vocabulary import Appointment

ALERTS: Final = (90, 30, 7)
"""How many days before the review somebody is told."""

_ESCALATION: Final = (
    Appointment.DESIGNATED_SIGNATORY.value,
    Appointment.CALDICOTT_GUARDIAN.value,
)
_RUNNING: Final = frozenset({Stage.ACTIVE, Stage.SUSPENDED})
_TIME_TO_REPLACE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Looks after the terms of the agreements in the register of *office*."""

    office: Office

    def look(self) -> int:
        """Record what ended or is due for review by now, each with its task; return how many."""
        return self.office.settle(_look)


def _look(still: Office) -> int:
    rulebook, now = still.rulebook, still.ports.now()
    running = (one for one in rulebook.registers.agreements.values() if one.stage in _RUNNING)
    found = [step for one in running if (step := _step(one, rulebook.agreements, now)) is not None]
    if found:
        AgreementRegister(still, OPERATOR).record(*found)
    return len(found)


def _step(document: Agreement, activated: Agreements, now: datetime) -> Done | None:
    """Return what the time has brought for *document*, if anything new."""
    today, content = uk_day(now), document.content
    if _is_superseded(document, activated, today):
        return Done(Step.ENDED, replace(document, stage=Stage.ENDED), {"reason": "superseded"})
    if content.until <= today:
        ended = replace(document, stage=Stage.ENDED)
        return Done(Step.ENDED, ended, {"reason": "expired"}, _about_end(document, now))
    due = [days for days in ALERTS if (content.review_on - today).days <= days]
    if not due or min(due) in document.alerts:
        return None
    told = replace(document, alerts=(*document.alerts, min(due)))
    more = f"{min(due)} days before"
    return Done(Step.REVIEW_DUE, told, {"reason": more}, _about_review(document, min(due), now))


def _is_superseded(document: Agreement, activated: Agreements, today: date) -> bool:
    content = document.content
    return any(
        one.id == content.id and one.version > content.version and one.effective_on <= today
        for one in activated
    )


def _about_review(document: Agreement, days: int, now: datetime) -> Task:
    """Return the task to review *document*: due when the next alert would be, at last on the day.

    One that is told of late is due at once.
    """
    review_on = document.content.review_on
    left = next((one for one in ALERTS if one < days), 0)
    due = max(now, day_begins(review_on - timedelta(days=left)))
    question = (
        f"Agreement {document.id} is due for review on {review_on:%d %B %Y}: "
        "does it still say what its parties need? Activate a new version, or suspend it."
    )
    return _task(question, due)


def _about_end(document: Agreement, now: datetime) -> Task:
    question = (
        f"Agreement {document.id} has ended, and nothing flows by it any more: "
        "is a new version needed?"
    )
    return _task(question, now + _TIME_TO_REPLACE)


def _task(question: str, due: datetime) -> Task:
    subject = Subject(question=question, escalation=_ESCALATION)
    return Task(
        kind=Kind.AGREEMENT,
        owner_role=OFFICER,
        due_at=due,
        escalate_at=due,
        subject=subject,
    )
