"""Repeating elements: those of one list, or of the lists within a repeating element around them.

    StageAssessments/KeyStage*/StageAssessment*

gives each StageAssessment, with the KeyStage around it under `..`. Written back, neighbours with
the same KeyStage share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from mappings.language.paths import ABOVE
from mappings.language.rows import as_tree
from mappings.language.trees import HERE, Address, Node, Tree, copied

Names = tuple[str, ...]
_POSITION: Final = "\0position"  # of what is around, while its elements are taken out of it


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of the list at *names*, within those of the list at *around*, if any.

    >>> elements = Elements(("Result",), around=("KeyStage",))
    >>> record = {"KeyStage": [{"Stage": "KS1", "Result": ["W", "2"]}]}
    >>> [node for node, _ in elements.of(record)][0]["."]
    'W'
    >>> written = {}
    >>> elements.replace(written, [node for node, _ in elements.copies(record)])
    >>> written == record
    True
    """

    names: Names
    around: Names | None = None

    def stand_in(self, tree: Tree) -> bool:
        """Say whether there may be any in *tree*: the quickest look."""
        return (self.names if self.around is None else self.around)[0] in tree

    def of(self, tree: Tree) -> list[tuple[Tree, Address]]:
        """Return each element of *tree*, to be read, with its address."""
        if self.around is None:
            return [(as_tree(node), address) for node, address in _nodes(tree, self.names)]
        return [
            ({**as_tree(node), ABOVE: outer}, at + address)
            for outer, at in _nodes(tree, self.around)
            if type(outer) is dict
            for node, address in _nodes(outer, self.names)
        ]

    def address_around(self, address: Address) -> Address:
        """Return the address of what is around the element at *address*."""
        return address[: -len(self.names) - 1]

    def copies(self, tree: Tree) -> Iterator[tuple[Tree, Address]]:
        """Yield each element of *tree*, to be changed; `..` is without what repeats within it."""
        for node, address in self.of(tree):
            alone = as_tree(copied(node))
            if self.around is not None:
                above = as_tree(alone[ABOVE])
                _put(above, self.names, [])
                above[_POSITION] = address[len(self.around)]
            yield alone, address

    def replace(self, tree: Tree, nodes: list[Tree]) -> None:
        """Make *nodes* the elements of *tree*, in their order."""
        if not nodes and not self.of(tree):
            return  # whatever stands there is no list of these, and stays
        if self.around is None:
            _put(tree, self.names, [node.get(HERE, node) for node in nodes])
            return
        # What is around nothing stays: it may hold what this mapping does not know.
        there = [node for node, _ in _nodes(tree, self.around)]
        placed: list[tuple[float, Node]] = [
            (position, node) for position, node in enumerate(there) if not _within(node, self.names)
        ]
        for above, within in _neighbours(nodes):
            position = above.pop(_POSITION, len(there))
            _put(above, self.names, [node.get(HERE, node) for node in within])
            placed.append((position if isinstance(position, int) else len(there), above))
        _put(tree, self.around, [node for _, node in sorted(placed, key=itemgetter(0))])


def _neighbours(nodes: list[Tree]) -> Iterator[tuple[Tree, list[Tree]]]:
    """Yield the nodes that share what is around them, with that; a new one joins its like."""
    shared: Tree | None = None
    within: list[Tree] = []
    for node in nodes:
        above = as_tree(node.pop(ABOVE, {}))
        if shared is not None and not _is_same(above, shared):
            yield shared, within
            within = []
            shared = above
        shared = above if shared is None else shared
        within.append(node)
    if shared is not None:
        yield shared, within


def _is_same(above: Tree, shared: Tree) -> bool:
    if _POSITION in above:
        return above == shared
    return above == {name: node for name, node in shared.items() if name != _POSITION}


def _nodes(tree: Tree, names: Names) -> list[tuple[Node, Address]]:
    """Return the nodes of the list at *names*, with their addresses."""
    node: Node = tree
    for name in names:
        if type(node) is not dict:
            return []
        node = node.get(name)
    if type(node) is not list:
        return []
    return [(child, (*names, position)) for position, child in enumerate(node)]


def _within(node: Node, names: Names) -> bool:
    return type(node) is dict and bool(_nodes(node, names))


def _put(tree: Tree, names: Names, nodes: list[Node]) -> None:
    """Put *nodes* at *names*; without nodes, take out the list and what held nothing else."""
    trail = [tree]
    for name in names[:-1]:
        below = trail[-1].get(name)
        if type(below) is not dict:
            if not nodes:
                return
            below = trail[-1][name] = {}
        trail.append(below)
    if nodes:
        trail[-1][names[-1]] = nodes
        return
    for holder, name in zip(reversed(trail), reversed(names), strict=True):
        if name != names[-1] and holder.get(name):
            return
        holder.pop(name, None)
