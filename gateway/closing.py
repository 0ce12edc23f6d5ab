"""How a delivery goes on or ends: the unit of work for each way, with its log entry.

    begun       pending ─▶ sending       no entry: nothing has left yet; `decision`, decided again
    delivered   sending ─▶ delivered     `delivered`, with the hash of the acknowledgement
    later       back to pending          no entry: it is tried again
    failed      ─▶ failed                `delivery-failed`, and a task for a person
    recalled    pending ─▶ recalled      `recalled`, with whatever the exchange decided instead

Where what was sent ends otherwise than its sender was told, the sender is told in the same unit.

A payload is kept until it is delivered or recalled, and not beyond: "store: no" holds here too.
What it was decided on is kept with what was delivered, so that nobody is sent the same again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from audit.canonical import Json
from audit.entry import encode_part, seal
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.notices.document import NoticeKind
from gateway.ports import Ports
from gateway.storage.database import Value
from gateway.storage.ids import new_id
from gateway.storage.outbox import OutboxState, Queued, seal_stamps
from gateway.storage.tasks import Task
from gateway.storage.times import to_ms
from gateway.storage.unit import Entry, Stamp, Unit
from gateway.storage.vault import Vault
from gateway.tasks import Kind, Subject
from gateway.transport.contract import Acknowledgement, Released

_encode = msgspec.json.Encoder().encode
_GONE: Final[dict[str, Value]] = {"sealed": b"", "sealed_content": b"", "sealed_stamps": b""}
_OWNER: Final = "service_manager"
_DUE: Final = timedelta(hours=4)
_DUE_URGENT: Final = timedelta(0)
_NOT_DELIVERED: Final = "A disclosure could not be delivered: how does the recipient get it?"
_NOT_PROVED: Final = "A row of the outbox is not proved by the log: who wrote it?"


@dataclass(frozen=True, slots=True)
class Retries:
    """When a delivery is tried again: after a pause that doubles, until it is given up."""

    first_pause: timedelta = timedelta(seconds=2)
    longest_pause: timedelta = timedelta(minutes=15)
    give_up_after: timedelta = timedelta(hours=72)

    def pause(self, attempts: int, jitter: int) -> timedelta:
        """Return the pause after so many *attempts*; *jitter*, 0 to 255, shortens it by up to half.

        Many recipients that failed together are so not all tried again together.

        >>> Retries().pause(3, 0)
        datetime.timedelta(seconds=8)
        >>> Retries().pause(60, 0)
        datetime.timedelta(seconds=900)
        """
        whole = min(self.first_pause * (1 << min(attempts - 1, 20)), self.longest_pause)
        return whole * (1 - jitter / 512)


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that did not arrive: its *row*, the *leaf* that proves it, the *kind* of notice.

    *reason* is a word of the same list as in the entry.
    """

    row: Queued
    leaf: Leaf
    kind: NoticeKind
    reason: str


TellSender = Callable[[Unit, Ended], None]
"""Given by `gateway.notices`: adds to the unit that records an end what its sender hears of it."""


def tell_nobody(_unit: Unit, _ended: Ended) -> None:
    """Add nothing: of a child who is erased, nothing more is said."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Makes the units with which deliveries go on or end; *tell_sender* adds to them."""

    vault: Vault
    ports: Ports
    tell_sender: TellSender

    def begun(self, row: Queued, stamps: tuple[Stamp, ...], decided: Entry | None = None) -> Unit:
        """Return the unit after which *row* is sent, if nothing has moved from *stamps*.

        *decided* is the entry of having decided again that it may go.
        """
        values: dict[str, Value] = {
            "state": OutboxState.SENDING.value,
            "sealed_stamps": seal_stamps(self.vault, row.child_id, row.id, stamps),
            "attempts": row.attempts + 1,
        }
        entries = [] if decided is None else [decided]
        return Unit(stamps=stamps, changes=[row.change(values)], entries=entries)

    def delivered(self, row: Queued, released: Released, answer: Acknowledgement) -> Unit:
        """Return the unit that records the recipient's acknowledgement."""
        known: dict[str, Json] = {
            "entry": row.leaf,
            "message_id": row.message_id,
            "recipient": row.recipient,
            "status": answer.status,
        }
        proof: dict[str, Json] = {
            "acknowledgement_sha256": answer.sha256.hex(),
            "payload_sha256": released.verified.payload_sha256,
        }
        entry = self._entry(
            EntryType.DELIVERED,
            {
                Part.RECIPIENT: known | proof,
                Part.SENDER: known,
                Part.GATEWAY: known | proof | {"attempts": row.attempts},
            },
            sender=released.verified.leaf.sender,
            recipient=row.recipient,
            child_id=row.child_id,
        )
        values = _GONE | {
            "state": OutboxState.DELIVERED.value,
            "answer_sha256": answer.sha256,
        }
        return Unit(changes=[row.change(values, 0)], entries=[entry])

    def later(self, row: Queued, at: datetime) -> Unit:
        """Return the unit after which *row* is tried again *at* that time."""
        values: dict[str, Value] = {
            "state": OutboxState.PENDING.value,
            "attempts": row.attempts,
            "next_at": to_ms(at),
        }
        return Unit(changes=[row.change(values)])

    def failed(self, row: Queued, reason: str, released: Released) -> Unit:
        """Return the unit that gives *row* up, and asks a person to see to it."""
        known: dict[str, Json] = {
            "entry": row.leaf,
            "message_id": row.message_id,
            "recipient": row.recipient,
            "reason": reason,
        }
        task = self._task(row.child_id, _NOT_DELIVERED, row)
        entry = self._entry(
            EntryType.DELIVERY_FAILED,
            {
                Part.SENDER: known,
                Part.GATEWAY: known | {"attempts": row.attempts, "task": task.id},
            },
            sender=released.verified.leaf.sender,
            recipient=row.recipient,
            child_id=row.child_id,
        )
        unit = self._failure(row, task, entry)
        leaf = released.verified.leaf
        self.tell_sender(unit, Ended(row, leaf, NoticeKind.NOT_DELIVERED, reason))
        return unit

    def refused(self, row: Queued, reason: str) -> Unit:
        """Return the unit that takes out a row that the log does not prove.

        Nothing that the row says is believed or repeated but the index that it claims.
        """
        task = self._task(None, _NOT_PROVED, None)
        known: dict[str, Json] = {"entry": row.leaf, "reason": reason, "task": task.id}
        entry = self._entry(EntryType.DELIVERY_FAILED, {Part.GATEWAY: known})
        return self._failure(row, task, entry)

    def recalled(self, row: Queued, reason: str, instead: Unit, leaf: Leaf) -> Unit:
        """Return *instead*, what the exchange decided now, with the recall of *row* added.

        *leaf* is that of the entry that permitted it.
        """
        known: dict[str, Json] = {
            "entry": row.leaf,
            "message_id": row.message_id,
            "recipient": row.recipient,
            "reason": reason,
        }
        entry = self._entry(
            EntryType.RECALLED,
            {Part.SENDER: known, Part.GATEWAY: known},
            sender=leaf.sender,
            recipient=row.recipient,
            child_id=row.child_id,
        )
        values = _GONE | {"state": OutboxState.RECALLED.value, "sealed_context": b""}
        unit = Unit(
            stamps=instead.stamps,
            writes=[*instead.writes],
            changes=[*instead.changes, row.change(values, len(instead.entries))],
            entries=[*instead.entries, entry],
            moves=instead.moves,
        )
        self.tell_sender(unit, Ended(row, leaf, NoticeKind.RECALLED, reason))
        return unit

    def _failure(self, row: Queued, task: Task, entry: Entry) -> Unit:
        change = row.change({"state": OutboxState.FAILED.value}, 0)
        return Unit(writes=[task.write(self.vault, 0)], changes=[change], entries=[entry])

    def _entry(
        self,
        type_: EntryType,
        parts: dict[Part, dict[str, Json]],
        *,
        sender: str = "",
        recipient: str = "",
        child_id: str | None = None,
    ) -> Entry:
        contents = {part: encode_part(type_, part, fields) for part, fields in parts.items()}
        return Entry(
            type=type_,
            detail=seal(contents, self.ports.random),
            sender=sender,
            recipient=recipient,
            child_id=child_id,
        )

    def _task(self, child_id: str | None, question: str, row: Queued | None) -> Task:
        now = self.ports.now()
        due = now + (_DUE_URGENT if row is None or row.urgent else _DUE)
        return Task(
            id=new_id(self.ports),
            kind=Kind.NOT_DELIVERED,
            owner_role=_OWNER,
            due_at=due,
            content=_encode(Subject(question=question, recipient=row.recipient if row else None)),
            created_at=now,
            escalate_at=due,
            child_id=child_id,
        )
