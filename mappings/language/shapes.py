"""Shapes: what a format may hold, whichever way its own schema says so.

A shape is the one thing that the language asks of a schema: which names stand where, which of
them repeat, and which texts a closed list allows. It comes from Structs (`of_struct`), from an
XML schema (`mappings.language.xsd`) or from a list of columns or segments (`of_paths`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct, inspect

from mappings.language.trees import HERE, Address, Node

_DEEPEST: Final = 8  # shapes may hold themselves: an extension has extensions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """One node of a format: its *children* by name, in the order in which they are written.

    *codes* are the texts that a closed list allows; None where it is not closed. *accepts* says
    which texts the format allows here; None where it allows any. What *is_required* stands in
    every node around it.
    """

    children: Mapping[str, "Shape"] = field(default_factory=dict)
    repeats: bool = False
    codes: frozenset[str] | None = None
    accepts: Callable[[str], bool] | None = None
    is_required: bool = False

    def find(self, names: Iterable[str]) -> "Shape | None":
        """Return the shape at *names* below this one; None where there is none.

        >>> of_paths(["PID/3*/1"]).find(("PID", "3")).repeats
        True
        >>> of_paths(["PID/3*/1"]).find(("PID", "33")) is None
        True
        """
        found: Shape | None = self
        for name in names:
            found = found.children.get(name) if found else None
        return found

    def paths(self, deepest: int = _DEEPEST) -> Iterator[str]:
        """Yield the path of every node below this one, to a depth of *deepest* names.

        >>> list(of_paths(["PID/3*/1"]).paths())
        ['PID', 'PID/3', 'PID/3/1']
        """
        if deepest:
            for name, child in self.children.items():
                yield name
                yield from (f"{name}/{below}" for below in child.paths(deepest - 1))


def of_paths(paths: Iterable[str], accepts: Callable[[str], bool] | None = None) -> Shape:
    """Return the shape that *paths* declare: columns, or segments with their fields.

    A name that ends in `*` repeats. *accepts* says which texts the format allows anywhere.

    >>> of_paths(["CHILD", "SEX"]).find(("SEX",)).repeats
    False
    """
    root: dict[str, Shape] = {}
    for path in paths:
        children = root
        for name in path.split("/"):
            here = Shape(repeats=name.endswith("*"), accepts=accepts)
            shape = children.setdefault(name.rstrip("*"), here)
            children = shape.children  # type: ignore[assignment]  # a dict of our own, being filled
    return Shape(children=root)


Beside: TypeAlias = Mapping[type, Mapping[str, type[Struct]]]
"""What stands in a type of Struct beside its own fields, by name."""


def of_struct(kind: type[Struct], beside: Beside | None = None) -> Shape:
    """Return the shape of *kind* as it is encoded: names on the wire, tuples as repeating nodes.

    *beside* has what a tree holds beside the fields of a Struct: of a reference, whom it means.

    >>> from mappings.caf.assessment import Assessment
    >>> of_struct(Assessment).find(("child", "names", "given")).repeats
    True
    """
    return _of_type(inspect.type_info(kind), {}, beside or {})


def _of_type(kind: inspect.Type, known: dict[type, Mapping[str, Shape]], beside: Beside) -> Shape:
    match kind:
        case inspect.StructType(cls=cls):
            return Shape(children=_children(cls, kind.fields, known, beside))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            below = _of_type(item, known, beside)
            return Shape(
                children=below.children, repeats=True, codes=below.codes, accepts=below.accepts
            )
        case inspect.UnionType(types=kinds):
            shapes = [_of_type(one, known, beside) for one in kinds]
            return next((one for one in shapes if _says_something(one)), Shape())
        case _:
            return _of_text(kind)


def _of_text(kind: inspect.Type) -> Shape:
    match kind:
        case inspect.EnumType(cls=cls):
            return Shape(codes=frozenset(str(one.value) for one in cls))
        case inspect.LiteralType(values=values):
            codes = frozenset(map(str, values))
            return Shape(codes=codes, accepts=codes.__contains__)
        case inspect.StrType(pattern=pattern, min_length=shortest):
            return Shape(accepts=_accepts(pattern or "", shortest or 0))
        case _:
            return Shape()


def _says_something(shape: Shape) -> bool:
    return bool(shape.children or shape.repeats or shape.codes or shape.accepts)


def _accepts(pattern: str, shortest: int) -> Callable[[str], bool]:
    found = re.compile(pattern)
    return lambda text: (
        len(text) >= shortest and found.search(text) is not None and is_writable(text)
    )


def is_writable(text: str) -> bool:
    r"""Say whether *text* can stand in a record: no control character, no half of a pair.

    >>> is_writable("two\nlines"), is_writable("\0")
    (True, False)
    """
    return UNWRITABLE.search(text) is None


def _children(
    cls: type,
    fields: Iterable[inspect.Field],
    known: dict[type, Mapping[str, Shape]],
    beside: Beside,
) -> Mapping[str, Shape]:
    if cls not in known:
        children: dict[str, Shape] = {}
        known[cls] = children  # before its fields: a type may hold itself
        for one in fields:
            children[one.encode_name] = _of_type(one.type, known, beside)
        for name, kind in beside.get(cls, {}).items():
            children[name] = _of_type(inspect.type_info(kind), known, beside)
    return known[cls]


UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Departure(StrEnum):
    """How a record is not as its format has it."""

    UNKNOWN = "unknown-element"
    REPEATED = "repeated-element"
    STRAY_TEXT = "stray-text"
    EMPTY = "empty-element"


def departures(
    node: Node, shape: Shape, address: Address = ()
) -> Iterator[tuple[Departure, Address]]:
    """Yield where *node* is not as *shape* has it, with the address of each such place.

    >>> list(departures({"a": {"b": "1"}, "c": ["1", "2"]}, of_paths(["a", "c"])))
    [(<Departure.UNKNOWN: 'unknown-element'>, ('a', 'b')), \
(<Departure.REPEATED: 'repeated-element'>, ('c',))]
    """
    if isinstance(node, list):
        for position, child in enumerate(node):
            yield from departures(child, shape, (*address, position))
    elif isinstance(node, dict):
        for name, child in node.items():
            found = shape.children.get(name)
            at = (*address, name)
            if name == HERE:
                yield Departure.STRAY_TEXT, address
            elif found is None:
                yield Departure.UNKNOWN, at
            else:
                if isinstance(child, list) and not found.repeats:
                    yield Departure.REPEATED, at
                if child == "" and found.children:
                    yield Departure.EMPTY, at
                yield from departures(child, found, at)
