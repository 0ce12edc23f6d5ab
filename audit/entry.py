"""Making an entry: its detail is sealed in parts, and its leaf commits to them.

    detail = seal({Part.RECIPIENT: encode_part(...), Part.SENDER: ...}, random)
    leaf = Leaf(type=..., commit=detail.commit, nonce=nonce.hex(), tag=subject_tag(key, nonce), ...)

The leaf goes into the tree for good. The detail is stored encrypted, in a table from which it
can be deleted; without it the leaf says nothing about anybody.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audit.canonical import Json, decode, decode_hex
from audit.encoding import encode
from audit.errors import EntryError
from audit.events import EntryType, require_fields
from audit.parts import (
    COMMITMENT_BYTES,
    MAX_PART_BYTES,
    SALT_BYTES,
    Opening,
    Part,
    commit_detail,
    commit_part,
)

NONCE_BYTES = 16
TAG_BYTES = 16
_VERSION = 1
_MAX_DETAIL_BYTES = 2 * len(Part) * MAX_PART_BYTES


def subject_tag(key: bytes, nonce: bytes) -> str:
    """Return the blinded tag of the child with this tag *key*: HMAC-SHA256, 16 bytes of it.

    Each entry has a nonce of its own, so that a child's entries cannot be told from others'
    without the key, and never again once it is destroyed.

    >>> subject_tag(b"key of one child", bytes(16))
    'f7b5417c44c22e0192ded81c1026bae9'
    """
    return hmac.digest(key, nonce, "sha256")[:TAG_BYTES].hex()


def encode_part(entry_type: EntryType, part: Part, fields: Mapping[str, Json]) -> bytes:
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
    """The detail of an entry: what each part holds, and what keeps the parts apart."""

    commitments: tuple[bytes, ...]
    salts: Mapping[Part, bytes]
    contents: Mapping[Part, bytes]

    @property
    def commit(self) -> str:
        """The commitment for the leaf, in hexadecimal."""
        return commit_detail(self.commitments)

    def open(self, part: Part) -> Opening:
        """Return the opening of *part*, or raise `EntryError` if this detail does not have it."""
        if part not in self.contents:
            message = f"the detail has no part for the `{part}`"
            raise EntryError(message)
        place = list(Part).index(part)
        others = self.commitments[:place] + self.commitments[place + 1 :]
        return Opening(part, self.salts[part], self.contents[part], others)

    def encode(self) -> bytes:
        """Return the detail as canonical JSON, to be encrypted and stored."""
        parts: dict[str, Json] = {
            part.value: {"content": content.decode(), "salt": self.salts[part].hex()}
            for part, content in self.contents.items()
        }
        commitments = [commitment.hex() for commitment in self.commitments]
        return encode({"v": _VERSION, "commitments": commitments, "parts": parts})

    @classmethod
    def decode(cls, data: bytes) -> "Detail":
        """Return the detail in *data*, or raise `EntryError` or `EncodingError`.

        A content that is not the one committed to is refused, too.
        """
        members = decode(data, _MAX_DETAIL_BYTES)
        if not isinstance(members, dict) or members.keys() != {"v", "commitments", "parts"}:
            message = "a detail has other members than it should"
            raise EntryError(message)
        parts, commitments = members["parts"], members["commitments"]
        known = members["v"] == _VERSION and members["v"] is not True
        if not known or not isinstance(parts, dict):
            message = "a detail is of an unknown version, or malformed"
            raise EntryError(message)
        salts, contents = {}, {}
        for name, sealed in parts.items():
            part, salts[part], contents[part] = _decode_part(name, sealed)
        detail = cls(_decode_commitments(commitments), salts, contents)
        if any(detail.open(part).commit() != detail.commit for part in contents):
            message = "a part of the detail is not the one that was committed to"
            raise EntryError(message)
        return detail


def seal(parts: Mapping[Part, bytes], random: Callable[[int], bytes]) -> Detail:
    """Return the detail that holds *parts*, each the canonical content that `encode_part` gives.

    *random* gives so many random bytes: a salt for a part that is there, a commitment to nothing
    for one that is not.
    """
    pool = random(SALT_BYTES * len(Part))
    commitments, salts = [], {}
    for place, part in enumerate(Part):
        fresh = pool[place * SALT_BYTES : (place + 1) * SALT_BYTES]
        if part in parts:
            salts[part] = fresh
            commitments.append(commit_part(part, fresh, parts[part]))
        else:
            commitments.append(fresh)
    return Detail(tuple(commitments), salts, dict(parts))


def _decode_part(name: str, sealed: Json) -> tuple[Part, bytes, bytes]:
    if name not in list(Part) or not isinstance(sealed, dict):
        message = "a detail has a part that no entry has"
        raise EntryError(message)
    content = sealed.get("content")
    if sealed.keys() != {"content", "salt"} or not isinstance(content, str):
        message = f"the part for the `{name}` is malformed"
        raise EntryError(message)
    return Part(name), decode_hex(sealed["salt"], SALT_BYTES), content.encode()


def _decode_commitments(commitments: Json) -> tuple[bytes, ...]:
    if not isinstance(commitments, list) or len(commitments) != len(Part):
        message = "a detail does not have one commitment for each part"
        raise EntryError(message)
    return tuple(decode_hex(commitment, COMMITMENT_BYTES) for commitment in commitments)
