"""What others hold of a log, as evidence of what it was: a checkpoint, a receipt, or a proof.

Each bears a checkpoint that the log signed. A log that does not hold all of it, unchanged, was
rolled back or written anew; the two checkpoints together show it to anybody.
"""

from collections.abc import Sequence

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.note import VerifierKey
from audit.proofs import HEADER, Proof
from audit.receipts import MAX_RECEIPT_BYTES, check_receipt

MAX_EVIDENCE_BYTES = MAX_RECEIPT_BYTES


def read_evidence(data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint that *data* bears: a signed checkpoint, a receipt, or a tlog-proof.

    Raises `AuditError` where it is none of them, or was not signed with one of the log's *keys*.

    >>> read_evidence(b"something else", [])
    Traceback (most recent call last):
        ...
    audit.errors.NoteError: a note has no signature lines after its text
    """
    if data.lstrip()[:1] == b"{":
        return check_receipt(data.strip(), keys).checkpoint
    if data.startswith(HEADER.encode()):
        return open_checkpoint(Proof.decode(data).note, keys)
    return open_checkpoint(data, keys)
