"""Which terms of an agreement a version has otherwise than the one before, in one line each.

What the terms come to for what is released is found by `policies.proving`; this is what it cannot
see: dates, parties, conditions, retention and the words of the agreement.
"""

from collections.abc import Iterator
from typing import Final

from policies.agreements import Agreement, Party, PurposeTerms

_OF_ALL: Final = (
    "title",
    "effective_on",
    "until",
    "review_on",
    "dpia",
    "obligations",
    "onward",
    "transparency",
    "security",
    "training",
)
_OF_A_PURPOSE: Final = (
    "powers",
    "article_6",
    "article_9",
    "schedule_1",
    "subjects",
    "retention_days",
)
_OF_A_PARTY: Final = ("name", "controller", "signatory", "key")


def rewritten(old: Agreement, new: Agreement) -> Iterator[str]:
    """Yield each term that *new* has otherwise than *old*, but for what may be shared.

    >>> from datetime import date
    >>> from msgspec.structs import replace
    >>> from policies.agreements import SHIPPED, read
    >>> sample = read(SHIPPED / "little-marsh-early-help" / "1.yaml")
    >>> list(rewritten(sample, replace(sample, until=date(2029, 1, 5), obligations=())))
    ['until: 2028-01-05 becomes 2029-01-05', 'obligations: no_onward, expiry becomes nothing']
    """
    yield from _unlike("", _OF_ALL, old, new)
    yield from _parties(old, new)
    before = {terms.purpose: terms for terms in old.purposes}
    for terms in new.purposes:
        if terms.purpose in before:
            yield from _unlike(f"{terms.purpose}: ", _OF_A_PURPOSE, before[terms.purpose], terms)


def _parties(old: Agreement, new: Agreement) -> Iterator[str]:
    before, after = ({one.organisation: one for one in side.parties} for side in (old, new))
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield f"{name} is no party any more"
        elif name not in before:
            yield f"{name} is a new party"
        else:
            yield from _unlike(f"{name}: ", _OF_A_PARTY, before[name], after[name])


_Terms = Agreement | Party | PurposeTerms


def _unlike(where: str, names: tuple[str, ...], old: _Terms, new: _Terms) -> Iterator[str]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{where}{name}: {_said(before)} becomes {_said(after)}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value or "nothing")
