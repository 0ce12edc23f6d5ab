"""Examining a version before it is in force: what it would break, and what it would change."""

from collections.abc import Iterator
from datetime import date
from itertools import product

from msgspec.structs import replace

from gateway.activation import Examined
from gateway.agreements.terms import rewritten
from policies.agreements import Agreement, Agreements, PurposeTerms
from policies.decision import Bundle
from policies.vocabulary import Category, Purpose

_Flow = tuple[str, str, Purpose]


def examine(law: Bundle, standing: Agreements, new: Agreement, on: date) -> Examined:
    """Return what is found of *new* among the agreements *standing*, as of the day *on*.

    That is each invariant that would not hold any more, with its counterexample, and what *new*
    changes in the place of the version of it that stands on that day. Raises `ProofError` where
    the solver cannot tell: what was not proved is not in force.
    """
    # No server loads the solver for less.
    from policies.proving.comparison import agreement_differences  # noqa: PLC0415 - see above
    from policies.proving.proof import prove  # noqa: PLC0415 - see above

    proofs = prove(law.law, on, agreements=standing.with_version(new))
    broken = (f"{one.name}: {one.counterexample}" for one in proofs if not one.holds)
    old = next((one for one in standing.standing(on) if one.id == new.id), None)
    difference = agreement_differences(old, new, as_of=on, law=law.law)
    return Examined(tuple(broken), replace(difference, terms=tuple(_terms(old, new))))


def _terms(old: Agreement | None, new: Agreement) -> Iterator[str]:
    if old is not None:
        yield from rewritten(old, new)
    yield from _changes({} if old is None else _covered(old), _covered(new))


def _covered(agreement: Agreement) -> dict[_Flow, frozenset[Category]]:
    found: dict[_Flow, frozenset[Category]] = {}
    for terms in agreement.purposes:
        for flow, categories in _flows(terms):
            found[flow] = found.get(flow, frozenset()) | categories
    return found


def _flows(terms: PurposeTerms) -> Iterator[tuple[_Flow, frozenset[Category]]]:
    for share in terms.shares:
        for sender, recipient in product(share.from_, share.to):
            yield (sender, recipient, terms.purpose), share.covered()


def _changes(
    before: dict[_Flow, frozenset[Category]], after: dict[_Flow, frozenset[Category]]
) -> Iterator[str]:
    for flow in sorted(before.keys() | after.keys()):
        sender, recipient, purpose = flow
        way = f"from {sender} to {recipient} for {purpose}"
        old, new = before.get(flow, frozenset()), after.get(flow, frozenset())
        if new - old:
            yield f"{way}, newly covered: {', '.join(sorted(new - old))}"
        if old - new:
            yield f"{way}, no longer covered: {', '.join(sorted(old - new))}"
