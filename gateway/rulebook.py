"""The rulebook: registers, agreements and law as of one moment, and the verdict on one question.

An immutable snapshot. What was decided on it carries its stamps; the committer refuses what was
decided on a rulebook that has since changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.casefile import SOURCES, CaseFile, Question, gather
from gateway.registers import Registers
from gateway.requests import ElementOutcome
from mappings.caf.categories import Category
from mappings.caf.elements import CATALOGUE, element
from mappings.caf.items import Reduction
from mappings.caf.view import Disposition, Extent, Release
from policies.agreements import AgreementFacts, Agreements
from policies.attributes import Facts
from policies.decision import Bundle, Decision, Ruling
from policies.explain import sentence
from policies.reductions import Reductions
from policies.vocabulary import Outcome, strictest

_ALL = frozenset(Category)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided on one question: the facts, the decision, the agreement in play.

    *policy* is the digest of the bundle that decided.
    """

    question: Question
    facts: Facts
    decision: Decision
    agreement: AgreementFacts
    reductions: Reductions
    policy: str

    def outcome(self, categories: frozenset[Category]) -> Outcome:
        """Return the outcome for an item of these *categories*: the strictest governs."""
        rulings = self.decision.rulings
        return strictest(rulings[category].outcome for category in categories)

    def release(self, categories: frozenset[Category]) -> Release:
        """Return what is released of an item of these *categories* (design section 3)."""
        match self.outcome(categories):
            case Outcome.PERMIT | Outcome.BREAK_GLASS:
                return True
            case Outcome.REDACT:
                return self._reduction(categories)
            case _:
                return False

    def _reduction(self, categories: frozenset[Category]) -> Reduction:
        """Return what all the categories that are to be reduced leave of an item."""
        parts = [
            self.reductions.for_(category, self.facts.recipient)
            for category in sorted(categories)
            if self.decision.rulings[category].outcome is Outcome.REDACT
        ]
        systems = [part.code_systems for part in parts if part.code_systems is not None]
        return Reduction(
            keep_summary=all(part.keep_summary for part in parts),
            code_systems=frozenset.intersection(*systems) if systems else None,
            keep_relationship=all(part.keep_relationship for part in parts),
        )

    def governing(self, categories: frozenset[Category]) -> Category:
        """Return the category whose ruling governed an item of these *categories*."""
        outcome = self.outcome(categories)
        rulings = self.decision.rulings
        return min(category for category in categories if rulings[category].outcome is outcome)

    @property
    def is_protective(self) -> bool:
        """Whether a protective basis is in play: an open enquiry or a risk of significant harm."""
        rules = {rule for ruling in self.decision.rulings.values() for rule in ruling.rules}
        return "E16" in rules


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Registers, agreements, law and reductions as of one moment."""

    registers: Registers
    agreements: Agreements
    bundle: Bundle
    reductions: Reductions

    def decide(self, question: Question, case: CaseFile) -> Verdict:
        """Return the verdict on *question* about the child of *case*, for all categories."""
        gathered = gather(question, case, self.agreements, self.bundle.law)
        facts = SOURCES.gather(gathered.recorded)
        decision = self.bundle.decide(facts, _ALL, as_of=question.asked_at.date())
        return Verdict(
            question, facts, decision, gathered.agreement, self.reductions, self.bundle.digest
        )


_ORDER: dict[str, int] = {row.path: position for position, row in enumerate(CATALOGUE)}


def outcomes_by_element(
    dispositions: tuple[Disposition, ...], governing: Callable[[Disposition], Verdict]
) -> tuple[ElementOutcome, ...]:
    """Return what became of each element, in plain English, for those who may know it.

    An element whose items met different fates has a row for each. *governing* gives the verdict
    that governed an item.
    """
    rows: dict[tuple[str, str], ElementOutcome] = {}
    for disposition in dispositions:
        verdict = governing(disposition)
        category = verdict.governing(disposition.categories)
        ruling = verdict.decision.rulings[category]
        word = _word(disposition.released, ruling.outcome)
        key = (disposition.element, word)
        if key not in rows:
            rows[key] = ElementOutcome(
                element=disposition.element,
                title=element(disposition.element).title,
                outcome=word,
                rules=ruling.rules,
                sentence=_sentence(category, ruling, verdict, disposition.released),
            )
    return tuple(sorted(rows.values(), key=lambda row: _ORDER[row.element]))


def _sentence(category: Category, ruling: Ruling, verdict: Verdict, extent: Extent) -> str:
    said = sentence(category, ruling, verdict.facts)
    if extent is Extent.NOTHING and ruling.outcome is Outcome.REDACT:
        return f"{said}; nothing of this was made to be shared"
    return said


def _word(extent: Extent, outcome: Outcome) -> str:
    match extent:
        case Extent.WHOLE:
            return "sent"
        case Extent.REDUCED:
            return "reduced"
        case Extent.NOTHING:
            return "referred" if outcome is Outcome.REFER else "withheld"
