"""The desk at which systems ask about decisions and bundles of law, for officers of their service.

All of it passes over the log or asks the solver, so it is done in a thread of its own.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.activation import OFFICER, LawActivation, Proposed
from gateway.bundles import LAW, Bundles, History
from gateway.errors import MalformedRequestError, UnknownDecisionError
from gateway.office import Office
from gateway.people import Officer, colleague, entitled
from gateway.registers import Policy
from gateway.replaying.rehearsal import Rehearsal, Under, rehearse
from gateway.replaying.replay import Replayed, replay
from gateway.replaying.telling import explain_logged
from gateway.searching.search import Reader as Looker
from gateway.searching.search import read_one
from policies import rules
from policies.decision import Bundle
from policies.errors import PolicyError, VocabularyError
from policies.explain import Explained, Reader
from policies.rules import LawSet

Files = Mapping[str, str]
"""The files of a bundle of law: the text of each, by its name."""


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """Explains, replays and rehearses decisions, and brings law into force, by *activation*.

    Whatever an officer does raises `EntitlementError` where they do not hold the office, or are
    not registered at the service of the system that asks.
    """

    activation: LawActivation

    async def explain(
        self, index: int, reader: Reader, changes: Mapping[str, object], looker: Looker
    ) -> tuple[Explained, ...]:
        """Return what *reader* is told of the decisions of entry *index*.

        Raises `EntitlementError` for whoever may not read that, `UnknownDecisionError`, and
        `MalformedRequestError` for a fact that there is not.
        """

        def explained() -> tuple[Explained, ...]:
            self._require_colleague(looker.user, looker.service)
            try:
                return explain_logged(self._office, index, reader, changes, looker)
            except VocabularyError as error:
                raise MalformedRequestError(str(error), where="/whatIf") from None

        return await asyncio.to_thread(explained)

    async def replay(self, index: int, looker: Looker) -> Replayed:
        """Return what comes of replaying entry *index* for *looker*, an officer: it is recorded.

        Raises `EntitlementError` for anybody else, and `UnknownDecisionError`.
        """
        return await asyncio.to_thread(self._replay, index, looker)

    async def rehearse(self, files: Files, since: datetime, officer: Officer) -> Rehearsal:
        """Return what would become of the decisions since a time under the law in *files*."""

        def rehearsed() -> Rehearsal:
            self._require(officer)
            agreements = self._office.rulebook.agreements
            under = Under(bundle=Bundle(_law(files)), agreements=agreements)
            return rehearse(self._office, under, since)

        return await asyncio.to_thread(rehearsed)

    async def propose(self, files: Files, officer: Officer) -> Proposed:
        """Propose the law in *files*, or raise as `LawActivation.propose` does."""

        def proposed() -> Proposed:
            self._require(officer)
            return self.activation.propose(_law(files), officer.by, officer.via)

        return await asyncio.to_thread(proposed)

    async def approve(self, digest: str, officer: Officer) -> Policy:
        """Bring the law of this *digest* into force, or raise as `LawActivation.approve` does."""

        def approved() -> Policy:
            self._require(officer)
            return self.activation.approve(digest, officer.by, officer.via)

        return await asyncio.to_thread(approved)

    @property
    def _office(self) -> Office:
        return self.activation.office

    def _require(self, officer: Officer) -> None:
        self._require_colleague(officer.by, officer.service)
        entitled(self._office.rulebook.registers, officer.by, OFFICER)

    def _require_colleague(self, by: str, service: str) -> None:
        self._office.refresh()
        colleague(self._office.rulebook.registers, by, service)

    def _replay(self, index: int, looker: Looker) -> Replayed:
        office = self._office
        self._require_colleague(looker.user, looker.service)
        entitled(office.rulebook.registers, looker.user, OFFICER)
        if read_one(office, looker, index) is None:
            raise UnknownDecisionError
        history = History(office.archive.store.registers.versions("policy", LAW), Bundles())
        return replay(office.details.opened(index), history)


def _law(files: Files) -> LawSet:
    """Return the law in *files*, or raise `MalformedRequestError` with file and line."""
    try:
        return rules.parse(files, "")
    except PolicyError as error:
        place, _, _ = str(error).partition(": ")
        raise MalformedRequestError(str(error), where=f"/files/{place}") from None
