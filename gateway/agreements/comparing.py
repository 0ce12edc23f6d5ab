"""What a version would change: which categories it covers newly, or no longer, and for whom."""

from collections.abc import Iterator
from datetime import date
from itertools import product

from gateway.activation import Examined
from policies.agreements import Agreement, Agreements, PurposeTerms
from policies.decision import Bundle
from policies.proving.difference import Difference, Version
from policies.vocabulary import Category, Purpose

_Flow = tuple[str, str, Purpose]


def examine(_law: Bundle, standing: Agreements, new: Agreement, on: date) -> Examined:
    """Return what *new* covers otherwise than the version of it that stands on the day *on*."""
    old = next((one for one in standing.standing(on) if one.id == new.id), None)
    return Examined((), _difference(old, new, on))


def _difference(old: Agreement | None, new: Agreement, on: date) -> Difference:
    before = {} if old is None else _covered(old)
    after = _covered(new)
    return Difference(
        old=None if old is None else _version(old),
        new=_version(new),
        as_of=on,
        terms=tuple(_changes(before, after)),
    )


def _version(agreement: Agreement) -> Version:
    return Version(f"{agreement.id}/{agreement.version}", agreement.digest)


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
