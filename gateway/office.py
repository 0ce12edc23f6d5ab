"""The office: what the exchange works with. Rulebook, archive, filing, committer, one of each."""

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Final, TypeVar

from audit.parts import Part
from gateway.archive import Archive
from gateway.casefile import CaseFile, Question
from gateway.disclosing import Release, Writer, release
from gateway.errors import BusyError, StampMovedError, UnknownServiceError
from gateway.filing import Filing
from gateway.obligations.carrying_out import carried_out
from gateway.ports import Ports
from gateway.registers import Registers, Service
from gateway.rulebook import Rulebook
from gateway.storage.committer import Committer
from gateway.storage.details import Details
from gateway.storage.requests import StoredAnswer
from gateway.storage.unit import Committed, Stamp, Unit
from mappings.caf.view import Survey
from policies.obligations import shipped

_T = TypeVar("_T")
_ATTEMPTS: Final = 8


@dataclass(slots=True)
class Office:
    """What the exchange works with.

    The rulebook is an immutable snapshot; `refresh()` takes a new one where the registers have
    moved. What was decided on an old one is refused at the commit (see `stamp`). Whatever takes
    several steps takes them on a `still` office, or in `settle`.
    """

    archive: Archive
    filing: Filing
    committer: Committer
    details: Details
    writer: Writer
    ports: Ports
    rulebook_for: Callable[[Registers], Rulebook]
    rulebook: Rulebook = field(init=False)
    _refreshing: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.rulebook = self.rulebook_for(self.archive.registers())

    def refresh(self) -> None:
        """Take a new snapshot of the registers, where they have moved."""
        with self._refreshing:  # or an older snapshot could take the place of a newer one
            registers = self.archive.registers()
            if registers.version != self.rulebook.registers.version:
                self.rulebook = self.rulebook_for(registers)

    def still(self) -> "Office":
        """Return this office with the rulebook as it is now, whichever thread refreshes this one.

        What is decided in several steps is so decided on one rulebook, and bears the stamp of that.
        """
        return copy(self)

    def settle(self, act: Callable[["Office"], _T]) -> _T:
        """Return what *act* commits on a still office: anew, where what it rests on has moved.

        Raises `BusyError` where that never stands still, and whatever *act* raises.
        """
        for _ in range(_ATTEMPTS):
            self.refresh()
            try:
                done = act(self.still())
            except StampMovedError:
                continue
            self.refresh()
            return done
        message = "what this rests on keeps changing: come again in a moment"
        raise BusyError(message)

    def service(self, service_id: str) -> Service:
        """Return a registered service, or raise `UnknownServiceError`."""
        service = self.rulebook.registers.services.get(service_id)
        if service is None:
            message = "the calling client's service is not registered"
            raise UnknownServiceError(message)
        return service

    def release(
        self, question: Question, surveyed: Survey, case: CaseFile, accept: str | None = None
    ) -> Release:
        """Return what *question*'s recipient gets, with its obligations carried out.

        It is written in the recipient's first format, or in one that it accepts.
        """
        return carried_out(
            release(question, surveyed, case, self.rulebook),
            shipped(),
            can_say_what_binds=self.writer.can_say_what_binds(question.recipient, accept),
        )

    def answer(self, sender: str, message_id: str) -> StoredAnswer | None:
        """Return the answer that *sender* got to this message, if it was taken before."""
        return self.archive.store.requests.answer(self.filing.answer_key(sender, message_id))

    @property
    def stamp(self) -> Stamp:
        """The stamp of the rulebook, for whatever is decided on it."""
        return Stamp("registers", "", self.rulebook.registers.version)

    def receipt(self, unit: Unit, committed: Committed, position: int, part: Part) -> bytes:
        """Return the receipt for one entry of *unit*, opened for the holder of *part*.

        It carries the cosignatures of the witnesses where they have seen the entry already.
        """
        opening, index = unit.entries[position].detail.open(part), committed.indices[position]
        cosigned = self.committer.log.cosigned_with(index)
        if cosigned is not None:
            return cosigned.receipt(index, committed.leaves[position], opening)
        return committed.receipt(position, opening)
