"""What is newly said, put where a message has it: in a resource that is there, or in a new one."""

from collections.abc import Iterator, Mapping
from typing import cast

from mappings.bars.writing.spots import PLAIN, node_at
from mappings.language.trees import Address, Node, Tree


def add(plain: Tree, targets: Mapping[str, Tree], written: Tree, address: Address) -> None:
    """Add to *plain*, a message, what stands at *address* of the message *written*.

    *targets* are the resources of the child in *plain*, by type, that take more than one thing.
    """
    entry = cast("Tree", node_at(written, address[:2]))
    resource, below = cast("Tree", entry["resource"]), address[3:]
    target = targets.get(str(resource["resourceType"]))
    if target is None:
        _append(plain, "entry", entry | {"resource": _undated(resource)})
    elif below[0] == "item":
        _add_answers(target, resource, {str(one["linkId"]): one for one in _questions(target)})
    elif below[0] in PLAIN:
        target.update(cast("Tree", node_at(written, address)))
    else:
        name = str(below[0])
        _append(target, name, node_at(resource, below[:2]))


def _undated(resource: Tree) -> Tree:
    return {name: one for name, one in resource.items() if name != "meta"}


def _add_answers(holder: Tree, written: Tree, questions: Mapping[str, Tree]) -> None:
    """Add the answers of *written* to the *questions* that are there, and what else it asks."""
    for one in _members(written, "item"):
        there = questions.get(str(one["linkId"]))
        if there is None:
            _append(holder, "item", one)
            continue
        for answer in _members(one, "answer"):
            _append(there, "answer", answer)
        _add_answers(there, one, questions)


def _questions(node: Tree) -> Iterator[Tree]:
    for one in _members(node, "item"):
        if "linkId" in one:
            yield one
        yield from _questions(one)


def _members(holder: Tree, name: str) -> list[Tree]:
    return cast("list[Tree]", holder.get(name, []))


def _append(holder: Tree, name: str, node: Node) -> None:
    cast("list[Node]", holder.setdefault(name, [])).append(node)
