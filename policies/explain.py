"""A decision in plain English, for an information governance officer; and what an asker sees."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents, rules
from policies.attributes import Facts
from policies.decision import NOT_RECORDED, Ruling
from policies.errors import DocumentError
from policies.facts import FactSources
from policies.reductions import Reductions
from policies.rules import LawSet
from policies.vocabulary import Category, Outcome

SHIPPED: Final = Path(__file__).parent / "wording.yaml"


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words that a decision is told in."""

    asker: str
    outcomes: Mapping[Outcome, str]
    unrecorded: str
    undecided: str
    failed: str
    categories: Mapping[Category, str]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Wording":
        """Return the words in the file at *path*, or raise `DocumentError` for lack of some."""
        wording = documents.load(path, cls)
        if set(wording.categories) != set(Category) or set(wording.outcomes) != set(Outcome):
            message = f"{path}: every category and every outcome needs its words"
            raise DocumentError(message)
        return wording


class Explanations:
    """Tells rulings in plain English, in the words of the rules that gave them."""

    def __init__(
        self, law: LawSet, sources: FactSources, reductions: Reductions, wording: Wording
    ) -> None:
        self._law = law
        self._sources = sources
        self._reductions = reductions
        self._wording = wording

    def sentence(self, category: Category, ruling: Ruling, facts: Facts) -> str:
        """Return one sentence saying what became of *category*, why, and by which rules."""
        why = self._undecided(ruling) or " or ".join(
            self._reads(rule, ruling.outcome) for rule in ruling.rules
        )
        told = self._wording.outcomes[ruling.outcome].format(
            category=self._wording.categories[category],
            why=why,
            left=self._reductions.reads(category, facts.recipient),
        )
        return f"{told} ({', '.join(ruling.rules)})"

    def _undecided(self, ruling: Ruling) -> str | None:
        if ruling.rules != (NOT_RECORDED,):
            return None
        if not ruling.missing:
            return self._wording.undecided
        questions = " ".join(self._sources[name].asks for name in sorted(ruling.missing))
        return self._wording.unrecorded.format(questions=questions)

    def _reads(self, rule_id: str, outcome: Outcome) -> str:
        """Return how the rule reads that has this id and can have this outcome."""
        rows = [rule for rule in self._law.rules if rule.id == rule_id]
        for rule in rows:
            if any(clause.effect == outcome for clause in rule.clauses):
                return rule.reads
        return rows[0].reads if rows else self._wording.failed


def of(law: LawSet) -> Explanations:
    """Return the explanations of *law*, in the words that the gateway ships."""
    return Explanations(law, _sources(), _reductions(), _wording())


@cache
def shipped() -> Explanations:
    """Return the explanations of the law set and words that the gateway ships."""
    return of(rules.shipped())


def sentence(category: Category, ruling: Ruling, facts: Facts) -> str:
    """Return one sentence on *category* for an information governance officer.

    >>> withheld = Ruling(Outcome.DENY, ("E3",))
    >>> sentence(Category.ADDRESS, withheld, Facts())
    'Where the child lives: withheld, because the recipient has no recorded working relationship \
with this child (E3)'
    """
    return shipped().sentence(category, ruling, facts)


def asker_sentence() -> str:
    """Return what an asker sees for all that is not released, whatever the reason.

    >>> asker_sentence()
    'Not held, or not available to you.'
    """
    return _wording().asker


@cache
def _sources() -> FactSources:
    return FactSources.load()


@cache
def _reductions() -> Reductions:
    return Reductions.load()


@cache
def _wording() -> Wording:
    return Wording.load()
