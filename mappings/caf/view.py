"""Views: what one recipient may see of an assessment, built up from what is permitted.

`project()` is the only way from an `Assessment` to something smaller. It walks the catalogue,
asks about every item, and copies what is released into a new, empty assessment. What is not
asked about is not there (design, invariant 4).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mappings.caf.assessment import Assessment, Section
from mappings.caf.categories import Category
from mappings.caf.elements import CATALOGUE, Element, ElementPath
from mappings.caf.items import (
    About,
    AboutWhom,
    Checklist,
    Comment,
    Conclusion,
    Dissent,
    Item,
    Reduction,
    Statement,
)

PART_OF_A_WHOLE: Final = (
    "This is what may be shared with you for the purpose stated. "
    "Anything else is not held or not available."
)
"""The one sentence on every view: identical whether or not anything was withheld."""


class View(Struct, frozen=True, kw_only=True):
    """What one recipient may see of one child's assessment, and nothing more.

    It holds no reference to the assessment that it was built from; *marks* are what the
    recipient must do with it (no-onward, expires:DATE).
    """

    content: Assessment
    purpose: str
    notice: str = PART_OF_A_WHOLE
    marks: tuple[str, ...] = ()


Release = Reduction | bool
"""For one item: True releases it whole, a `Reduction` its reduced form, False nothing."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What became of one item: where it stands, its categories, and what was released of it."""

    element: ElementPath
    id: str
    categories: frozenset[Category]
    released: str


@dataclass(frozen=True, slots=True)
class Projection:
    """A view's content with the account of how it came to be; the account never leaves us."""

    content: Assessment
    dispositions: tuple[Disposition, ...]


def categories_of(
    item: Item, element: Element, consenting: frozenset[str] = frozenset()
) -> frozenset[Category]:
    """Return the policy categories of *item* in *element*.

    The element's default, the source's labels, and what *about whom* implies: a sibling is
    `sibling`; a parent or carer who did not give this consent (*consenting* holds the item ids
    of those who did), and any other identifiable person, is `third_party` (design section 3).

    >>> from mappings.caf.elements import element
    >>> father = About(AboutWhom.PARENT_OR_CARER, "p2")
    >>> said = Statement(id="s1", text="...", about=(father,))
    >>> sorted(categories_of(said, element("carers.warmth"), frozenset({"p1"})))
    [<Category.PARENTING: 'parenting'>, <Category.THIRD_PARTY: 'third_party'>]
    """
    if not item.about and not item.labels:
        return _alone(element.category)
    found = {element.category, *item.labels}
    for about in item.about:
        match about.whom:
            case AboutWhom.SIBLING:
                found.add(Category.SIBLING)
            case AboutWhom.OTHER_PERSON:
                found.add(Category.THIRD_PARTY)
            case AboutWhom.PARENT_OR_CARER if about.person not in consenting:
                found.add(Category.THIRD_PARTY)
            case _:
                pass
    return frozenset(found)


_ALONE = {category: frozenset({category}) for category in Category}


def _alone(category: Category) -> frozenset[Category]:
    return _ALONE[category]


def items_of(assessment: Assessment) -> Iterator[tuple[Element, Item]]:
    """Yield every item of *assessment* with its element, in the order of the catalogue."""
    for element in CATALOGUE:
        for item in getattr(getattr(assessment, element.section), element.field):
            yield element, item


def project(
    assessment: Assessment,
    release: Callable[[frozenset[Category]], Release],
    *,
    consenting: frozenset[str] = frozenset(),
    include_private: bool = False,
) -> Projection:
    """Return what of *assessment* is released, as a new assessment, with an account of each item.

    *release* is asked for the set of categories of every item, and answers whole, reduced or
    nothing. A checklist that is not agreed is private to its author unless *include_private*
    (a protective basis exists). Positions and sources do not travel: a gap would tell.

    >>> said = Statement(id="s1", text="settled well", holder="nursery")
    >>> from mappings.caf.assessment import Development
    >>> whole = Assessment(id="a1", development=Development(participation=(said,)))
    >>> project(whole, lambda categories: True).content.development.participation[0].text
    'settled well'
    >>> project(whole, lambda categories: False).content.development.participation
    ()
    """
    built: dict[str, dict[str, tuple[Item, ...]]] = {}
    account: list[Disposition] = []
    for element in CATALOGUE:
        kept: list[Item] = []
        for item in getattr(getattr(assessment, element.section), element.field):
            categories = categories_of(item, element, consenting)
            answer: Release = release(categories)
            if isinstance(item, Checklist) and not item.is_agreed and not include_private:
                answer = False
            released = _released(item, answer)
            if released is not None:
                kept.append(released)
            account.append(Disposition(element.path, item.id, categories, _word(answer, released)))
        if kept:
            built.setdefault(element.section, {})[element.field] = tuple(kept)
    return Projection(_assemble(assessment, built), tuple(account))


def _released(item: Item, answer: Release) -> Item | None:
    if answer is False:
        return None
    if isinstance(answer, Reduction):
        item_or_none = item.reduced(answer)
        return None if item_or_none is None else replace(item_or_none, source=None)
    return replace(item, source=None) if item.source is not None else item


def _word(answer: Release, released: Item | None) -> str:
    if released is None:
        return "nothing"
    return "reduced" if isinstance(answer, Reduction) else "whole"


def _assemble(assessment: Assessment, built: dict[str, dict[str, tuple[Item, ...]]]) -> Assessment:
    _close_references(built)
    sections: dict[str, Section] = {
        name: type(getattr(assessment, name))(**fields) for name, fields in built.items()
    }
    # The assessment's id and dates name the document, not the child; phase and version do
    # not depend on what was withheld.
    return Assessment(
        id=assessment.id,
        version=assessment.version,
        phase=assessment.phase,
        started_on=assessment.started_on,
        completed_on=assessment.completed_on,
        **sections,  # type: ignore[arg-type]  # each section by its own name and type
    )


def _close_references(built: dict[str, dict[str, tuple[Item, ...]]]) -> None:
    """Drop every reference to an item that is not in the view: a dangling id would tell."""
    present = {item.id for fields in built.values() for items in fields.values() for item in items}
    analysis = built.get("analysis", {})
    if "dissents" in analysis:
        analysis["dissents"] = tuple(
            item
            for item in analysis["dissents"]
            if isinstance(item, Dissent) and item.on in present
        )
    for fields in built.values():
        for name, items in fields.items():
            fields[name] = tuple(_closed(item, present) for item in items)


def _closed(item: Item, present: set[str]) -> Item:
    if any(about.person is not None and about.person not in present for about in item.about):
        item = replace(item, about=tuple(_closed_about(about, present) for about in item.about))
    if isinstance(item, Conclusion) and item.evidence:
        item = replace(item, evidence=tuple(one for one in item.evidence if one in present))
    if isinstance(item, Comment | Dissent):
        item = replace(item, by=_closed_about(item.by, present))
    if isinstance(item, Statement) and item.said_by is not None:
        item = replace(item, said_by=_closed_about(item.said_by, present))
    return item


def _closed_about(about: About, present: set[str]) -> About:
    if about.person is None or about.person in present:
        return about
    return About(about.whom)


__all__ = [
    "PART_OF_A_WHOLE",
    "Disposition",
    "Projection",
    "Release",
    "View",
    "categories_of",
    "items_of",
    "project",
]
