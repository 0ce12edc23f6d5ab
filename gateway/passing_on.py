"""Passing on: what one recipient is sent of what a message said, into the unit that records it.

A message that comes in and a question that is decided again end in this same act: a disclosure
with its outbox row, or a refusal; and beside it what persons are asked.
"""

from collections.abc import Iterable
from datetime import datetime

from gateway import decision_entries, entries
from gateway.archive import Held
from gateway.disclosing import Release
from gateway.office import Office
from gateway.storage.unit import Stamp, Unit
from gateway.tasks import Task


def pass_on(  # noqa: PLR0913 - an account of all of this is kept
    office: Office,
    unit: Unit,
    released: Release,
    held: Held,
    *,
    stamps: tuple[Stamp, ...],
    at: datetime,
    act: entries.Act,
    cause: entries.Cause = entries.NOTHING_ELSE,
) -> str | None:
    """Add the disclosure with its outbox row, or the refusal; return the message's id, if any.

    *held* is what it was released from, *stamps* what it was decided on, as of after this commit.
    The entry names the *cause*: the record or the task that led to it.
    """
    if not released.is_anything:
        unit.entries.append(
            decision_entries.refused(
                released,
                office.ports.random,
                act,
                child_id=held.child_id,
                cause=cause,
            )
        )
        return None
    message_id = office.filing.new_id()
    payload = office.writer.write(released, message_id, at)
    unit.entries.append(
        decision_entries.disclosed(
            released,
            payload,
            office.ports.random,
            act,
            child_id=held.child_id,
            message_id=message_id,
            view=released.view_at(at),
            cause=cause,
        )
    )
    office.filing.queue(
        unit,
        released,
        payload,
        message_id=message_id,
        written_at=at,
        child_id=held.child_id,
        assessment=held.id,
        stamps=stamps,
        entry=len(unit.entries) - 1,
        content=held.to_carry,
    )
    return message_id


def ask_persons(
    office: Office, unit: Unit, held: Held, tasks: Iterable[Task], *, entry: int
) -> None:
    """Add what persons are asked about *held*, which entry *entry* of the unit records."""
    for task in tasks:
        office.filing.task(unit, held.child_id, task, entry=entry)
