"""The desk at which services' systems record, withdraw, read and preview consent.

A system acts for a person of its own service, and on children with whom that service works. Every
other child is answered as one who is not there.
"""

import asyncio
from dataclasses import dataclass

from adapters.contract import Outcome, ReceivedConsent
from gateway import entries
from gateway.casefile import CaseFile
from gateway.consenting.documents import Taken, documents, format_of, take_in, written
from gateway.consenting.preview import Preview, Proposal, preview_of
from gateway.consenting.recording import Recorded, Withdrawn, record, withdraw
from gateway.consenting.statements import Said
from gateway.office import Office
from gateway.people import colleague
from gateway.requests import Caller
from gateway.storage.unit import Unit
from gateway.working import case_worked_with
from mappings.caf.consents import ConsentDocument


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes to the desk: a *caller*, with its *request*, for the person *by*, if named."""

    caller: Caller
    request: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ConsentDesk:
    """Takes and gives out consent for an *office*; whatever it does, it does in a thread."""

    office: Office

    async def record(self, child_id: str, said: Said, visitor: Visitor) -> Recorded:
        """Record what a grantor *said*: see `gateway.consenting.recording.record`."""
        return await asyncio.to_thread(self._record, child_id, said, visitor)

    async def withdraw(
        self, child_id: str, grantor: str, service: str | None, visitor: Visitor
    ) -> Withdrawn:
        """Record a withdrawal: see `gateway.consenting.recording.withdraw`."""
        return await asyncio.to_thread(self._withdraw, child_id, grantor, service, visitor)

    async def preview(self, child_id: str, proposal: Proposal, visitor: Visitor) -> Preview:
        """Return who would see what, if a family said what is proposed; nothing is recorded."""
        return await asyncio.to_thread(self._preview, child_id, proposal, visitor)

    async def show(self, child_id: str, visitor: Visitor) -> tuple[ConsentDocument, ...]:
        """Return what the caller's service may see of what each grantor said; that is recorded."""
        return await asyncio.to_thread(self._show, child_id, visitor)

    async def write(self, child_id: str, media_type: str, visitor: Visitor) -> tuple[bytes, ...]:
        """Return the same as documents of *media_type*."""
        return await asyncio.to_thread(self._write, child_id, media_type, visitor)

    async def take_in(
        self, payload: bytes, media_type: str, visitor: Visitor
    ) -> tuple[ReceivedConsent, Taken | None]:
        """Record the statement in *payload*; what is none is given back as it was rejected."""
        return await asyncio.to_thread(self._take_in, payload, media_type, visitor)

    def _record(self, child_id: str, said: Said, visitor: Visitor) -> Recorded:
        self._case(child_id, visitor)
        return record(self.office, child_id, said, self._person(visitor))

    def _withdraw(
        self, child_id: str, grantor: str, service: str | None, visitor: Visitor
    ) -> Withdrawn:
        self._case(child_id, visitor)
        return withdraw(self.office, child_id, grantor, service, self._person(visitor))

    def _preview(self, child_id: str, proposal: Proposal, visitor: Visitor) -> Preview:
        return preview_of(self.office, self._case(child_id, visitor), proposal)

    def _show(self, child_id: str, visitor: Visitor) -> tuple[ConsentDocument, ...]:
        self._case(child_id, visitor)
        reader = self.office.service(visitor.caller.service_id)
        found = tuple(documents(self.office, child_id, reader))
        self._note(child_id, visitor)
        return found

    def _write(self, child_id: str, media_type: str, visitor: Visitor) -> tuple[bytes, ...]:
        self._case(child_id, visitor)
        reader = self.office.service(visitor.caller.service_id)
        found = written(self.office, child_id, media_type, reader)
        self._note(child_id, visitor)
        return found

    def _take_in(
        self, payload: bytes, media_type: str, visitor: Visitor
    ) -> tuple[ReceivedConsent, Taken | None]:
        received = format_of(self.office, media_type).read_consent(payload, media_type)
        if received.outcome is Outcome.REJECT or received.document is None:
            return received, None
        self._case(received.document.child, visitor)
        return received, take_in(self.office, received.document, self._person(visitor))

    def _case(self, child_id: str, visitor: Visitor) -> CaseFile:
        """Return the case file of a child with whom the caller's service works.

        Raises `UnknownChildError` for every other.
        """
        self.office.refresh()
        return case_worked_with(self.office, child_id, visitor.caller.service_id)

    def _person(self, visitor: Visitor) -> str:
        registers = self.office.rulebook.registers
        return colleague(registers, visitor.by, visitor.caller.service_id).id

    def _note(self, child_id: str, visitor: Visitor) -> None:
        """Record that the statements were read, before they are given."""
        act = entries.act_of(visitor.caller, visitor.request, visitor.by)
        entry = entries.looked_up(
            self.office.ports.random,
            act,
            recipient=visitor.caller.service_id,
            child_id=child_id,
            kinds=["consents"],
        )
        self.office.committer.commit(Unit(entries=[entry]))
