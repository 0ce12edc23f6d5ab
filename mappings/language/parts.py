"""Parts: one item of the CAF that a record holds once, or one for each repeating element.

An item is read if anything of it is there and nothing that it cannot be without is missing. It is
written by the first part that it fits: one whose selectors it has, and which can write some of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from mappings.caf.items import About, AboutWhom, Item, Source
from mappings.fidelity import Fate
from mappings.language.elements import Elements
from mappings.language.paths import ABOVE, Slot
from mappings.language.rows import Doubt, LostRow, Row, Taken
from mappings.language.trees import HERE, Address, Places, Tree, shared_start

if TYPE_CHECKING:
    from hashlib import blake2b as _Digest  # noqa: N812 - a class, whatever its name

_INCOMPLETE: Final = "the sender has to add what this cannot be understood without"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: its digest, the place of its root, and how places are written."""

    record: str
    root: str
    places: Places
    digest: "_Digest" = field(init=False)

    def __post_init__(self) -> None:
        digest = blake2b(f"{self.record}#{self.root}#".encode(), digest_size=12)
        object.__setattr__(self, "digest", digest)

    def place(self, address: Address) -> str:
        """Return the place of the node at *address* of the record."""
        return self.root + self.places.suffix(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the items of one element of the CAF stand in one node: their *rows*, and what is fixed.

    *element* is the path of the CAF element, *place* what is around all its leaves, *key* what
    tells the form apart from the mapping's others. *selectors* are the values that an item must
    have to be written by it; *constants* all that it sets. *itself* is whom an item is about that
    is a person's own.
    """

    element: str
    key: str
    place: str
    kind: type[Item]
    selectors: Mapping[str, tuple[object, ...]]
    constants: Mapping[str, object]
    itself: AboutWhom | None
    required: tuple[str, ...]
    rows: tuple[Row, ...]
    lost: tuple[LostRow, ...]

    def build(
        self, node: Tree, origin: Origin, place: str | None, doubts: list[Doubt] | None = None
    ) -> Item | None:
        """Return the item that *node* holds; None where it holds none, or only a part of one.

        *place* leads from the record's root to *node*; None where that is the root itself, and the
        item stands at some place in it.
        """
        values = dict(self.constants)
        is_elsewhere = False
        for row in self.rows:
            if not row.quick(values, node):
                row.read_slowly(values, node, doubts)
                is_elsewhere = is_elsewhere or row.is_dirty
        if len(values) == len(self.constants):
            return None
        for name in self.required:
            if name not in values:
                if doubts is not None:
                    doubts.append(Doubt("incomplete", (), _INCOMPLETE))
                return None
        if place is None:
            place = self._place_in(node, origin.places) if is_elsewhere else self.place
        # Not a number that counts: a gap between two would tell that something is withheld.
        digest = origin.digest.copy()
        digest.update(f"{place}#{self.key}".encode())
        identity = digest.hexdigest()
        if self.itself is not None:
            values["about"] = (About(self.itself, identity),)
        return self.kind(
            id=identity,
            source=Source(origin.record, origin.root + place) if origin.record else None,
            **values,  # type: ignore[arg-type]  # checked when it was loaded
        )

    def _place_in(self, node: Tree, places: Places) -> str:
        """Return where what *node* holds of the item stands: around all of its leaves."""
        taken = [one.address for row in self.rows for one in row.taken(node)]
        return places.suffix(shared_start(taken))

    def fits(self, item: Item) -> bool:
        """Say whether *item* is one of these: it has the selectors, and a row can write of it."""
        for name, allowed in self.selectors.items():
            if getattr(item, name) not in allowed:
                return False
        return any(row.writes_of(item) for row in self.rows)

    def fill(self, node: Tree, item: Item | None) -> None:
        """Write *item* into *node*: nothing of it where there is none."""
        for row in self.rows:
            row.write(node, item)

    def taken(self, node: Tree, *, is_whole: bool) -> Iterator[Taken]:
        """Yield what becomes of the leaves of *node*, which hold an item if it *is_whole*."""
        if is_whole:
            for row in self.rows:
                yield from row.taken(node)
        for lost in self.lost:
            yield from lost.taken(node)


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on a node: the text at *slot* is one of *texts*.

    Where no row *is_written* there, the guard itself writes its text, if it has but one.
    """

    slot: Slot
    texts: frozenset[str]
    is_written: bool

    def holds(self, node: Tree) -> bool:
        """Say whether *node* meets it."""
        text = self.slot.get(node)
        return isinstance(text, str) and text in self.texts

    def fulfil(self, node: Tree) -> None:
        """Write the text into *node*, where no row does and only one would do."""
        if not self.is_written and len(self.texts) == 1 and self.slot.get(node) is None:
            self.slot.put(node, *self.texts)


@dataclass(frozen=True, slots=True)
class Once:
    """An item that a record holds once; a *dirty* one where no schema has it, and why not."""

    form: Form
    guards: tuple[Guard, ...] = ()
    dirty: str | None = None

    def read(
        self, items: list[Item], tree: Tree, origin: Origin, doubts: list[Doubt] | None
    ) -> None:
        """Add the item that *tree* holds, if any, to *items*."""
        if self.guards and not all(guard.holds(tree) for guard in self.guards):
            return
        item = self.form.build(tree, origin, None, doubts)
        if item is None:
            return
        if self.dirty is not None and doubts is not None:
            address = next(self.form.taken(tree, is_whole=True)).address
            doubts.append(Doubt("read-elsewhere", address, self.dirty))
        items.append(item)

    def write(self, tree: Tree, items: list[Item], origin: Origin) -> None:
        """Write the first of *items* that fits, and take it out of them."""
        if self.dirty is not None and self.form.build(tree, origin, None) is None:
            return
        item = next((one for one in items if self.form.fits(one)), None)
        if item is not None:
            items.remove(item)
            for guard in self.guards:
                guard.fulfil(tree)
        elif not all(guard.holds(tree) for guard in self.guards):
            return
        elif self.form.build(tree, origin, None) is None:
            return  # what stands there was no item: it is not withdrawn
        self.form.fill(tree, item)

    def taken(self, tree: Tree, origin: Origin) -> Iterator[tuple[str, Taken]]:
        """Yield what becomes of the leaves of *tree* that this part reads, with their element."""
        items: list[Item] = []
        self.read(items, tree, origin, None)
        for one in self.form.taken(tree, is_whole=bool(items)):
            yield self.form.element, one


@dataclass(frozen=True, slots=True)
class Each:
    """An item for each element, of those that meet the guards and that no *earlier* part takes.

    *needed* are the names that the format has in every such element.
    """

    form: Form
    elements: Elements
    needed: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    earlier: tuple["Each", ...] = ()

    def read(
        self, items: list[Item], tree: Tree, origin: Origin, doubts: list[Doubt] | None
    ) -> None:
        """Add the items that *tree* holds to *items*."""
        is_one_of_several = bool(self.guards or self.earlier)
        within: list[Doubt] = []
        for node, address in self.elements.of(tree):
            if is_one_of_several and not self.owns(node):
                continue
            item = self.form.build(node, origin, origin.places.suffix(address), within)
            if item is not None:
                items.append(item)
            if within:
                if doubts is not None:
                    doubts += [self._from_the_root(one, address) for one in within]
                within.clear()

    def owns(self, node: Tree) -> bool:
        """Say whether the element *node* is this part's."""
        return all(guard.holds(node) for guard in self.guards) and not any(
            part.owns(node) for part in self.earlier
        )

    def write(self, tree: Tree, items: list[Item], origin: Origin) -> None:
        """Write those of *items* that fit, and take out of them what could be written.

        An element that was there is known by the id of its item, never by its position: what the
        mapping does not know of one person must not come to stand with another.
        """
        known = {item.id: item for item in items if item.id}
        nodes: list[Tree] = []
        for node, address in self.elements.copies(tree):
            if self.owns(node):
                was = self.form.build(node, origin, origin.places.suffix(address))
                if was is not None:
                    item = known.pop(was.id, None)
                    if item is None:
                        continue
                    items.remove(item)
                    self.form.fill(node, item)
            nodes.append(node)
        for item in [one for one in items if self.form.fits(one)]:
            made = self._made(item, origin)
            if made is not None:
                items.remove(item)
                nodes.append(made)
        self.elements.replace(tree, nodes)

    def _made(self, item: Item, origin: Origin) -> Tree | None:
        """Return a new element for *item*; None where it would be read as something else."""
        node: Tree = {}
        self.form.fill(node, item)
        for guard in self.guards:
            guard.fulfil(node)
        is_whole = all(name in node for name in self.needed)
        return node if is_whole and self.owns(node) and self.form.build(node, origin, "") else None

    def taken(self, tree: Tree, origin: Origin) -> Iterator[tuple[str, Taken]]:
        """Yield what becomes of the leaves of *tree* that this part reads, with their element."""
        for node, address in self.elements.of(tree):
            if self.owns(node):
                item = self.form.build(node, origin, origin.places.suffix(address))
                for one in self.form.taken(node, is_whole=item is not None):
                    address_there = self._absolute(one.address, address)
                    yield self.form.element, Taken(address_there, one.fate, one.note)
                if item is not None:
                    for guard in self.guards:
                        at = guard.slot.locate(node) or ()
                        yield self.form.element, Taken(self._absolute(at, address), Fate.KEPT)

    def _from_the_root(self, doubt: Doubt, address: Address) -> Doubt:
        return Doubt(doubt.code, self._absolute(doubt.address, address), doubt.message)

    def _absolute(self, within: Address, address: Address) -> Address:
        """Return the address from the root of what is at *within* the element at *address*."""
        if within[:1] == (ABOVE,):
            return self.elements.address_around(address) + within[1:]
        return address if within == (HERE,) else address + within


Part = Once | Each
