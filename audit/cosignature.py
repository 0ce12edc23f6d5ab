"""Cosignatures (C2SP tlog-cosignature): what witnesses say of a log's checkpoint, and when.

    — witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl…

A witness says: at this time, this was the largest tree of this log that I had seen, and it held
unchanged whatever I had seen of it before. The line stands in the checkpoint's note, below the
log's own signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import Checkpoint, checkpoint_of
from audit.errors import NoteError
from audit.note import (
    MAX_TIME,
    KeyType,
    SignatureLine,
    VerifierKey,
    cosigned_message,
    join,
    open_note,
    private_key,
    split,
)


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """The private half of a witness's key, of the witness *name*."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    verifier: VerifierKey = field(init=False)

    def __post_init__(self) -> None:
        public = self.private.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", VerifierKey(self.name, public, KeyType.COSIGNATURE))

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "CosigningKey":
        """Return the key of *name* with this 32-byte *seed* (RFC 8032, section 5.1.5)."""
        return cls(name, private_key(seed))

    def cosign(self, checkpoint: Checkpoint, at: int) -> SignatureLine:
        """Return the line that says that this witness saw *checkpoint* *at* this POSIX second."""
        if not 0 <= at <= MAX_TIME:
            message = "a cosignature's time is out of bounds"
            raise NoteError(message)
        signature = self.private.sign(cosigned_message(checkpoint.encode().encode(), at))
        return SignatureLine(self.name, self.verifier.id, at.to_bytes(8, "big") + signature)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That *witness* cosigned a checkpoint *at* this time, in POSIX seconds."""

    witness: VerifierKey
    at: int


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A *checkpoint* that its own log signed, and the *cosignatures* of known witnesses."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def open_cosigned(note: bytes, keys: Sequence[VerifierKey]) -> Cosigned:
    """Return the checkpoint in *note*, and who cosigned it, under *keys* of log and witnesses.

    Raises `NoteError` or `CheckpointError` where the log itself did not sign it, and `NoteError`
    where a known witness did not sign as a line claims. No cosignature is asked for: see
    `audit.quorum`.
    """
    opened = open_note(note, tuple(dict.fromkeys(keys)))
    cosignatures = tuple(
        Cosignature(signature.key, signature.at)
        for signature in opened.signatures
        if signature.at is not None
    )
    return Cosigned(checkpoint_of(opened), cosignatures)


def add_cosignatures(note: bytes, answer: bytes, witnesses: Sequence[VerifierKey]) -> bytes:
    """Return *note* with the cosignatures of *witnesses* that are in *answer*, lines of a witness.

    Lines of unknown keys are ignored, and an earlier cosignature of the same key makes room. The
    note's own signatures are not looked at. Raises `NoteError` where no line is by one of
    *witnesses*, one of them did not sign as its line claims, or the note would grow too long.
    """
    text, lines = split(note)
    answered = text.encode() + b"\n" + answer
    known = [key for key in witnesses if key.type is KeyType.COSIGNATURE]
    signers = open_note(answered, known).signers
    given = [line for line in split(answered)[1] if any(map(line.is_by, signers))]
    kept = [line for line in lines if not any(map(line.is_by, signers))]
    cosigned = join(text, [*kept, *given])
    split(cosigned)  # nobody would read a longer one
    return cosigned
