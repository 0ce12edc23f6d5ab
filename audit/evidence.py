"""What others hold of a log, as evidence of what it was: a checkpoint, a receipt, or a proof.

Each bears a checkpoint that the log signed. A log that does not hold all of it, unchanged, was
rolled back or written anew; the two checkpoints together show it to anybody.
"""

from collections.abc import Sequence

from audit.checkpoint import Checkpoint, open_checkpoint, origin_of
from audit.note import VerifierKey
from audit.proofs import HEADER, Proof
from audit.receipts import MAX_RECEIPT_BYTES, check_receipt, note_in

MAX_EVIDENCE_BYTES = MAX_RECEIPT_BYTES


def read_evidence(data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint that *data* bears: a signed checkpoint, a receipt, or a tlog-proof.

    Raises `AuditError` where it is none of them, or was not signed with one of the log's *keys*.

    >>> read_evidence(b"something else", [])
    Traceback (most recent call last):
        ...
    audit.errors.NoteError: a note has no signature lines after its text
    """
    if _is_receipt(data):
        return check_receipt(data.strip(), keys).checkpoint
    return open_checkpoint(_note_in(data), keys)


def require_evidence(data: bytes) -> None:
    """Raise `AuditError` where *data* is malformed: it is evidence of no log, whoever signed it.

    >>> require_evidence(b"")
    Traceback (most recent call last):
        ...
    audit.errors.NoteError: a note has no signature lines after its text
    """
    origin_of(_note_in(data))


def _note_in(data: bytes) -> bytes:
    if _is_receipt(data):
        return note_in(data.strip())
    return Proof.decode(data).note if data.startswith(HEADER.encode()) else data


def _is_receipt(data: bytes) -> bool:
    return data.lstrip()[:1] == b"{"
