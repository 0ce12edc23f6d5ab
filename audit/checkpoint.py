"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself, and signs.

    example.org/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Three lines: the log's origin, the number of its entries, the root hash of their tree in base64.
Extension lines are not recommended by the specification; we write none, and refuse them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.canonical import decode_base64, decode_decimal, encode_base64
from audit.errors import CheckpointError, EncodingError, ForkError, ProofError
from audit.merkle import HASH_BYTES, MAX_SIZE, verify_consistency
from audit.note import KeyType, Note, SigningKey, VerifierKey, open_note, sign, split


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of the log *origin* when it had *size* entries."""

    origin: str
    size: int
    root: bytes

    def encode(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def decode(cls, text: str) -> "Checkpoint":
        r"""Return the checkpoint in *text*, or raise `CheckpointError`.

        >>> Checkpoint.decode("example.org/log\n007\n\n")
        Traceback (most recent call last):
            ...
        audit.errors.CheckpointError: a checkpoint's size or root is malformed
        """
        try:
            origin, size_text, root_text, end = text.split("\n")
        except ValueError:
            message = "a checkpoint does not have three lines"
            raise CheckpointError(message) from None
        try:
            size, root = decode_decimal(size_text), decode_base64(root_text)
        except EncodingError:
            message = "a checkpoint's size or root is malformed"
            raise CheckpointError(message) from None
        if not origin or end or len(root) != HASH_BYTES or size > MAX_SIZE:
            message = "a checkpoint has no origin, or a size or root out of bounds"
            raise CheckpointError(message)
        return cls(origin, size, root)

    def sign(self, *keys: SigningKey) -> bytes:
        """Return the checkpoint as a note signed by *keys*, whose name must be the log's origin.

        More than one signs while one takes the other's place. Sign only what is durable: a log
        that signed a root and then rolled back has forked.
        """
        if any(key.name != self.origin for key in keys):
            message = "the key belongs to another log"
            raise CheckpointError(message)
        return sign(self.encode(), keys)


def origin_of(note: bytes) -> str:
    """Return the log whose checkpoint *note* says it is, which nothing proves yet.

    Raises `NoteError` or `CheckpointError` where it is malformed.
    """
    return Checkpoint.decode(split(note)[0]).origin


def open_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint in *note* if the log itself signed it with one of *keys*.

    Raises `NoteError` where no known key signed, `CheckpointError` where another log's key did.
    """
    return checkpoint_of(open_note(note, keys))


def checkpoint_of(opened: Note) -> Checkpoint:
    """Return the checkpoint in the note that was *opened*, or raise `CheckpointError`.

    A witness's cosignature does not stand in for the log's own signature, whatever its name.
    """
    checkpoint = Checkpoint.decode(opened.text)
    if all(
        key.name != checkpoint.origin or key.type is not KeyType.ED25519 for key in opened.signers
    ):
        message = "the checkpoint is not signed by its own log"
        raise CheckpointError(message)
    return checkpoint


def require_growth(older: Checkpoint, newer: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise `ForkError` unless *proof* shows that *newer* holds all of *older*, unchanged.

    Both are signed, so where this fails the two notes together convict the log.
    """
    if older.origin != newer.origin:
        message = "the checkpoints are of different logs"
        raise CheckpointError(message)
    try:
        verify_consistency(older.size, older.root, newer.size, newer.root, proof)
    except ProofError as error:
        message = "the newer checkpoint does not hold the older one's entries unchanged"
        raise ForkError(message) from error
