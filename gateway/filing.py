"""Filing: turning what was decided into rows, each sealed under the key of the child it is about.

`gateway.archive` reads back what is filed here; the two agree on the context of each seal, which
binds a row's content to the row, so that sealed bytes moved to another row do not open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from gateway.casefile import RecordedFact
from gateway.consents import RecordedConsent
from gateway.ports import Ports
from gateway.registers import Document, kind_of
from gateway.security.keys import Keys
from gateway.security.sealing import seal
from gateway.storage.child_keys import ChildKeys
from gateway.storage.ids import new_id
from gateway.storage.times import to_ms
from gateway.storage.database import Value
from gateway.storage.unit import Table, Unit, Write
from gateway.tasks import Task
from mappings.caf.assessment import Assessment

encode = msgspec.json.Encoder().encode


def context(table: Table, row_id: str) -> bytes:
    """Return the context in which a row's content is sealed: the row itself."""
    return f"{table}:{row_id}".encode()


@dataclass(frozen=True, slots=True)
class Filing:
    """Makes the rows of a unit; *random* and *now* come from the ports."""

    keys: Keys
    child_keys: ChildKeys
    ports: Ports

    def new_id(self) -> str:
        """Return a new id."""
        return new_id(self.ports)

    def index_value(self, kind: str, text: str) -> bytes:
        """Return the keyed hash that something is searched by."""
        return self.keys.index_value(kind, text)

    def seal(self, child_id: str | None, content: bytes, where: bytes) -> bytes:
        """Return *content* sealed under the child's key, or the gateway's own."""
        key = self.keys.detail if child_id is None else self.child_keys.key(child_id)
        return seal(key, content, where, compress=True, random=self.ports.random)

    def new_child(self, unit: Unit, child_id: str, keys: Iterable[tuple[str, bytes]]) -> None:
        """File a new child with its own key, to be found under *keys*."""
        now = to_ms(self.ports.now())
        wrapped = self.child_keys.make(child_id)
        self._add(unit, Table.CHILD, {"id": child_id, "wrapped_key": wrapped, "created_at": now})
        self.index(unit, child_id, keys)

    def index(self, unit: Unit, child_id: str, keys: Iterable[tuple[str, bytes]]) -> None:
        """File a child under further search keys."""
        for kind, key in keys:
            self._add(unit, Table.CHILD_INDEX, {"kind": kind, "key": key, "child_id": child_id})

    def episode(self, unit: Unit, child_id: str, holder: str) -> str:
        """Open an episode of help, and return its id."""
        episode = self.new_id()
        row: dict[str, Value] = {
            "id": episode,
            "child_id": child_id,
            "holder": holder,
            "state": "open",
            "opened_at": to_ms(self.ports.now()),
        }
        self._add(unit, Table.EPISODE, row)
        return episode

    def record(  # noqa: PLR0913 - a received record is all of this
        self,
        unit: Unit,
        content: bytes,
        children: Iterable[str],
        *,
        sender: str,
        adapter: str,
        media_type: str,
        entry: int,
    ) -> str:
        """File the received bytes under a key of their own, wrapped for each child; return the id.

        The bytes are the record: hashed and kept as received (design, invariant 6).
        """
        record = self.new_id()
        key = self.ports.random(32)
        row: dict[str, Value] = {
            "id": record,
            "sender": sender,
            "adapter": adapter,
            "media_type": media_type,
            "sha256": sha256(content).digest(),
            "size": len(content),
            "sealed": seal(
                key,
                content,
                context(Table.RECORD, record),
                compress=True,
                random=self.ports.random,
            ),
            "received_at": to_ms(self.ports.now()),
        }
        self._add(unit, Table.RECORD, row, entry)
        for child_id in children:
            where = context(Table.RECORD_KEY, record)
            wrapped = seal(self.child_keys.key(child_id), key, where, random=self.ports.random)
            self._add(
                unit,
                Table.RECORD_KEY,
                {"record_id": record, "child_id": child_id, "wrapped": wrapped},
            )
        return record

    def assessment(  # noqa: PLR0913 - an assessment is filed with all of this
        self,
        unit: Unit,
        assessment_id: str,
        content: Assessment,
        *,
        child_id: str,
        episode: str,
        record: str,
        holder: str,
        version: int,
        entry: int,
    ) -> None:
        """File one version of one holder's assessment of a child."""
        where = context(Table.ASSESSMENT, assessment_id)
        row: dict[str, Value] = {
            "id": assessment_id,
            "child_id": child_id,
            "episode_id": episode,
            "version": version,
            "record_id": record,
            "holder": holder,
            "sealed": self.seal(child_id, encode(content), where),
            "created_at": to_ms(self.ports.now()),
        }
        self._add(unit, Table.ASSESSMENT, row, entry)

    def consents(
        self,
        unit: Unit,
        child_id: str,
        consents: Iterable[RecordedConsent],
        *,
        by: str,
        entry: int,
    ) -> None:
        """File consent statements; who the grantor is stays sealed."""
        for consent in consents:
            row_id = self.new_id()
            where = context(Table.CONSENT, row_id)
            row: dict[str, Value] = {
                "id": row_id,
                "child_id": child_id,
                "grantor": self.index_value("grantor", f"{child_id}|{consent.grantor}"),
                "sealed": self.seal(child_id, encode(consent), where),
                "recorded_at": to_ms(consent.recorded_at),
                "recorded_by": by,
            }
            self._add(unit, Table.CONSENT, row, entry)

    def facts(
        self, unit: Unit, child_id: str, facts: Iterable[RecordedFact], *, entry: int
    ) -> None:
        """File recorded facts about a child."""
        for fact in facts:
            row_id = self.new_id()
            where = context(Table.CHILD_FACT, row_id)
            row: dict[str, Value] = {
                "id": row_id,
                "child_id": child_id,
                "fact": fact.name,
                "service_id": fact.service,
                "sealed": self.seal(child_id, encode(fact), where),
                "recorded_at": to_ms(fact.at),
                "recorded_by": fact.by,
                "expires_at": None if fact.until is None else to_ms(fact.until),
            }
            self._add(unit, Table.CHILD_FACT, row, entry)

    def task(self, unit: Unit, child_id: str | None, task: Task, *, entry: int) -> str:
        """File a task, and return its id."""
        task_id = self.new_id()
        where = context(Table.TASK, task_id)
        row: dict[str, Value] = {
            "id": task_id,
            "kind": task.kind,
            "owner_role": task.owner_role,
            "due_at": to_ms(task.due_at),
            "escalate_at": to_ms(task.escalate_at),
            "state": "open",
            "child_id": child_id,
            "sealed": self.seal(child_id, encode(task.subject), where),
            "created_at": to_ms(self.ports.now()),
        }
        self._add(unit, Table.TASK, row, entry)
        return task_id

    def answer(  # noqa: PLR0913 - what a repeat needs
        self,
        unit: Unit,
        key: bytes,
        body: str,
        status: int,
        answer: bytes,
        *,
        child_id: str | None,
        entry: int,
    ) -> None:
        """File the answer to a message, for its repeats; *body* is the SHA-256 of its bytes."""
        row: dict[str, Value] = {
            "key": key,
            "body_sha256": bytes.fromhex(body),
            "status": status,
            "sealed_answer": self.seal(child_id, answer, b"idempotency:" + key),
            "child_id": child_id,
            "created_at": to_ms(self.ports.now()),
        }
        self._add(unit, Table.IDEMPOTENCY, row, entry)

    def document(
        self, unit: Unit, document: Document, *, version: int, by: str, entry: int
    ) -> None:
        """File a new version of a register document."""
        row: dict[str, Value] = {
            "kind": kind_of(document),
            "id": document.id,
            "version": version,
            "document": encode(document).decode(),
            "recorded_at": to_ms(self.ports.now()),
            "recorded_by": by,
        }
        self._add(unit, Table.REGISTER, row, entry)

    def _add(
        self, unit: Unit, table: Table, row: dict[str, Value], entry: int | None = None
    ) -> None:
        unit.writes.append(Write(table, row, entry))
