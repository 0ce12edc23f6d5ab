"""The books of a gateway: every row has its entry and every entry its row, and the log verifies."""

from collections import Counter

from worlds import World

from audit.events import EntryType
from audit.parts import Part
from audit.receipts import check_receipt
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

_ENTRY_OF_ROW = {
    "register": {
        EntryType.AGENCY_CHANGE,
        EntryType.ADAPTER_CHANGE,
        EntryType.AGREEMENT_CHANGE,
        EntryType.POLICY_ACTIVATED,
    },
    "child_fact": {EntryType.IMPORT, EntryType.FACT_RECORDED, EntryType.JUDGEMENT},
    "consent": {EntryType.IMPORT, EntryType.CONSENT_CHANGE},
    "record": {EntryType.IMPORT},
    "assessment": {EntryType.IMPORT},
    "idempotency": {EntryType.IMPORT, EntryType.REJECTED, EntryType.FILE_IMPORT},
    "attachment": {EntryType.ATTACHMENT, EntryType.IDENTITY_UNLINKED},
    "outbox": {EntryType.DISCLOSURE, EntryType.NOTICE},
    "task": {
        EntryType.IMPORT,
        EntryType.DISCLOSURE,
        EntryType.REFUSAL,
        EntryType.DELIVERY_FAILED,
        EntryType.RECALLED,
        EntryType.BREAK_GLASS,
        EntryType.TASK_RESOLVED,
        EntryType.NOTICE,
        EntryType.CORRECTION,
        EntryType.IDENTITY_UNLINKED,
        EntryType.CONSENT_CHANGE,
        EntryType.ATTACHMENT,
    },
}
_ROW_OF_ENTRY = {
    EntryType.IMPORT: "assessment",
    EntryType.CONSENT_CHANGE: "consent",
    EntryType.FACT_RECORDED: "child_fact",
    EntryType.AGENCY_CHANGE: "register",
    EntryType.ADAPTER_CHANGE: "register",
    EntryType.AGREEMENT_CHANGE: "register",
    EntryType.POLICY_ACTIVATED: "register",
}
_CLOSING = {
    "delivered": EntryType.DELIVERED,
    "recalled": EntryType.RECALLED,
    "failed": EntryType.DELIVERY_FAILED,
}


def require_balanced(world: World) -> None:
    """Fail unless the log verifies and rows and entries are there for one another."""
    report = world.gateway.office.committer.log.verify()
    assert report.holds, report.fault
    types = world.types()
    details = [index for (index,) in world.rows("SELECT seq FROM audit_detail ORDER BY seq")]
    assert details == list(range(len(types)))
    _require_entries(world, types)
    _require_rows(world, types)
    _require_deliveries(world, types)
    with open_stored_log(world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def _require_entries(world: World, types: list[EntryType]) -> None:
    """No row without an entry of its kind."""
    for table, expected in _ENTRY_OF_ROW.items():
        for (leaf,) in world.rows(f"SELECT leaf FROM {table}"):  # noqa: S608 - from the list above
            assert types[leaf] in expected, (table, leaf)


def _require_rows(world: World, types: list[EntryType]) -> None:
    """No entry without the row that it is about."""
    for type_, table in _ROW_OF_ENTRY.items():
        found = {leaf for (leaf,) in world.rows(f"SELECT leaf FROM {table}")}  # noqa: S608 - as above
        missing = {index for index, one in enumerate(types) if one is type_} - found
        assert not missing, (type_, missing)


def _require_deliveries(world: World, types: list[EntryType]) -> None:
    """One outbox row to each disclosure that was queued, one ending to each row that ended."""
    details = world.gateway.office.details
    queued = Counter(leaf for (leaf,) in world.rows("SELECT leaf FROM outbox"))
    for index, type_ in enumerate(types):
        if type_ is EntryType.DISCLOSURE:
            said = details.detail(index).open(Part.RECIPIENT).fields()
            assert queued[index] == (0 if said["synchronous"] else 1), index
        if type_ is EntryType.NOTICE:
            assert queued[index] == 1, index
    ended = world.rows("SELECT state, closing_leaf FROM outbox WHERE closing_leaf IS NOT NULL")
    for state, leaf in ended:
        assert types[leaf] is _CLOSING[state], (state, leaf)
    endings = Counter(leaf for _, leaf in ended)
    for index, type_ in enumerate(types):
        if type_ in _CLOSING.values():
            assert endings[index] == 1, index


def require_receipt(world: World, receipt: bytes) -> dict:
    """Return what a receipt says, once it is verified under the log's key."""
    verifiers = world.gateway.office.committer.log.verifiers
    return check_receipt(receipt, verifiers).fields
