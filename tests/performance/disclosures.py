"""Disclosures to be written: what the exchange submits for one, a row of the outbox and its entry.

All writers that are compared write the same rows, made by the gateway's own code in the caller's
thread: 4 kB of payload, an entry of 400 bytes with a detail of 900, the keys to find it by. One
child after another: ids begin with the time, so that those of new children stand side by side.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from audit.encoding import once
from audit.events import EntryType
from audit.parts import Part
from gateway.entries import Fields, digest, entry
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.child_keys import ChildKeys
from gateway.storage.ids import new_id
from gateway.storage.indexing import IndexKeys
from gateway.storage.outbox import Delivery
from gateway.storage.prepared import Preparation
from gateway.storage.unit import Entry, Stamp, Unit, Write
from gateway.storage.vault import Vault

CHILDREN: Final = 1_000
PAYLOAD_BYTES: Final = 4_096
MEDIA_TYPE: Final = "application/fhir+json"
SENDER: Final = "2000099901"
RECIPIENT: Final = "2000099902"
PURPOSE: Final = "early-help"
ELEMENTS: Final = ("development.health", "development.learning", "family.housing")

_AT: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
_POLICY: Final = "ab" * 32
# The exchange encodes what recurs from message to message once, too.
_TOLD: Final = once(
    [{"element": element, "outcome": "permit", "rules": ["ea-1"]} for element in ELEMENTS], depth=3
)


@dataclass(frozen=True, slots=True)
class Disclosures:
    """Makes disclosures about a thousand children, whose keys are kept in memory."""

    keys: Keys
    vault: Vault
    ports: Ports

    @classmethod
    def make(cls, keys: Keys, child_keys: ChildKeys) -> "Disclosures":
        """Return what makes disclosures about new children, whose keys *child_keys* has."""
        for number in range(CHILDREN):
            child_keys.make(_child(number))
        return cls(keys, Vault(child_keys, keys.detail), Ports())

    @property
    def preparation(self) -> Preparation:
        """What makes their units ready."""
        return Preparation(self.vault, IndexKeys(self.keys), self.ports, node="n1")

    def audited(self, delivery: Delivery) -> Unit:
        """Return the unit of this disclosure, with its entry."""
        write = delivery.write(self.vault, 0)
        return Unit(stamps=delivery.stamps, writes=[write], entries=[self.entry(delivery)])

    def unaudited(self, delivery: Delivery) -> Unit:
        """Return the same unit without an entry."""
        write = delivery.write(self.vault, 0)
        row = Write(write.table, {**write.row, "leaf": 0})
        return Unit(stamps=delivery.stamps, writes=[row])

    def delivery(self, number: int) -> Delivery:
        """Return what is disclosed by the disclosure of this *number*."""
        id_, child = new_id(self.ports), _child(number)
        return Delivery(
            id=id_,
            message_id=id_,
            recipient=RECIPIENT,
            child_id=child,
            payload=os.urandom(PAYLOAD_BYTES),  # as many bytes when it is compressed
            media_type=MEDIA_TYPE,
            created_at=_AT,
            stamps=(Stamp("registers", "", 0), Stamp("child", child, 0)),
            context=b'{"assessment":"%s"}' % id_.encode(),
        )

    def entry(self, delivery: Delivery) -> Entry:
        """Return the log entry of this disclosure."""
        said: Fields = {
            "message_id": delivery.message_id,
            "payload_sha256": digest(delivery.payload),
            "purpose": PURPOSE,
            "recipient": delivery.recipient,
        }
        reasons: Fields = {
            "child": delivery.child_id,
            "outcomes": _TOLD,
            "request": delivery.id,
            "sender": SENDER,
        }
        return entry(
            EntryType.DISCLOSURE,
            {Part.RECIPIENT: said, Part.SENDER: said, Part.GATEWAY: said | reasons},
            self.ports.random,
            sender=SENDER,
            recipient=RECIPIENT,
            purpose=PURPOSE,
            policy=_POLICY,
            child_id=delivery.child_id,
        )


def _child(number: int) -> str:
    return f"{number % CHILDREN:032x}"
