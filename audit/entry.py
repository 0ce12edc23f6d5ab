"""Making an entry: its detail is sealed in parts, and its leaf commits to them.

    detail = seal({Part.RECIPIENT: encode_part(...), Part.SENDER: ...}, random)
    leaf = Leaf(type=..., commit=detail.commit, nonce=nonce.hex(), tag=subject_tag(key, nonce), ...)

The leaf goes into the tree for good. The detail is stored encrypted, in a table from which it
can be deleted; without it the leaf says nothing about anybody.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audit.encoding import Writable, encode
from audit.errors import EntryError
from audit.events import EntryType, require_fields
from audit.parts import (
    MAX_PART_BYTES,
    PARTS,
    SALT_BYTES,
    Opening,
    Part,
    commit_detail,
    commit_part,
)

NONCE_BYTES = 16
TAG_BYTES = 16
_VERSION = b"\x01"
_ABSENT = b"\xff" * 4


def subject_tag(key: bytes, nonce: bytes) -> str:
    """Return the blinded tag of the child with this tag *key*: HMAC-SHA256, 16 bytes of it.

    Each entry has a nonce of its own, so that a child's entries cannot be told from others'
    without the key, and never again once it is destroyed.

    >>> subject_tag(b"key of one child", bytes(16))
    'f7b5417c44c22e0192ded81c1026bae9'
    """
    # Not `hmac.digest`, which gives the interpreter's lock away, for which others then wait.
    return hmac.new(key, nonce, "sha256").digest()[:TAG_BYTES].hex()


def encode_part(entry_type: EntryType, part: Part, fields: Mapping[str, Writable]) -> bytes:
    """Return *fields* as the content of *part* of an entry of this type.

    Raises `EntryError` where the catalogue (`audit.events`) has other fields for it, and
    `EncodingError` where a value is outside the canonical profile.
    """
    require_fields(entry_type, part, fields.keys())
    content = encode(fields)
    if len(content) > MAX_PART_BYTES:
        message = f"a part of the detail is longer than `{MAX_PART_BYTES}` bytes"
        raise EntryError(message)
    return content


@dataclass(frozen=True, slots=True)
class Detail:
    """The detail of an entry: for each `Part`, in their order, what it holds and how it is bound.

    Where a part is absent its content is None, and its salt is its commitment.
    """

    contents: tuple[bytes | None, ...]
    salts: tuple[bytes, ...]
    commitments: tuple[bytes, ...]

    @property
    def commit(self) -> str:
        """The commitment for the leaf, in hexadecimal."""
        return commit_detail(self.commitments)

    def holds(self, part: Part) -> bool:
        """Return whether this detail has that *part*."""
        return self.contents[PARTS.index(part)] is not None

    def open(self, part: Part) -> Opening:
        """Return the opening of *part*, or raise `EntryError` if this detail does not have it."""
        place = PARTS.index(part)
        content = self.contents[place]
        if content is None:
            message = f"the detail has no part for the {part}"
            raise EntryError(message)
        others = self.commitments[:place] + self.commitments[place + 1 :]
        return Opening(part, self.salts[place], content, others)

    def encode(self) -> bytes:
        """Return the detail as bytes, to be encrypted and stored.

        A version byte; then for each part its salt, its length in four bytes (none: 2**32 - 1)
        and its content.
        """
        pieces = [_VERSION]
        for salt, content in zip(self.salts, self.contents, strict=True):
            length = _ABSENT if content is None else len(content).to_bytes(4, "big")
            pieces += (salt, length, content or b"")
        return b"".join(pieces)

    @classmethod
    def decode(cls, data: bytes) -> "Detail":
        """Return the detail in *data*, or raise `EntryError` where it is malformed.

        >>> Detail.decode(seal({Part.SENDER: b"{}"}, bytes).encode()).contents
        (None, b'{}', None)
        >>> Detail.decode(b"")
        Traceback (most recent call last):
            ...
        audit.errors.EntryError: the detail of an entry is malformed
        """
        salts, contents, at = [], [], len(_VERSION)
        for _part in PARTS:
            length = data[at + SALT_BYTES : at + SALT_BYTES + 4]
            salts.append(data[at : at + SALT_BYTES])
            at += SALT_BYTES + 4
            size = 0 if length == _ABSENT else int.from_bytes(length, "big")
            contents.append(None if length == _ABSENT else data[at : at + size])
            at += size
        if data[: len(_VERSION)] != _VERSION or at != len(data):
            message = "the detail of an entry is malformed"
            raise EntryError(message)
        return _bind(tuple(contents), tuple(salts))


def seal(parts: Mapping[Part, bytes], random: Callable[[int], bytes]) -> Detail:
    """Return the detail that holds *parts*, each the canonical content that `encode_part` gives.

    *random* gives so many random bytes: a salt for a part that is there, a commitment to nothing
    for one that is not.
    """
    pool = random(SALT_BYTES * len(PARTS))
    salts = tuple(pool[at : at + SALT_BYTES] for at in range(0, len(pool), SALT_BYTES))
    return _bind(tuple(map(parts.get, PARTS)), salts)


def _bind(contents: tuple[bytes | None, ...], salts: tuple[bytes, ...]) -> Detail:
    commitments = tuple(
        salt if content is None else commit_part(part, salt, content)
        for part, salt, content in zip(PARTS, salts, contents, strict=True)
    )
    return Detail(contents, salts, commitments)
