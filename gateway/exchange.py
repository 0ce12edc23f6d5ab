"""The exchange: the main path of the gateway. Read this first.

    receive()   a message comes in: read, resolve, decide, commit; then the sender is answered
    disclose()  somebody asks: decide, commit, have it witnessed; then they are answered
    lookup()    somebody looks for a child, under the same rules, and waits for the same witnesses

What is queued here leaves later, through `gateway.delivery`, and only what the log proves to be
permitted. Between commit and sending a consent may be withdrawn: the dispatcher asks
`reconsider()` before it sends, and records `recalled` instead where the answer is another.

What is lost if the process dies: before the commit, nothing happened and the caller's retry is
clean; after it, everything is there and the retry gets the answer again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from adapters.contract import Adapter, Envelope, Outcome, Received, judged
from adapters.registry import Registry
from gateway.answers import (
    accepted,
    addressed,
    again,
    file_answer,
    message_id_of,
    naming_a_child_twice,
    rejected,
    rejection,
    unsupported,
)
from gateway.asking import Asking
from gateway.attachments.screening import screened
from gateway.attachments.sections import Attachments
from gateway.errors import (
    BusyError,
    DuplicateError,
    StampMovedError,
    WitnessesBehindError,
)
from gateway.intake import Intake
from gateway.lookups import look_up, withheld
from gateway.observability import Event, log
from gateway.office import Office
from gateway.registers import Service
from gateway.requests import Accepted, Ask, Disclosed, Found, Inbound, Lookup, Rejected
from gateway.storage.unit import Committed, Unit
from gateway.witnessing.assurance import Assurance

_ATTEMPTS = 8
_TOO_BUSY = "what this rests on keeps changing: come again in a moment"


def _whatever(_intake: Intake) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Exchange:
    """Takes messages in and answers questions; *office* is all that it works with."""

    office: Office
    adapters: Registry
    assurance: Assurance
    attachments: Attachments = field(default_factory=Attachments)

    async def receive(self, inbound: Inbound) -> Accepted | Rejected:
        """Take a message in, and answer once what became of it is durable.

        A message that cannot be read leaves an entry by hash and nothing else. A repeat of one
        that was taken is answered as the first was. Raises `ConflictError` where the message id
        was used for another body, `BusyError` where too much waits.
        """
        # To take a message in we must:
        #
        # (1) know whose system calls: the door has proved it (`gateway.security`);
        # (2) read the bytes, and (3) map them to the CAF: the adapter does both;
        # (4) resolve whose record it is;
        # (5) decide for each child and destination what may flow, on stamped facts;
        # (6) project that, and write it in the recipient's format;
        # (7) commit all of it at once: record, case file, decisions, what is queued, refusals,
        #     tasks, log entries. Only then is the caller answered.
        step = self.office.ports.step

        # (1) The caller's service is the sender.
        sender = self.office.service(inbound.caller.service_id)

        # (2), (3) Read and map.
        step("exchange:read")
        record = sha256(inbound.content).hexdigest()
        adapter = self._adapter_for(inbound)
        if adapter is None:
            return await self._reject(inbound, sender, unsupported(), record)
        received = self._read(adapter, inbound, sender, record)
        received = addressed(received, self.office)
        if received.outcome is Outcome.REJECT or received.message is None:
            return await self._reject(inbound, sender, received, record)
        return await self.take(inbound, received, adapter.name)

    async def take(
        self,
        inbound: Inbound,
        received: Received,
        adapter: str,
        allows: Callable[[Intake], bool] = _whatever,
    ) -> Accepted | Rejected:
        """Take in what was *received* of a record: steps (4) to (7) of `receive`.

        A big file is read as a whole, and its records come here one by one. What *allows* does
        not want is rejected, as naming a child twice.
        """
        step = self.office.ports.step
        sender = self.office.service(inbound.caller.service_id)
        record = sha256(inbound.content).hexdigest()
        received = screened(received, self.attachments)
        message = received.message
        for _ in range(_ATTEMPTS):
            # A repeat is answered as before; where the first attempt died before its commit,
            # this is the first.
            known = self.office.answer(sender.id, message_id_of(inbound, message))
            if known is not None:
                return again(known, record, self.office)
            if received.outcome is Outcome.REJECT or message is None:
                return await self._reject(inbound, sender, received, record)
            intake = Intake(
                inbound=inbound,
                sender=sender,
                received=received,
                message=message,
                record=record,
                adapter=adapter,
                office=self.office.still(),
                at=self.office.ports.now(),
            )

            # (4) Resolve.
            step("exchange:resolve")
            intake.resolve()
            if intake.names_a_child_twice or not allows(intake):
                twice = naming_a_child_twice(received)
                return await self._reject(inbound, sender, twice, record)

            # (5), (6) Decide, project, write.
            step("exchange:decide")
            intake.decide()
            answer = file_answer(intake)

            # (7) Commit.
            step("exchange:commit")
            try:
                committed = await self._commit(intake.unit)
            except (StampMovedError, DuplicateError):
                # What it was decided on has changed, or the same message came by another way:
                # look again.
                self.office.refresh()
                continue
            step("exchange:answer")
            return accepted(intake, answer, committed)
        raise BusyError(_TOO_BUSY)

    async def disclose(self, ask: Ask) -> Disclosed:
        """Answer what the caller may see of a child now; the attempt is recorded either way.

        Where nothing is released, for whatever reason, and where there is no such child, the
        answer is the same empty document (design, invariant 5).
        """
        # To answer we must:
        #
        # (1) know who asks: the door has proved the service, the register knows the person;
        # (5) decide, on stamped facts, what they may see of what each holder holds;
        # (6) project that, and write it in the format that they accept;
        # (7) commit the disclosure or the refusal;
        # (8) have the witnesses see it, where this caller's answers ask for that. Only then do
        #     they get the document.
        self.assurance.require_answerable(ask.caller.service_id)
        for _ in range(_ATTEMPTS):
            asking = Asking.of(ask, self.office.still())
            self.office.ports.step("exchange:decide")
            asking.decide()
            self.office.ports.step("exchange:commit")
            try:
                committed = await self._commit(asking.unit)
            except StampMovedError:
                self.office.refresh()
                continue
            self.office.ports.step("exchange:answer")
            if ask.break_glass:
                log(
                    Event.GLASS_BROKEN,
                    request_id=ask.request_id,
                    service=asking.recipient.id,
                    entry=committed.indices[1],
                )
            await self._until_answerable(committed, asking.recipient.id, asking.withheld)
            return asking.answered(committed)
        raise BusyError(_TOO_BUSY)

    async def lookup(self, lookup: Lookup) -> Found:
        """Return the id of the child, to a service that works with that child; else nothing."""
        self.assurance.require_answerable(lookup.caller.service_id)
        for _ in range(_ATTEMPTS):
            found, unit = look_up(lookup, self.office.still())
            try:
                committed = await self._commit(unit)
            except StampMovedError:
                self.office.refresh()
                continue
            service = lookup.caller.service_id
            await self._until_answerable(
                committed, service, partial(withheld, lookup, found, self.office)
            )
            return found
        raise BusyError(_TOO_BUSY)

    async def _until_answerable(
        self, committed: Committed, recipient: str, withheld: Callable[[Committed], Unit]
    ) -> None:
        """Wait for the witnesses; where they do not come, record that nothing was given."""
        try:
            await self.assurance.until_answerable(committed.indices[0], recipient)
        except WitnessesBehindError:
            await self._commit(withheld(committed))
            raise

    def _adapter_for(self, inbound: Inbound) -> Adapter | None:
        if inbound.door_takes and inbound.media_type not in inbound.door_takes:
            return None
        return self.adapters.for_media_type(inbound.media_type)

    def _read(self, adapter: Adapter, inbound: Inbound, sender: Service, record: str) -> Received:
        envelope = Envelope(
            media_type=inbound.media_type,
            at=self.office.ports.now(),
            record=self.office.filing.source_of(record),
            sender=sender.id,
            message_id=inbound.message_id or "",
            destinations=inbound.destinations,
            use_case=inbound.use_case,
        )
        return judged(adapter.read(inbound.content, envelope))

    async def _reject(
        self, inbound: Inbound, sender: Service, received: Received, record: str
    ) -> Rejected:
        unit = rejection(inbound, sender, received, record, self.office)
        committed = await self._commit(unit)
        return rejected(received, unit, committed, self.office)

    async def _commit(self, unit: Unit) -> Committed:
        committer = self.office.committer
        prepared = committer.prepare(unit)
        # Whatever else is ready in this turn of the event loop goes into the same transaction:
        # one transaction of thirty costs a third of the processor time of thirty of one.
        await asyncio.sleep(0)
        return await asyncio.wrap_future(committer.enqueue(prepared))
