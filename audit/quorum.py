"""Quorums: how many of which witnesses must have cosigned a checkpoint before it is relied on.

One witness may be bribed, hacked, or asleep. Where more than half of them must cosign, no two
inconsistent trees of one log can both be relied on unless a witness signed both, and is convicted
by its own signatures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.cosignature import Cosignature, open_cosigned
from audit.errors import ProofError, QuorumError
from audit.note import KeyType, VerifierKey


@dataclass(frozen=True, slots=True)
class Quorum:
    """At least *needed* of these *witnesses*.

    A witness counts once, by its name: several keys of one name are the keys of a witness that
    changed them. Raises `QuorumError` where so many witnesses are not named, a key is no
    witness's, or one key goes by two names, since a cosignature does not say which.
    """

    witnesses: tuple[VerifierKey, ...]
    needed: int

    def __post_init__(self) -> None:
        names = {key.name for key in self.witnesses}
        if not 1 <= self.needed <= len(names):
            message = f"a quorum of `{len(names)}` witnesses cannot be `{self.needed}`"
            raise QuorumError(message)
        if any(key.type is not KeyType.COSIGNATURE for key in self.witnesses):
            message = "a key in the quorum does not make cosignatures"
            raise QuorumError(message)
        if len({key.public for key in self.witnesses}) < len(set(self.witnesses)):
            message = "a key in the quorum goes by two names"
            raise QuorumError(message)

    def cosigned_at(self, note: bytes, keys: Sequence[VerifierKey]) -> int | None:
        """Return until when the quorum vouches for the checkpoint in *note*, in POSIX seconds.

        That is the latest second of which at least *needed* witnesses say that at it, or later,
        this was the largest tree of the log that they had seen; None where fewer cosigned. Fewer
        than *needed* witnesses with wrong clocks cannot move it past what an honest one said.

        *keys* are the log's own. Raises `NoteError` or `CheckpointError` where they did not sign,
        or a witness did not sign as its line claims.
        """
        return self.agreed_at(open_cosigned(note, (*keys, *self.witnesses)).cosignatures)

    def agreed_at(self, cosignatures: Sequence[Cosignature]) -> int | None:
        """Return what `cosigned_at` does, for the *cosignatures* of a note that was opened."""
        latest: dict[str, int] = {}
        for one in cosignatures:
            if one.witness in self.witnesses:
                latest[one.witness.name] = max(one.at, latest.get(one.witness.name, 0))
        if len(latest) < self.needed:
            return None
        return sorted(latest.values(), reverse=True)[self.needed - 1]

    def require(self, note: bytes, keys: Sequence[VerifierKey]) -> int:
        """Return what `cosigned_at` does, or raise `ProofError` where too few cosigned."""
        return self.require_agreed(open_cosigned(note, (*keys, *self.witnesses)).cosignatures)

    def require_agreed(self, cosignatures: Sequence[Cosignature]) -> int:
        """Return what `agreed_at` does, or raise `ProofError` where too few cosigned."""
        at = self.agreed_at(cosignatures)
        if at is None:
            message = f"fewer than `{self.needed}` witnesses cosigned the checkpoint"
            raise ProofError(message)
        return at
