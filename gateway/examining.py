"""Examining a bundle of law before it is in force: what it breaks, and what it says otherwise."""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from gateway.activation import Examined
from policies.proving.difference import Difference
from policies.rules import LawSet


def examine(old: LawSet, new: LawSet, on: date) -> Examined:
    """Return what is found of the law *new*, which is to take the place of *old*, *on* a day.

    Raises `ProofError` where the solver cannot tell: what was not proved is not in force.
    """
    from policies.proving.proof import prove  # noqa: PLC0415 - the solver is loaded for no less

    broken = (f"{one.name}: {one.counterexample}" for one in prove(new, on) if not one.holds)
    return Examined(tuple(broken), changed(old, new, on))


def changed(old: LawSet, new: LawSet, on: date) -> Difference:
    """Return what *new* decides otherwise in the place of *old*, and what is written otherwise."""
    from policies.proving.comparison import law_differences  # noqa: PLC0415 - as above

    found = law_differences(old, new, as_of=on)
    return replace(found, terms=(*found.terms, *rewritten(old, new)))


def rewritten(old: LawSet, new: LawSet) -> Iterator[str]:
    """Yield which rules, terms and commencements *new* has otherwise than *old*.

    >>> from policies import rules
    >>> list(rewritten(rules.shipped(), rules.shipped()))
    []
    """
    yield from _unlike("rule", _rules(old), _rules(new))
    yield from _unlike("term", old.definitions, new.definitions)
    before, after = ({one.provision: one for one in law.provisions} for law in (old, new))
    yield from _unlike("provision", before, after)
    if [rule.id for rule in old.rules] != [rule.id for rule in new.rules]:
        yield "the rules are tried in another order, or are others"


def _rules(law: LawSet) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for rule in law.rules:
        found[rule.id] = (*found.get(rule.id, ()), rule)
    return found


def _unlike(what: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if name not in before:
            yield f"{what} {name} is new"
        elif name not in after:
            yield f"{what} {name} is gone"
        elif before[name] != after[name]:
            yield f"{what} {name} is changed"
