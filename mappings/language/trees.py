"""Records as trees: names, lists and texts, whatever they were on the wire, and their places.

    {"UPN": "B801200005001", "Contacts": {"Contact": [{"Order": "1", "Surname": "Neil"}]}}

An XML element with children is a dict, a repeating one a list, one with text its text, and an
attribute has an `@` before its name. JSON is itself. A row of a table is a dict of its columns.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

Leaf: TypeAlias = str | int | float | bool
Tree: TypeAlias = dict[str, "Node"]
Node: TypeAlias = "Tree | list[Node] | Leaf | None"
Address: TypeAlias = tuple[str | int, ...]
"""The names and positions (from 0) that lead from a record's root to one of its nodes."""

HERE: Final = "."
"""The name of the text itself, in a list of texts taken as a list of trees."""


@dataclass(frozen=True, slots=True, eq=False)  # there are few, and each is itself: quick to hash
class Places:
    """How the places of a format are written: what stands before a name, and a position.

    >>> XPATH.place("/CTfile/Pupil[2]", ("Phones", "Phone", 0))
    '/CTfile/Pupil[2]/Phones/Phone[1]'
    >>> POINTER.place("", ("name", 0, "a/b"))
    '/name/0/a~1b'
    """

    before_name: str
    position: str
    first: int = 0
    escapes: tuple[tuple[str, str], ...] = ()

    def place(self, root: str, address: Address) -> str:
        """Return the place of the node at *address* below *root*."""
        return root + self.suffix(address)

    def suffix(self, address: Address) -> str:
        """Return what leads from a root to the node at *address*."""
        return _suffix(self, address)

    def step(self, step: str | int) -> str:
        """Return one step of a place."""
        if isinstance(step, int):
            return self.position.format(step + self.first)
        if step == HERE:
            return ""
        for plain, escaped in self.escapes:
            step = step.replace(plain, escaped)
        return self.before_name + step


@lru_cache(maxsize=4096)  # the same few addresses come with each record
def _suffix(places: Places, address: Address) -> str:
    return "".join(map(places.step, address))


XPATH: Final = Places("/", "[{}]", first=1)
POINTER: Final = Places("/", "/{}", escapes=(("~", "~0"), ("/", "~1")))  # RFC 6901
FHIRPATH: Final = Places(".", "[{}]")


def leaves(node: Node, address: Address = ()) -> Iterator[tuple[Address, Leaf]]:
    """Yield every leaf below *node* with its address; what is empty or null has none.

    >>> list(leaves({"a": [{"b": "1"}, "2"], "c": {}}))
    [(('a', 0, 'b'), '1'), (('a', 1), '2')]
    """
    if isinstance(node, dict):
        for name, child in node.items():
            yield from leaves(child, (*address, name))
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from leaves(child, (*address, position))
    elif node is not None:
        yield address, node


def shared_start(addresses: Iterable[Address]) -> Address:
    """Return the address that all of *addresses* begin with.

    >>> shared_start([("Address", "Town"), ("Address", "PostCode")]), shared_start([("DOB",)])
    (('Address',), ('DOB',))
    """
    shared: list[str | int] = []
    for steps in zip(*addresses, strict=False):
        if len(set(steps)) > 1:
            break
        shared.append(steps[0])
    return tuple(shared)


def copied(node: Node) -> Node:
    """Return *node* with dicts and lists of its own.

    >>> one = {"a": ["1"]}
    >>> copied(one) == one, copied(one) is one
    (True, False)
    """
    if isinstance(node, dict):
        return {name: copied(child) for name, child in node.items()}
    if isinstance(node, list):
        return [copied(child) for child in node]
    return node
