"""The account of an early-help document: what became of every leaf of it.

Known members are kept, under the CAF element that they went to. A member that the format does
not know is unmapped: it stays with the original bytes and is never shareable. The notice is
lost: each view that leaves has its own.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import inspect

from mappings.early_help.record import EarlyHelp
from mappings.early_help.translation import ELEMENTS_BY_PLACE
from mappings.fidelity import Fate, Leaf, Ledger

Shape = Mapping[str, "Shape | None"]
"""The members that an object may have, each with the shape of its own objects, if it has any."""

NOT_ON_THE_WIRE = frozenset({"source"})
"""Members of items that never leave the gateway, and that nobody can tell it."""


_CONTAINERS = (dict, list)


def account(document: object) -> Ledger:
    """Return the fate of every leaf of *document*, the decoded JSON of an early-help record.

    >>> [leaf.place for leaf in account({"format": "early-help/1", "shoe": {"size": 3}}).leaves]
    ['/format', '/shoe/size']
    """
    return Ledger(tuple(_leaves(document, _shape(), ())))


def unknown_members(document: object) -> list[str]:
    """Return the JSON pointers of the members of *document* that the format does not know.

    >>> unknown_members({"format": "early-help/1", "shoe": {"size": 3, "width": 4}})
    ['/shoe']
    """
    found: list[tuple[str, ...]] = []
    _add_unknown(document, _shape(), (), found)
    return [pointer_to(place) for place in found]


def pointer_to(place: tuple[str, ...]) -> str:
    """Return *place*, names and positions from the top, as a JSON pointer (RFC 6901).

    >>> pointer_to(("a/b", "0"))
    '/a~1b/0'
    """
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in place)


def _leaves(value: object, shape: Shape | None, place: tuple[str, ...]) -> Iterator[Leaf]:
    for name, child, within, is_known in _members(value, shape):
        if is_known:
            yield from _leaves(child, within, (*place, name))
        else:
            yield from (
                Leaf(pointer_to(leaf), Fate.UNMAPPED) for leaf in _ends(child, (*place, name))
            )
    if not isinstance(value, dict | list) or not value:
        yield _known(place)


def _known(place: tuple[str, ...]) -> Leaf:
    if place == ("notice",):
        return Leaf(pointer_to(place), Fate.LOST, note="each view has its own notice")
    names = tuple(name for name in place if not name.isdecimal())
    element = next((ELEMENTS_BY_PLACE[head] for head in _heads(names)), None)
    return Leaf(pointer_to(place), Fate.KEPT, element)


def _heads(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (names[:length] for length in (1, 2, 3) if names[:length] in ELEMENTS_BY_PLACE)


def _add_unknown(
    value: object, shape: Shape, place: tuple[str, ...], found: list[tuple[str, ...]]
) -> None:
    # Nearly all documents have none, so that only objects and lists are gone into.
    if isinstance(value, list):
        for position, child in enumerate(value):
            if isinstance(child, _CONTAINERS):
                _add_unknown(child, shape, (*place, str(position)), found)
    elif isinstance(value, dict):
        for name, child in value.items():
            if name not in shape:
                found.append((*place, name))
            elif isinstance(child, _CONTAINERS):
                _add_unknown(child, shape[name] or {}, (*place, name), found)


def _members(
    value: object, shape: Shape | None
) -> Iterator[tuple[str, object, Shape | None, bool]]:
    """Yield the members of *value*: name or position, value, its shape, and whether it is known."""
    if isinstance(value, list):
        for position, child in enumerate(value):
            yield str(position), child, shape, True
    elif isinstance(value, dict):
        for name, child in value.items():
            is_known = shape is not None and name in shape
            yield name, child, shape[name] if shape and is_known else None, is_known


def _ends(value: object, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    children = list(_members(value, None))
    if not children:
        yield place
    for name, child, _, _ in children:
        yield from _ends(child, (*place, name))


@cache
def _shape() -> Shape:
    return _shape_of(inspect.type_info(EarlyHelp)) or {}


def _shape_of(kind: inspect.Type) -> Shape | None:
    match kind:
        case inspect.StructType(fields=fields):
            return {
                field.encode_name: _shape_of(field.type)
                for field in fields
                if field.encode_name not in NOT_ON_THE_WIRE
            }
        case inspect.VarTupleType(item_type=item):
            return _shape_of(item)
        case inspect.UnionType(types=kinds):
            return next((found for one in kinds if (found := _shape_of(one)) is not None), None)
        case _:
            return None
