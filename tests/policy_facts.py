"""Facts for tests: an ordinary case to vary, and hypothesis strategies over the vocabulary."""

import datetime as dt
from collections.abc import Iterator
from itertools import product
from random import Random

from hypothesis import strategies as st

from policies.attributes import FACTS, Facts
from policies.vocabulary import AGENCIES, ALL_CATEGORIES, Category, Clearance

DAY = dt.date(2026, 11, 2)

ORDINARY = Facts.parse(
    {
        "holder": "community_health",
        "recipient": "la_early_help",
        "role": "practitioner",
        "area": "in",
        "training": "current",
        "on_team": True,
        "clearance": [],
        "commissioned": False,
        "purpose": "early_help",
        "agreement": "active",
        "agreement_covers": "all",
        "agreement_purpose": True,
        "age": 4,
        "competent": "no",
        "child_consent": "not_asked",
        "parent_consent": "given",
        "consent_scope": "all",
        "consent_expired": False,
        "refused": [],
        "risk": "emerging",
        "s47_open": False,
        "judgement": "not_made",
        "detriment": "not_considered",
        "notify_safe": "yes",
        "court_order": "none",
        "court_scope": "all",
        "shielded": False,
        "adopted": False,
        "third_party_consent": False,
        "police_handling": "unknown",
        "parent_pr": "yes",
        "parent_is_risk": False,
        "serious_harm": "not_tested",
        "identity_verified": True,
        "approval": False,
        "deidentified": False,
        "opted_out": False,
        "break_glass": False,
        "justification": False,
        "case": "open",
        "duty_in_force": True,
    }
)

scopes = st.just(ALL_CATEGORIES) | st.frozensets(st.sampled_from(Category))


def _values(name: str) -> st.SearchStrategy[object]:
    domain = FACTS[name]
    if domain.kind is bool:
        return st.booleans()
    if domain.kind is int:
        return st.integers(0, 19)
    if name == "clearance":
        return st.frozensets(st.sampled_from(Clearance))
    if domain.kind is frozenset:
        return scopes
    return st.sampled_from(domain.words)


# Every vector of facts; and, so that the deep rules are reached as well, every vector that differs
# from the ordinary case in a few facts only.
wild_facts = st.fixed_dictionaries({name: _values(name) for name in FACTS}).map(
    lambda values: Facts(**values)
)


# The doors through which the rules are entered: each opens a part that chance alone rarely finds.
DOORS: tuple[dict[str, object], ...] = (
    {},
    {"recipient": "school"},
    {"recipient": "school", "role": "safeguarding_lead", "risk": "significant_harm"},
    {"holder": "school", "recipient": "college", "purpose": "transfer"},
    {"holder": "gp", "recipient": "hospital", "purpose": "direct_care", "role": "clinician"},
    {"recipient": "housing"},
    {"recipient": "voluntary", "commissioned": True},
    {"recipient": "la_social_care", "role": "social_worker", "purpose": "s47", "s47_open": True},
    {"recipient": "police", "role": "police_officer", "risk": "immediate", "break_glass": True},
    {"role": "clinician", "risk": "immediate", "break_glass": True, "justification": True},
    {"parent_consent": "refused", "judgement": "made", "detriment": "no"},
    {"age": 14, "competent": "unknown", "child_consent": "given"},
    {
        "holder": "gp",
        "recipient": "camhs",
        "purpose": "direct_care",
        "consent_expired": True,
        "age": 14,
        "competent": "unknown",
    },
    {
        "holder": "gp",
        "recipient": "camhs",
        "purpose": "direct_care",
        "consent_expired": True,
        "refused": ALL_CATEGORIES,
    },
    {"recipient": "parent", "role": "parent", "purpose": "parent_access"},
    {"recipient": "parent", "purpose": "parent_access", "age": 15, "competent": "yes"},
    {"recipient": "child", "role": "child", "purpose": "sar", "age": 16, "competent": "yes"},
    {"recipient": "court", "purpose": "court", "court_order": "disclose"},
    {"recipient": "researcher", "role": "researcher", "purpose": "research"},
    {"role": "analyst", "purpose": "service_planning", "approval": True},
    {"recipient": "dfe", "purpose": "statutory_return"},
)


@st.composite
def near_facts(draw) -> Facts:
    names = draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=9, unique=True))
    door = draw(st.sampled_from(DOORS))
    return replace(ORDINARY, **door, **{n: draw(_values(n)) for n in names if n not in door})


all_facts = near_facts() | wild_facts


def replace(facts: Facts, **changes: object) -> Facts:
    """Return *facts* with *changes*."""
    return Facts(**{**{name: getattr(facts, name) for name in FACTS}, **changes})


def completions(facts: Facts) -> Iterator[Facts]:
    """Yield *facts* with every combination of values of what is not recorded."""
    names = sorted(facts.unrecorded())
    for values in product(*(candidates(name) for name in names)):
        yield replace(facts, **dict(zip(names, values, strict=True)))


def candidates(name: str) -> list[object]:
    domain = FACTS[name]
    if domain.kind is bool:
        return [False, True]
    if domain.kind is int:
        return list(range(18))
    if name == "clearance":
        return [frozenset(), frozenset(Clearance)]
    if domain.kind is frozenset:
        return [frozenset(), ALL_CATEGORIES]
    return [word for word in domain.words if name != "holder" or word in AGENCIES]


def random_facts(chance: Random) -> Facts:
    """Return a vector of facts that differs from an ordinary one in few facts, many, or all."""
    differs = chance.choice((0.05, 0.15, 0.3, 1.0))
    drawn = {name: _drawn(name, chance) for name in FACTS if chance.random() < differs}
    return replace(ORDINARY, **{**drawn, **(chance.choice(DOORS) if differs < 1 else {})})


def _drawn(name: str, chance: Random) -> object:
    domain = FACTS[name]
    if domain.kind is bool:
        return chance.random() < 0.5
    if domain.kind is int:
        return chance.randrange(20)
    if domain.kind is frozenset:
        kept = chance.choice((0.0, 0.5, 0.8, 1.0))
        return frozenset(word for word in domain.words if chance.random() < kept)
    return chance.choice(domain.words)
