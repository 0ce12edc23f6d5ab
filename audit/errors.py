"""Errors of the audit log.

    AuditError
    ├── EncodingError      a value or document is outside the canonical JSON profile
    ├── EntryError         a leaf, or the detail that it commits to, is malformed
    ├── TreeError          storage did not give the tiles from which a tree is rebuilt or proved
    ├── HeadError          the stored head of the log was not written by a holder of its key
    ├── NoteError          a signed note or key is malformed, or no known key signed it
    │   └── UnknownKeyTypeError  a verifier key is of a type that is not read here
    ├── CheckpointError    a checkpoint is malformed, or speaks for another log
    ├── ProofError         a proof does not prove what it is offered for
    ├── ReceiptError       a receipt is malformed
    ├── QuorumError        a quorum is asked of witnesses who cannot form it
    ├── WitnessError       what is said to a witness, or what it remembers, is malformed
    ├── ForkError          two signed checkpoints cannot both belong to one append-only log
    └── TamperedError      a log is not what its signed checkpoint says

A message says what is wrong and where, and never repeats the input.
"""


class AuditError(Exception):
    """Something about the audit log could not be done, or does not hold."""


class EncodingError(AuditError):
    """A value or document is outside the canonical JSON profile."""


class EntryError(AuditError):
    """A leaf, or the detail that it commits to, is malformed."""


class TreeError(AuditError):
    """Storage did not give the tiles from which a tree is rebuilt or proved."""


class HeadError(AuditError):
    """The stored head of the log was not written by a holder of its key."""


class NoteError(AuditError):
    """A signed note or a key is malformed, or no known key signed the note."""


class UnknownKeyTypeError(NoteError):
    """A verifier key is of a type that is not read here, as others may well have."""

    def __init__(self) -> None:
        super().__init__("a verifier key is of an unknown type")


class CheckpointError(AuditError):
    """A checkpoint is malformed, or speaks for another log."""


class ProofError(AuditError):
    """A proof does not prove what it is offered for: treat the entry as not in the log."""


class ReceiptError(AuditError):
    """A receipt is malformed."""


class QuorumError(AuditError):
    """A quorum is asked of witnesses who cannot form it."""


class WitnessError(AuditError):
    """What is said to a witness, or what it remembers, is malformed."""


class ForkError(AuditError):
    """Two signed checkpoints cannot both belong to one append-only log: keep both as evidence."""


class TamperedError(AuditError):
    """A log is not what its signed checkpoint says; *where* names the first place that is not."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where
