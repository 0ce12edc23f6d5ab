"""What a family is shown before it signs: who would see what, if they said so.

It is decided as any disclosure is, by the same rules, on what the family itself says and knows:
the statement, the child's age, and who the services are. Nothing that is recorded of the child
goes into it, so that nothing can be read out of it: not a shield, an adoption, an enquiry, a risk,
or what another of the family has said.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents
from policies.attributes import categories_of
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.facts import FactSources
from policies.vocabulary import Category, Outcome

SHIPPED: Final = Path(__file__).parent / "preview.yaml"

_SOURCES: Final = FactSources.load()

_OF_THE_FAMILY: Final = frozenset(
    {"age", "competent", "child_consent", "parent_consent", "consent_scope", "consent_expired"}
    | {"refused"}
)
_OF_THE_SERVICES: Final = frozenset(
    {"holder", "recipient", "role", "area", "training", "commissioned", "identity_verified"}
    | {"purpose", "agreement", "agreement_covers", "agreement_purpose", "duty_in_force"}
)
# What is so of most children. It is assumed of every child: see the head of this module.
_ORDINARY: Final[Mapping[str, object]] = {
    "on_team": True,
    "case": "open",
    "risk": "none",
    "s47_open": False,
    "judgement": "not_made",
    "detriment": "not_considered",
    "notify_safe": "yes",
    "shielded": False,
    "adopted": False,
    "court_order": "none",
    "third_party_consent": False,
    "clearance": (),
    "break_glass": False,
}


class Sees(StrEnum):
    """How much of a group a service will see; of some, a person decides first."""

    WHOLE = "whole"
    PART = "part"
    PERSON = "person"
    NOTHING = "nothing"


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Categories under one name that a family knows."""

    id: str
    title: str
    categories: tuple[str, ...]


class Line(msgspec.Struct, frozen=True):
    """What one service will see of one group, with the sentence that says so."""

    group: str
    title: str
    sees: Sees
    sentence: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    confirmed: bool
    groups: tuple[Group, ...]
    sees: Mapping[Sees, str]
    always: tuple[str, ...]


class Wording:
    """The groups, and the words in which a family is told of them."""

    def __init__(self, file: _File) -> None:
        self.always = file.always
        self.confirmed = file.confirmed
        self._sees = file.sees
        self.groups = tuple((one, categories_of(one.categories)) for one in file.groups)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Wording":
        """Return the words in the file at *path*, or raise `DocumentError`.

        A category stands in one group at most, and each way of seeing has its words.
        """
        file = documents.load(path, _File)
        named = [category for one in file.groups for category in one.categories]
        if len(set(named)) < len(named) or set(file.sees) != set(Sees):
            message = f"{path}: a category stands in two groups, or a way of seeing has no words"
            raise DocumentError(message)
        return cls(file)

    def sentence(self, sees: Sees, recipient: str) -> str:
        """Return the sentence that tells what *recipient* (its name) sees."""
        said = self._sees[sees].format(recipient=recipient)
        return said[:1].upper() + said[1:]


@cache
def shipped() -> Wording:
    """Return the words that the gateway ships."""
    return Wording.load()


def preview(
    bundle: Bundle, known: Mapping[str, object], recipient: str, *, as_of: date
) -> tuple[Line, ...]:
    """Return what *recipient* (its name) would see of each group, in the order of the groups.

    *known* are facts as plain data; of them only what the family says and what the registers say
    of the services counts. Raises `VocabularyError` for what is no fact.

    >>> known = {"recipient": "school", "purpose": "early_help", "shielded": True}
    >>> lines = preview(Bundle.load(), known, "the school", as_of=date(2026, 11, 2))
    >>> lines == preview(Bundle.load(), known | {"shielded": False}, "the school",
    ...                  as_of=date(2026, 11, 2))
    True
    """
    told = _OF_THE_FAMILY | _OF_THE_SERVICES
    own: dict[str, object] = {name: value for name, value in known.items() if name in told}
    facts = _SOURCES.gather(own | dict(_ORDINARY))
    words = shipped()
    wanted = frozenset[Category]().union(*(categories for _, categories in words.groups))
    rulings = bundle.decide(facts, wanted, as_of=as_of).rulings
    outcomes = {category: ruling.outcome for category, ruling in rulings.items()}
    return tuple(_lines(words, outcomes, recipient))


def _lines(words: Wording, outcomes: Mapping[Category, Outcome], recipient: str) -> Iterator[Line]:
    for group, categories in words.groups:
        sees = _sees({outcomes[category] for category in categories})
        yield Line(group.id, group.title, sees, words.sentence(sees, recipient))


def _sees(outcomes: set[Outcome]) -> Sees:
    """Return how much is seen of a group with these *outcomes*.

    >>> _sees({Outcome.PERMIT}).value, _sees({Outcome.PERMIT, Outcome.DENY}).value
    ('whole', 'part')
    >>> _sees({Outcome.REFER, Outcome.DENY}).value, _sees({Outcome.DENY}).value
    ('person', 'nothing')
    """
    if outcomes == {Outcome.PERMIT}:
        return Sees.WHOLE
    if outcomes & {Outcome.PERMIT, Outcome.REDACT}:
        return Sees.PART
    return Sees.PERSON if Outcome.REFER in outcomes else Sees.NOTHING
