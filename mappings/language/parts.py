"""Parts: one item of the CAF that a record holds once, or one for each repeating element.

An item is read if anything of it is there and nothing that it cannot be without is missing. It is
written by the first part that it fits: one whose selectors it has, and which can write some of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from mappings.caf.items import About, AboutWhom, Item, Source
from mappings.fidelity import Fate
from mappings.language.compiled import Builder, builder
from mappings.language.elements import Elements
from mappings.language.paths import ABOVE, Slot
from mappings.language.rows import Doubt, LostRow, Row, Taken, addresses_of
from mappings.language.trees import HERE, Address, Places, Tree, shared_start

if TYPE_CHECKING:
    from hashlib import blake2b as _Digest  # noqa: N812 - a class, whatever its name

Waiting: TypeAlias = dict[str, list[Item]]
"""The items that are still to be written, by the path of their element."""

_INCOMPLETE: Final = "the sender has to add what this cannot be understood without"


class Origin(NamedTuple):
    """Where a record came from: its digest, the place of its root, and how places are written.

    *digest* begins the ids of all its items.
    """

    record: str
    root: str
    places: Places
    digest: "_Digest"

    @classmethod
    def of(cls, record: str, root: str, places: Places) -> "Origin":
        """Return the origin of what stands at *root* of the received *record*."""
        digest = blake2b(f"{record}#{root}#".encode(), digest_size=12)
        return cls(record, root, places, digest)

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
    build: Builder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "build", builder(self))

    def build_slowly(
        self, node: Tree, origin: Origin, place: str | None, doubts: list[Doubt] | None
    ) -> Item | None:
        """Return the item that *node* holds, read row by row: see `Builder`."""
        values = dict(self.constants)
        is_elsewhere = False
        for row in self.rows:
            row.read_into(values, node, doubts)
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

    @property
    def written(self) -> "tuple[Part, ...]":
        """The parts whose items this one writes: its own."""
        return (self,)

    def write(self, tree: Tree, waiting: Waiting, origin: Origin) -> None:
        """Write the first of the items *waiting* that fits, and take it out of them."""
        if self.dirty is not None and self.form.build(tree, origin, None) is None:
            return
        items = waiting.setdefault(self.form.element, [])
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

    *needed* are the names that the format has in every such element; *beside* are the further
    items of the same elements. What is *only_read* is kept where it stands, and never made.
    """

    form: Form
    elements: Elements
    needed: tuple[str, ...] = ()
    only_read: str | None = None
    guards: tuple[Guard, ...] = ()
    earlier: tuple["Each", ...] = ()
    beside: tuple["Beside", ...] = ()

    def read(
        self, items: list[Item], tree: Tree, origin: Origin, doubts: list[Doubt] | None
    ) -> None:
        """Add the items that *tree* holds to *items*."""
        if not self.elements.stand_in(tree):
            return
        is_one_of_several = bool(self.guards or self.earlier)
        within: list[Doubt] = []
        for node, address in self.elements.of(tree):
            if is_one_of_several and not self.owns(node):
                continue
            item = self.built(node, origin, origin.places.suffix(address), within)
            if item is not None:
                items.append(item)
            if within:
                if doubts is not None:
                    doubts += [self._from_the_root(one, address) for one in within]
                within.clear()

    def built(
        self, node: Tree, origin: Origin, place: str, doubts: list[Doubt] | None = None
    ) -> Item | None:
        """Return the item of the element *node*, which stands at *place*, if it holds one."""
        return self.form.build(node, origin, place, doubts)

    def owns(self, node: Tree) -> bool:
        """Say whether the element *node* is this part's."""
        return all(guard.holds(node) for guard in self.guards) and not any(
            part.owns(node) for part in self.earlier
        )

    @property
    def written(self) -> "tuple[Part, ...]":
        """The parts whose items this one writes: its own, and those beside it."""
        return (self, *self.beside)

    def write(self, tree: Tree, waiting: Waiting, origin: Origin) -> None:
        """Write those items *waiting* that fit, and take out of them what could be written.

        An element that was there is known by the id of its item, never by its position: what the
        mapping does not know of one person must not come to stand with another.
        """
        items = waiting.setdefault(self.form.element, [])
        known = {item.id: item for item in items if item.id}
        nodes: list[Tree] = []
        for node, address in self.elements.copies(tree):
            if self.owns(node):
                place = origin.places.suffix(address)
                was = self.built(node, origin, place)
                if was is not None:
                    item = known.pop(was.id, None)
                    if item is None:
                        continue
                    items.remove(item)
                    self.form.fill(node, item)
                for one in self.beside:
                    one.rewrite(node, waiting, origin, place)
            nodes.append(node)
        new: list[Tree] = []
        fitting = [] if self.only_read else [one for one in items if self.form.fits(one)]
        for item in fitting:
            made = self._made(item, origin)
            if made is not None:
                items.remove(item)
                new.append(made)
        for one in self.beside:
            one.join(new, waiting)
        self.elements.replace(tree, nodes + new)

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
                item = self.built(node, origin, origin.places.suffix(address))
                for one in self.form.taken(node, is_whole=item is not None):
                    address_there = self.absolute(one.address, address)
                    yield self.form.element, Taken(address_there, one.fate, one.note)
                if item is not None:
                    for at in self.deciding(node, address):
                        yield self.form.element, Taken(at, Fate.KEPT)

    def deciding(self, node: Tree, address: Address) -> Iterator[Address]:
        """Yield the addresses of what decides that the element *node* at *address* is this one."""
        for guard in self.guards:
            for at in addresses_of(guard.slot, node):
                yield self.absolute(at, address)

    def _from_the_root(self, doubt: Doubt, address: Address) -> Doubt:
        return Doubt(doubt.code, self.absolute(doubt.address, address), doubt.message)

    def absolute(self, within: Address, address: Address) -> Address:
        """Return the address from the root of what is at *within* the element at *address*."""
        if within[:1] == (ABOVE,):
            return self.elements.address_around(address) + within[1:]
        return address if within == (HERE,) else address + within


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Each):
    """A further item of each element that another part takes: *key* is the row that both have.

    It is of another kind of information, so that one may be told without the other. The key is
    read, and never written: by it a new item finds the element that the other part made.
    """

    key: Row

    def built(
        self, node: Tree, origin: Origin, place: str, doubts: list[Doubt] | None = None
    ) -> Item | None:
        """Return the item of *node*: None where it holds nothing but the key.

        What is doubtful of the key, the other part says.
        """
        within: list[Doubt] = []
        item = self.form.build(node, origin, place, within)
        if doubts is not None:
            of_the_key = {(), *(slot.locate(node) for slot in self.key.slots)}
            doubts += [one for one in within if one.address not in of_the_key]
        return None if item is None or not any(row.writes_of(item) for row in self._rows) else item

    @property
    def written(self) -> "tuple[Part, ...]":
        """No parts: the other one writes these items, too."""
        return ()

    def write(self, tree: Tree, waiting: Waiting, origin: Origin) -> None:
        """Do nothing: the other part writes both."""

    def rewrite(self, node: Tree, waiting: Waiting, origin: Origin, place: str) -> None:
        """Write into *node*, which was at *place*, the item that is known to stand there."""
        was = self.built(node, origin, place)
        if was is None:
            return
        items = waiting.setdefault(self.form.element, [])
        item = next((one for one in items if one.id == was.id), None)
        if item is not None:
            items.remove(item)
        self._fill(node, item)

    def join(self, nodes: list[Tree], waiting: Waiting) -> None:
        """Write the items *waiting* into new *nodes* of the same key, in their order if it can be.

        An item whose key no node has is not written.
        """
        items = waiting.setdefault(self.form.element, [])
        free = list(nodes)
        for node in nodes:
            if items and self._belongs(items[0], node):
                self._fill(node, items.pop(0))
                free.remove(node)
        for item in tuple(items):
            found = next((node for node in free if self._belongs(item, node)), None)
            if found is not None:
                self._fill(found, item)
                items.remove(item)
                free.remove(found)

    @property
    def _rows(self) -> tuple[Row, ...]:
        return tuple(row for row in self.form.rows if row is not self.key)

    def _belongs(self, item: Item, node: Tree) -> bool:
        said: dict[str, object] = {}
        self.key.read_into(said, node)
        return bool(said) and all(getattr(item, name) == value for name, value in said.items())

    def _fill(self, node: Tree, item: Item | None) -> None:
        for row in self._rows:
            row.write(node, item)


Part = Once | Each
