"""To whom a task belongs: persons who hold its office, where what it is about is held.

Most offices are held in an organisation, and answer for what that holds; some (`tasks.yaml`)
answer for the whole partnership. Nobody at the service that waits for the answer gives it: they
would decide for themselves, and learn what is withheld from them by being asked.
"""

from datetime import datetime

from gateway.archive import FiledTask
from gateway.errors import UnknownTaskError
from gateway.registers import Practitioner, Registers
from gateway.tasks import told
from policies.tasks import shipped


def offices_of(task: FiledTask, now: datetime) -> tuple[str, ...]:
    """Return the offices that may answer by *now*: its owner's, and those that were told since."""
    row, subject = task.row, task.subject
    since = told(subject, row.created_at, row.escalate_at, now)
    return tuple(dict.fromkeys((row.owner_role, *since)))


def belongs_to(task: FiledTask, person: Practitioner, registers: Registers, now: datetime) -> bool:
    """Whether *task* belongs to *person*: by office, or since they took it on or were given it.

    What somebody did is never theirs to look into.
    """
    if task.subject.user == person.id:
        return False
    if task.subject.progress.claimed_by == person.id:
        return True
    held = {person.role, *person.appointments}
    return any(
        office in held and (office in shipped().partnership or is_near(task, person, registers))
        for office in offices_of(task, now)
    )


def is_near(task: FiledTask, person: Practitioner, registers: Registers) -> bool:
    """Whether *person* works for the organisation that *task* is about, and not for its recipient.

    That is the holder's; where nobody holds anything, that of the service that acted.
    """
    subject = task.subject
    home = registers.services.get(subject.holder or subject.recipient or "")
    own = registers.services.get(person.service)
    is_recipients = subject.holder is not None and person.service == subject.recipient
    return (
        home is not None
        and own is not None
        and own.organisation == home.organisation
        and not is_recipients
    )


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
