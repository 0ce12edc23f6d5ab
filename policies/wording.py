"""The words that decisions are told in, for each reader, as data: `policies/wording.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents
from policies.errors import DocumentError
from policies.vocabulary import Agency, Category, Obligation, Outcome, Purpose

SHIPPED: Final = Path(__file__).parent / "wording.yaml"


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Words; those of a form have the names of what is put into them in braces."""


class ForOfficer(_Words, frozen=True, kw_only=True):
    """What an information governance officer reads: rules, sources, facts, and what would tell."""

    question: str
    law: str
    agreement: str
    no_agreement: str
    fact: str
    counterfactual: str
    turns: Mapping[Outcome, str]
    steady: str
    titles: Mapping[str, str]


class ForPractitioner(_Words, frozen=True, kw_only=True):
    """What a practitioner reads: what was shared, what was not, and what to do next.

    They are told nothing of what was withheld of the *hidden_categories*, nor for want of one of
    the *hidden_facts*.
    """

    hidden_categories: frozenset[Category]
    hidden_facts: frozenset[str]
    shared: str
    reduced: str
    waiting: str
    withheld: str
    rest: str
    none: str
    unrecorded: str
    record: str
    urgent: str
    unlisted: str
    titles: Mapping[str, str]


class ForFamily(_Words, frozen=True, kw_only=True):
    """What a family reads; *never* is what no list for a family names, whether held or not."""

    never: frozenset[Category]
    shared: str
    somebody: str
    some_reason: str
    item: str
    nothing: str
    always: str
    ask: str
    unlisted: str
    titles: Mapping[str, str]


class RuleWords(_Words, frozen=True, kw_only=True):
    """How one rule is told to a *practitioner* (and what to do *next*), and to a *family*.

    Of a *hidden* rule a practitioner is told nothing.
    """

    practitioner: str = ""
    next: str = ""
    family: str = ""
    hidden: bool = False


class ObligationWords(_Words, frozen=True, kw_only=True):
    """How an obligation is told to an *officer*, and to a *practitioner* where they have a part."""

    officer: str
    practitioner: str = ""


class Wording(_Words, frozen=True, kw_only=True):
    """All the words that decisions are told in."""

    asker: str
    outcomes: Mapping[Outcome, str]
    unrecorded: str
    decided: str
    undecided: str
    failed: str
    categories: Mapping[Category, str]
    agencies: Mapping[Agency, str]
    purposes: Mapping[Purpose, str]
    obligations: Mapping[Obligation, ObligationWords]
    officer: ForOfficer
    practitioner: ForPractitioner
    family: ForFamily
    rules: Mapping[str, RuleWords]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Wording":
        """Return the words in the file at *path*, or raise `DocumentError` for lack of some."""
        wording = documents.load(path, cls)
        for name, said, of in (
            ("category", wording.categories, Category),
            ("outcome", wording.outcomes, Outcome),
            ("agency", wording.agencies, Agency),
            ("purpose", wording.purposes, Purpose),
            ("obligation", wording.obligations, Obligation),
            ("outcome", wording.officer.turns, Outcome),
        ):
            if set(said) != set(of):
                message = f"{path}: every {name} needs its words"
                raise DocumentError(message)
        return wording

    def of_rule(self, rule: str) -> RuleWords:
        """Return how *rule* is told; of one that is not in the table, nothing."""
        return self.rules.get(rule, _NOTHING)


_NOTHING: Final = RuleWords()


@cache
def shipped() -> Wording:
    """Return the words that the gateway ships."""
    return Wording.load()
