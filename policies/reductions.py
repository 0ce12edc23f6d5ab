"""What `redact` releases of each category: only what was made to be shared."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from mappings.caf import codes
from mappings.caf.items import Reduction
from policies import documents
from policies.attributes import word_of
from policies.errors import VocabularyError, suggestion
from policies.vocabulary import AGENCY_SETS, Agency, Category

SHIPPED: Final = Path(__file__).parent / "reductions.yaml"

# What a category without a row is reduced to: nothing at all.
NOTHING: Final = Reduction(keep_summary=False, code_systems=frozenset(), keep_relationship=False)

_Codes = Literal["all", "none"] | tuple[str, ...]


class _Narrower(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    recipients: tuple[str, ...]
    codes: _Codes
    summary: bool
    relationship: bool = False
    reads: str


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    category: str
    codes: _Codes
    summary: bool
    relationship: bool = False
    reads: str
    for_: tuple[_Narrower, ...] = msgspec.field(name="for", default=())


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reductions: tuple[_Row, ...]


class Reduced(msgspec.Struct, frozen=True):
    """A reduced form, and how it reads."""

    reduction: Reduction
    reads: str


class Reductions:
    """The reduced form of each category, by kind of recipient.

    >>> reductions = Reductions.load()
    >>> reductions.for_(Category.FAMILY, Agency.SCHOOL).keep_relationship
    True
    >>> reductions.for_(Category.POLICE_INTEL, Agency.POLICE) == NOTHING
    True
    """

    def __init__(self, forms: Mapping[tuple[Category, Agency | None], Reduced]) -> None:
        self._forms = dict(forms)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Reductions":
        """Return the reductions in the file at *path*, or raise `DocumentError`."""
        file, source = documents.read(path, _File)
        forms: dict[tuple[Category, Agency | None], Reduced] = {}
        for index, row in enumerate(file.reductions):
            with source.at("reductions", index, "category"):
                category = _category(row, forms)
            with source.at("reductions", index, "codes"):
                forms[category, None] = _form(row)
            for number, narrower in enumerate(row.for_):
                place = ("reductions", index, "for", number)
                with source.at(*place, "codes"):
                    form = _form(narrower)
                with source.at(*place, "recipients"):
                    for agency in _recipients(narrower, category, forms):
                        forms[category, agency] = form
        return cls(forms)

    def for_(self, category: Category, recipient: Agency | None) -> Reduction:
        """Return what is left of *category* for a *recipient* of this kind."""
        form = self._form(category, recipient)
        return NOTHING if form is None else form.reduction

    def reads(self, category: Category, recipient: Agency | None) -> str:
        """Return in plain English what is left of *category* for a *recipient* of this kind."""
        form = self._form(category, recipient)
        return "nothing: there is no reduced form" if form is None else form.reads

    def _form(self, category: Category, recipient: Agency | None) -> Reduced | None:
        return self._forms.get((category, recipient)) or self._forms.get((category, None))


_Forms = Mapping[tuple[Category, Agency | None], Reduced]


def _category(row: _Row, known: _Forms) -> Category:
    category = word_of(Category, row.category, "unknown category")
    if (category, None) in known:
        message = "the category is given twice"
        raise VocabularyError(message)
    return category


def _recipients(row: _Narrower, category: Category, known: _Forms) -> Iterator[Agency]:
    for name in row.recipients:
        for agency in AGENCY_SETS.get(name) or {word_of(Agency, name, "unknown recipient")}:
            if (category, agency) in known:
                message = "the recipient is given twice"
                raise VocabularyError(message)
            yield agency


def _form(row: _Row | _Narrower) -> Reduced:
    return Reduced(
        Reduction(
            keep_summary=row.summary,
            code_systems=_systems(row.codes),
            keep_relationship=row.relationship,
        ),
        row.reads,
    )


def _systems(names: _Codes) -> frozenset[str] | None:
    if names == "all":
        return None
    if names == "none":
        return frozenset()
    known = codes.systems()
    for name in names:
        if name not in known:
            message = f"unknown code system{suggestion(name, known)}"
            raise VocabularyError(message)
    return frozenset(known[name].uri for name in names)
