"""Witnesses (C2SP tlog-witness): how one is asked for a cosignature, and what it must answer.

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=

    example.org/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9…

A request is the size of the log's checkpoint that the witness cosigned last, the proof that the
log has only grown since (RFC 6962, 2.1.2), an empty line, and the signed checkpoint.

A witness remembers of each log one thing: the last checkpoint that it cosigned. It sees no entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Final, Protocol

from audit.canonical import decode_base64, decode_decimal, encode_base64
from audit.checkpoint import Checkpoint
from audit.cosignature import CosigningKey
from audit.errors import AuditError, EncodingError, NoteError, ProofError, WitnessError
from audit.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from audit.note import MAX_NOTE_BYTES, KeyType, VerifierKey, join, open_note, split

PATH: Final = "/add-checkpoint"
"""Where it is posted, below the witness's submission prefix."""

SIZE_TYPE: Final = "text/x.tlog.size"
"""The media type of a conflict's answer, which is the size that the witness cosigned last."""

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = 64 * 1024

NOTE_TYPE: Final = "text/plain; charset=utf-8"

_COSIGNED: Final = 200
_CONFLICT: Final = 409
_OLD: Final = "old "
_MAX_HEAD_BYTES: Final = 4096  # 63 hashes of 44 characters, and the old size


@dataclass(frozen=True, slots=True)
class Request:
    """That the log of *note* grew from *old* entries as *proof* shows: please cosign."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def encode_request(old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Return the body of the request to cosign *note*, for a witness that cosigned *old_size*."""
    lines = [f"{_OLD}{old_size}", *map(encode_base64, proof), "", ""]
    return "\n".join(lines).encode() + note


def decode_request(data: bytes) -> Request:
    r"""Return the request in *data*, or raise `WitnessError` where it is malformed.

    >>> decode_request(encode_request(7, [], b"a note"))
    Request(old=7, proof=(), note=b'a note')
    >>> decode_request(b"old 07\n\na note")
    Traceback (most recent call last):
        ...
    audit.errors.WitnessError: the request's old size or proof is malformed
    """
    head, blank, note = data[: _MAX_HEAD_BYTES + MAX_NOTE_BYTES].partition(b"\n\n")
    try:
        old, *hashes = head.decode().split("\n")
        request = Request(
            decode_decimal(old.removeprefix(_OLD)),
            tuple(map(decode_base64, hashes[: MAX_PROOF_LINES + 1])),
            note,
        )
    except (ValueError, EncodingError):
        message = "the request's old size or proof is malformed"
        raise WitnessError(message) from None
    if any(len(item) != HASH_BYTES for item in request.proof) or len(hashes) > MAX_PROOF_LINES:
        message = f"the request's proof is not at most `{MAX_PROOF_LINES}` hashes"
        raise WitnessError(message)
    # Round trip: what is not written just so is not a request.
    if not blank or encode_request(request.old, request.proof, note) != data:
        message = "the request is malformed, or too long"
        raise WitnessError(message)
    return request


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: an HTTP status, and a body of this media type."""

    status: int
    body: bytes
    media_type: str = NOTE_TYPE

    @property
    def is_cosigned(self) -> bool:
        """Whether the body holds cosignatures."""
        return self.status == _COSIGNED

    @property
    def is_fork(self) -> bool:
        """Whether the log signed two roots of one size: asking again would not help."""
        return self.status == _CONFLICT and self.media_type != SIZE_TYPE

    @property
    def last_size(self) -> int | None:
        """The size that the witness cosigned last, where that is all that was wrong, or None.

        Raises `WitnessError` where it is malformed.
        """
        if self.status != _CONFLICT or self.media_type != SIZE_TYPE:
            return None
        try:
            return decode_decimal(self.body.decode().removesuffix("\n"))
        except (ValueError, EncodingError):
            message = "the witness's answer does not hold a size"
            raise WitnessError(message) from None


class Memory(Protocol):
    """Keeps what a witness must never forget: of each log, the note that it cosigned last."""

    def read(self) -> tuple[bytes, ...]:
        """Return the notes that were written last, or raise `OSError` or `WitnessError`."""
        ...

    def write(self, notes: Sequence[bytes]) -> None:
        """Keep *notes* instead, all or none, durably: raise `OSError` where that is not sure."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """The *checkpoint* of a log that was cosigned last, *at* this POSIX second, and its *note*."""

    checkpoint: Checkpoint
    at: int
    note: bytes


class _RefusedError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def _refused(status: int, reason: object) -> _RefusedError:
    return _RefusedError(Answer(status, f"{reason}\n".encode()))


@dataclass(slots=True, kw_only=True)
class Witness:
    """Cosigns with *key* what only ever grows of the logs whose verifier keys are *logs*.

    A log that changes its key has several for a while. *now* gives the POSIX second. Requests may
    come from several threads; no other process may use the same *memory*.
    """

    key: CosigningKey
    logs: tuple[VerifierKey, ...]
    memory: Memory
    now: Callable[[], int]
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)
    _seen: dict[str, _Seen] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Recall what was cosigned, or raise `WitnessError` or `OSError`: do not start then."""
        if any(key.type is not KeyType.ED25519 for key in self.logs):
            message = "a key that is to be a log's does not sign checkpoints"
            raise WitnessError(message)
        self._recall()

    def add_checkpoint(self, data: bytes) -> Answer:
        """Return the cosignature of the checkpoint in the request *data*, or why there is none.

        To cosign a checkpoint a witness must (C2SP tlog-witness, add-checkpoint):

        (1) read the request (else 400);
        (2) know the log (404), and a key of it that signed (403);
        (3) find the old size no larger than the checkpoint's (400), and the one that it cosigned
            last (409, with the one that it did), of the same root if it is the new size too (409);
        (4) verify that the log has only grown since (422);
        (5) keep the checkpoint, durably (503);
        (6) and only then answer with the cosignature (200).

        Steps (3) to (5) are one: no other request comes between them.
        """
        try:
            # (1) Read.
            request, checkpoint = _read(data)

            # (2) Know the log.
            keys = self._keys_of(checkpoint.origin)
            _require_signed(request.note, keys)

            with self._lock:
                # (3) Where the log was, and (4) that it has only grown.
                before = self._recall().get(checkpoint.origin)
                _require_last(request.old, checkpoint, before)
                _require_growth(request, checkpoint, before)

                # (5) Keep. INVARIANT: what is below this line is durable before it is said.
                at = max(self.now(), before.at if before else 0)
                line = self.key.cosign(checkpoint, at)
                own = [one for one in split(request.note)[1] if any(map(one.is_by, keys))]
                self._keep(_Seen(checkpoint, at, join(checkpoint.encode(), [*own, line])))
        except _RefusedError as refused:
            return refused.answer
        except (OSError, WitnessError):
            return _UNSURE

        # (6) Answer.
        return Answer(_COSIGNED, line.encode().encode())

    def latest(self, origin_hash: str) -> Answer:
        """Return the last cosigned checkpoint of the log whose origin has this SHA-256, or 404."""
        try:
            with self._lock:
                seen = self._recall()
        except (OSError, WitnessError):
            return _UNSURE
        for origin, one in seen.items():
            if sha256(origin.encode()).hexdigest() == origin_hash:
                return Answer(200, one.note)
        return Answer(404, b"no checkpoint of such a log was cosigned\n")

    def _keys_of(self, origin: str) -> list[VerifierKey]:
        keys = [key for key in self.logs if key.name == origin]
        if not keys:
            raise _refused(404, "the log is not known here")
        return keys

    def _recall(self) -> dict[str, _Seen]:
        """Return what was cosigned last, by origin: where that is not sure, it is read again."""
        if self._seen is None:
            seen = [self._remembered(note) for note in self.memory.read()]
            self._seen = {one.checkpoint.origin: one for one in seen}
        return self._seen

    def _remembered(self, note: bytes) -> _Seen:
        """Return what *note* says, or raise `WitnessError` where this witness did not cosign it."""
        try:
            opened = open_note(note, [self.key.verifier])
            checkpoint = Checkpoint.decode(opened.text)
        except AuditError as error:
            message = f"the witness did not cosign what it is to remember: {error}"
            raise WitnessError(message) from error
        return _Seen(checkpoint, max(one.at or 0 for one in opened.signatures), note)

    def _keep(self, new: _Seen) -> None:
        seen = self._recall() | {new.checkpoint.origin: new}
        # Where writing fails the disk may hold either, and is asked again before anything is said.
        self._seen = None
        self.memory.write([one.note for one in seen.values()])
        self._seen = seen


_UNSURE: Final = Answer(503, b"the witness cannot be sure of what it remembers\n")


def _read(data: bytes) -> tuple[Request, Checkpoint]:
    try:
        request = decode_request(data)
        text, _ = split(request.note)
        return request, Checkpoint.decode(text)
    except AuditError as error:
        raise _refused(400, error) from error


def _require_signed(note: bytes, keys: Sequence[VerifierKey]) -> None:
    try:
        open_note(note, keys)
    except NoteError as error:
        raise _refused(403, error) from error


def _require_last(old: int, checkpoint: Checkpoint, before: _Seen | None) -> None:
    """Refuse unless *old* is the size that was cosigned *before*, of the same root if it is new."""
    if old > checkpoint.size:
        raise _refused(400, "the old size is larger than the checkpoint's")
    last = before.checkpoint.size if before else 0
    if old != last:
        raise _RefusedError(Answer(_CONFLICT, b"%d\n" % last, SIZE_TYPE))
    if before and checkpoint.size == last and checkpoint.root != before.checkpoint.root:
        raise _refused(_CONFLICT, "another root of this size was cosigned: the log has forked")


def _require_growth(request: Request, checkpoint: Checkpoint, before: _Seen | None) -> None:
    root = before.checkpoint.root if before else EMPTY_ROOT
    try:
        verify_consistency(request.old, root, checkpoint.size, checkpoint.root, request.proof)
    except ProofError as error:
        raise _refused(422, error) from error
