"""The leaf of an entry: what the log's tree is made of, and what anybody may see of an entry.

    {"at":1767261600000,"commit":"5f…","from":"health-visiting","node":"n1","nonce":"09…",
     "policy":"ab…","purpose":"early-help","tag":"77…","to":"early-help","type":"disclosure","v":1}

INVARIANT: a leaf holds no personal data, and nothing of what was decided. It says that one
service was told something for a purpose, when and under which policy; a recipient who holds it
cannot learn from it whether anything was withheld. The grammar of every member is closed: there
is no room for a name, an address or a sentence.
"""

import json
import re
from dataclasses import dataclass

from audit.canonical import MAX_INTEGER, Json, decode
from audit.errors import EntryError
from audit.events import EntryType

MAX_LEAF_BYTES = 8 * 1024
VERSION = 1

_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127})?", re.ASCII)
_DIGEST = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RANDOM = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TYPES = {type_.value: type_ for type_ in EntryType}
_MEMBERS = frozenset(
    {"v", "type", "at", "node", "from", "to", "purpose", "policy", "nonce", "tag", "commit"}
)
_dump = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry, as it stands in the tree.

    *at* is milliseconds since 1970 in UTC; *sender*, *recipient* and *node* are ids of services
    and of the gateway's node, never of people; *policy* is the digest of the policies in force.
    They are empty where an entry has none. *tag* is the blinded tag of the child (see
    `audit.entry.subject_tag`), random where an entry is about no child; *nonce* is what it was
    blinded with. *commit* commits to the entry's detail. A value of any other form raises
    `EntryError`.
    """

    type: EntryType
    at: int
    node: str
    nonce: str
    tag: str
    commit: str
    sender: str = ""
    recipient: str = ""
    purpose: str = ""
    policy: str = ""

    def __post_init__(self) -> None:
        well_formed = (
            0 <= self.at <= MAX_INTEGER
            and _NAME.fullmatch(self.node)
            and _NAME.fullmatch(self.sender)
            and _NAME.fullmatch(self.recipient)
            and _NAME.fullmatch(self.purpose)
            and _DIGEST.fullmatch(self.policy)
            and _RANDOM.fullmatch(self.nonce)
            and _RANDOM.fullmatch(self.tag)
            and _COMMIT.fullmatch(self.commit)
        )
        if not well_formed:
            message = "a member of the leaf does not have its form"
            raise EntryError(message)

    def encode(self) -> bytes:
        """Return the bytes that stand in the tree: these are the entry, never what is read of it.

        The members' grammar leaves nothing to be escaped or normalised, so that plain JSON with
        sorted names is canonical.
        """
        members = {
            "v": VERSION,
            "type": self.type,
            "at": self.at,
            "node": self.node,
            "from": self.sender,
            "to": self.recipient,
            "purpose": self.purpose,
            "policy": self.policy,
            "nonce": self.nonce,
            "tag": self.tag,
            "commit": self.commit,
        }
        return _dump(members).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Leaf":
        """Return the leaf in *data*, or raise `EntryError` or `EncodingError`.

        >>> Leaf.decode(b'{"v":1}')
        Traceback (most recent call last):
            ...
        audit.errors.EntryError: a leaf has other members than it should
        """
        members = decode(data, MAX_LEAF_BYTES)
        if not isinstance(members, dict) or members.keys() != _MEMBERS:
            message = "a leaf has other members than it should"
            raise EntryError(message)
        version, at = members["v"], members["at"]
        if version is True or version != VERSION or not isinstance(at, int) or at is True:
            message = "a leaf is of an unknown version, or its time is malformed"
            raise EntryError(message)
        return cls(
            type=_type(members["type"]),
            at=at,
            node=_text(members["node"]),
            sender=_text(members["from"]),
            recipient=_text(members["to"]),
            purpose=_text(members["purpose"]),
            policy=_text(members["policy"]),
            nonce=_text(members["nonce"]),
            tag=_text(members["tag"]),
            commit=_text(members["commit"]),
        )


def _type(value: Json) -> EntryType:
    if not isinstance(value, str) or value not in _TYPES:
        message = "a leaf is of an unknown type"
        raise EntryError(message)
    return _TYPES[value]


def _text(value: Json) -> str:
    if not isinstance(value, str):
        message = "a member of the leaf is not text"
        raise EntryError(message)
    return value
