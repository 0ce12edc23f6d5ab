"""The gate: nothing is sent unless the log proves, in memory, that it may be (invariant 2).

The dispatcher takes rows from a database in which somebody may have written by hand. The gate
believes none of them: it goes by the log's verifier key, the payload, and the service that the
payload is about to be sent to.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import ProofError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.merkle import leaf_hash, verify_inclusion
from audit.note import VerifierKey
from audit.parts import Opening, Part
from audit.proofs import Proof
from audit.quorum import Quorum

PERMITTING = frozenset({EntryType.DISCLOSURE, EntryType.NOTICE})
"""The entries that permit something to be sent: what it is, `Verified.leaf` says, and no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """That entry *index* of the log of *checkpoint* permits this payload to go to *recipient*."""

    checkpoint: Checkpoint
    index: int
    leaf: Leaf
    recipient: str
    payload_sha256: str


@dataclass(slots=True)
class Gate:
    """Lets through what an entry of the log permits; *keys* are the log's verifier keys.

    The checkpoint that was verified last is remembered, with the quorums that cosigned it: the
    entries of one commit share one.
    """

    keys: tuple[VerifierKey, ...]
    _note: bytes = field(default=b"", init=False)
    _checkpoint: Checkpoint | None = field(default=None, init=False)
    _quorums: set[Quorum] = field(default_factory=set, init=False)

    def verify(  # noqa: PLR0913 - a release has all of this, each by its name
        self,
        *,
        proof: Proof,
        leaf: bytes,
        opening: Opening,
        payload: bytes,
        recipient: str,
        quorum: Quorum | None = None,
    ) -> Verified:
        """Return the proof that *payload* may be sent to *recipient*.

        To let a payload out we must verify that:

        (1) the log signed the checkpoint, and (1b) where sender and recipient agreed to ask for
            a *quorum*, so many witnesses cosigned it;
        (2) the entry with the bytes *leaf* is in the tree of that checkpoint;
        (3) the entry is a disclosure or a notice to this recipient;
        (4) the opening is the recipient's part, the one that the entry commits to;
        (5) that part names this recipient and the hash of this payload.

        Raises `NoteError` or `CheckpointError` for (1), `ProofError` for (1b) and the others, and
        `EntryError` or `EncodingError` where leaf or part cannot be read.
        """
        # (1) The checkpoint.
        checkpoint = self._opened(proof.note)

        # (1b) Its cosignatures, where they are asked for.
        if quorum is not None:
            self._require_quorum(quorum, proof.note)

        # (2) The entry is in the tree.
        root = checkpoint.root
        verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, root)

        # (3) It is a disclosure or a notice to this recipient.
        entry = Leaf.decode(leaf)
        _require(entry.type in PERMITTING, "the entry is not a disclosure, nor a notice")
        _require(
            bool(recipient) and entry.recipient == recipient, "the entry is for another recipient"
        )

        # (4) The opening is the recipient's part of it.
        _require(opening.part is Part.RECIPIENT, "the opened part is not the recipient's")
        _require(
            compare_digest(opening.commit(), entry.commit),
            "the opened part is not the one that the entry commits to",
        )

        # (5) The part names this recipient and this payload.
        fields = opening.fields()
        digest = sha256(payload).hexdigest()
        _require(fields.get("recipient") == recipient, "the part names another recipient")
        _require(fields.get("payload_sha256") == digest, "the part names another payload")
        return Verified(
            checkpoint=checkpoint,
            index=proof.index,
            leaf=entry,
            recipient=recipient,
            payload_sha256=digest,
        )

    def _opened(self, note: bytes) -> Checkpoint:
        if self._checkpoint is None or note != self._note:
            self._checkpoint, self._note = open_checkpoint(note, self.keys), note
            self._quorums.clear()
        return self._checkpoint

    def _require_quorum(self, quorum: Quorum, note: bytes) -> None:
        if quorum not in self._quorums:
            quorum.require(note, self.keys)
            self._quorums.add(quorum)


def _require(holds: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise ProofError(message)
