"""Attachments against the entries with which they came: each is still there, byte for byte."""

from collections.abc import Iterator

from audit.events import EntryType
from gateway.errors import GatewayError
from gateway.storage.attachments import Attachments, AttachmentState
from gateway.verifying.entries import Opened, Slice
from gateway.verifying.faults import Fault
from gateway.verifying.statements import UnlinkedOf


def wrong_attachments(
    part: Slice, attachments: Attachments, unlinked_of: UnlinkedOf
) -> Iterator[Fault]:
    """Yield the entries whose attachment is gone, or is not what was received.

    One that was unlinked is another child's, and may have been erased with that.
    """
    for entry in part.opened:
        is_held = entry.fields.get("outcome") == AttachmentState.HELD
        if entry.leaf.type is not EntryType.ATTACHMENT or not is_held:
            continue
        if not _is_kept(entry, attachments) and not unlinked_of(entry.child):
            yield Fault(f"entry {entry.index}", "an attachment is gone, or not what was received")


def _is_kept(entry: Opened, attachments: Attachments) -> bool:
    try:
        stored = attachments.find(str(entry.fields.get("attachment")))
        if stored is None:
            return False
        attachments.content(stored)
    except (GatewayError, TypeError, ValueError, OverflowError):
        return False
    return stored.described.sha256 == entry.fields.get("payload_sha256")
