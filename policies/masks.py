"""Categories and facts as bits: all categories are tried at once, and each fact is one test.

A list of categories is an integer with one bit for each of them. A fact is an integer, too: one bit
for each value, of which a recorded fact has one, so that every question about it is one `&`. A fact
that is not recorded is `Unrecorded`: it answers `&` where all its values would answer alike, and
raises `Fork`, which says how it divides the world, where they would not.
"""

from collections.abc import Iterable, Mapping
from operator import getitem
from typing import Final

import msgspec

from policies.attributes import ADULT_FROM, FACTS, OLDEST, Domain, Facts, categories_of
from policies.conditions import Value
from policies.errors import VocabularyError
from policies.vocabulary import ALL_CATEGORIES, Category, Clearance, Obligation

CATEGORIES: Final = tuple(Category)
OWED: Final = {obligation: 1 << place for place, obligation in enumerate(Obligation)}
EVERYTHING: Final = (1 << len(CATEGORIES)) - 1

_BIT: Final[Mapping[str, int]] = {category: 1 << place for place, category in enumerate(CATEGORIES)}
# For each byte of a mask, the categories of each of its values.
_BY_BYTE: Final = tuple(
    tuple(
        tuple(each for place, each in enumerate(CATEGORIES[at : at + 8]) if byte >> place & 1)
        for byte in range(0x100)
    )
    for at in range(0, len(CATEGORIES), 8)
)
_NAMES: Final = tuple(FACTS)
FACT_COUNT: Final = len(_NAMES)
_PLACE: Final = {name: place for place, name in enumerate(_NAMES)}
_CLEARANCES: Final = tuple(Clearance)


class Fork(BaseException):
    """A rule consulted a fact that is not recorded: *either* encoding of it remains possible.

    It asked on behalf of the categories in *mask*. A signal to the evaluator and no fault, so that
    nothing which contains the fault of a rule contains this.
    """

    def __init__(self, place: int, either: "tuple[Encoded, Encoded]") -> None:
        super().__init__()
        self.place = place
        self.either = either
        self.mask = 0

    def asked_for(self, mask: int) -> None:
        """Say on whose behalf was asked, unless that is known already."""
        self.mask = self.mask or mask


class Unrecorded:
    """A fact that is not recorded, and could still have any of the *values* in this mask."""

    __slots__ = ("place", "values")

    def __init__(self, place: int, values: int) -> None:
        self.place = place
        self.values = values

    def __and__(self, wanted: int) -> int:
        holding = self.values & wanted
        if holding and holding != self.values:
            raise Fork(self.place, (self._of(holding), self._of(self.values ^ holding)))
        return holding

    def _of(self, values: int) -> "Encoded":
        return values if values.bit_count() == 1 else Unrecorded(self.place, values)


class UnrecordedList:
    """A list of categories that is not recorded, and is tried as all of them and as none."""

    __slots__ = ("place",)
    values = EVERYTHING

    def __init__(self, place: int) -> None:
        self.place = place

    def __rand__(self, _mask: int) -> int:
        raise Fork(self.place, (EVERYTHING, 0))


Encoded = int | Unrecorded | UnrecordedList


def mask_of(categories: frozenset[str]) -> int:
    """Return *categories* as a mask, or raise `VocabularyError`."""
    try:
        return sum(map(_BIT.__getitem__, categories))
    except KeyError:
        # What is looked up is spelt right or not; what is read says which word would be right.
        return mask_of(categories_of(categories))


def categories_in(mask: int) -> tuple[Category, ...]:
    """Return the categories in *mask*, in the order of the vocabulary.

    >>> [category.value for category in categories_in(mask_of(frozenset({'sen', 'address'})))]
    ['address', 'sen']
    """
    first, second, third, fourth = _BY_BYTE
    return (
        first[mask & 0xFF]
        + second[mask >> 8 & 0xFF]
        + third[mask >> 16 & 0xFF]
        + fourth[mask >> 24]
    )


def obligations_in(owed: int) -> frozenset[Obligation]:
    """Return the obligations in the mask *owed*."""
    return frozenset([obligation for obligation, bit in OWED.items() if owed & bit])


def encode(facts: Facts) -> tuple[Encoded, ...]:
    """Return *facts* as bits, or raise `VocabularyError` for a value outside the vocabulary."""
    values = msgspec.structs.astuple(facts)
    try:
        return tuple(map(getitem, _ENCODINGS, values))
    except (KeyError, TypeError):
        wrong = next(
            name for name, value in zip(_NAMES, values, strict=True) if _foreign(name, value)
        )
        message = f"`{wrong}` has a value outside the vocabulary"
        raise VocabularyError(message) from None


def possible(facts: tuple[Encoded, ...]) -> tuple[int, ...]:
    """Return each of *facts* as the mask of all values that it could have."""
    return tuple(each if isinstance(each, int) else each.values for each in facts)


def place_of(fact: str) -> int:
    """Return where `encode` puts *fact*."""
    return _PLACE[fact]


def fact_at(place: int) -> str:
    """Return the name of the fact at *place*."""
    return _NAMES[place]


def bits_of(fact: str, values: Iterable[Value]) -> int:
    """Return the bits of those *values* of *fact*."""
    places = _places(FACTS[fact])
    return sum(1 << places[value] for value in values)


def bits_with(clearance: Clearance) -> int:
    """Return the bits of all lists of clearances that hold *clearance*."""
    place = _CLEARANCES.index(clearance)
    return sum(1 << subset for subset in range(1 << len(_CLEARANCES)) if subset >> place & 1)


def _places(domain: Domain) -> dict[Value, int]:
    if domain.kind is bool:
        return {False: 0, True: 1}
    if domain.kind is int:
        return {age: age for age in range(OLDEST + 1)}
    return {word: place for place, word in enumerate(domain.words)}


class _Lists(dict[object, Encoded]):
    """The encoding of a list of categories: reckoned, but for the commonest."""

    def __missing__(self, categories: object) -> int:
        # In anything but a set a category could stand twice, and its bit would become another's.
        if not isinstance(categories, frozenset):
            raise KeyError
        return mask_of(categories)


def _encoding(name: str, domain: Domain) -> Mapping[object, Encoded]:
    place = _PLACE[name]
    table: dict[object, Encoded]
    if domain.kind is not frozenset:
        table = {each: 1 << at for each, at in _places(domain).items()}
        tried = ADULT_FROM if domain.kind is int else len(table)
        return {**table, None: Unrecorded(place, (1 << tried) - 1)}
    if isinstance(domain.words[0], Clearance):
        subsets = 1 << len(_CLEARANCES)
        table = {_clearances(subset): 1 << subset for subset in range(subsets)}
        return {**table, None: Unrecorded(place, 1 | 1 << subsets - 1)}
    return _Lists({None: UnrecordedList(place), ALL_CATEGORIES: EVERYTHING, frozenset(): 0})


def _clearances(subset: int) -> frozenset[Clearance]:
    return frozenset(each for place, each in enumerate(_CLEARANCES) if subset >> place & 1)


def _foreign(name: str, value: object) -> bool:
    try:
        _ENCODINGS[_PLACE[name]][value]
    except (KeyError, TypeError):
        return True
    return False


_ENCODINGS: Final = tuple(_encoding(name, domain) for name, domain in FACTS.items())
