"""Decide with Cedar, from the published text alone: a second opinion on every decision.

For each category Cedar is asked what the rules settle; where break-glass is asked for, whether that
is lifted; and what must then be done. An error of Cedar's is never a permit. Where a policy is in
error for want of a fact that is not recorded, and none before it settled the category, the question
is put again with each value that the fact could have (rule U). Any other error, and any answer that
does not hold together, is referred, with an alarm.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from policies.attributes import Facts
from policies.cedar.answers import Case, Failed, Missing, Note, Published
from policies.cedar.asking import Place, Result, Round
from policies.cedar.findings import Findings
from policies.cedar.law import law_policies
from policies.cedar.questions import Alternatives, Question, all_values, entities_of, told_apart
from policies.cedar.schema import DISCLOSE
from policies.decision import Decision
from policies.rules import LawSet
from policies.vocabulary import Category, Outcome


class _World(NamedTuple):
    """The question of this *number*, with values for some of the facts that it lacks."""

    number: int
    question: Question


class CedarBundle:
    """The published law, ready to decide as `policies.decision.Bundle` does.

    >>> from policies.rules import shipped
    >>> bundle = CedarBundle.of(shipped())
    >>> unverified = Facts(court_order="none", identity_verified=False)
    >>> decision = bundle.decide(unverified, ["sen"], as_of=dt.date(2026, 11, 2))
    >>> decision.rulings["sen"].rules
    ('A2',)
    """

    def __init__(self, policies: str, alternatives: Alternatives | None = None) -> None:
        """Read published *policies*, or raise `DocumentError`.

        *Alternatives* are the values that a fact which is not recorded is tried with, if not all.
        """
        self._published = Published(policies)
        self._alternatives = alternatives or all_values()

    @classmethod
    def of(cls, law: LawSet) -> "CedarBundle":
        """Return *law* as it is published."""
        return cls(law_policies(law), told_apart(law))

    def decide(self, facts: Facts, categories: Iterable[str], *, as_of: dt.date) -> Decision:
        """Decide *categories* on *facts* under the law of the day *as_of*.

        Raise `VocabularyError` for a word outside the vocabulary.
        """
        return self.decide_all([Question.of(facts, categories, as_of)])[0]

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        """Decide each of *questions*; many at once cost less than one after the other."""
        findings = [Findings(question.categories) for question in questions]
        worlds = [_World(number, question) for number, question in enumerate(questions)]
        while worlds:
            results = Round(self._published, [world.question for world in worlds]).results()
            worlds = list(self._followed(worlds, results, findings))
        return [each.decision(self._published.orders) for each in findings]

    def settle(
        self, facts: Facts, categories: Iterable[str], *, as_of: dt.date
    ) -> dict[Category, tuple[Outcome, str]]:
        """Return the outcome and rule of each of *categories*, before break-glass.

        This is the least that Cedar must be asked, and the fastest honest way to ask it: policies
        parsed once, the facts one entity, all categories one batch. Obligations are left out, and
        what depends on an unrecorded fact refers.
        """
        question = Question.of(facts, categories, as_of)
        cases = [Case("0", category) for category in question.categories]
        answers = self._published.ask(DISCLOSE, cases, entities_of([question]))
        return {
            case.category: _outcome(answer.governing())
            for case, answer in zip(cases, answers, strict=True)
        }

    def _followed(
        self,
        worlds: Sequence[_World],
        results: Mapping[Place, Result],
        findings: Sequence[Findings],
    ) -> Iterator[_World]:
        """Keep what was found, and yield the worlds in which a missing fact has a value."""
        waiting: dict[tuple[int, str], set[Category]] = defaultdict(set)
        for (at, category), result in results.items():
            found = findings[worlds[at].number]
            if isinstance(result, Missing):
                found.divide(category, result.fact, len(self._alternatives[result.fact]))
                waiting[at, result.fact].add(category)
            elif isinstance(result, Failed):
                found.fail(category, result)
            else:
                found.settle(category, result)
        for (at, fact), categories in waiting.items():
            number, question = worlds[at]
            left = findings[number].unexhausted(categories)
            for value in self._alternatives[fact] if left else ():
                facts = msgspec.structs.replace(question.facts, **{fact: value})
                yield _World(number, Question(facts, left, question.as_of))


def _outcome(governing: Note | Missing | Failed | None) -> tuple[Outcome, str]:
    if isinstance(governing, Note):
        return Outcome(governing.says), governing.rule
    return Outcome.REFER, ""
