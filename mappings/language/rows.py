"""Rows: one or more leaves of a record, and the fields of an item that they become.

A row writes only where what it would write differs from what it would write of what stands there:
so a record that nobody changed comes out as it came in, whatever its spelling, and a change of one
field touches the leaves of that field alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from mappings.errors import UnreadableError
from mappings.fidelity import Fate
from mappings.language.paths import Slot
from mappings.language.readers import Putter, Values, putter
from mappings.language.trees import HERE, Address, Node, Tree
from mappings.language.values import ValueFunction

_ANOTHER: Final = "another text"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a mapping could not read as it stands: where, a *code*, and what is to be done.

    *address* leads there from the record's root.
    """

    code: str
    address: Address
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the leaf, or all the leaves, at *address*."""

    address: Address
    fate: Fate
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: the leaves at *slots* are the *fields* of an item, by way of *function*.

    *elsewhere* has for each slot the places in which dirty records have it. *adds* says that the
    field holds what several rows give. *loss* says what is lost on the way.
    """

    slots: tuple[Slot, ...]
    fields: tuple[str, ...]
    function: ValueFunction
    elsewhere: tuple[tuple[Slot, ...], ...]
    adds: bool = False
    loss: str | None = None
    is_dirty: bool = field(init=False)
    put: Putter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        elsewhere = tuple(one for others in self.elsewhere for one in others)
        put = putter(self.fields, adds=self.adds)
        object.__setattr__(self, "is_dirty", bool(elsewhere))
        object.__setattr__(self, "put", put)

    def read_into(self, values: Values, node: Tree, doubts: list[Doubt] | None = None) -> None:
        """Put what *node* says into *values*; where it cannot be read, say so in *doubts*."""
        leaves = tuple([_given(slot.get(node)) for slot in self.slots_in(node)])
        if all(leaf is None for leaf in leaves):
            return
        try:
            found = self._read(leaves)
        except UnreadableError as error:
            if doubts is not None:
                doubts.append(Doubt("unreadable-value", self._address(node), f"{error}"))
            return
        if doubts is not None:
            doubts += [*self._moved(node), *self._repaired(leaves, node)]
        self.put(values, found)

    def writes_of(self, item: Struct) -> bool:
        """Say whether this row has something to write of *item*."""
        return any(text is not None for text in self._texts(self._values(item)))

    def write(self, node: Tree, item: Struct | None) -> None:
        """Write the fields of *item* into *node*; nothing of it where there is no item."""
        slots = self.slots_in(node)
        wanted = (None,) * len(slots) if item is None else self._texts(self._values(item))
        if wanted == self._texts_now(node, slots):
            return
        for slot, text in zip(slots, wanted, strict=True):
            if text is not None:
                slot.put(node, text)  # type: ignore[arg-type]  # a function writes texts
            elif slot.locate(node) is not None:
                slot.drop(node)

    def taken(self, node: Tree) -> Iterator[Taken]:
        """Yield what becomes of the leaves of *node* that this row reads, if it can read them."""
        slots = self.slots_in(node)
        leaves = tuple([_given(slot.get(node)) for slot in slots])
        if all(leaf is None for leaf in leaves):
            return
        try:
            whole = self._read(leaves)
        except UnreadableError:
            return
        note = self.loss or self.function.how
        fate = Fate.CHANGED if note else Fate.KEPT
        for position, slot in enumerate(slots):
            if self._counts(leaves, position, whole):
                yield from (Taken(address, fate, note) for address in addresses_of(slot, node))

    def _counts(self, leaves: tuple[Node, ...], position: int, whole: object) -> bool:
        """Say whether the leaf at *position* has a part in what was read: some have to give way."""
        if len(leaves) == 1 and leaves[0] is not None:
            return True
        other = (*leaves[:position], _another(leaves[position]), *leaves[position + 1 :])
        try:
            return leaves[position] is not None and self._read(other) != whole
        except UnreadableError:
            return True

    def _read(self, leaves: tuple[Node, ...]) -> object:
        for leaf in leaves:
            if type(leaf) is not str and leaf is not None and not self._takes(leaf):
                message = "this has to be one value"
                raise UnreadableError(message)
        repairs = self.function.repairs
        if repairs:
            leaves = tuple([repairs.get(leaf, leaf) for leaf in leaves])  # type: ignore[arg-type]  # texts
        return self.function.read(*leaves)

    def _takes(self, leaf: Node) -> bool:
        """Say whether the function can be handed *leaf*, which is no text."""
        if self.function.takes_nodes:
            return True
        if isinstance(leaf, list):
            return self.function.takes_lists and all(type(one) is str for one in leaf)
        return self.function.takes_json and not isinstance(leaf, dict)

    def _values(self, item: Struct) -> tuple[object, ...]:
        return tuple([getattr(item, name) for name in self.fields])

    def _texts_now(self, node: Tree, slots: tuple[Slot, ...]) -> tuple[object, ...]:
        """Return what would be written of what stands in *node*."""
        leaves = tuple([_given(slot.get(node)) for slot in slots])
        nothing = (None,) * len(self.slots)
        if all(leaf is None for leaf in leaves):
            return nothing
        try:
            found = self._read(leaves)
        except UnreadableError:
            return nothing
        return self._texts((found,) if len(self.fields) == 1 else tuple(found))  # type: ignore[arg-type]  # as many as fields

    def _texts(self, values: tuple[object, ...]) -> tuple[object, ...]:
        """Return the texts of *values*, one a slot; none where the format does not allow one."""
        texts = self.function.texts_of(values)
        for slot, text in zip(self.slots, texts, strict=True):
            if text is not None and slot.accepts is not None:
                held = text if isinstance(text, list) else [text]
                if not all(isinstance(one, str) and slot.accepts(one) for one in held):
                    return (None,) * len(self.slots)
        return texts

    def slots_in(self, node: Tree) -> tuple[Slot, ...]:
        """Return where each leaf of the row stands in *node*: in its own place, or elsewhere."""
        if not self.is_dirty:
            return self.slots
        return tuple(
            slot
            if not others or slot.locate(node) is not None
            else next((one for one in others if one.locate(node) is not None), slot)
            for slot, others in zip(self.slots, self.elsewhere, strict=True)
        )

    def _moved(self, node: Tree) -> Iterator[Doubt]:
        for slot, found in zip(self.slots, self.slots_in(node), strict=True):
            if found is not slot:
                message = f"the sender has to put this where the format has it, in `{slot}`"
                yield Doubt("read-elsewhere", found.locate(node) or (), message)

    def _repaired(self, leaves: tuple[Node, ...], node: Tree) -> Iterator[Doubt]:
        repairs = self.function.repairs
        if repairs and any(leaf in repairs for leaf in leaves):
            message = (
                "the sender has to use the list's own code: it was read as the one it stands for"
            )
            yield Doubt("repaired-code", self._address(node), message)

    def _address(self, node: Tree) -> Address:
        located = (slot.locate(node) for slot in self.slots_in(node))
        return next((address for address in located if address is not None), ())


def _another(leaf: Node) -> Node:
    """Return *leaf* with another text in place of each of its own."""
    if isinstance(leaf, dict):
        return {name: _another(child) for name, child in leaf.items()}
    if isinstance(leaf, list):
        return [_another(child) for child in leaf]
    return _ANOTHER


def _given(leaf: Node) -> Node:
    return None if leaf in ("", []) else leaf


def addresses_of(slot: Slot, node: Tree) -> Iterator[Address]:
    """Yield the address of what stands at *slot* of *node*, and of the leaves that chose it."""
    address = slot.locate(node)
    if address is None:
        return
    yield address
    position = 0
    for step in slot.steps:
        position += 1 if step.is_plain else 2
        if step.where is not None:
            yield (*address[:position], step.where[0])


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row without a place in the CAF: what stands at *slot* is lost, for the reason *why*."""

    slot: Slot
    why: str

    def taken(self, node: Tree) -> Iterator[Taken]:
        """Yield the leaves of *node* that are lost."""
        address = self.slot.locate(node)
        if address is not None:
            yield Taken(address, Fate.LOST, self.why)


def as_tree(node: Node) -> Tree:
    """Return *node* as a tree: a text is one by the name of itself.

    >>> as_tree("COMM")
    {'.': 'COMM'}
    """
    return node if isinstance(node, dict) else {HERE: node}
