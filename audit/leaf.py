"""The leaf of an entry: what the log's tree is made of, and what anybody may see of an entry.

    {"at":1767261600000,"commit":"5f…","from":"health-visiting","node":"n1","nonce":"09…",
     "policy":"ab…","purpose":"early-help","tag":"77…","to":"early-help","type":"disclosure","v":1}

INVARIANT: a leaf holds no personal data, and nothing of what was decided. It says that one
service was told something for a purpose, when and under which policy; a recipient who holds it
cannot learn from it whether anything was withheld. Its form is closed, about 400 bytes and never
1,000: there is no room for a name, an address or a sentence.
"""

import re
from dataclasses import dataclass

from audit.errors import EntryError
from audit.events import EntryType

_NAME = r"(?:[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127})?"
_FORM = re.compile(
    r'\{"at":(?P<at>0|[1-9][0-9]{0,14}),'
    r'"commit":"(?P<commit>[0-9a-f]{64})",'
    rf'"from":"(?P<sender>{_NAME})",'
    rf'"node":"(?P<node>{_NAME})",'
    r'"nonce":"(?P<nonce>[0-9a-f]{32})",'
    r'"policy":"(?P<policy>(?:[0-9a-f]{64})?)",'
    rf'"purpose":"(?P<purpose>{_NAME})",'
    r'"tag":"(?P<tag>[0-9a-f]{32})",'
    rf'"to":"(?P<recipient>{_NAME})",'
    rf'"type":"(?P<type>{"|".join(EntryType)})",'
    r'"v":1\}',
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry, as it stands in the tree.

    *at* is milliseconds since 1970 in UTC; *sender*, *recipient* and *node* are ids of services
    and of the gateway's node, never of people; *policy* is the digest of the policies in force.
    They are empty where an entry has none. *tag* is the blinded tag of the child (see
    `audit.entry.subject_tag`), random where an entry is about no child; *nonce* is what it was
    blinded with. *commit* commits to the entry's detail.
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

    def encode(self) -> bytes:
        """Return the bytes that stand in the tree, or raise `EntryError` for a malformed member.

        These bytes are the entry, never what is read of them. The form leaves nothing to be
        escaped or normalised: what has it is canonical JSON, with its names in order.
        """
        text = (
            f'{{"at":{self.at},"commit":"{self.commit}","from":"{self.sender}",'
            f'"node":"{self.node}","nonce":"{self.nonce}","policy":"{self.policy}",'
            f'"purpose":"{self.purpose}","tag":"{self.tag}","to":"{self.recipient}",'
            f'"type":"{self.type}","v":1}}'
        )
        if not _FORM.fullmatch(text):
            message = "a member of the leaf does not have its form"
            raise EntryError(message)
        return text.encode()

    @classmethod
    def decode(cls, data: bytes) -> "Leaf":
        """Return the leaf in *data*, or raise `EntryError`.

        >>> Leaf.decode(b'{"v":1}')
        Traceback (most recent call last):
            ...
        audit.errors.EntryError: these bytes are not a leaf
        """
        match = _FORM.fullmatch(data.decode("latin-1"))
        if match is None:
            message = "these bytes are not a leaf"
            raise EntryError(message)
        members = match.groupdict()
        type_, at = EntryType(members.pop("type")), int(members.pop("at"))
        return cls(type=type_, at=at, **members)
