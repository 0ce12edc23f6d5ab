"""What `caf-gateway notice` does."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway import settings
from gateway.composition import open_gateway
from gateway.entries import Act
from gateway.notices.acknowledging import Acknowledged, Answer, Done, acknowledge, notice_of
from gateway.people import person
from gateway.tasks import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """One notice that no answer has come to; *delivery* is where its sending stands."""

    id: str
    kind: str
    recipient: str
    holder: str
    entries: tuple[int, ...]
    due_at: datetime
    delivery: str


def waiting(home: Path | None) -> tuple[Unanswered, ...]:
    """Return the notices that no answer has come to, soonest due first."""
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        found = []
        for task in office.archive.waiting(Kind.NOTICE):
            row, notice = notice_of(office, task.subject.notice or "", None)
            found.append(
                Unanswered(
                    id=notice.id,
                    kind=notice.kind,
                    recipient=notice.recipient,
                    holder=notice.holder,
                    entries=notice.entries,
                    due_at=task.row.due_at,
                    delivery=row.state,
                )
            )
    return tuple(found)


def cells(row: Unanswered) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    about = " ".join(map(str, row.entries))
    return row.id, f"{row.due_at:%d %b %H:%M}", row.recipient, row.kind, about, row.delivery


def record_answer(home: Path | None, notice_id: str, by: str, kept: str) -> Acknowledged:
    """Record the answer to a notice, as the person *by* was told it.

    Raises `EntitlementError` where nobody of that name is registered, and what `acknowledge` does.
    """
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        person(office.rulebook.registers, by)
        row, _ = notice_of(office, notice_id, None)
        return acknowledge(
            office,
            Answer(
                message_id=notice_id,
                recipient=row.recipient,
                done=Done.KEPT if kept else Done.DONE,
                reason=kept,
                by=by,
                act=Act(user=by),
            ),
        )
