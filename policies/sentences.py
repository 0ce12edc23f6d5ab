"""One ruling in one sentence, for those who may know it; and the one that an asker sees."""

from functools import cache

from policies import rules, wording
from policies.attributes import Facts
from policies.decision import NOT_RECORDED, Ruling
from policies.facts import FactSources
from policies.reductions import Reductions
from policies.rules import LawSet, Rule
from policies.vocabulary import Category, Outcome
from policies.wording import Wording


class Sentences:
    """Tells rulings in plain English, in the words of the rules of *law* that gave them."""

    def __init__(
        self, law: LawSet, sources: FactSources, reductions: Reductions, words: Wording
    ) -> None:
        self.law = law
        self.sources = sources
        self.reductions = reductions
        self.words = words

    def sentence(self, category: Category, ruling: Ruling, facts: Facts) -> str:
        """Return one sentence saying what became of *category*, why, and by which rules."""
        told = self.words.outcomes[ruling.outcome].format(
            category=self.words.categories[category],
            why=self.why(ruling),
            left=self.reductions.reads(category, facts.recipient),
        )
        people = f"; {self.words.decided}" if ruling.decided_by else ""
        return f"{told}{people} ({', '.join(ruling.rules)})"

    def why(self, ruling: Ruling) -> str:
        """Return why *ruling* came out so, in the words of its rules."""
        return self._undecided(ruling) or " or ".join(
            self._reads(rule, ruling.outcome) for rule in ruling.rules
        )

    def rule(self, rule_id: str, outcome: Outcome) -> Rule | None:
        """Return the rule that has this id and can have this outcome, or else the first of the id.

        None where the law has no such rule: it failed, or nothing was settled.
        """
        rows = [rule for rule in self.law.rules if rule.id == rule_id]
        fitting = (row for row in rows if any(one.effect == outcome for one in row.clauses))
        return next(fitting, rows[0] if rows else None)

    def _undecided(self, ruling: Ruling) -> str | None:
        if ruling.rules != (NOT_RECORDED,):
            return None
        if not ruling.missing:
            return self.words.undecided
        questions = " ".join(self.sources[name].asks for name in sorted(ruling.missing))
        return self.words.unrecorded.format(questions=questions)

    def _reads(self, rule_id: str, outcome: Outcome) -> str:
        rule = self.rule(rule_id, outcome)
        return self.words.failed if rule is None else rule.reads


def of(law: LawSet) -> Sentences:
    """Return what tells rulings of *law*, in the words that the gateway ships."""
    return Sentences(law, _sources(), _reductions(), wording.shipped())


@cache
def shipped() -> Sentences:
    """Return what tells rulings of the law set that the gateway ships."""
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
    return wording.shipped().asker


@cache
def _sources() -> FactSources:
    return FactSources.load()


@cache
def _reductions() -> Reductions:
    return Reductions.load()
