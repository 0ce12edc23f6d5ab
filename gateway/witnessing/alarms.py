"""Alarms: what is told when the witnesses are silent, refuse, or know better than we do.

Also when the patrol (`gateway.verifying.patrol`) finds what does not hold.

Each is an event for whoever watches the gateway; and, once an episode, an entry in the log with a
task for a person. Where the log itself was rolled back or rewritten nothing more is written to it.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.errors import GatewayError
from gateway.filing import Filing
from gateway.observability import Event, log
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.tasks import Tasks
from gateway.storage.unit import Unit
from gateway.tasks import Kind, Subject, Task

_OWNER: Final = "gateway_administrator"
_ESCALATION: Final = ("information_governance_officer",)
_DUE: Final = timedelta(hours=1)
_SILENT: Final = "Too few witnesses agree with the log of late, and releases wait: what ails them?"
_FAULTY: Final = "What is stored does not hold with the log: what does `audit verify` say?"
_REFUSED: Final = "A witness refuses to cosign the log: does it know us, and by which key?"


@dataclass(slots=True)
class Alarms:
    """Tells of the witnesses' answers; what was told of an episode is told once."""

    committer: Committer
    filing: Filing
    tasks: Tasks
    ports: Ports
    _refusing: set[str] = field(default_factory=set, init=False)
    _is_silent: bool = field(default=False, init=False)

    def stale(self, *, is_stale: bool, size: int) -> None:
        """Take note whether the quorum *is_stale*, whose newest checkpoint has this *size*."""
        if is_stale is self._is_silent:
            return
        self._is_silent = is_stale
        log(Event.WITNESSES_SILENT if is_stale else Event.WITNESSES_BACK, size=size)
        if is_stale:
            self._ask(Kind.WITNESSES_SILENT, _SILENT, "too-old", size)

    def refused(self, witness: str, cause: str, size: int) -> None:
        """Tell that *witness* will not cosign the log of this *size*; *cause* is a word of ours."""
        if witness in self._refusing:
            return
        self._refusing.add(witness)
        log(Event.LOG_REFUSED, witness=witness, cause=cause, size=size)
        self._ask(Kind.WITNESS_REFUSES, _REFUSED, cause, size)

    def agreed(self, witness: str) -> None:
        """Take note that *witness* cosigned: if it refuses again, that is told again."""
        self._refusing.discard(witness)

    def contradicted(self, witness: str, size: int) -> None:
        """Tell that *witness* holds what we signed, and the log of this *size* does not."""
        log(Event.LOG_CONTRADICTED, witness=witness, size=size)

    def faulty(self, place: str, size: int) -> None:
        """Tell that what is stored does not hold with the log of this *size*, at *place*."""
        log(Event.LOG_FAULTY, place=place, size=size)
        self._ask(Kind.LOG_FAULT, _FAULTY, "fault", size)

    def _ask(self, kind: Kind, question: str, reason: str, size: int) -> None:
        """Ask a person, unless one is being asked: several processes see the same."""
        if any(task.kind == kind for task in self.tasks.open()):
            return
        due = self.ports.now() + _DUE
        subject = Subject(question=question, escalation=_ESCALATION)
        task = Task(kind=kind, owner_role=_OWNER, due_at=due, escalate_at=due, subject=subject)
        unit = Unit()
        known: entries.Fields = {"kind": kind, "reason": reason, "size": size}
        known["task"] = self.filing.task(unit, None, task, entry=0)
        entry = entries.entry(EntryType.ALARM, {Part.GATEWAY: known}, self.ports.random)
        unit.entries.append(entry)
        with suppress(GatewayError):  # the event has told of it; a halted committer tells itself
            self.committer.commit(unit)
