"""Conditions without defined terms, and without what goes without saying.

Cedar has no names for conditions, so that each policy spells its terms out. Inside `A and B`, *B*
is read knowing that *A* holds, and inside `A or B`, that it does not: whatever that already answers
is left out. Short-circuit evaluation makes this exact, errors included.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from policies.conditions import (
    ALWAYS,
    Among,
    CategoryAmong,
    Condition,
    Either,
    Every,
    Not,
    Overlay,
    Term,
)

NEVER: Final = Either(())

Known = Mapping[Condition, bool]


def expand(
    condition: Condition,
    terms: Mapping[str, Condition],
    overlays: Mapping[Overlay, Condition],
) -> Condition:
    """Return *condition* with its *terms*, and what the *overlays* would give, spelt out.

    >>> from policies.conditions import parse
    >>> terms = {"near": parse("area is in")}
    >>> expand(parse("not near", terms), terms, {})
    Not(condition=Among(fact='area', values=frozenset({<Area.IN: 'in'>})))
    """
    match condition:
        case Term(name):
            return expand(terms[name], terms, overlays)
        case Overlay():
            return expand(overlays[condition], terms, overlays)
        case Not(inner):
            return Not(expand(inner, terms, overlays))
        case Every(parts):
            return Every(tuple(expand(part, terms, overlays) for part in parts))
        case Either(parts):
            return Either(tuple(expand(part, terms, overlays) for part in parts))
        case _:
            return condition


def simplify(condition: Condition, known: Known | None = None) -> Condition:
    """Return *condition* without what is already *known*, or `ALWAYS`, or `NEVER`.

    >>> from policies.conditions import parse
    >>> simplify(parse("shielded and (not shielded or adopted)")) == parse("shielded and adopted")
    True
    >>> simplify(parse("risk is none and risk at least in_need")) == NEVER
    True
    """
    known = known or {}
    if condition in known:
        return ALWAYS if known[condition] else NEVER
    match condition:
        case Not(inner):
            return negation(simplify(inner, known))
        case Every(parts):
            return _chain(parts, known, joins=True)
        case Either(parts):
            return _chain(parts, known, joins=False)
        case _:
            answer = _answer(condition, known)
            return condition if answer is None else (ALWAYS if answer else NEVER)


def negation(condition: Condition) -> Condition:
    """Return the condition that holds where *condition* does not."""
    if condition in {ALWAYS, NEVER}:
        return NEVER if condition == ALWAYS else ALWAYS
    return condition.condition if isinstance(condition, Not) else Not(condition)


def given(condition: Condition, *, holds: bool = True) -> Known:
    """Return what is known where *condition* holds, or where it does not."""
    known = {condition: holds}
    match condition:
        case Not(inner):
            known.update(given(inner, holds=not holds))
        case Every(parts) if holds:
            known.update(_all_given(parts, holds=True))
        case Either(parts) if not holds:
            known.update(_all_given(parts, holds=False))
        case _:
            pass
    return known


def follows(conclusion: Condition, premise: Condition) -> bool:
    """Whether *conclusion* plainly holds wherever *premise* does; no proof is attempted."""
    return simplify(conclusion, given(premise)) == ALWAYS


def _chain(parts: Iterable[Condition], known: Known, *, joins: bool) -> Condition:
    """Return the parts of an `and` (*joins*) or of an `or`, each read after those before it."""
    known = dict(known)
    neutral, final = (ALWAYS, NEVER) if joins else (NEVER, ALWAYS)
    kept: list[Condition] = []
    for part in parts:
        left = simplify(part, known)
        if left == final:
            return final
        if left == neutral:
            continue
        kept.extend(left.parts if isinstance(left, type(neutral)) else (left,))
        known.update(given(part, holds=joins))
        known.update(given(left, holds=joins))
    if len(kept) == 1:
        return kept[0]
    return Every(tuple(kept)) if joins else Either(tuple(kept))


def _all_given(parts: Iterable[Condition], *, holds: bool) -> dict[Condition, bool]:
    known: dict[Condition, bool] = {}
    for part in parts:
        known.update(given(part, holds=holds))
    return known


def _answer(condition: Condition, known: Known) -> bool | None:
    """Return what *known* says of *condition*, a single test."""
    for other, holds in known.items():
        answer = _answer_from(condition, other, holds=holds)
        if answer is not None:
            return answer
    return None


def _answer_from(condition: Condition, other: Condition, *, holds: bool) -> bool | None:
    """Return what *other* says of *condition*, where both ask about the same thing."""
    match condition, other:
        case Among(fact, asked), Among(same, told) if fact == same:
            return _overlap(asked, told, holds=holds)
        case CategoryAmong(asked_of), CategoryAmong(told_of):
            return _overlap(asked_of, told_of, holds=holds)
        case _:
            return None


def _overlap(asked: frozenset[object], told: frozenset[object], *, holds: bool) -> bool | None:
    """Return whether a value is among *asked*, where it is (or is not) among *told*."""
    if holds:
        if told <= asked:
            return True
        return None if told & asked else False
    return False if asked <= told else None
