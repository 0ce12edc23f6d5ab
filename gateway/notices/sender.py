"""Telling a sender: that what it sent did not go or arrive, and that the family is being asked.

Who sent a message hears so of what becomes of it after the answer. Whoever asked hears nothing:
that would tell them that something waits.
"""

from collections.abc import Iterable

from audit.events import EntryType
from gateway.closing import Ended
from gateway.notices.document import About, NoticeKind
from gateway.notices.giving import Telling, give
from gateway.office import Office
from gateway.registers import Registers
from gateway.storage.unit import Unit
from gateway.tasks import Task
from policies.vocabulary import Obligation


def tell_of_end(office: Office, unit: Unit, ended: Ended) -> None:
    """Add to *unit*, whose last entry records it, the notice that a delivery *ended* so.

    No notice tells of a notice: a person is asked about one that does not arrive.
    """
    row, leaf = ended.row, ended.leaf
    if leaf.type is EntryType.NOTICE or leaf.sender in {"", row.recipient}:
        return
    telling = Telling(
        kind=ended.kind,
        recipient=leaf.sender,
        about=(About(message=row.message_id, entry=row.leaf),),
        code=ended.reason,
    )
    give(office, unit, row.child_id, telling)


def tell_of_seeking(  # noqa: PLR0913 - each by its name
    office: Office,
    unit: Unit,
    child_id: str,
    asked: Iterable[Task],
    about: About,
    *,
    because: int = -1,
) -> None:
    """Add to *unit* the notice that the family is *asked* for consent, where that is not news.

    It is none to a sender at whose own service somebody holds the office that asks. *about* is the
    message, as its sender knows it; *because* is as in `gateway.notices.giving.give`.
    """
    registers = office.rulebook.registers
    senders = {
        task.subject.holder
        for task in asked
        if task.subject.obligation == Obligation.SEEK_CONSENT and not _asks_itself(task, registers)
    }
    for sender in sorted(one for one in senders if one):
        telling = Telling(kind=NoticeKind.CONSENT_SOUGHT, recipient=sender, about=(about,))
        give(office, unit, child_id, telling, because=because)


def _asks_itself(task: Task, registers: Registers) -> bool:
    """Whether somebody at the service that sent it holds the office that *task* is for."""
    return any(
        one.service == task.subject.holder and task.owner_role in {one.role, *one.appointments}
        for one in registers.practitioners.values()
    )
