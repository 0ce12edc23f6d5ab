"""What people decided about one child where the rules referred to them, as it is recorded.

Each decision is a fact beside the others, sealed and erased as they are: about what one service
holds, for one recipient and purpose. Its matter is the id of the task that it answered.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from gateway.casefile import CaseFile, Question, RecordedFact
from policies.attributes import categories_of
from policies.person_decisions import Choice, PersonDecision, Said

DECIDED: Final = "decided_by_a_person"


def said_of(question: Question, case: CaseFile, holder: str) -> Said:
    """Return what people decided that bears on *question* about *holder*'s record, newest last.

    Unlike a fact, a decision is for just the recipient and purpose that was asked about.
    """
    if not any(fact.name == DECIDED for fact in case.facts):
        return ()
    asked = (holder, question.recipient.id, question.purpose)
    return tuple(
        _decision(fact)
        for fact in standing(case.facts, question.asked_at)
        if (fact.service, fact.recipient, fact.purpose) == asked
    )


def standing(facts: Iterable[RecordedFact], at: datetime) -> tuple[RecordedFact, ...]:
    """Return the decisions among *facts* that hold *at* a time, the newest last."""
    newest: dict[str, RecordedFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.name == DECIDED:
            newest.pop(fact.matter, None)
            newest[fact.matter] = fact
    return tuple(one for one in newest.values() if not (one.is_withdrawn or one.is_over(at)))


def _decision(fact: RecordedFact) -> PersonDecision:
    return PersonDecision(
        choice=Choice(str(fact.value)),
        categories=categories_of(fact.categories),
        rules=frozenset(fact.rules),
        by=fact.by,
    )
