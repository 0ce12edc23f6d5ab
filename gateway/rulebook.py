"""The rulebook: registers, agreements and law as of one moment, and the verdict on one question.

An immutable snapshot. What was decided on it carries its stamps; the committer refuses what was
decided on a rulebook that has since changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

from gateway.casefile import SOURCES, CaseFile, Question, Registered, noted, registered
from gateway.days import uk_day
from gateway.person_decisions import said_of
from gateway.registers import Registers
from gateway.requests import ElementOutcome
from mappings.caf.categories import Category
from mappings.caf.elements import ElementPath, element
from mappings.caf.items import Reduction
from mappings.caf.view import Disposition, Extent, Matter, Release
from policies import person_decisions, sentences, tasks
from policies.agreements import AgreementFacts, Agreements
from policies.attributes import Facts
from policies.decision import Bundle, Decision
from policies.person_decisions import Said
from policies.reductions import Reductions
from policies.sentences import Sentences
from policies.tasks import Questions, TaskSpec
from policies.vocabulary import Obligation, Outcome, Purpose, Risk, strictest

_ALL = frozenset(Category)
_JUDGEMENTS_KEPT: Final = 1_024
_KINDS_KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided on the items of some categories: the strictest *outcome* governs.

    *release* is what is released of an item, *rules* and *sentence* are why: by the ruling on the
    category that governed.
    """

    outcome: Outcome
    release: Release
    rules: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How what the law decides is carried out: in which words, by whose decision, reduced to what.

    Words and questions are those that go with the law that decides.
    """

    sentences: Sentences
    questions: Questions
    reductions: Reductions


class Judgements:
    """A *decision* on *facts*, and what follows for items, which may have several categories.

    It is the same for every question with these facts on which people *said* the same, so that each
    kind of item is judged once.
    *decide_on* decides on the same facts about some categories alone.
    """

    def __init__(
        self,
        facts: Facts,
        decision: Decision,
        manner: Manner,
        decide_on: Callable[[frozenset[Category]], Decision],
        said: Said = (),
    ) -> None:
        self.facts = facts
        self.said = said
        self.decision = decision
        self._manner = manner
        self._decide_on = decide_on
        self.on = lru_cache(maxsize=_KINDS_KEPT)(self._judge)
        self.row = lru_cache(maxsize=_KINDS_KEPT)(self._row)
        self.questions = lru_cache(maxsize=_KINDS_KEPT)(self._questions)

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that gave an outcome."""
        rulings = self.decision.rulings.values()
        return tuple(sorted({rule for ruling in rulings for rule in ruling.rules}))

    @property
    def is_protective(self) -> bool:
        """Whether a protective basis is in play: an open enquiry or a risk of significant harm.

        It is read from the facts: a rule that says so may be overtaken by another, or renumbered.
        """
        facts = self.facts
        is_enquiry = facts.purpose is Purpose.S47 and facts.s47_open is True
        return is_enquiry or facts.risk in {Risk.SIGNIFICANT_HARM, Risk.IMMEDIATE}

    def owed_on(self, held: frozenset[Category]) -> frozenset[Obligation]:
        """Return what must be done because of what is *held*: of the rest, nobody is asked."""
        return self._decide_on(held).obligations

    def _judge(self, categories: frozenset[Category]) -> Judgement:
        """Return the judgement on an item of these *categories*: the strictest governs."""
        rulings = self.decision.rulings
        outcome = strictest(rulings[category].outcome for category in categories)
        governing = min(each for each in categories if rulings[each].outcome is outcome)
        ruling = rulings[governing]
        said = self._manner.sentences.sentence(governing, ruling, self.facts)
        return Judgement(outcome, self._release(outcome, categories), ruling.rules, said)

    def _row(
        self, path: ElementPath, categories: frozenset[Category], released: Extent
    ) -> ElementOutcome:
        """Return what became of an element with an item of these *categories*."""
        judgement = self.on(categories)
        said = judgement.sentence
        if released is Extent.NOTHING and judgement.outcome is Outcome.REDACT:
            said = f"{said}; nothing of this was made to be shared"
        return ElementOutcome(
            element=path,
            title=element(path).title,
            outcome=_word(released, judgement.outcome),
            rules=judgement.rules,
            sentence=said,
        )

    def _questions(self, held: frozenset[Category]) -> tuple[TaskSpec, ...]:
        """Return what persons are to be asked about the categories of what is *held*."""
        decision = self.decision
        referred = {
            category: ruling
            for category, ruling in decision.rulings.items()
            if category in held and ruling.outcome is Outcome.REFER
        }
        asked = Decision(referred, decision.obligations, decision.failed)
        return self._manner.questions.of(asked, self.facts)

    def _release(self, outcome: Outcome, categories: frozenset[Category]) -> Release:
        """Return what is released of an item of these *categories* (design section 3)."""
        match outcome:
            case Outcome.PERMIT | Outcome.BREAK_GLASS:
                return True
            case Outcome.REDACT:
                return self._reduction(categories)
            case _:
                return False

    def _reduction(self, categories: frozenset[Category]) -> Reduction:
        """Return what all the categories that are to be reduced leave of an item."""
        parts = [
            self._manner.reductions.for_(category, self.facts.recipient)
            for category in sorted(categories)
            if self.decision.rulings[category].outcome is Outcome.REDACT
        ]
        systems = [part.code_systems for part in parts if part.code_systems is not None]
        return Reduction(
            keep_summary=all(part.keep_summary for part in parts),
            code_systems=frozenset.intersection(*systems) if systems else None,
            keep_relationship=all(part.keep_relationship for part in parts),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided on one question: the judgements, and what they rest on.

    That is what the *registers* said (*known*), what was recorded of the child (*case*), and the
    law: *policy* is the digest of the bundle that decided.
    """

    question: Question
    judgements: Judgements
    known: Registered
    case: CaseFile
    registers: Registers
    policy: str

    @property
    def agreement(self) -> AgreementFacts:
        """The agreement in play."""
        return self.known.agreement

    @property
    def facts(self) -> Facts:
        """The facts that were decided on."""
        return self.judgements.facts

    @property
    def decision(self) -> Decision:
        """The decision, for all categories."""
        return self.judgements.decision

    def on(self, categories: frozenset[Category]) -> Judgement:
        """Return what was decided on an item of these *categories*."""
        return self.judgements.on(categories)


class Rulebook:
    """Registers, agreements, law and reductions as of one moment."""

    def __init__(
        self,
        registers: Registers,
        agreements: Agreements,
        bundle: Bundle,
        reductions: Reductions,
    ) -> None:
        self.registers = registers
        self.agreements = agreements
        self.bundle = bundle
        self._manner = Manner(sentences.of(bundle.law), tasks.of(bundle.law), reductions)
        # Not much of a question varies from child to child, and less of what follows from it.
        self._registered = lru_cache(maxsize=_JUDGEMENTS_KEPT)(self._look_up)
        self._judgements = lru_cache(maxsize=_JUDGEMENTS_KEPT)(self._gather)
        self._decided = lru_cache(maxsize=_JUDGEMENTS_KEPT)(self._judge)

    def decide(self, question: Question, case: CaseFile, record_of: str | None = None) -> Verdict:
        """Return the verdict on *question* about the child of *case*, for all categories.

        People decided about the record of the question's holder, or *record_of* another service
        where what the holder said stands in that.
        """
        on = uk_day(question.asked_at)
        known = self._registered(question, on)
        of_child = tuple(sorted(noted(question, case, on).items()))
        said = said_of(question, case, record_of or question.holder.id)
        judgements = self._judgements(known, of_child, said)
        return Verdict(question, judgements, known, case, self.registers, self.bundle.digest)

    def _look_up(self, question: Question, on: date) -> Registered:
        return registered(question, on, self.agreements, self.bundle.law)

    def _gather(
        self, known: Registered, of_child: tuple[tuple[str, object], ...], said: Said
    ) -> Judgements:
        disputed = tuple(name for name, value in of_child if value is None)
        facts = SOURCES.gather(dict(of_child) | known.facts, disputed)
        return self._decided(facts, known.on, said)

    def _judge(self, facts: Facts, as_of: date, said: Said) -> Judgements:
        def decide_on(categories: frozenset[Category]) -> Decision:
            return person_decisions.decide(self.bundle, facts, categories, said, as_of=as_of)

        return Judgements(facts, decide_on(_ALL), self._manner, decide_on, said)


def outcomes_by_element(
    dispositions: tuple[Disposition, ...], governing: Mapping[Matter, Verdict]
) -> tuple[ElementOutcome, ...]:
    """Return what became of each element, in plain English, for those who may know it.

    An element whose items met different fates has a row for each. *governing* has the verdict
    that governed each matter; rows come in the order of *dispositions*, which is the catalogue's.
    """
    rows: dict[tuple[str, str], ElementOutcome] = {}
    for one in dispositions:
        judgements = governing[one.matter].judgements
        row = judgements.row(one.element, one.matter.categories, one.released)
        rows.setdefault((row.element, row.outcome), row)
    return tuple(rows.values())


def _word(extent: Extent, outcome: Outcome) -> str:
    match extent:
        case Extent.WHOLE:
            return "sent"
        case Extent.REDUCED:
            return "reduced"
        case Extent.NOTHING:
            return "referred" if outcome is Outcome.REFER else "withheld"
