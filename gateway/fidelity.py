"""The account of a received record: what became of each of its leaves, for those who may know.

It is a pure function of the bytes as received and of the adapter that reads them, so it is made of
these whenever somebody asks, and kept nowhere: no exchange waits for it, and no copy of it has to
be erased. It names places and elements, never what stands there. Its sender may have it, and the
officer who looks into the log; nobody else, and it is never shared.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from adapters.contract import Envelope, Reading
from adapters.errors import UnknownAdapterError
from adapters.registry import Edition, Registry
from audit.errors import AuditError
from audit.events import EntryType
from audit.parts import Part
from gateway.errors import GatewayError, RequestError
from gateway.office import Office
from gateway.people import entitled
from gateway.searching.search import Reader, read_one
from gateway.storage.details import OpenedEntry
from gateway.storage.records import ReceivedRecord
from mappings.fidelity import Leaf
from policies.vocabulary import Appointment


class ChildAccount(Struct, frozen=True, kw_only=True):
    """What became of a record for one child, whose import is *entry*: how many of each fate, each.

    The places of a record that came in a big file are counted as though it were the file's first.
    """

    entry: int
    counts: dict[str, int]
    leaves: tuple[Leaf, ...]


class Account(Struct, frozen=True, kw_only=True):
    """The account of a record, as its *adapter* makes it now: *edition* is its version and digest.

    *record_sha256* is the hash of the bytes that it is of, in hexadecimal.
    """

    record_sha256: str
    adapter: str
    edition: str
    children: tuple[ChildAccount, ...]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Makes the accounts of the records of an *office*, read by its *adapters*."""

    office: Office
    adapters: Registry

    async def of_sender(self, entry: int, service_id: str) -> Account | None:
        """Return the account of the record that *entry* imported, for the service that sent it.

        None for any other entry, and where the bytes are not kept: as though there were none.
        """
        return await asyncio.to_thread(self._of_sender, entry, service_id)

    def of_officer(self, entry: int, reader: Reader) -> Account:
        """Return the account for an officer, once it is durable that they looked at it.

        Raises `EntitlementError` for anybody else, `RequestError` where there is no such entry, it
        is of another type, or its record is not kept.
        """
        registers = self.office.rulebook.registers
        entitled(registers, reader.user, Appointment.INFORMATION_GOVERNANCE_OFFICER)
        found = read_one(self.office, reader, entry, of="fidelity of entry")
        if found is None:
            message = f"there is no entry `{entry}` in the log"
            raise RequestError(message)
        if found.type is not EntryType.IMPORT:
            message = f"entry `{entry}` is of the type `{found.type.value}`: give that of an import"
            raise RequestError(message)
        account = self._account(entry)
        if account is None:
            message = f"the record that entry `{entry}` imported is not kept, or cannot be read"
            raise RequestError(message)
        return account

    def _of_sender(self, entry: int, service_id: str) -> Account | None:
        opened = self._import(entry)
        if opened is None or opened.leaf.sender != service_id:
            return None
        return self._account(entry)

    def _account(self, entry: int) -> Account | None:
        opened = self._import(entry)
        record = None if opened is None else self._record(opened)
        if record is None:
            return None
        try:
            adapter = self.adapters.named(record.adapter)
        except UnknownAdapterError:
            return None
        envelope = Envelope(
            media_type=record.media_type, at=record.received_at, sender=record.sender
        )
        readings = adapter.read(record.readable, envelope).readings
        edition = self.adapters.editions.get(record.adapter, Edition("", ""))
        return Account(
            record_sha256=record.sha256,
            adapter=record.adapter,
            edition=f"{edition.version} {edition.digest}".strip(),
            children=tuple(self._of_children(record.leaf, readings)),
        )

    def _of_children(self, first: int, readings: tuple[Reading, ...]) -> Iterator[ChildAccount]:
        """Yield the account of each child that is not erased; their imports stand in a row."""
        for index, reading in enumerate(readings, start=first):
            if self._import(index) is None:
                continue
            ledger = reading.ledger
            counts = {fate.value: count for fate, count in ledger.count().items()}
            yield ChildAccount(entry=index, counts=counts, leaves=ledger.leaves)

    def _import(self, entry: int) -> OpenedEntry | None:
        """Return an entry of the log, if it is an import whose detail is there."""
        if entry >= self.office.committer.log.refresh().end:
            return None
        try:
            opened = self.office.details.opened(entry)
        except (AuditError, GatewayError):
            return None
        is_import = opened.leaf.type is EntryType.IMPORT and opened.detail is not None
        return opened if is_import else None

    def _record(self, opened: OpenedEntry) -> ReceivedRecord | None:
        """Return the record that an import kept, if it did, and its child still has it."""
        if opened.detail is None:
            return None
        said = opened.detail.open(Part.GATEWAY).fields()
        record, child = said.get("record"), said.get("child")
        if not (isinstance(record, str) and isinstance(child, str)):
            return None
        records = self.office.archive.store.records
        if records.find(child, record) is None:
            return None  # it was unlinked: it is another child's
        return records.read(record, child)
