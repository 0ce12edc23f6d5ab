"""What a decision may depend on, as one frozen value (what a PIP hands to the PDP)."""

import types
import typing
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from policies.errors import VocabularyError, suggestion
from policies.vocabulary import (
    AGENCIES,
    ALL_CATEGORIES,
    Agency,
    AgreementState,
    Answer,
    Area,
    Case,
    Category,
    ChildConsent,
    Clearance,
    CourtOrder,
    Detriment,
    Judgement,
    ParentConsent,
    PoliceHandling,
    Purpose,
    Risk,
    Role,
    SeriousHarm,
    Training,
)

OLDEST: Final = 120
ADULT_FROM: Final = 18  # an age that is not recorded is tried as a child's: 0 to 17

_Word = TypeVar("_Word", bound=StrEnum)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one decision: one holder, recipient, purpose and child.

    Each is a word of the vocabulary, or `None`: *not recorded*, which is never read as "no".
    A list of categories that is recorded as `all` holds every category.
    """

    holder: Agency | None = None
    recipient: Agency | None = None
    role: Role | None = None
    area: Area | None = None
    training: Training | None = None
    on_team: bool | None = None
    clearance: frozenset[Clearance] | None = None
    commissioned: bool | None = None
    purpose: Purpose | None = None
    agreement: AgreementState | None = None
    agreement_covers: frozenset[Category] | None = None
    agreement_purpose: bool | None = None
    age: int | None = None
    competent: Answer | None = None
    child_consent: ChildConsent | None = None
    parent_consent: ParentConsent | None = None
    consent_scope: frozenset[Category] | None = None
    consent_expired: bool | None = None
    refused: frozenset[Category] | None = None
    risk: Risk | None = None
    s47_open: bool | None = None
    judgement: Judgement | None = None
    detriment: Detriment | None = None
    notify_safe: Answer | None = None
    court_order: CourtOrder | None = None
    court_scope: frozenset[Category] | None = None
    shielded: bool | None = None
    adopted: bool | None = None
    third_party_consent: bool | None = None
    police_handling: PoliceHandling | None = None
    parent_pr: Answer | None = None
    parent_is_risk: bool | None = None
    serious_harm: SeriousHarm | None = None
    identity_verified: bool | None = None
    approval: bool | None = None
    deidentified: bool | None = None
    opted_out: bool | None = None
    break_glass: bool | None = None
    justification: bool | None = None
    case: Case | None = None
    duty_in_force: bool | None = None

    @classmethod
    def parse(cls, recorded: Mapping[str, object]) -> "Facts":
        """Return the facts that *recorded* holds as plain data; what it lacks is not recorded.

        Raise `VocabularyError`, naming the fact and the words that would be right, for anything
        outside the vocabulary. YAML 1.1 reads a bare `yes` as true: such an answer is refused.

        >>> Facts.parse({"age": 9, "competent": "no", "refused": ["environment"]}).age
        9
        >>> Facts.parse({"competent": False})
        Traceback (most recent call last):
            ...
        policies.errors.VocabularyError: `competent` must be one of yes, no, unknown (in quotes)
        """
        for name in recorded:
            if name not in FACTS:
                message = f"unknown fact{suggestion(str(name), FACTS)}"
                raise VocabularyError(message)
        return cls(**{name: FACTS[name].parse(value) for name, value in recorded.items()})

    def unrecorded(self) -> frozenset[str]:
        """Return the names of the facts that are not recorded."""
        return frozenset(name for name in FACTS if getattr(self, name) is None)

    def plain(self) -> dict[str, object]:
        """Return the facts as plain data that `parse` reads back."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name in FACTS
            if (value := getattr(self, name)) is not None
        }


class Domain(msgspec.Struct, frozen=True):
    """The values one fact can have: its *kind*, and its *words* where they are a closed list.

    *spelt* finds a word by its spelling.
    """

    name: str
    kind: type
    words: tuple[StrEnum, ...] = ()
    spelt: Mapping[str, StrEnum] = types.MappingProxyType({})

    @classmethod
    def of_words(cls, name: str, kind: type, words: Iterable[StrEnum]) -> "Domain":
        """Return the domain of these *words*."""
        spelt = {word.value: word for word in words}
        return cls(name, kind, tuple(spelt.values()), spelt)

    def parse(self, value: object) -> Any:  # noqa: ANN401 - each fact has a type of its own
        """Return *value* as this fact records it, or raise `VocabularyError`."""
        if value is None:
            return None
        if self.kind is bool:
            return self._truth(value)
        if self.kind is int:
            return self._years(value)
        if self.kind is frozenset:
            return self._list(value)
        return self._word(value)

    def _word(self, value: object) -> StrEnum:
        if isinstance(value, str) and (word := self.spelt.get(value)) is not None:
            return word
        quotes = " (in quotes)" if isinstance(value, bool) else ""
        hint = suggestion(value, _values(self.words)) if isinstance(value, str) else ""
        message = f"`{self.name}` must be one of {', '.join(_values(self.words))}{quotes}{hint}"
        raise VocabularyError(message)

    def _truth(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        message = f"`{self.name}` must be true or false"
        raise VocabularyError(message)

    def _years(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= OLDEST:
            return value
        message = f"`{self.name}` must be whole years from 0 to {OLDEST}"
        raise VocabularyError(message)

    def _list(self, value: object) -> frozenset[Category] | frozenset[Clearance]:
        if self.words and isinstance(self.words[0], Clearance):
            return frozenset(self._words(value, Clearance))
        if value == "all":
            return ALL_CATEGORIES
        return frozenset(self._words(value, Category))

    def _words(self, value: object, kind: type[_Word]) -> Iterable[_Word]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            message = f"`{self.name}` must be a list"
            raise VocabularyError(message)
        complaint = f"`{self.name}` holds an unknown word"
        return [
            each if isinstance(each, kind) else word_of(kind, each, complaint) for each in value
        ]


def word_of(kind: type[_Word], value: object, complaint: str) -> _Word:
    """Return *value* as a word of *kind*, or raise `VocabularyError` with the *complaint*.

    >>> word_of(Category, "sen", "unknown category").name
    'SEN'
    >>> word_of(Category, "adress", "unknown category")
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: unknown category, did you mean `address`
    """
    try:
        return kind(str(value))
    except ValueError:
        message = f"{complaint}{suggestion(str(value), _values(kind))}"
        raise VocabularyError(message) from None


def categories_of(values: Iterable[object]) -> frozenset[Category]:
    """Return *values* as categories, or raise `VocabularyError`."""
    words = tuple(values)
    try:
        return frozenset(map(_CATEGORIES.__getitem__, words))
    except (KeyError, TypeError):
        return frozenset(word_of(Category, word, "unknown category") for word in words)


_CATEGORIES: Final[Mapping[object, Category]] = {word.value: word for word in Category}


def _values(words: Iterable[StrEnum]) -> list[str]:
    return [word.value for word in words]


def _domain(name: str, hint: object) -> Domain:
    kind = next(each for each in typing.get_args(hint) if each is not types.NoneType)
    if name == "holder":
        return Domain.of_words(name, Agency, (word for word in Agency if word in AGENCIES))
    if typing.get_origin(kind) is frozenset:
        return Domain.of_words(name, frozenset, typing.get_args(kind)[0])
    if issubclass(kind, StrEnum):
        return Domain.of_words(name, kind, kind)
    return Domain(name, kind)


# The vocabulary of facts is the annotations of `Facts`: there is no second list to forget.
FACTS: Final[Mapping[str, Domain]] = types.MappingProxyType(
    {name: _domain(name, hint) for name, hint in typing.get_type_hints(Facts).items()}
)
