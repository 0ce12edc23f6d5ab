"""Importing a big file: each child is a record by itself, committed by itself, and only once.

What is lost if the process dies: nothing that was committed. The file is imported again with
`resume`, and what was taken in is met as a repeat: by the file's hash and the record's number.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from adapters.contract import (
    BulkAdapter,
    Destination,
    Envelope,
    Finding,
    Message,
    Outcome,
    Piece,
    Portion,
    Received,
    Severity,
    judged,
    outcome_of,
)
from adapters.errors import AdapterError, UnsupportedFormatError
from gateway.errors import ConflictError
from gateway.exchange import Exchange
from gateway.importing.claims import Claims
from gateway.importing.ending import Ending, file_ending
from gateway.importing.records import BigFile
from gateway.importing.report import WHOLE_FILE, Fate, Line, Report, Tally
from gateway.office import Office
from gateway.requests import Accepted, Caller, Inbound, PartOfFile, Rejected

_AT_ONCE: Final = 32
"""How many records wait for the committer together: they share its transactions."""

_BEGUN: Final = "this file was begun before: go on with it by --resume"
_MEND: Final = (
    "the sender has to mend the file from there on and send the records that are not in it yet "
    "as a file of their own"
)
_MEND_WHOLE: Final = "the sender has to send a file of the format: nothing of this one was taken in"
_PASSED_ON_TO_NOBODY: Final = (
    "the sender has to name a service that is registered here: to this one nothing is passed on"
)
_MEND_RECORDS: Final = "the sender has to mend the records that were rejected and send them again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be imported: a *file* in a *format*, for the *sender*, by a person.

    *destinations* and *use_case* are for files that do not say so themselves. *resume* goes on
    with a file that was begun before, which is refused without it.
    """

    file: BigFile
    format: str
    sender: str
    by: str
    destinations: tuple[Destination, ...] = ()
    use_case: str | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come: *done* bytes of the file, and so many *records*."""

    done: int
    records: int


@dataclass(slots=True, kw_only=True)
class Importer:
    """Imports one file through *exchange*.

    *tell* is called with each line of the report in the file's order, *watch* with the progress.
    """

    exchange: Exchange
    order: Order
    tell: Callable[[Line], None]
    watch: Callable[[Progress], None]
    _tally: Tally = field(init=False, default_factory=Tally)
    _claims: Claims = field(init=False, default_factory=Claims)
    _opening: list[Finding] = field(init=False, default_factory=list)
    _message: Message = field(init=False)
    _media_type: str = field(init=False)
    _number: int = field(init=False, default=0)
    _done: int = field(init=False, default=0)

    async def run(self) -> Report:
        """Import the file, and return how that ended.

        Raises `UnsupportedFormatError` where the format is not imported from files,
        `UnknownServiceError` where the sender is not registered, `ConflictError` where the file
        was begun before, or is changed meanwhile.
        """
        # To import a file we must:
        #
        # (1) know its hash, its format and its sender, and whether it was begun before;
        # (2) read what it says as a stream, each child beside its own bytes;
        # (3) take in each child by itself, as any record (`Exchange.take`): what is committed
        #     stands, whatever becomes of the rest;
        # (4) record what became of the file as a whole.
        order, office = self.order, self._office
        begun = time.monotonic()

        # (1) The file.
        adapter = self._adapter()
        self._media_type = order.file.media_type(adapter)
        office.service(order.sender)
        self._message = Message(id=self._id)
        if not order.resume and self._is_known(1):
            raise ConflictError(_BEGUN)

        # (2) Read, and (3) take in.
        stopped = await self._take_all(adapter)
        order.file.require_unchanged()

        # (4) The file's own entry.
        office.ports.step("import:end")
        ending = self._ending(adapter, stopped)
        entry = await file_ending(office, ending)
        office.ports.step("import:ended")
        return self._report(ending, stopped, entry, time.monotonic() - begun)

    @property
    def _office(self) -> Office:
        return self.exchange.office

    @property
    def _id(self) -> str:
        """What the file's records are known by: a keyed hash, as they name it themselves."""
        return self._office.filing.source_of(self.order.file.sha256)

    def _is_known(self, number: int) -> bool:
        return self._office.answer(self.order.sender, f"{self._id}.{number}") is not None

    def _adapter(self) -> BulkAdapter:
        adapter = self.exchange.adapters.named(self.order.format)
        if not isinstance(adapter, BulkAdapter):
            message = f"files of the format `{self.order.format}` are not imported: send them"
            raise UnsupportedFormatError(message, "not-imported")
        return adapter

    async def _take_all(self, adapter: BulkAdapter) -> Finding | None:
        """Take in each record; return where the file stopped being of the format, if it did."""
        waiting: deque[asyncio.Task[Line]] = deque()
        stopped: Finding | None = None
        try:
            for number, (piece, received) in enumerate(self._records(adapter), start=1):
                taking = self._take(adapter, number, piece, received)
                waiting.append(asyncio.ensure_future(taking))
                if len(waiting) >= _AT_ONCE:
                    self._told(await waiting.popleft())
        except AdapterError as error:
            stopped = Finding(error.code, Severity.ERROR, error.where, str(error))
        while waiting:
            self._told(await waiting.popleft())
        findings = (*self._opening, *([] if stopped is None else [stopped]))
        self._told(Line(number=WHOLE_FILE, line=1, findings=findings))
        return stopped

    def _records(self, adapter: BulkAdapter) -> Iterator[tuple[Piece, Received]]:
        """Yield the bytes of each child, and what was read of them."""
        order = self.order
        envelope = Envelope(
            media_type=self._media_type,
            at=self._office.ports.now(),
            record=self._id,
            sender=order.sender,
            destinations=order.destinations,
            use_case=order.use_case,
        )
        for portion, piece in order.file.read(adapter, envelope):
            if portion.message is not None:
                self._message = portion.message
                self._opening += _unknown(portion.message, self._office)
            if piece is None:
                self._opening += portion.findings
                continue
            self._number += 1
            self._done = max(self._done, (piece.offset or self._done) + len(piece.content))
            self.watch(Progress(min(self._done, order.file.size), self._number))
            yield piece, self._received(portion)

    def _received(self, portion: Portion) -> Received:
        readings = () if portion.reading is None else (portion.reading,)
        message = replace(self._message, id=f"{self._id}.{self._number}")
        return judged(Received(Outcome.ACCEPT, portion.findings, message, readings))

    async def _take(
        self, adapter: BulkAdapter, number: int, piece: Piece, received: Received
    ) -> Line:
        order = self.order
        inbound = Inbound(
            caller=Caller("", order.sender),
            content=piece.content,
            media_type=self._media_type,
            request_id=order.file.sha256,
            message_id=f"{self._id}.{number}",
            part=PartOfFile(order.file.sha256, piece),
            by=order.by,
        )
        allows = self._claims.of(number)
        answer = await self.exchange.take(inbound, received, adapter.name, allows)
        findings = received.findings
        if isinstance(answer, Rejected):
            findings = answer.findings
        else:
            self._claims.note(answer.children, number)
        return Line(
            number=number,
            line=piece.line,
            fate=_fate(answer),
            entry=answer.entry,
            findings=findings,
        )

    def _told(self, line: Line) -> None:
        self._tally.add(line)
        self.tell(line)

    def _ending(self, adapter: BulkAdapter, stopped: Finding | None) -> Ending:
        order, fates = self.order, self._tally.fates
        found = self._tally.as_findings()
        return Ending(
            file=order.file,
            sender=order.sender,
            by=order.by,
            adapter=adapter.name,
            media_type=self._media_type,
            outcome=Outcome.REJECT if stopped is not None else _of_the_rest(found),
            records=fates[Fate.TAKEN] + fates[Fate.REPEATED],
            rejected=fates[Fate.REJECTED],
            findings=found,
            message_id=f"{self._id}.file",
        )

    def _report(
        self, ending: Ending, stopped: Finding | None, entry: int, seconds: float
    ) -> Report:
        fates, size = self._tally.fates, self.order.file.size
        seconds = max(seconds, 1e-6)
        return Report(
            file_sha256=self.order.file.sha256,
            size=size,
            format=ending.adapter,
            outcome=ending.outcome,
            taken=fates[Fate.TAKEN],
            repeated=fates[Fate.REPEATED],
            rejected=fates[Fate.REJECTED],
            entry=entry,
            seconds=round(seconds, 2),
            records_a_second=round(sum(fates.values()) / seconds, 1),
            megabytes_a_second=round(size / seconds / 1e6, 3),
            kinds=self._tally.found(),
            stopped=stopped,
            next_step=_next_step(stopped, ending),
        )


def _unknown(message: Message, office: Office) -> Iterator[Finding]:
    """Yield a finding for each service that a file names, and that is not registered."""
    for number, destination in enumerate(message.destinations, start=1):
        if office.rulebook.registers.addressed(destination) is None:
            where = f"destination {number}"
            yield Finding("unknown-recipient", Severity.WARNING, where, _PASSED_ON_TO_NOBODY)


def _of_the_rest(found: tuple[Finding, ...]) -> Outcome:
    """Return what becomes of a file that was read to its end: a record in error is no other's."""
    outcome = outcome_of(found)
    return Outcome.ACCEPT_WITH_FINDINGS if outcome is Outcome.REJECT else outcome


def _fate(answer: Accepted | Rejected) -> Fate:
    if isinstance(answer, Rejected):
        return Fate.REJECTED
    return Fate.REPEATED if answer.is_repeat else Fate.TAKEN


def _next_step(stopped: Finding | None, ending: Ending) -> str:
    if stopped is not None:
        return _MEND if ending.records else _MEND_WHOLE
    return _MEND_RECORDS if ending.rejected else ""
