"""What people decided where the rules referred to them, carried out.

A decision takes the place of just the refer that it answers. To withhold ends there. To share
passes the rule that asked, and the rules that come after it decide as ever: they may reduce,
withhold, or ask another question. So nobody lifts what a rule denies, nor what another rule refers,
nor what is referred for want of a fact.
"""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

import msgspec

from policies.attributes import Facts
from policies.decision import NOT_RECORDED, Bundle, Decision, Ruling
from policies.vocabulary import Category, Obligation, Outcome


class Choice(StrEnum):
    """What a person can decide."""

    SHARE = "share"
    WITHHOLD = "withhold"


class PersonDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What the person *by* (an id) decided of *categories* that *rules* had referred."""

    choice: Choice
    categories: frozenset[Category]
    rules: frozenset[str]
    by: str


Said = tuple[PersonDecision, ...]
"""All that people decided of one question and that holds, the newest last."""


def decide(
    bundle: Bundle, facts: Facts, categories: Iterable[str], said: Said = (), *, as_of: dt.date
) -> Decision:
    """Decide as `Bundle.decide` does, with what people *said* carried out.

    Raises what `Bundle.decide` does.

    >>> bundle, day = Bundle.load(), dt.date(2026, 11, 2)
    >>> facts = Facts.parse({"court_order": "none", "identity_verified": True, "purpose": "sar",
    ...     "recipient": "child", "competent": "yes", "role": "child", "shielded": False})
    >>> decide(bundle, facts, ["police_intel"], as_of=day).rulings["police_intel"].outcome.value
    'refer'
    >>> yes = PersonDecision(choice=Choice.SHARE, categories=frozenset({Category.POLICE_INTEL}),
    ...     rules=frozenset({"C3"}), by="originator")
    >>> ruling = decide(bundle, facts, ["police_intel"], (yes,), as_of=day).rulings["police_intel"]
    >>> ruling.outcome.value, ruling.rules, ruling.passed
    ('permit', ('C1',), ('C3',))
    """
    return carried_out(bundle.decide(facts, categories, as_of=as_of), bundle, facts, said, as_of)


def carried_out(
    decision: Decision, bundle: Bundle, facts: Facts, said: Said, as_of: dt.date
) -> Decision:
    """Return *decision*, which *bundle* gave on *facts*, with what people *said* carried out."""
    if not said:
        return decision
    rulings = dict(decision.rulings)
    owed = decision.obligations
    for category, ruling in decision.rulings.items():
        if ruling.outcome is Outcome.REFER:
            rulings[category], more = _answered(category, ruling, bundle, facts, said, as_of)
            owed |= more
    # The family is never told on a guess: as the rules have it, over all categories.
    if Obligation.DO_NOT_INFORM in owed:
        owed -= {Obligation.INFORM_FAMILY}
    return Decision(MappingProxyType(rulings), owed, decision.failed)


def _answered(  # noqa: PLR0913, PLR0917 - the whole of one question
    category: Category, ruling: Ruling, bundle: Bundle, facts: Facts, said: Said, as_of: dt.date
) -> tuple[Ruling, frozenset[Obligation]]:
    """Return what becomes of a referred *category* by what people *said*, and what it adds."""
    passed: dict[str, None] = {}
    people: dict[str, None] = {}
    owed: frozenset[Obligation] = frozenset()
    while ruling.outcome is Outcome.REFER:
        answers = [_newest(category, rule, said) for rule in ruling.rules]
        known = [one for one in answers if one is not None]
        if len(known) < len(answers):
            break
        by = dict.fromkeys(one.by for one in known)
        if any(one.choice is Choice.WITHHOLD for one in known):
            ruling = msgspec.structs.replace(ruling, outcome=Outcome.DENY)
            people |= by
            break
        beyond = passed | dict.fromkeys(ruling.rules)
        past = bundle.past(frozenset(beyond)).decide(facts, frozenset({category}), as_of=as_of)
        if beyond.keys() & set(past.rulings[category].rules):
            break  # it refers all the same: it failed, or is not one that can be passed
        passed, people = beyond, people | by
        ruling, owed = past.rulings[category], owed | past.obligations
    return msgspec.structs.replace(ruling, passed=(*passed,), decided_by=(*people,)), owed


def _newest(category: Category, rule: str, said: Said) -> PersonDecision | None:
    """Return the newest that anybody *said* of what *rule* refers of a *category*."""
    if rule == NOT_RECORDED:
        return None
    of_it = (one for one in reversed(said) if category in one.categories and rule in one.rules)
    return next(of_it, None)
