"""Inclusion proofs as documents (C2SP tlog-proof), to be checked offline.

    c2sp.org/tlog-proof@v1
    index 4
    5PWbrGb6jTW3pnSlTzWAxvl2Lo5Wk2eXvhXoaEfXpYs=

    example.org/log
    6
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/log Y29udGVudC1pcy1hLW1hZGUtdXAtZXhhbXBsZQ==

The index of the entry, the hashes of the proof from the leaf's sibling up, and the signed
checkpoint of the tree that they lead to. The format's line of extra data, which nothing
authenticates, we neither write nor accept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.canonical import decode_base64, decode_decimal, encode_base64
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import EncodingError, ProofError
from audit.merkle import leaf_hash, verify_inclusion
from audit.note import MAX_NOTE_BYTES, VerifierKey

MAX_HASHES = 63
"""No tree that we can count is higher."""

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = "index "
_MAX_BYTES = MAX_NOTE_BYTES + 4096


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof that entry *index* is in the tree of a signed checkpoint, *note*."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the document."""
        lines = [HEADER, f"{_INDEX}{self.index}", *map(encode_base64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def decode(cls, data: bytes) -> "Proof":
        r"""Return the proof in *data*, or raise `ProofError` where it is malformed.

        >>> Proof.decode(Proof(4, (bytes(32),), b"note").encode()).index
        4
        >>> Proof.decode(b"c2sp.org/tlog-proof@v1\nindex 04\n\nnote")
        Traceback (most recent call last):
            ...
        audit.errors.ProofError: a proof document is malformed
        """
        head, blank, note = data[:_MAX_BYTES].partition(b"\n\n")
        try:
            header, index, *hashes = head.decode().split("\n")
            proof = cls(
                decode_decimal(index.removeprefix(_INDEX)),
                tuple(map(decode_base64, hashes[: MAX_HASHES + 1])),
                note,
            )
        except (ValueError, EncodingError):
            message = "a proof document is malformed"
            raise ProofError(message) from None
        # Round trip: what is not written just so is not a proof.
        if not blank or header != HEADER or len(hashes) > MAX_HASHES or proof.encode() != data:
            message = "a proof document is malformed"
            raise ProofError(message)
        return proof

    def verify(self, leaf: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
        """Return the checkpoint that proves the entry with the bytes *leaf* to be in the log.

        Raises `NoteError` or `CheckpointError` where *keys* did not sign it, and `ProofError`
        where the entry is not at this index of its tree.
        """
        checkpoint = open_checkpoint(self.note, keys)
        self.require_included(leaf, checkpoint)
        return checkpoint

    def require_included(self, leaf: bytes, checkpoint: Checkpoint) -> None:
        """Raise `ProofError` unless the entry with the bytes *leaf* is in this *checkpoint*'s tree.

        The checkpoint is that of the proof's *note*, opened before.
        """
        root = checkpoint.root
        verify_inclusion(leaf_hash(leaf), self.index, checkpoint.size, self.hashes, root)
