"""Asking witnesses (C2SP tlog-witness): the request for a cosignature, and what it answers.

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=

    example.org/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9…

The size of the log's checkpoint that the witness cosigned last, the proof that the log has only
grown since (RFC 6962, 2.1.2), an empty line, and the signed checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.canonical import decode_base64, decode_decimal, encode_base64
from audit.errors import EncodingError, WitnessError
from audit.merkle import HASH_BYTES
from audit.note import MAX_NOTE_BYTES

PATH: Final = "/add-checkpoint"
"""Where it is posted, below the witness's submission prefix."""

SIZE_TYPE: Final = "text/x.tlog.size"
"""The media type of a conflict's answer, which is the size that the witness cosigned last."""

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = 64 * 1024

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
