"""Registers, agreements and policies against the entries that recorded them, and decisions on them.

Each version of a register's row was recorded by one entry, which commits to it; a decision names
the digest of the policies and the agreements that it was made under. So whoever edits a policy, an
agreement or a service in the database, or takes its last version out, is found, and so is a
decision under what the log never brought into force.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from audit.events import EntryType
from gateway.entries import recorded_sha256
from gateway.registers import Agreement, Policy, Stage
from gateway.storage.registers import Registered, Registers
from gateway.verifying.entries import Opened, Slice
from gateway.verifying.faults import Fault

_RECORDING = {
    EntryType.ADAPTER_CHANGE,
    EntryType.AGENCY_CHANGE,
    EntryType.AGREEMENT_CHANGE,
    EntryType.POLICY_ACTIVATED,
}


@dataclass(frozen=True, slots=True)
class History:
    """Every version of every register's row, in the log's order, and what came into force by it.

    *policies* are digests, *agreements* ids with versions (`id/version`), each with the first
    entry that brought it into force.
    """

    rows: Sequence[Registered]
    policies: Mapping[str, int]
    agreements: Mapping[str, int]

    @classmethod
    def read(cls, registers: Registers) -> "History":
        """Return what is stored: hundreds of rows, not millions."""
        rows = sorted(registers.every_version(), key=lambda row: row.leaf)
        policies: dict[str, int] = {}
        agreements: dict[str, int] = {}
        for row in rows:
            match _in_force(row):
                case Policy(digest=digest):
                    policies.setdefault(digest, row.leaf)
                case Agreement(id=id_, stage=Stage.ACTIVE):
                    agreements.setdefault(id_, row.leaf)
                case _:
                    pass
        return cls(rows, policies, agreements)


def wrong_registers(part: Slice, history: History) -> Iterator[Fault]:
    """Yield the entries and rows of the registers that do not say the same."""
    expected = {
        entry.index: entry.fields.get("recorded_sha256")
        for entry in part.opened
        if entry.leaf.type in _RECORDING
    }
    rows: defaultdict[int, list[Registered]] = defaultdict(list)
    for row in history.rows:
        if part.start <= row.leaf < part.stop:
            rows[row.leaf].append(row)
    for index in sorted(expected.keys() | rows.keys()):
        if recorded_sha256(row.said for row in rows[index]) != expected.get(index):
            names = ", ".join(map(_name, rows[index])) or "it is gone"
            yield Fault(
                f"entry {index}", f"the register's row is not the one that it recorded: {names}"
            )


def strays(history: History, size: int) -> Iterator[Fault]:
    """Yield the rows of registers that name no entry of a log of this *size*."""
    for row in history.rows:
        if not 0 <= row.leaf < size:
            yield Fault(f"register row {_name(row)}", "no entry of the log recorded it")


def wrong_decisions(part: Slice, history: History) -> Iterator[Fault]:
    """Yield the decisions under policies or agreements that the log did not bring into force."""
    for entry in part.opened:
        policy = entry.leaf.policy
        if policy and history.policies.get(policy, part.stop) > entry.index:
            message = "it was decided under policies that no entry before it brought into force"
            yield Fault(f"entry {entry.index}", message)
        for agreement in sorted(set(_agreements(entry))):
            if history.agreements.get(agreement, part.stop) > entry.index:
                message = f"it was decided under agreement `{agreement}`, which was not activated"
                yield Fault(f"entry {entry.index}", message)


def _agreements(entry: Opened) -> Iterator[str]:
    """Yield what an entry says it was decided under; an answer to an asker has several accounts."""
    fields = entry.fields
    accounts = fields.get("accounts")
    for account in (fields, *(accounts if isinstance(accounts, list) else ())):
        named = account.get("agreement") if isinstance(account, Mapping) else None
        # The entry of a change of an agreement names that one, which is a text.
        yield from map(str, named if isinstance(named, list) else ())


def _in_force(row: Registered) -> Policy | Agreement | None:
    try:
        if row.kind == "policy":
            return msgspec.json.decode(row.document, type=Policy)
        if row.kind == "agreement":
            return msgspec.json.decode(row.document, type=Agreement)
    except (msgspec.MsgspecError, TypeError):
        pass  # that the row is another than was recorded is found without it
    return None


def _name(row: Registered) -> str:
    return f"{row.kind} {row.id} version {row.version}"
