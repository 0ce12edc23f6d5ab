"""The detail of an entry, in parts that are opened one by one: what a reader needs of it.

An entry's detail has a part for the recipient, one for the sender and one for the gateway. The
leaf holds one commitment, to the commitments of the three parts:

    part   = SHA-256("caf-gateway/audit-part/v1" || name || salt || content)
    commit = SHA-256("caf-gateway/audit-detail/v1" || recipient || sender || gateway)

To open one part is to show its salt and content and the commitments of the other two. The salt
(32 random bytes) keeps a commitment from being guessed at; a part that is absent has 32 random
bytes for a commitment, so that absence looks like presence. No name is the beginning of another
and a salt has one length, so that the hashed bytes can be cut up in one way only.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from audit.canonical import Json, decode, decode_hex
from audit.errors import EntryError

SALT_BYTES = 32
COMMITMENT_BYTES = 32
MAX_PART_BYTES = 256 * 1024  # the account of an answer from a hundred holders

_PART_CONTEXT = b"caf-gateway/audit-part/v1"
_DETAIL_CONTEXT = b"caf-gateway/audit-detail/v1"
_MEMBERS = {"content", "others", "part", "salt"}


class Part(StrEnum):
    """For whom a part of an entry's detail is. The order is that of the commitments."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    GATEWAY = "gateway"


PARTS = tuple(Part)


def commit_part(part: Part, salt: bytes, content: bytes) -> bytes:
    """Return the commitment to *content*, the canonical JSON of *part*."""
    return sha256(_PART_CONTEXT + part.encode() + salt + content).digest()


def commit_detail(commitments: tuple[bytes, ...]) -> str:
    """Return, in hexadecimal, the commitment to the three parts' *commitments*."""
    return sha256(_DETAIL_CONTEXT + b"".join(commitments)).hexdigest()


@dataclass(frozen=True, slots=True)
class Opening:
    """One part of an entry's detail, opened: it shows nothing of the *others*.

    >>> Opening(Part.SENDER, bytes(32), b"{}", (bytes(32), bytes(31)))
    Traceback (most recent call last):
        ...
    audit.errors.EntryError: an opening's salt or commitments are not `32` bytes long
    """

    part: Part
    salt: bytes
    content: bytes
    others: tuple[bytes, ...]

    def __post_init__(self) -> None:
        lengths = [len(self.salt), *map(len, self.others)]
        if lengths != [SALT_BYTES, *[COMMITMENT_BYTES] * (len(PARTS) - 1)]:
            message = f"an opening's salt or commitments are not `{SALT_BYTES}` bytes long"
            raise EntryError(message)

    def commit(self) -> str:
        """Return the commitment that the leaf of this entry must hold."""
        commitments = list(self.others)
        place = PARTS.index(self.part)
        commitments.insert(place, commit_part(self.part, self.salt, self.content))
        return commit_detail(tuple(commitments))

    def fields(self) -> dict[str, Json]:
        """Return the fields in the content, or raise `EncodingError` or `EntryError`."""
        fields = decode(self.content, MAX_PART_BYTES)
        if not isinstance(fields, dict):
            message = "the content of a part is not an object"
            raise EntryError(message)
        return fields

    def members(self) -> dict[str, Json]:
        """Return the opening as members of a JSON object."""
        return {
            "content": self.content.decode(),
            "others": [other.hex() for other in self.others],
            "part": self.part.value,
            "salt": self.salt.hex(),
        }

    @classmethod
    def from_members(cls, members: Json) -> "Opening":
        """Return the opening with these *members*, or raise `EntryError` or `EncodingError`."""
        if not isinstance(members, dict) or members.keys() != _MEMBERS:
            message = "an opening has other members than it should"
            raise EntryError(message)
        part, content, others = members["part"], members["content"], members["others"]
        if part not in PARTS or not isinstance(content, str) or not isinstance(others, list):
            message = "a member of an opening is malformed"
            raise EntryError(message)
        commitments = tuple(decode_hex(other, COMMITMENT_BYTES) for other in others)
        salt = decode_hex(members["salt"], SALT_BYTES)
        return cls(Part(str(part)), salt, content.encode(), commitments)
