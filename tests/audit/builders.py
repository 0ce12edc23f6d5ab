"""Entries, keys and logs for the tests: synthetic, and the same in every run."""

from dataclasses import dataclass, field
from hashlib import sha256

from audit.checkpoint import Checkpoint
from audit.cosignature import CosigningKey, add_cosignatures
from audit.entry import Detail, encode_part, seal, subject_tag
from audit.events import EntryType
from audit.leaf import Leaf
from audit.merkle import leaf_hash
from audit.note import SigningKey
from audit.parts import Part
from audit.proofs import Proof
from audit.receipts import make_receipt
from audit.tree import Edge

ORIGIN = "gateway.example/audit/2026"
KEY = SigningKey.from_seed(ORIGIN, bytes(range(32)))
OTHER_KEY = SigningKey.from_seed("other.example/audit", bytes(range(1, 33)))
WITNESSES = [
    CosigningKey.from_seed(f"witness.example/w{number}", bytes([number]) * 32)
    for number in range(1, 4)
]
NOON = 1_767_268_800
PAYLOAD = b'{"resourceType":"Bundle"}'
RECIPIENT = "early-help"


def stream(seed):
    """Return a source of bytes that look random and are the same in every run."""
    state = [sha256(seed).digest()]

    def random(count):
        out = b""
        while len(out) < count:
            state[0] = sha256(state[0]).digest()
            out += state[0]
        return out[:count]

    return random


def a_detail(
    *, seed=b"detail", payload=PAYLOAD, recipient=RECIPIENT, withheld=("carers.basic-care",)
):
    """Return the detail of a disclosure, in all three parts."""
    parts = {
        Part.RECIPIENT: {
            "payload_sha256": sha256(payload).hexdigest(),
            "payload_bytes": len(payload),
            "recipient": recipient,
            "sender": "health-visiting",
            "media_type": "application/fhir+json",
            "message_id": "5b1c8c2e-6d3d-4a52-9a8e-111111111111",
            "released": ["child.speech-language-communication", "carers.guidance"],
        },
        Part.SENDER: {"recipient": recipient, "withheld": list(withheld)},
        Part.GATEWAY: {"recipient": recipient, "withheld": list(withheld), "child": "c-1"},
    }
    contents = {
        part: encode_part(EntryType.DISCLOSURE, part, fields) for part, fields in parts.items()
    }
    return seal(contents, stream(seed))


def a_leaf(detail, **changes: object):
    """Return the leaf of a disclosure that commits to *detail*."""
    nonce = bytes(16)
    members = {
        "type": EntryType.DISCLOSURE,
        "at": 1_767_261_600_000,
        "node": "n1",
        "sender": "health-visiting",
        "recipient": RECIPIENT,
        "purpose": "early-help-assessment",
        "policy": "ab" * 32,
        "nonce": nonce.hex(),
        "tag": subject_tag(b"tag key of one child", nonce),
        "commit": detail.commit,
    }
    return Leaf(**(members | changes))


@dataclass
class Log:
    """A log in memory, as the gateway keeps one in its database."""

    key: SigningKey = KEY
    leaves: list[bytes] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    edge: Edge = field(default_factory=Edge.empty)

    def append(self, *leaves: bytes):
        extension = self.edge.extend([leaf_hash(leaf) for leaf in leaves])
        self.edge = extension.edge
        self.leaves += leaves
        self.tiles |= {(tile.level, tile.index): tile.hashes for tile in extension.full_tiles}
        return self

    def checkpoint(self):
        return Checkpoint(self.key.name, self.edge.size, self.edge.root())

    def note(self):
        return self.checkpoint().sign(self.key)

    def read_tile(self, level, index):
        return self.tiles[level, index]

    def read_leaves(self, start, end):
        return self.leaves[start:end]

    def proof(self, index):
        hashes = self.edge.inclusion_proof(index, self.edge.size, self.read_tile)
        return Proof(index, tuple(hashes), self.note())


def cosigned(note, *witnesses, at=NOON):
    """Return *note* cosigned by *witnesses*, the first at *at*, each other a second later."""
    checkpoint = Checkpoint.decode(note.decode().partition("\n\n")[0] + "\n")
    for number, witness in enumerate(witnesses):
        line = witness.cosign(checkpoint, at + number).encode().encode()
        note = add_cosignatures(note, line, [witness.verifier])
    return note


def a_log(size, key=KEY):
    """Return a log of *size* short entries."""
    return Log(key).append(*(b'{"entry":%d}' % number for number in range(size)))


@dataclass(frozen=True)
class Disclosure:
    """One disclosure in a log of others, and what its recipient was given."""

    log: Log
    index: int
    leaf: bytes
    detail: Detail

    @property
    def proof(self):
        return self.log.proof(self.index)

    def receipt(self, part=Part.RECIPIENT):
        return make_receipt(self.leaf, self.proof, self.detail.open(part))

    def cosigned(self, *witnesses):
        """Return the proof of this disclosure, in a checkpoint that *witnesses* cosigned."""
        proof = self.proof
        return Proof(proof.index, proof.hashes, cosigned(proof.note, *witnesses))


def a_disclosure(*, before=300, after=20, detail=None, **changes: object):
    """Return a disclosure with entries before and after it in the log."""
    sealed = detail or a_detail()
    leaf = a_leaf(sealed, **changes).encode()
    log = a_log(before).append(leaf).append(*(b"%d" % number for number in range(after)))
    return Disclosure(log, before, leaf, sealed)
