"""Value functions of the children in need census: what does not fit a row by itself."""

import re
from functools import cache
from typing import Final

from mappings.caf.categories import Category
from mappings.caf.items import Coding
from mappings.errors import UnreadableError
from mappings.language.tables import coded, table
from mappings.language.values import STANDARD, ValueFunction, registry

_FACTOR: Final = coded(table("cin-factor"), None, is_many=False)
_TOLD_BY: Final = {
    **dict.fromkeys(("1", "2"), Category.SUBSTANCE_USE),
    "3": Category.DOMESTIC_ABUSE,
    "4": Category.MENTAL_HEALTH,
    **dict.fromkeys(("5", "6"), Category.DISABILITY),
}
"""What kind of information a factor is, by the number of those that tell of child or household."""
_SELF_HARM: Final = "15A"
_REASON: Final = re.compile("UN([1-9]|10)")


def _factors(codes: list[str]) -> tuple[tuple[Coding, ...], tuple[Category, ...] | None]:
    """Return the factors, and as labels the policy categories of what they tell.

    >>> _factors(["3B", "7A"])[1]
    (<Category.DOMESTIC_ABUSE: 'domestic_abuse'>,)
    """
    found = [_factor(code) for code in codes]
    labels = dict.fromkeys([kind for _, kind in found if kind is not None])
    return tuple([factor for factor, _ in found]), tuple(labels) or None


def _factors_back(
    factors: tuple[Coding, ...], _: tuple[Category, ...] | None
) -> list[object] | None:
    """Return the codes of *factors*: all of them, or nothing."""
    codes = [_FACTOR.write(factor) for factor in factors or ()]
    return codes if codes and all(codes) else None


@cache  # of the codes of the list: any other raises
def _factor(code: str) -> tuple[Coding, Category | None]:
    """Return the factor that *code* is, and what kind of information it tells, if any."""
    found = _FACTOR.read(code)
    if not isinstance(found, Coding):  # pragma: no cover - one code is one coding
        raise TypeError
    return found, _kind(code)


def _kind(code: str) -> Category | None:
    if code == _SELF_HARM:
        return Category.MENTAL_HEALTH
    return _TOLD_BY.get(code[:-1])


def _reason(code: str) -> str:
    if _REASON.fullmatch(code) is None:
        message = "the sender has to check this code: its list does not have it"
        raise UnreadableError(message)
    return code


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        ValueFunction(
            name="assessment_factors",
            read=_factors,
            write=_factors_back,
            texts=("1A|2B|3C|4A|7A|15A|18B|24A",),
            fields=2,
            takes_lists=True,
        ),
        ValueFunction(name="upn_unknown", read=_reason, write=_reason, texts=("UN([1-9]|10)",)),
    ],
)
"""The functions that the mapping of a child in need may name."""
