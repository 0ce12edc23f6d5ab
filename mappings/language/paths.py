"""Paths into a record: parsed once, checked against a shape, and made to get, put and drop.

Surname                                 a name
BasicDetails/NCyearActual               names from the node that the row belongs to
Languages/Type[LanguageType=F]/Language of those that repeat, the first that has this text;
                                        where there is none, it is written with it
Phones/Phone[1]/PhoneNo                 the first of those that repeat
../Stage                                of the repeating element around this one
.                                       the text itself, of a repeating element that is a text
NAWdetails/**                           all that is below: only for what is lost
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mappings.language.shapes import Shape
from mappings.language.trees import HERE, Address, Node, Tree

ABOVE: Final = ".."
BELOW: Final = "**"

_STEP: Final = re.compile(r"(@?[\w.:-]+|\*\*)(?:\[(1|([@\w.:-]+)=([^\]]*))\])?(?:/|$)")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a *name*, and of those that repeat which one.

    *where* is the name and the text that the chosen one has; *is_first* takes the first.
    """

    name: str
    where: tuple[str, str] | None = None
    is_first: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it goes to a node that does not repeat."""
        return self.where is None and not self.is_first


def parse(text: str) -> tuple[Step, ...] | None:
    """Return the steps of the path *text*; None where it is not a path.

    >>> parse("Type[LanguageType=F]/Language")
    (Step(name='Type', where=('LanguageType', 'F'), is_first=False), \
Step(name='Language', where=None, is_first=False))
    >>> parse("Type[LanguageType") is None
    True
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or found.end() == position:
            return None
        name, chosen, key, value = found.groups()
        steps.append(Step(name, (key, value) if key else None, chosen == "1"))
        position = found.end()
    return None if not steps or text.endswith("/") else tuple(steps)


class Fault(NamedTuple):
    """What is wrong with a path: *is_unknown* where the shape lacks a name of it."""

    message: str
    is_unknown: bool


def fault_of(steps: tuple[Step, ...], shape: Shape) -> Fault | None:
    """Return what is wrong with *steps* in *shape*, if anything: a name that it lacks, or a list.

    >>> from mappings.language.shapes import of_paths
    >>> phone = of_paths(["Phone*/No"])
    >>> fault_of(parse("Phone/No"), phone).message
    '`Phone` repeats: choose one, `Phone[1]`, or take each'
    >>> fault_of(parse("Phone[1]/No"), phone) is None
    True
    """
    names: list[str] = []
    for position, step in enumerate(steps):
        if step.name in {BELOW, HERE}:
            continue
        names.append(step.name)
        found = shape.find(names)
        if found is None:
            return Fault(f"there is no `{'/'.join(names)}`", is_unknown=True)
        if step.where and step.where[0] not in found.children:
            return Fault(f"there is no `{'/'.join([*names, step.where[0]])}`", is_unknown=True)
        if not step.is_plain and not found.repeats:
            return Fault(f"`{'/'.join(names)}` does not repeat: take it as it is", is_unknown=False)
        if step.is_plain and found.repeats and position < len(steps) - 1:
            choice = f"choose one, `{step.name}[1]`, or take each"
            return Fault(f"`{'/'.join(names)}` repeats: {choice}", is_unknown=False)
    return None


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a record: `get` what stands there, `put` something there, `drop` it.

    *accepts* says which texts the format allows there; None where it allows any.

    >>> slot = Slot(parse("Type[LanguageType=F]/Language"))
    >>> tree = {}
    >>> slot.put(tree, "AKA")
    >>> tree, slot.get(tree)
    ({'Type': [{'LanguageType': 'F', 'Language': 'AKA'}]}, 'AKA')
    >>> slot.drop(tree)
    >>> tree, slot.get(tree)
    ({}, None)
    """

    steps: tuple[Step, ...]
    accepts: Callable[[str], bool] | None = field(default=None, repr=False, compare=False)
    get: Callable[[Tree], Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "get", getter(self.steps))

    def __str__(self) -> str:
        return "/".join(map(_text_of, self.steps))

    def locate(self, tree: Tree) -> Address | None:
        """Return the address of what stands here in *tree*; None where nothing does."""
        return _locate(tree, self.steps)

    def put(self, tree: Tree, value: Node) -> None:
        """Write *value* here, with all that leads to it."""
        for step in self.steps[:-1]:
            tree = _made(tree, step)
        last = self.steps[-1]
        if last.is_first:
            tree[last.name] = [value, *_list(tree.get(last.name))[1:]]
        else:
            tree[last.name] = value

    def drop(self, tree: Tree) -> None:
        """Take what stands here out of *tree*, and what led to it and holds nothing else."""
        _drop(tree, self.steps)


def _text_of(step: Step) -> str:
    if step.is_first:
        return f"{step.name}[1]"
    return f"{step.name}[{step.where[0]}={step.where[1]}]" if step.where else step.name


def getter(steps: tuple[Step, ...]) -> Callable[[Tree], Node]:
    """Return the quickest way along *steps*: nearly all paths are one or two plain names."""
    names = [step.name for step in steps]
    plan = tuple((step.name, None if step.is_plain else step) for step in steps)
    if not all(step.is_plain for step in steps):
        return lambda tree: _chosen(tree, plan)
    match names:
        case [only]:
            return lambda tree: tree.get(only)
        case [first, second]:
            return lambda tree: (
                found.get(second) if type(found := tree.get(first)) is dict else None
            )
        case _:
            return lambda tree: _chosen(tree, plan)


def _chosen(tree: Tree, plan: tuple[tuple[str, Step | None], ...]) -> Node:
    node: Node = tree
    for name, step in plan:
        if type(node) is not dict:
            return None
        node = node.get(name)
        if step is not None:
            nodes = _list(node)
            position = _position(nodes, step)
            node = None if position is None else nodes[position]
    return node


def _locate(tree: Tree, steps: tuple[Step, ...]) -> Address | None:
    node: Node = tree
    address: list[str | int] = []
    for step in steps:
        if type(node) is not dict or node.get(step.name) is None:
            return None
        node = node[step.name]
        address.append(step.name)
        if not step.is_plain:
            nodes = _list(node)
            position = _position(nodes, step)
            if position is None:
                return None
            node = nodes[position]
            address.append(position)
    return tuple(address)


def _list(node: Node) -> list[Node]:
    return node if type(node) is list else []


def _position(nodes: list[Node], step: Step) -> int | None:
    """Return which of *nodes* the step chooses; None where there is none."""
    if step.where is None:
        return 0 if nodes else None
    name, text = step.where
    for position, node in enumerate(nodes):
        if type(node) is dict and node.get(name) == text:
            return position
    return None


def _made(tree: Tree, step: Step) -> Tree:
    """Return the node at *step* of *tree*, made where there is none."""
    if step.is_plain:
        found = tree.get(step.name)
        if type(found) is not dict:
            found = tree[step.name] = {}
        return found
    nodes = _list(tree.get(step.name))
    position = _position(nodes, step)
    chosen = None if position is None else nodes[position]
    if type(chosen) is not dict:
        chosen = {step.where[0]: step.where[1]} if step.where else {}
        nodes.append(chosen)
        tree[step.name] = nodes
    return chosen


def _drop(tree: Tree, steps: tuple[Step, ...]) -> None:
    step, *rest = steps
    node = tree.get(step.name)
    if step.is_plain:
        if rest and type(node) is dict:
            _drop(node, tuple(rest))
        if not rest or not node:
            tree.pop(step.name, None)
        return
    nodes = _list(node)
    position = _position(nodes, step)
    if position is None:
        return
    chosen = nodes[position]
    if rest and type(chosen) is dict:
        _drop(chosen, tuple(rest))
    if not rest or not chosen or chosen == dict([step.where] if step.where else []):
        del nodes[position]
    if not nodes:
        tree.pop(step.name, None)
