"""Views: what one recipient may see of an assessment, built up from what is permitted.

`project()` is the only way from an `Assessment` to something smaller. It walks the catalogue,
asks about every item, and copies what is released into a new, empty assessment. What is not
asked about is not there (design, invariant 4).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.elements import CATALOGUE, Element, ElementPath
from mappings.caf.items import (
    About,
    AboutWhom,
    Checklist,
    Comment,
    Conclusion,
    ConsentStatement,
    Dissent,
    Item,
    Reduction,
    Statement,
)
from mappings.caf.social_care import EpisodePart

PART_OF_A_WHOLE: Final = (
    "This is what may be shared with you for the purpose stated. "
    "Anything else is not held or not available."
)
"""The one sentence on every view: identical whether or not anything was withheld."""


class View(Struct, frozen=True, kw_only=True):
    """What one recipient may see of one child's assessment, and nothing more.

    It holds no reference to the assessment that it was built from; *marks* are what binds its
    recipient (`no-onward`, `do-not-inform-family`). From *expires_on* it must be destroyed; what
    was opened by break-glass may be used until *usable_until*, by whoever asked, and no longer.
    """

    content: Assessment
    purpose: str
    notice: str = PART_OF_A_WHOLE
    marks: tuple[str, ...] = ()
    expires_on: date | None = None
    usable_until: datetime | None = None

    @property
    def is_bound(self) -> bool:
        """Whether it says anything that its recipient must keep to."""
        return bool(self.marks or self.expires_on or self.usable_until)


Release = Reduction | bool
"""For one item: True releases it whole, a `Reduction` its reduced form, False nothing."""


Built = dict[Element, list[Item]]
"""The view being built: the items released so far, by element."""


class Extent(StrEnum):
    """How much of an item was released."""

    WHOLE = "whole"
    REDUCED = "reduced"
    NOTHING = "nothing"


class Matter(NamedTuple):
    """What the policies are asked about an item by: its policy *categories*, and its *holder*."""

    categories: frozenset[Category]
    holder: str | None


class Disposition(Struct, frozen=True):
    """What became of one item: where it stands, its matter, and what was released of it."""

    element: ElementPath
    id: str
    matter: Matter
    released: Extent


class Projection(Struct, frozen=True):
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
    implied = [one for about in item.about if (one := _implied(about, consenting)) is not None]
    if not implied and not item.labels:
        return _ALONE[element.category]
    return frozenset((element.category, *item.labels, *implied))


_ALONE = {category: frozenset({category}) for category in Category}
_IMPLIED = {
    AboutWhom.SIBLING: Category.SIBLING,
    AboutWhom.OTHER_PERSON: Category.THIRD_PARTY,
    AboutWhom.PARENT_OR_CARER: Category.THIRD_PARTY,
}
_WALK = tuple((element, element.section, element.field) for element in CATALOGUE)


def _implied(about: About, consenting: frozenset[str]) -> Category | None:
    if about.whom is _PARENT_OR_CARER and about.person in consenting:
        return None
    return _IMPLIED.get(about.whom)


_PARENT_OR_CARER: Final = AboutWhom.PARENT_OR_CARER


def items_of(assessment: Assessment) -> Iterator[tuple[Element, Item]]:
    """Yield every item of *assessment* with its element, in the order of the catalogue."""
    for element, section, field in _WALK:
        for item in getattr(getattr(assessment, section), field):
            yield element, item


class Surveyed(Struct, frozen=True):
    """One item of an assessment: its element, its matter, and what travels of it."""

    element: Element
    item: Item
    matter: Matter


class Survey(Struct, frozen=True):
    """An *assessment*, each of whose items has been looked at: what many projections start from.

    Positions and sources do not travel: a gap would tell. So *rows* hold the items without them.
    Many items are one matter to the policies; *matters* holds each once.
    """

    assessment: Assessment
    rows: tuple[Surveyed, ...]
    matters: tuple[Matter, ...]

    @property
    def holders(self) -> frozenset[str]:
        """The holders whom items name."""
        return frozenset(one.holder for one in self.matters if one.holder is not None)

    def project(
        self,
        answers: Mapping[Matter, Release],
        *,
        names: frozenset[str] = frozenset(),
        includes_private: Callable[[str | None], bool],
    ) -> Projection:
        """Return what is released, as a new assessment: see `project`.

        *answers* says for each matter what is released of its items; *includes_private* is asked
        for the holder of each checklist that is not agreed.
        """
        built: Built = {}
        account: list[Disposition] = []
        present: set[str] = set()
        for row in self.rows:
            element, item = row.element, row.item
            answer = answers[row.matter]
            if isinstance(item, _GATED):
                answer = _gated(item, answer, present, includes_private)
            released, extent = _cut(item, answer, names)
            if released is not None:
                built.setdefault(element, []).append(released)
                present.add(item.id)
            account.append(Disposition(element.path, item.id, row.matter, extent))
        _close_references(built, present)
        return Projection(_assemble(self.assessment, built), tuple(account))


def survey(assessment: Assessment, consenting: frozenset[str] = frozenset()) -> Survey:
    """Return *assessment* surveyed; *consenting* holds the ids of the carers who consented."""
    rows = tuple(
        Surveyed(
            element,
            _without_source(item),
            Matter(categories_of(item, element, consenting), item.holder),
        )
        for element, item in items_of(assessment)
    )
    return Survey(assessment, rows, tuple({row.matter for row in rows}))


def project(
    assessment: Assessment,
    release: Callable[[frozenset[Category], str | None], Release],
    *,
    consenting: frozenset[str] = frozenset(),
    names: frozenset[str] = frozenset(),
    include_private: bool = False,
) -> Projection:
    """Return what of *assessment* is released, as a new assessment, with an account of each item.

    *release* is asked for the categories and the holder of every item, and answers whole, reduced
    or nothing. *names* are what statements call the recipient by (ids and types of services): a
    consent statement tells a recipient its own answer, and nobody else's. A checklist that is not
    agreed is private to its author unless *include_private* (a protective basis exists).

    >>> said = Statement(id="s1", text="settled well", holder="nursery")
    >>> from mappings.caf.assessment import Development
    >>> whole = Assessment(id="a1", development=Development(participation=(said,)))
    >>> project(whole, lambda categories, holder: True).content.development.participation[0].text
    'settled well'
    >>> project(whole, lambda categories, holder: False).content.development.participation
    ()
    """
    surveyed = survey(assessment, consenting)
    answers = {one: release(one.categories, one.holder) for one in surveyed.matters}
    return surveyed.project(answers, names=names, includes_private=lambda _: include_private)


def combine(contents: Sequence[Assessment]) -> Assessment:
    """Return one assessment that holds all that *contents* hold, in their order.

    Each is what one holder releases, named by its holder item by item; the first gives the
    document its id and dates. Of nothing, an empty assessment.

    >>> combine([]) == Assessment()
    True
    """
    if len(contents) < 2:  # noqa: PLR2004 - one stands for itself
        return contents[0] if contents else Assessment()
    built: Built = {}
    for content in contents:
        for element, item in items_of(content):
            built.setdefault(element, []).append(item)
    return _assemble(contents[0], built)


_GATED: Final = (Checklist, Dissent)


def _gated(
    item: Checklist | Dissent,
    answer: Release,
    present: set[str],
    includes_private: Callable[[str | None], bool],
) -> Release:
    """Return *answer*, or False where no category could release *item*.

    The catalogue has conclusions before dissents: a dissent goes where its conclusion went.
    """
    if isinstance(item, Checklist):
        return answer if item.is_agreed or includes_private(item.holder) else False
    return answer if item.on in present else False


def _cut(item: Item, answer: Release, names: frozenset[str]) -> tuple[Item | None, Extent]:
    """Return what is released of *item*, if anything, and how much of it that is."""
    if answer is True:
        return item.told_to(names), Extent.WHOLE
    reduced = None if answer is False else item.reduced(answer)
    return reduced, Extent.NOTHING if reduced is None else Extent.REDUCED


def _without_source(item: Item) -> Item:
    return item if item.source is None else replace(item, source=None)


def _assemble(assessment: Assessment, built: Built) -> Assessment:
    sections: dict[str, dict[str, tuple[Item, ...]]] = {}
    for element, kept in built.items():
        sections.setdefault(element.section, {})[element.field] = tuple(kept)
    # The assessment's id and dates name the document, not the child; phase and version do
    # not depend on what was withheld.
    return Assessment(
        id=assessment.id,
        version=assessment.version,
        phase=assessment.phase,
        started_on=assessment.started_on,
        completed_on=assessment.completed_on,
        **{name: type(getattr(assessment, name))(**fields) for name, fields in sections.items()},
    )


def _close_references(built: Built, present: set[str]) -> None:
    """Drop every reference to an item that is not in the view: a dangling id would tell."""
    for kept in built.values():
        kept[:] = [_closed(item, present) for item in kept]


def _closed(item: Item, present: set[str]) -> Item:
    for about in item.about:
        if about.person is not None and about.person not in present:
            item = replace(item, about=tuple(_closed_about(one, present) for one in item.about))
            break
    close = _CLOSE.get(type(item))
    return item if close is None else close(item, present)


def _closed_about(about: About, present: set[str]) -> About:
    if about.person is None or about.person in present:
        return about
    return About(about.whom)


def _close_evidence(item: Conclusion, present: set[str]) -> Conclusion:
    if present.issuperset(item.evidence):
        return item
    return replace(item, evidence=tuple(one for one in item.evidence if one in present))


def _close_author(item: Comment | Dissent, present: set[str]) -> Comment | Dissent:
    by = _closed_about(item.by, present)
    return item if by is item.by else replace(item, by=by)


def _close_speaker(item: Statement, present: set[str]) -> Statement:
    if item.said_by is None or item.said_by.person is None:
        return item
    return replace(item, said_by=_closed_about(item.said_by, present))


def _close_grantor(item: ConsentStatement, present: set[str]) -> ConsentStatement:
    signatures = tuple(replace(one, by=_closed_about(one.by, present)) for one in item.signatures)
    return replace(item, grantor=_closed_about(item.grantor, present), signatures=signatures)


def _close_part(item: EpisodePart, present: set[str]) -> EpisodePart:
    if item.episode is None or item.episode in present:
        return item
    return replace(item, episode=None)


# The types whose items point at other items, beside whom they are about.
_CLOSE: Final[dict[type[Item], Callable[..., Item]]] = {
    Conclusion: _close_evidence,
    Dissent: _close_author,
    Comment: _close_author,
    Statement: _close_speaker,
    ConsentStatement: _close_grantor,
    **dict.fromkeys(EpisodePart.__subclasses__(), _close_part),
}
