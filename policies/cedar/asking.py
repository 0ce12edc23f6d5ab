"""One round of questions to Cedar: what is settled, what break-glass lifts, what is then owed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from policies.cedar.answers import Answer, Case, Failed, Missing, Note, Published
from policies.cedar.questions import Question, entities_of
from policies.cedar.schema import BREAK_GLASS, DISCLOSE, OWE
from policies.rules import UNCHANGED
from policies.vocabulary import Category, Obligation, Outcome

UNSETTLED: Final = Failed(frozenset({"unsettled"}))

# A category of one of the questions, by its number.
Place = tuple[int, Category]


class Settlement(NamedTuple):
    """How a category was settled: by the policy of which order, and as what."""

    order: int
    outcome: Outcome
    section: str
    rule: str

    @classmethod
    def by(cls, note: Note) -> "Settlement":
        """Return how the policy with *note* settles a category."""
        return cls(note.order, Outcome(note.says), note.section, note.rule)

    def lifted(self, note: Note) -> "Settlement":
        """Return what becomes of it under break-glass, where the policy with *note* governs."""
        if note.says == UNCHANGED:
            return self._replace(order=note.order)
        return Settlement.by(note)


class Ruled(NamedTuple):
    """What comes out in the end, by which rule, and what must then be done."""

    outcome: Outcome
    rule: str
    owed: frozenset[Obligation]


Result = Ruled | Missing | Failed


class Round:
    """Asks Cedar about *questions*, every category of each on its own."""

    def __init__(self, published: Published, questions: Sequence[Question]) -> None:
        self._published = published
        self._questions = questions
        self._entities = entities_of(questions)
        self._results: dict[Place, Result] = {}

    def results(self) -> Mapping[Place, Result]:
        """Return what came out for each category of each question."""
        settled = self._settled()
        final = self._lifted(settled)
        contexts = {place: _context(settled[place], final[place]) for place in final}
        for place, answer in self._ask(OWE, contexts):
            owed = answer.owed()
            if isinstance(owed, frozenset):
                self._results[place] = Ruled(final[place].outcome, final[place].rule, owed)
            else:
                self._results[place] = owed
        return self._results

    def _settled(self) -> dict[Place, Settlement]:
        every = {
            (number, category): "{}"
            for number, question in enumerate(self._questions)
            for category in question.categories
        }
        settled: dict[Place, Settlement] = {}
        for place, answer in self._ask(DISCLOSE, every):
            note = answer.governing()
            if isinstance(note, Note):
                settled[place] = Settlement.by(note)
            else:
                self._results[place] = note or UNSETTLED
        return settled

    def _lifted(self, settled: Mapping[Place, Settlement]) -> dict[Place, Settlement]:
        """Return what is *settled* after break-glass, where it was, or may have been, asked for."""
        final = dict(settled)
        contexts = {
            place: _context(settlement)
            for place, settlement in settled.items()
            if self._questions[place[0]].facts.break_glass is not False
        }
        for place, answer in self._ask(BREAK_GLASS, contexts):
            note = answer.governing()
            if isinstance(note, Note):
                final[place] = settled[place].lifted(note)
            elif note is not None:
                self._results[place] = note
                del final[place]
        return final

    def _ask(self, action: str, contexts: Mapping[Place, str]) -> Iterator[tuple[Place, Answer]]:
        cases = [
            Case(str(number), category, context) for (number, category), context in contexts.items()
        ]
        answers = self._published.ask(action, cases, self._entities)
        return zip(contexts, answers, strict=True)


@lru_cache(maxsize=4_096)
def _context(settled: Settlement, final: Settlement | None = None) -> str:
    context = {"settled": _record(settled)}
    if final is not None:
        context["final"] = _record(final)
    return json.dumps(context)


def _record(settlement: Settlement) -> dict[str, object]:
    outcome = {"__entity": {"type": "Outcome", "id": settlement.outcome.value}}
    return {**settlement._asdict(), "outcome": outcome}
