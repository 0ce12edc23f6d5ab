"""To whom a task belongs: persons who hold its office, where what it is about is held.

Most offices are held in an organisation, and answer for what that holds; some (`tasks.yaml`)
answer for the whole partnership. Nobody at the service that waits for the answer gives it: they
would decide for themselves, and learn what is withheld from them by being asked.
"""

from collections.abc import Iterable
from datetime import datetime

from gateway.archive import FiledTask
from gateway.errors import UnknownTaskError
from gateway.people import is_of_one
from gateway.registers import Practitioner, Registers
from gateway.tasks import told
from policies.tasks import shipped


def offices_of(task: FiledTask, now: datetime) -> tuple[str, ...]:
    """Return the offices that may answer by *now*: its owner's, and those that were told since."""
    row, subject = task.row, task.subject
    since = told(subject, row.created_at, row.escalate_at, now)
    return tuple(dict.fromkeys((row.owner_role, *since)))


def belongs_to(task: FiledTask, person: Practitioner, registers: Registers, now: datetime) -> bool:
    """Whether *task* belongs to *person*: by office, or since they took it on or were given it."""
    if not can_be_theirs(task, person, registers, now):
        return False
    return task.subject.progress.claimed_by == person.id or _holds(person, offices_of(task, now))


def can_be_theirs(
    task: FiledTask, person: Practitioner, registers: Registers, now: datetime
) -> bool:
    """Whether *task* can be given to *person*, whatever office they hold."""
    if is_excluded(task, person):
        return False
    return is_near(task, person, registers) or _holds(
        person, shipped().partnership.intersection(offices_of(task, now))
    )


def claimant(task: FiledTask, registers: Registers, now: datetime) -> str | None:
    """Return who has taken *task* on, or was given it; None for nobody, or who has gone since.

    A claim lapses where its holder left, or works elsewhere by now.
    """
    known = registers.practitioners.get(task.subject.progress.claimed_by or "")
    if known is None or not can_be_theirs(task, known, registers, now):
        return None
    return known.id


def may_take_over(task: FiledTask, person: Practitioner, now: datetime) -> bool:
    """Whether *person*, whose task it can be, was told that it is late: then they may take it."""
    row = task.row
    return _holds(person, told(task.subject, row.created_at, row.escalate_at, now))


def is_near(task: FiledTask, person: Practitioner, registers: Registers) -> bool:
    """Whether *person* works for the organisation that *task* is about.

    That is the holder's; where nobody holds anything, that of the service that acted.
    """
    return is_of_one(registers, task.subject.holder or task.subject.recipient or "", person.service)


def is_excluded(task: FiledTask, person: Practitioner) -> bool:
    """Whether *task* can never be *person*'s, whatever office they hold.

    What somebody did is not theirs to look into, and what a service waits for of another is not
    answered there: by nobody who holds an office of the whole partnership, either.
    """
    is_recipients = task.subject.holder is not None and person.service == task.subject.recipient
    return is_recipients or person.left or task.subject.user == person.id


def _holds(person: Practitioner, offices: Iterable[str]) -> bool:
    return not {person.role, *person.appointments}.isdisjoint(offices)


def require_belongs(
    task: FiledTask | None, person: Practitioner, registers: Registers, now: datetime
) -> FiledTask:
    """Return *task* where it belongs to *person*, or raise `UnknownTaskError`.

    One of somebody else's is answered as if there were none.
    """
    if task is None or not belongs_to(task, person, registers, now):
        message = "there is no task with this id among those of this person"
        raise UnknownTaskError(message)
    return task
