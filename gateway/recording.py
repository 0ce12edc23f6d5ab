"""Recording: what operators and practitioners record, each change a unit with its log entry.

Registers and policies in force; consent statements; facts about a child. What is
recorded is a new version beside the old one, moves the stamp of what rested on it, and takes
effect at the commit: whatever was decided on the old version is refused there, or decided again
before it is sent.
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from audit.events import EntryType
from audit.parts import Part
from gateway import bundles, entries
from gateway.casefile import RecordedFact
from gateway.errors import RegisterError
from gateway.filing import encode
from gateway.office import Office
from gateway.registers import (
    AllowedAdapter,
    Document,
    Policy,
    ProposedLaw,
    Registers,
    Standing,
    kind_of,
)
from gateway.storage.registers import MOVE
from gateway.storage.unit import Committed, Entry, Stamp, Unit
from policies.attributes import Facts

_ENTRY_TYPES = {
    "policy": EntryType.POLICY_ACTIVATED,
    "proposed-law": EntryType.POLICY_ACTIVATED,
    "adapter": EntryType.ADAPTER_CHANGE,
}

_BY_HAND: Final = entries.Act()

Revising = Callable[[Registers], Iterable[Document]]
"""Makes the documents that are to be recorded, from the registers as they stand."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records for *office*; *by* is who records: a practitioner, a client, or the operator.

    *via* is the request by which they do, where it came by one.
    """

    office: Office
    by: str
    via: entries.Act = _BY_HAND

    def documents(self, documents: Iterable[Document]) -> tuple[Document, ...]:
        """Record the documents that are new or changed, and return those.

        Raises `RegisterError` where the registers would not hold together afterwards, `BusyError`
        where others change them all the time.
        """
        given = tuple(documents)
        return self.revise(lambda _registers: given)

    def revise(self, revising: Revising) -> tuple[Document, ...]:
        """Record what *revising* makes of the registers, as `documents` does.

        It is made anew where others change them meanwhile: nobody's change is lost.
        """
        return self.office.settle(
            lambda still: dataclasses.replace(self, office=still).write(
                revising(still.rulebook.registers)
            )
        )

    def write(self, documents: Iterable[Document]) -> tuple[Document, ...]:
        """Record documents, as `documents` does, on the registers that the office has now.

        Raises `StampMovedError` where these are not those that stand.
        """
        office = self.office
        registers = office.rulebook.registers
        changed = tuple(one for one in documents if registers.find(kind_of(one), one.id) != one)
        if not changed:
            return ()
        self._require_whole(registers, changed)
        unit = Unit(stamps=(office.stamp,), moves=(MOVE,))
        for one in changed:
            versions = office.archive.store.registers.versions(kind_of(one), one.id)
            said = office.filing.document(
                unit, one, version=len(versions) + 1, by=self.by, entry=len(unit.entries)
            )
            known = entries.recorded([said], _stamp(unit))
            unit.entries.append(self._document(one, known))
        office.committer.commit(unit)
        office.refresh()
        return changed

    def in_force(self) -> tuple[Document, ...]:
        """Record what is in force today, and what is no longer: policies and adapters."""
        return self.office.settle(self._put_in_force)

    def _put_in_force(self, still: Office) -> tuple[Document, ...]:
        rulebook = still.rulebook
        standing = [
            AllowedAdapter(id=name, digest=edition.digest, version=edition.version)
            for name, edition in still.writer.registry.editions.items()
        ]
        names = {(kind_of(one), one.id) for one in standing}
        ended = [
            replace(known, standing=Standing.ENDED)
            for name, known in rulebook.registers.in_force.items()
            if isinstance(known, AllowedAdapter) and name not in names
        ]
        law = bundles.document(rulebook.bundle, rulebook.registers)
        return dataclasses.replace(self, office=still).write([*standing, *ended, law])

    def facts(self, child_id: str, facts: Iterable[RecordedFact], task: str = "") -> Committed:
        """Record facts about a child, each with an entry of its own.

        Raises `VocabularyError` for a fact or value that no decision could read.
        """
        given = tuple(facts)
        return self.office.settle(
            lambda still: still.committer.commit(self.unit_of(child_id, given, task))
        )

    def close(self, child_id: str) -> Committed:
        """Record that help has ended: the child's last episode is closed.

        Raises `RegisterError` where no episode is open.
        """
        return self.office.settle(lambda still: self._close(still, child_id))

    def _close(self, office: Office, child_id: str) -> Committed:
        episode = office.archive.last_episode(child_id)
        if episode is None or not episode.is_open:
            message = "no episode of help is open for this child"
            raise RegisterError(message)
        unit = self._about(child_id)
        gateway: entries.Fields = {"fact": "case", "child": child_id, "user": self.by}
        gateway |= entries.recorded((), _stamp(unit))
        unit.entries.append(
            entries.entry(
                EntryType.FACT_RECORDED,
                {Part.GATEWAY: gateway},
                office.ports.random,
                child_id=child_id,
            )
        )
        unit.changes.append(episode.closing(office.ports.now(), entry=0))
        return office.committer.commit(unit)

    def unit_of(self, child_id: str, facts: Iterable[RecordedFact], task: str = "") -> Unit:
        """Return the unit that records *facts*, for what else is to be committed with them."""
        facts = tuple(facts)
        for fact in facts:
            Facts.parse({fact.name: fact.value})
        unit = self._about(child_id)
        for position, fact in enumerate(facts):
            said = self.office.filing.facts(unit, child_id, (fact,), by=self.by, entry=position)
            known = entries.recorded(said, _stamp(unit))
            unit.entries.append(self._fact(child_id, fact, task, known))
        return unit

    def _fact(self, child_id: str, fact: RecordedFact, task: str, known: entries.Fields) -> Entry:
        gateway: entries.Fields = {"fact": fact.name, "child": child_id, "user": self.by}
        told = {
            "recipient": fact.service or fact.recipient or "",
            "task": task,
            "authority": fact.source,
            "justification": fact.reason,
            "expires": "" if fact.until is None else fact.until.isoformat(),
        }
        gateway |= {name: text for name, text in told.items() if text}
        return entries.entry(
            EntryType.FACT_RECORDED,
            {Part.GATEWAY: gateway | known},
            self.office.ports.random,
            child_id=child_id,
        )

    def _about(self, child_id: str) -> Unit:
        version = self.office.archive.store.children.stamp(child_id).version
        return Unit(stamps=(Stamp("child", child_id, version),), moves=(("child", child_id),))

    def _document(self, document: Document, known: entries.Fields) -> Entry:
        kind = kind_of(document)
        digest = entries.digest(encode(document))
        if isinstance(document, AllowedAdapter):
            fields: entries.Fields = {
                "adapter": document.id,
                "kind": document.standing,
                "digest": document.digest,
                "version": document.version,
            }
        elif isinstance(document, Policy):
            fields = {"digest": document.digest, "kind": "in force"}
            if document.approved_by:
                fields |= {
                    "approved_by": list(document.approved_by),
                    "version": document.version,
                }
        elif isinstance(document, ProposedLaw):
            fields = {"digest": document.id, "kind": "proposed"}
        else:
            fields = {"kind": "recorded", "register": f"{kind} {document.id}", "digest": digest}
        return entries.entry(
            _ENTRY_TYPES.get(kind, EntryType.AGENCY_CHANGE),
            {Part.GATEWAY: self.via.fields() | fields | {"user": self.by} | known},
            self.office.ports.random,
        )

    def _require_whole(self, registers: Registers, changed: tuple[Document, ...]) -> None:
        """Raise `RegisterError` unless the registers hold together with what is changed."""
        names = {(kind_of(one), one.id) for one in changed}
        kept = (
            one
            for held in (
                registers.organisations,
                registers.services,
                registers.clients,
                registers.practitioners,
            )
            for one in held.values()
            if (kind_of(one), one.id) not in names
        )
        after = Registers.of((*kept, *changed))
        self.office.writer.require_formats(after.services.values())


def _stamp(unit: Unit) -> int:
    """Return the version of what *unit* moves, as it is once that is committed."""
    (stamp,) = unit.stamps_after
    return stamp.version
