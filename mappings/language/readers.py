"""The quick way to read a row: one closure, made when the mapping is loaded.

It reads what is as it should be, which nearly all is: texts in their own places that the value
function takes. Where anything is out of the ordinary it changes nothing and answers False, and the
row is read the slow way, which knows of dirty places, repairs and doubts.
"""

from collections.abc import Callable
from typing import TypeAlias

from mappings.errors import UnreadableError
from mappings.language.paths import Slot, getter
from mappings.language.trees import Node, Tree
from mappings.language.values import ValueFunction

Values: TypeAlias = dict[str, object]
QuickReader: TypeAlias = Callable[[Values, Tree], bool]
Putter: TypeAlias = Callable[[Values, object], None]


def quick_reader(
    slots: tuple[Slot, ...], elsewhere: tuple[Slot, ...], function: ValueFunction, put: Putter
) -> QuickReader:
    """Return what reads *slots* of a node, by way of *function*, and *put*s what it read.

    It answers whether it could: not where a leaf stands *elsewhere* instead, or is not a text.
    """
    if len(slots) == 1:
        return _of_one(slots[0], elsewhere, function, put)
    return _of_several(slots, elsewhere, function, put)


def _of_one(
    slot: Slot,
    elsewhere: tuple[Slot, ...],
    function: ValueFunction,
    put: Putter,
) -> QuickReader:
    get, read = slot.get, function.read

    def reader(values: Values, node: Tree) -> bool:
        leaf = get(node)
        if leaf is None:
            return not elsewhere or _is_nowhere(elsewhere, node)
        if type(leaf) is not str or not leaf:
            return leaf == ""
        try:
            found = read(leaf)
        except UnreadableError:
            return False
        put(values, found)
        return True

    return reader


def _of_several(
    slots: tuple[Slot, ...],
    elsewhere: tuple[Slot, ...],
    function: ValueFunction,
    put: Putter,
) -> QuickReader:
    leaves_of, read = _leaves(slots), function.read

    def reader(values: Values, node: Tree) -> bool:
        leaves = leaves_of(node)
        if not any(leaves):
            return all(leaf is None or leaf == "" for leaf in leaves) and _is_nowhere(
                elsewhere, node
            )
        for leaf in leaves:
            if leaf is not None and (type(leaf) is not str or not leaf):
                return False
        if elsewhere and not _is_nowhere(elsewhere, node):
            return False
        try:
            found = read(*leaves)
        except UnreadableError:
            return False
        put(values, found)
        return True

    return reader


def _leaves(slots: tuple[Slot, ...]) -> Callable[[Tree], list[Node]]:
    """Return what gets the leaves at *slots*, going to each node that holds some of them once."""
    holders = list(dict.fromkeys(slot.steps[:-1] for slot in slots))
    holder_getters = [getter(steps) if steps else None for steps in holders]
    names = [(holders.index(slot.steps[:-1]), slot.steps[-1].name) for slot in slots]
    if not all(slot.steps[-1].is_plain for slot in slots):
        getters = [slot.get for slot in slots]
        return lambda node: [get(node) for get in getters]

    def leaves_of(node: Tree) -> list[Node]:
        found = [node if get is None else get(node) for get in holder_getters]
        return [
            held.get(name) if type(held := found[holder]) is dict else None
            for holder, name in names
        ]

    return leaves_of


def _is_nowhere(slots: tuple[Slot, ...], node: Tree) -> bool:
    return all(slot.get(node) is None for slot in slots)


def putter(fields: tuple[str, ...], *, adds: bool) -> Putter:
    """Return what puts a value that was read into *fields*; one that *adds*, to what is there."""
    name = fields[0]
    if adds:

        def put(values: Values, found: object) -> None:
            there = values.get(name)
            values[name] = there + found if there else found  # type: ignore[operator]  # tuples

    elif len(fields) == 1:

        def put(values: Values, found: object) -> None:
            values[name] = found

    else:

        def put(values: Values, found: object) -> None:
            for one, value in zip(fields, found, strict=True):  # type: ignore[call-overload]  # as many as fields
                if value is not None:
                    values[one] = value

    return put
