"""The schema: the vocabulary of facts and categories as closed types, and what can be asked.

Every fact is required. Were one optional, Cedar would have each policy ask first whether it is
there, and so read its absence as "no"; as it is, a question that lacks a fact is not valid, and a
policy that needs the fact is in error. An error is never a permit.
"""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum

from policies.attributes import FACTS, Domain
from policies.cedar.expressions import text
from policies.vocabulary import Category, Outcome

DISCLOSE = "Disclose"
BREAK_GLASS = "BreakGlass"
OWE = "Owe"
DAY = "day"

_ACTIONS = f"""\
// What the rules settle for one category.
action {DISCLOSE} appliesTo {{
  principal: Question,
  resource: Category
}};

// How a category was settled: by which policy (its `@order`), and what that gave.
type Settlement = {{
  order: Long,
  outcome: Outcome,
  section: String,
  rule: String
}};

// Whether break-glass, asked for, lifts what was settled.
action {BREAK_GLASS} appliesTo {{
  principal: Question,
  resource: Category,
  context: {{ settled: Settlement }}
}};

// What must be done, once break-glass has been asked as well: `final` is what then came out.
action {OWE} appliesTo {{
  principal: Question,
  resource: Category,
  context: {{ settled: Settlement, final: Settlement }}
}};
"""


def schema() -> str:
    """Return the schema of questions to the law, in Cedar's own notation.

    >>> 'entity Area enum ["in", "out"];' in schema()
    True
    """
    kinds: dict[str, type[StrEnum]] = {}
    for kind in (Category, Outcome, *(_words_of(domain) for domain in FACTS.values())):
        if kind is not None:
            kinds[kind.__name__] = kind
    return "\n".join([*map(enumeration, kinds.values()), "", *_question(), "", _ACTIONS])


def enumeration(kind: type[StrEnum]) -> str:
    """Return the closed list of words *kind* as an entity type."""
    return f"entity {kind.__name__} enum [{', '.join(text(word.value) for word in kind)}];"


def day_number(day: dt.date) -> int:
    """Return *day* as the number that policies compare.

    >>> day_number(dt.date(2026, 11, 2))
    20261102
    """
    return int(day.strftime("%Y%m%d"))


def _question() -> Iterator[str]:
    yield "// One question: the facts of one holder, recipient, purpose and child on one day."
    yield "entity Question = {"
    yield f"  {DAY}: Long, // as a number: 20261102 is 2 November 2026"
    yield ",\n".join(f"  {name}: {_type_of(domain)}" for name, domain in FACTS.items())
    yield "};"


def _words_of(domain: Domain) -> type[StrEnum] | None:
    return type(domain.words[0]) if domain.words else None


def _type_of(domain: Domain) -> str:
    if domain.kind is bool:
        return "Bool"
    if domain.kind is int:
        return "Long"
    word = type(domain.words[0]).__name__
    return f"Set<{word}>" if domain.kind is frozenset else word
