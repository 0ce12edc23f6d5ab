"""What the story proves of the log: nobody changes it unseen, and a child can be erased from it."""

import shutil
import sqlite3
from collections import Counter
from pathlib import Path

from msgspec import Struct

from audit.checkpoint import Checkpoint, open_checkpoint, require_growth
from audit.cosignature import CosigningKey, add_cosignatures
from audit.leaf import Leaf
from audit.quorum import Quorum
from audit.receipts import check_receipt
from audit.verify import verify_leaves
from audit.witness import Witness, encode_request
from audit.witness_file import WitnessFile
from gateway.composition import Gateway, open_gateway
from gateway.erasing.erasure import Order
from gateway.errors import GatewayError
from gateway.requests import Accepted
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search
from gateway.settings import KEYS

_WITNESS = "witness.little-marsh.example"
_OFFICER = "information-governance-officer"


class LogState(Struct, frozen=True):
    """The log at the end: how many entries of which type, and what its checkpoint says."""

    origin: str
    entries: int
    root: str
    types: dict[str, int]
    holds: bool


class Tampering(Struct, frozen=True):
    """One byte of a copy of the database was changed; what verification said of it."""

    entry: int
    found: str
    refused_to_open: str


class Witnessed(Struct, frozen=True):
    """A witness cosigned the log; to another history of the same length it answered *refusal*."""

    name: str
    entries: int
    cosigned: bool
    refusal: str


class Erasure(Struct, frozen=True):
    """The child was erased: what the list proved complete had before and has after.

    *holds*: the log, now of so many *entries*, still verifies, and holds all that it held;
    *receipt_holds*: so does the sender's receipt.
    """

    authority: str
    listed_before: int
    statement: str
    listed_after: int
    entry: int
    entries: int
    holds: bool
    receipt_holds: bool


def log_state(gateway: Gateway) -> LogState:
    """Verify the log, and count its entries."""
    log = gateway.office.committer.log
    report = log.verify()
    checkpoint = open_checkpoint(log.published.note, log.verifiers)
    types = Counter(Leaf.decode(leaf).type.value for _, leaf in log.leaves(0, checkpoint.size))
    return LogState(
        origin=checkpoint.origin,
        entries=checkpoint.size,
        root=checkpoint.root.hex(),
        types=dict(types),
        holds=report.holds,
    )


def tamper(gateway: Gateway, database: Path) -> Tampering:
    """Change one byte of one entry in a copy of the database, and verify that copy.

    A trigger refuses to change entries through SQL: whoever can write to the file does not ask it.
    """
    log = gateway.office.committer.log
    checkpoint = open_checkpoint(log.published.note, log.verifiers)
    copy = database.with_name("tampered.db")
    with sqlite3.connect(database) as original, sqlite3.connect(copy) as target:
        original.backup(target)
    entry = checkpoint.size // 2
    leaf = log.leaf(entry)
    bytes_ = copy.read_bytes()
    place = bytes_.index(leaf) + leaf.index(b'"to"')
    copy.write_bytes(bytes_[:place] + b"'" + bytes_[place + 1 :])
    with sqlite3.connect(copy) as tampered:
        rows = tampered.execute("SELECT entry FROM audit_leaf ORDER BY seq").fetchall()
    report = verify_leaves((row[0] for row in rows), checkpoint)
    refused = _refusal(gateway, copy)
    copy.unlink()
    fault = report.fault
    return Tampering(
        entry=entry,
        found="nothing" if fault is None else f"{fault.where}: {fault.message}",
        refused_to_open=refused,
    )


def _refusal(gateway: Gateway, copy: Path) -> str:
    """Return what a gateway says that is started on the changed copy."""
    changed = gateway.settings.model_copy(update={"database_url": f"sqlite:///{copy}"})
    try:
        with open_gateway(changed, gateway.office.ports):
            return ""
    except GatewayError as error:
        return str(error)
    finally:
        for leftover in copy.parent.glob(f"{copy.name}-*"):
            leftover.unlink()


def have_witnessed(gateway: Gateway, folder: Path) -> Witnessed:
    """Have a witness cosign the log, and then ask it to cosign a history that was rewritten.

    The witness is the one that `caf-gateway witness serve` runs, without HTTP between.
    """
    log, now = gateway.office.committer.log, gateway.office.ports.now
    folder.mkdir()
    memory = WitnessFile(folder / "cosigned")
    memory.write([])
    key = CosigningKey.from_seed(_WITNESS, gateway.office.ports.random(32))
    witness = Witness(
        key=key, logs=log.verifiers, memory=memory, now=lambda: int(now().timestamp())
    )

    published = log.published
    answer = witness.add_checkpoint(encode_request(0, [], published.note))
    note = add_cosignatures(published.note, answer.body, [key.verifier])
    cosigned_at = Quorum((key.verifier,), 1).cosigned_at(note, log.verifiers)

    # Whoever holds the log's own key could sign another history of it.
    rewritten = Checkpoint(log.origin, published.size, bytes(32)).sign(log.signing)
    refused = witness.add_checkpoint(encode_request(published.size, [], rewritten))
    return Witnessed(
        name=key.verifier.name,
        entries=published.size,
        cosigned=cosigned_at is not None,
        refusal="" if refused.is_cosigned else f"{refused.status}, {refused.body.decode().strip()}",
    )


def erase(gateway: Gateway, child: str, accepted: Accepted) -> Erasure:
    """Erase the child from a copy of the gateway, and look for it again.

    The gateway itself keeps the child, for whoever goes on looking at what the story made.
    """
    home = gateway.settings.home / "copy"
    shutil.copytree(gateway.settings.home / KEYS, home / KEYS)
    database = home / "gateway.db"
    original = gateway.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(original) as source, sqlite3.connect(database) as target:
        source.backup(target)
    copied = {"home": home, "database_url": f"sqlite:///{database}"}
    try:
        with open_gateway(gateway.settings.model_copy(update=copied), gateway.office.ports) as copy:
            return _erase(copy, child, accepted)
    finally:
        shutil.rmtree(home)


def _erase(gateway: Gateway, child: str, accepted: Accepted) -> Erasure:
    log = gateway.office.committer.log
    order = Order(
        authority="UK GDPR article 17(1)(d)", reason="recorded without a lawful basis", by=_OFFICER
    )
    wanted = Search(
        reader=Reader(user=_OFFICER, reason="subject access"),
        criteria=Criteria(child=child),
        complete=True,
    )
    before = search(gateway.office, wanted)
    older = open_checkpoint(log.published.note, log.verifiers)
    erased = gateway.eraser().erase(child, order)
    after = search(gateway.office, wanted)
    newest = log.published
    # Raises where the log does not hold what it held before.
    newer, growth = open_checkpoint(newest.note, log.verifiers), newest.growth_from(older.size)
    require_growth(older, newer, growth)
    return Erasure(
        authority=order.authority,
        listed_before=before.total,
        statement=before.statement.partition(":")[0],
        listed_after=after.total,
        entry=erased.entry,
        entries=newer.size,
        holds=log.verify().holds,
        receipt_holds=check_receipt(accepted.receipt, log.verifiers).index == accepted.entry,
    )
