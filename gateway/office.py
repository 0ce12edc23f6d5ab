"""The office: what the exchange works with. Rulebook, archive, filing, committer, one of each."""

from collections.abc import Callable
from dataclasses import dataclass, field

from audit.parts import Part
from gateway.archive import Archive
from gateway.casefile import CaseFile, Question
from gateway.disclosing import Release, Writer, release
from gateway.errors import UnknownServiceError
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


@dataclass(slots=True)
class Office:
    """What the exchange works with.

    The rulebook is an immutable snapshot; `refresh()` takes a new one where the registers have
    moved. What was decided on an old one is refused at the commit (see `stamp`).
    """

    archive: Archive
    filing: Filing
    committer: Committer
    details: Details
    writer: Writer
    ports: Ports
    rulebook_for: Callable[[Registers], Rulebook]
    rulebook: Rulebook = field(init=False)

    def __post_init__(self) -> None:
        self.rulebook = self.rulebook_for(self.archive.registers())

    def refresh(self) -> None:
        """Take a new snapshot of the registers, where they have moved."""
        registers = self.archive.registers()
        if registers.version != self.rulebook.registers.version:
            self.rulebook = self.rulebook_for(registers)

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
