"""Holding: attachments are filed with the record that brought them, each under an entry of its own.

They are sealed under the child's key, so that they go with the child when it is erased. What a
family has said is not to be stored is not held either: its sender is told so by the entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from adapters.contract import Attachment
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.attachments.kinds import kind_of
from gateway.office import Office
from gateway.storage.attachments import AttachmentState, Described, StoredAttachment
from gateway.storage.unit import Entry, Unit

NOT_KEPT: Final = "not-kept"
_BY_FAMILY: Final = "family-says-no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """With what attachments came: the *sender*'s *message*, about a child, by an *act*.

    *record* is the SHA-256 (hex) of the message's bytes.
    """

    sender: str
    message: str
    record: str
    child_id: str
    act: entries.Act


def hold(office: Office, unit: Unit, brought: Brought, attachments: Iterable[Attachment]) -> None:
    """Add *attachments* to *unit*, to be held until a scanner has answered."""
    now = office.ports.now()
    for one in attachments:
        stored = StoredAttachment(
            id=office.filing.new_id(),
            child_id=brought.child_id,
            sender=brought.sender,
            media_type=kind_of(one.content) or "",
            size=len(one.content),
            described=Described(
                declared=one.media_type,
                where=one.where,
                message=brought.message,
                record=brought.record,
                sha256=entries.digest(one.content),
                title=one.title,
            ),
            created_at=now,
            next_at=now,
        )
        held = entry_of(office, stored, AttachmentState.HELD, act=brought.act)
        unit.entries.append(held)
        vault = office.archive.store.vault
        unit.writes.append(stored.write(vault, one.content, len(unit.entries) - 1))


def turn_away(
    office: Office, unit: Unit, brought: Brought, attachments: Iterable[Attachment]
) -> None:
    """Add to *unit* that *attachments* are not kept, since the family says so."""
    for one in attachments:
        told: entries.Fields = {
            "attachment": office.filing.new_id(),
            "outcome": NOT_KEPT,
            "reason": _BY_FAMILY,
            "message_id": brought.message,
        }
        gateway = brought.act.fields() | told | {"child": brought.child_id}
        gateway |= {"sender": brought.sender, "payload_bytes": len(one.content)}
        unit.entries.append(_entry(office, told, gateway, brought.sender, brought.child_id))


def entry_of(
    office: Office,
    stored: StoredAttachment,
    outcome: AttachmentState,
    *,
    act: entries.Act | None = None,
) -> Entry:
    """Return the entry that *stored* has come to this *outcome*."""
    told: entries.Fields = {
        "attachment": stored.id,
        "outcome": outcome.value,
        "media_type": stored.media_type,
        "message_id": stored.described.message,
    }
    if outcome is not AttachmentState.HELD:
        told["entry"] = stored.leaf
    gateway = (act.fields() if act else {}) | told
    gateway |= {
        "child": stored.child_id,
        "sender": stored.sender,
        "payload_bytes": stored.size,
        "payload_sha256": stored.described.sha256,
        "attempts": stored.attempts,
    }
    return _entry(office, told, gateway, stored.sender, stored.child_id)


def _entry(
    office: Office, told: entries.Fields, gateway: entries.Fields, sender: str, child_id: str
) -> Entry:
    return entries.entry(
        EntryType.ATTACHMENT,
        {Part.SENDER: told, Part.GATEWAY: gateway},
        office.ports.random,
        sender=sender,
        child_id=child_id,
    )
