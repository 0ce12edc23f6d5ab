"""A translation: one mapping, loaded and ready, between records of a format and the CAF.

read(tree)               -> Reading   the CAF, and what could not be read as it stands
write(caf, base)         -> tree      the record; what *base* holds beside stays as it is
account(tree)            -> Ledger    every leaf of the record: kept, changed, lost, unmapped
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from msgspec import structs

from mappings.caf.assessment import Assessment, Section
from mappings.caf.items import Item
from mappings.caf.social_care import EpisodePart
from mappings.caf.view import items_of
from mappings.fidelity import Fate, Ledger
from mappings.fidelity import Leaf as Fated
from mappings.language.parts import Origin, Part, Waiting
from mappings.language.rows import Doubt, LostRow, Row, Taken
from mappings.language.shapes import Shape
from mappings.language.trees import Address, Places, Tree, copied, leaves

_MOST_DOUBTS: Final = 100  # of one record: one of nothing else is not told to its end


Plan: TypeAlias = tuple[
    tuple[str, type[Section], tuple[tuple[str, tuple[Part, ...]], ...]],
    ...,
]
"""The parts of a mapping by section of the CAF, and by field of it."""


class Placed(NamedTuple):
    """A doubt about a record, with its place there."""

    code: str
    where: str
    message: str


class Reading(NamedTuple):
    """What was read of a record: the CAF, and what could not be read as it stands."""

    assessment: Assessment
    doubts: tuple[Placed, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Translation:
    """One mapping between records of one format, whose *shape* is known, and the CAF.

    *facts* are rows of the assessment itself, *parts* its items, which *plan* has in the order of
    the CAF; *lost* are the rows of a record that have no place in it. It is a value: made once,
    used by many threads.
    """

    name: str
    edition: int | None
    shape: Shape
    places: Places
    facts: tuple[Row, ...]
    parts: tuple[Part, ...]
    lost: tuple[LostRow, ...]
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan", _plan(self.parts))

    def __repr__(self) -> str:
        return f"Translation({self.name!r}, {self.edition})"

    def read(self, tree: Tree, *, record: str = "", at: str = "") -> Reading:
        """Return the CAF that *tree* holds, each item with an id and where it came from.

        *record* is a digest of the received bytes, *at* the place of *tree* in them. Nothing that
        *tree* holds raises: what cannot be read is a doubt, and its leaf is not mapped.
        """
        origin = Origin.of(record, at, self.places)
        doubts: list[Doubt] = []
        facts: dict[str, object] = {}
        for row in self.facts:
            row.read_into(facts, tree, doubts)
        sections: dict[str, Section] = {}
        for section, kind, fields in self.plan:
            held: dict[str, tuple[Item, ...]] = {}
            for name, parts in fields:
                items: list[Item] = []
                for part in parts:
                    part.read(items, tree, origin, doubts)
                if items:
                    held[name] = tuple(items)
            if held:
                sections[section] = kind(**held)
        return Reading(Assessment(**facts, **sections), _placed(doubts, origin))  # type: ignore[arg-type]  # rows give what fields hold

    def write(
        self, assessment: Assessment, base: Tree | None = None, *, record: str = "", at: str = ""
    ) -> Tree:
        """Return *assessment* as a record: all of it that the format can carry, and no more.

        With *base*, the record that it was read from (with the same *record* and *at*), only what
        differs is written, and what the mapping does not know stays where it is.
        """
        tree: Tree = {name: copied(node) for name, node in (base or {}).items()}
        origin = Origin.of(record, at, self.places)
        for row in self.facts:
            row.write(tree, assessment)
        waiting: Waiting = {}
        for element, item in items_of(assessment):
            waiting.setdefault(element.path, []).append(item)
        owners = self._owners(tree, origin) if base else {}
        for part in self.parts:
            path = part.form.element
            items = waiting.get(path, [])
            others = [one for one in items if owners.get(one.id, part) is not part]
            waiting[path] = [one for one in items if owners.get(one.id, part) is part]
            part.write(tree, waiting, origin)
            waiting[path] += others
        return tree

    def _owners(self, tree: Tree, origin: Origin) -> dict[str, Part]:
        """Return for the id of each item that *tree* holds the part that writes it.

        What was read by one part is not written by another, though it might fit there, too.
        """
        owners: dict[str, Part] = {}
        for part in self.parts:
            for reader in part.written:
                items: list[Item] = []
                reader.read(items, tree, origin, None)
                for item in items:
                    owners.setdefault(item.id, part)
        return owners

    def carried(self, assessment: Assessment) -> Assessment:
        """Return what of *assessment* is still there after it was written and read again."""
        return self.read(self.write(assessment)).assessment

    def account(self, tree: Tree, *, at: str = "") -> Ledger:
        """Return the fate of every leaf of *tree*, the record's root being at *at*."""
        origin = Origin.of("", at, self.places)
        fates: dict[Address, tuple[Taken, str | None]] = {}
        for element, taken in self._taken(tree, origin):
            fates.setdefault(taken.address, (taken, element))
        return Ledger(
            tuple(_fated(origin.place(address), address, fates) for address, _ in leaves(tree))
        )

    def _taken(self, tree: Tree, origin: Origin) -> Iterator[tuple[str | None, Taken]]:
        for row in self.facts:
            yield from ((None, taken) for taken in row.taken(tree))
        for part in self.parts:
            yield from part.taken(tree, origin)
        for lost in self.lost:
            yield from ((None, taken) for taken in lost.taken(tree))


def _placed(doubts: list[Doubt], origin: Origin) -> tuple[Placed, ...]:
    if not doubts:
        return ()
    return tuple(
        Placed(one.code, origin.place(one.address), one.message)
        for one in islice(doubts, _MOST_DOUBTS)
    )


def bare(assessment: Assessment) -> Assessment:
    """Return *assessment* with neither ids nor sources: what it says, whatever it was read from.

    What belongs to an episode names it by its position.
    """
    episodes = {one.id: f"{at}" for at, one in enumerate(assessment.social_care.episodes)}
    return structs.replace(
        assessment,
        **{
            name: _bare_section(section, episodes)
            for name in assessment.__struct_fields__
            if isinstance(section := getattr(assessment, name), Section)
        },
    )


def _bare_section(section: Section, episodes: Mapping[str, str]) -> Section:
    fields = {name: getattr(section, name) for name in section.__struct_fields__}
    return type(section)(
        **{name: tuple([_bare(one, episodes) for one in items]) for name, items in fields.items()}
    )


def _bare(item: Item, episodes: Mapping[str, str]) -> Item:
    about = tuple(structs.replace(one, person=None) for one in item.about)
    if isinstance(item, EpisodePart):
        item = structs.replace(item, episode=episodes.get(item.episode or ""))
    return structs.replace(item, id="", source=None, about=about)


def _plan(parts: tuple[Part, ...]) -> Plan:
    """Return *parts* by section and field, each with the kind of its section."""
    plan: dict[str, dict[str, list[Part]]] = {}
    for part in parts:
        section, _, field = part.form.element.partition(".")
        plan.setdefault(section, {}).setdefault(field, []).append(part)
    return tuple(
        (section, _SECTIONS[section], tuple((name, tuple(held)) for name, held in fields.items()))
        for section, fields in plan.items()
    )


_SECTIONS: Final[dict[str, type[Section]]] = {
    one.name: one.type for one in structs.fields(Assessment) if isinstance(one.default, Section)
}


def _fated(place: str, address: Address, fates: dict[Address, tuple[Taken, str | None]]) -> Fated:
    """Return the leaf at *address* with its fate: its own, or that of all below something above."""
    for length in range(len(address), 0, -1):
        found = fates.get(address[:length])
        if found is not None:
            taken, element = found
            is_lost = taken.fate is Fate.LOST
            return Fated(place, taken.fate, None if is_lost else element, taken.note)
    return Fated(place, Fate.UNMAPPED)
