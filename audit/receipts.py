"""Receipts: one document with which the holder of one part of an entry proves it, for years.

    {"leaf":"<the leaf>","opening":{"content":"<the part>","others":["…","…"],"part":"recipient",
     "salt":"…"},"proof":"<a C2SP tlog-proof, with its signed checkpoint>","v":1}

It is checked offline, with the verifier keys of the log and nothing else of ours. Leaf and part
are carried as text, since the bytes themselves are what was hashed.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.canonical import Json, decode, encode
from audit.checkpoint import Checkpoint
from audit.cosignature import Cosignature, open_cosigned
from audit.errors import AuditError, EncodingError, EntryError, ProofError, ReceiptError
from audit.leaf import Leaf
from audit.note import VerifierKey
from audit.parts import Opening, Part
from audit.proofs import Proof
from audit.quorum import Quorum

MAX_RECEIPT_BYTES = 64 * 1024
MAX_HEADER_BYTES = 4096
"""A receipt that is longer than this as a header travels by its address instead (design, 5)."""

_VERSION = 1
_MEMBERS = {"leaf", "opening", "proof", "v"}


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """What a receipt proves: that the entry *leaf* stands at *index* of the log of *checkpoint*.

    *fields* is what the entry's *part* for this holder says; *cosignatures* is which known
    witnesses had seen the log as it was then.
    """

    checkpoint: Checkpoint
    index: int
    leaf: Leaf
    part: Part
    fields: Mapping[str, Json]
    cosignatures: tuple[Cosignature, ...]


def make_receipt(leaf: bytes, proof: Proof, opening: Opening) -> bytes:
    """Return the receipt for the entry with the bytes *leaf*, for the holder of *opening*.

    Raises `ReceiptError` where it would be longer than a receipt may be.
    """
    receipt = encode(
        {
            "v": _VERSION,
            "leaf": leaf.decode(),
            "proof": proof.encode().decode(),
            "opening": opening.members(),
        }
    )
    if len(receipt) > MAX_RECEIPT_BYTES:
        message = f"the receipt is longer than `{MAX_RECEIPT_BYTES}` bytes"
        raise ReceiptError(message)
    return receipt


def check_receipt(
    data: bytes, keys: Sequence[VerifierKey], quorum: Quorum | None = None
) -> CheckedReceipt:
    """Return what the receipt in *data* proves under *keys*, of the log and of known witnesses.

    To believe a receipt we must:

    (1) read it strictly, within bounds;
    (2) verify the signature of its checkpoint, that the *quorum* cosigned it where one is asked
        for, and that the entry is in that tree;
    (3) verify that the opened part is the one that the entry commits to.

    Raises `ReceiptError` where it is malformed, and another `AuditError` for what does not hold.
    """
    # (1) Read.
    leaf_bytes, proof, opening = _parts(data)
    leaf, fields = _read(leaf_bytes, opening)

    # (2) The entry is in the log.
    witnesses = quorum.witnesses if quorum else ()
    cosigned = open_cosigned(proof.note, (*keys, *witnesses))
    if quorum is not None:
        quorum.require_agreed(cosigned.cosignatures)
    proof.require_included(leaf_bytes, cosigned.checkpoint)

    # (3) The part is the entry's.
    if opening.commit() != leaf.commit:
        message = "the opened part is not the one that the entry commits to"
        raise ProofError(message)
    return CheckedReceipt(
        cosigned.checkpoint, proof.index, leaf, opening.part, fields, cosigned.cosignatures
    )


def note_in(data: bytes) -> bytes:
    """Return the signed checkpoint in the receipt in *data*, which nothing proves yet.

    Raises `ReceiptError` where the receipt is malformed.
    """
    _, proof, _ = _parts(data)
    return proof.note


def _parts(data: bytes) -> tuple[bytes, Proof, Opening]:
    try:
        members = decode(data, MAX_RECEIPT_BYTES)
        if not isinstance(members, dict) or members.keys() != _MEMBERS:
            message = "a receipt has other members than it should"
            raise ReceiptError(message)
        leaf, proof = members["leaf"], members["proof"]
        known = members["v"] == _VERSION and members["v"] is not True
        if not known or not isinstance(leaf, str) or not isinstance(proof, str):
            message = "a receipt is of an unknown version, or malformed"
            raise ReceiptError(message)
        opening = Opening.from_members(members["opening"])
        return leaf.encode(), Proof.decode(proof.encode()), opening
    except (EncodingError, EntryError, ProofError) as error:
        raise _malformed(error) from error


def _read(leaf: bytes, opening: Opening) -> tuple[Leaf, Mapping[str, Json]]:
    try:
        return Leaf.decode(leaf), opening.fields()
    except (EncodingError, EntryError) as error:
        raise _malformed(error) from error


def _malformed(error: AuditError) -> ReceiptError:
    return ReceiptError(f"the receipt is malformed: {error}")


def to_header(receipt: bytes) -> str:
    """Return *receipt* as the value of an HTTP header: base64url without padding.

    >>> to_header(b'{"v":1}')
    'eyJ2IjoxfQ'
    """
    return base64.urlsafe_b64encode(receipt).decode().rstrip("=")


def from_header(value: str) -> bytes:
    """Return the receipt in a header's *value*, or raise `ReceiptError`.

    >>> from_header("eyJ2IjoxfQ")
    b'{"v":1}'
    >>> from_header("eyJ2IjoxfQ==")
    Traceback (most recent call last):
        ...
    audit.errors.ReceiptError: the header does not hold a receipt
    """
    receipt = b""
    if len(value) <= 2 * MAX_RECEIPT_BYTES and value.isascii():
        try:
            receipt = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except ValueError:
            receipt = b""
    if not receipt or to_header(receipt) != value:
        message = "the header does not hold a receipt"
        raise ReceiptError(message)
    return receipt
