"""Places of a message (FHIRPath, as items have them) found in the message as plain JSON."""

import re
from typing import Final, cast

from mappings.language.trees import Address, Node, Tree

# What a Patient has as a plain value, beside which something is told.
PLAIN: Final = frozenset({"birthDate", "gender"})
# What an item is made of that cannot go without what holds it.
_HELD: Final = frozenset({"language", "detail"})
_STEP: Final = re.compile(r"\.?([A-Za-z]+)(?:\('([^']*)'\))?(?:\[(\d+)\])?")
_ROOT: Final = "Bundle"


def address_of(plain: Tree, place: str) -> Address:
    """Return the names and positions that lead to *place* in *plain*, a Bundle.

    >>> bundle = {"entry": [{"resource": {"extension": [{"url": "a"}, {"url": "b"}]}}]}
    >>> address_of(bundle, "Bundle.entry[0].resource.extension('b')")
    ('entry', 0, 'resource', 'extension', 1)
    """
    address: list[str | int] = []
    node: Node = plain
    for name, url, number in _STEP.findall(place.removeprefix(_ROOT)):
        address.append(name)
        node = cast("Tree", node).get(name)
        if url or number:
            position = int(number or 0)
            if url:
                urls = [cast("Tree", one).get("url") for one in cast("list[Node]", node)]
                position = [at for at, one in enumerate(urls) if one == url][position]
            address.append(position)
            node = cast("list[Node]", node)[position]
    return tuple(address)


def node_at(plain: Tree, address: Address) -> Node:
    """Return what stands at *address*; of a plain value, that with what is told beside it."""
    *above, last = address
    if last in PLAIN:
        holder = cast("Tree", node_at(plain, tuple(above)))
        return {name: holder[name] for name in (str(last), f"_{last}") if name in holder}
    node: Node = plain
    for step in address:
        node = node[step]  # type: ignore[index]  # an address leads somewhere
    return node


def put(plain: Tree, address: Address, node: Node) -> None:
    """Put *node*, as `node_at` returns it, at *address*."""
    *above, last = address
    holder = node_at(plain, tuple(above))
    if last in PLAIN and isinstance(holder, dict):
        for name in (str(last), f"_{last}"):
            holder.pop(name, None)
        holder.update(cast("Tree", node))
    else:
        holder[last] = node  # type: ignore[index]  # an address leads somewhere


def take_out(plain: Tree, address: Address) -> None:
    """Remove what stands at *address*: an entry with its resource, a list with its last member.

    >>> plain = {"entry": [{"resource": {"name": [{"text": "a"}]}}]}
    >>> take_out(plain, ("entry", 0, "resource", "name", 0))
    >>> plain
    {'entry': [{'resource': {}}]}
    """
    *above, last = address
    if last in PLAIN:
        put(plain, address, {})
        return
    if last in _HELD or last == "resource":
        take_out(plain, tuple(above))
        return
    holder = node_at(plain, tuple(above))
    del holder[last]  # type: ignore[union-attr, arg-type]  # an address leads somewhere
    if holder == []:
        take_out(plain, tuple(above))


def form_of(plain: Tree, address: Address) -> tuple[str, ...]:
    """Return what kind of thing stands at *address*: a resource's type, and the names below it.

    Where in a questionnaire a question stands says nothing of its kind.
    """
    resource = cast("Tree", node_at(plain, address[:3]))
    below = [str(step) for step in address[3:] if isinstance(step, str)]
    names = [name for at, name in enumerate(below) if name != "item" or at == len(below) - 1]
    node = node_at(plain, address)
    url = node.get("url") if isinstance(node, dict) and "extension" in names else None
    return (str(resource["resourceType"]), *names, *((str(url),) if url else ()))
