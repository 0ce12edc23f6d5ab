"""Changing a tree of FHIR's JSON by the difference of two others: what both say alike, stays.

    base   a part of the message as it came
    old    what we would have written for it before
    new    what we write for it now

Only where *old* and *new* differ is *base* touched; what neither knows is left where it stands.
Extensions are told apart by their URL, members of other lists by what they hold.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Final, cast

from mappings.language.trees import Node, Tree

# What said the same as a text that is now told outright.
_PARTS_OF_A_TEXT: Final = frozenset(
    {"family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode"}
)


def merged(base: Node, old: Node, new: Node, *, is_sure: bool = False) -> Node:
    """Return *base* changed as *new* differs from *old*; where it *is_sure*, all of *new* is told.

    >>> merged({"a": "1", "x": "?"}, {"a": "1"}, {"a": "2"})
    {'a': '2', 'x': '?'}
    >>> merged({"a": "one"}, {"a": "1"}, {"a": "1"})
    {'a': 'one'}
    """
    if old == new and not is_sure:
        return base
    if isinstance(base, dict) and isinstance(new, dict):
        return _merged_objects(base, old if isinstance(old, dict) else {}, new, is_sure=is_sure)
    if isinstance(base, list) and isinstance(new, list):
        return _merged_lists(base, old if isinstance(old, list) else [], new, is_sure=is_sure)
    return new


def _merged_objects(base: Tree, old: Tree, new: Tree, *, is_sure: bool) -> Tree:
    found = dict(base)
    for name in dict.fromkeys((*new, *old)):
        if name not in new:
            found.pop(name, None)
        elif name in base:
            found[name] = merged(base[name], old.get(name), new[name], is_sure=is_sure)
        elif is_sure or old.get(name) != new[name]:
            found[name] = new[name]
    if "text" in found and "text" not in base:
        found = {at: one for at, one in found.items() if at in new or at not in _PARTS_OF_A_TEXT}
    if "display" in found and "display" not in base:
        found.pop("reference", None)  # it leads to somebody of another name
    return {name: one for name, one in found.items() if one != [] or base.get(name) == []}


def _merged_lists(base: list[Node], old: list[Node], new: list[Node], *, is_sure: bool) -> Node:
    here, before, now = _keyed(base), _keyed(old), _keyed(new)
    places = _places(here, before)
    changed: dict[int, Node] = {}
    gone: set[int] = set()
    added: list[Node] = []
    for key in dict.fromkeys((*now, *before)):
        place = places.get(key)
        if key not in now:
            gone |= set() if place is None else {place}
        elif place is not None:
            changed[place] = merged(base[place], before[key], now[key], is_sure=is_sure)
        elif is_sure or before.get(key) != now[key]:
            added.append(now[key])
    kept = [changed.get(at, one) for at, one in enumerate(base) if at not in gone]
    return cast("Node", [*kept, *added])


def _keyed(nodes: list[Node]) -> Mapping[Hashable, Node]:
    """Return *nodes* by what tells them apart: an extension by its URL, others by their place."""
    seen: Counter[str] = Counter()
    keyed: dict[Hashable, Node] = {}
    for place, node in enumerate(nodes):
        url = node.get("url") if isinstance(node, dict) else None
        if isinstance(url, str):
            keyed[url, seen[url]] = node
            seen[url] += 1
        else:
            keyed[place] = node
    return keyed


def _places(base: Mapping[Hashable, Node], old: Mapping[Hashable, Node]) -> dict[Hashable, int]:
    """Return where in *base* stands what each of *old* says."""
    order = {key: place for place, key in enumerate(base)}
    free = [key for key in base if isinstance(key, int)]
    found: dict[Hashable, int] = {}
    for key, one in old.items():
        if not isinstance(key, int):
            if key in order:
                found[key] = order[key]
            continue
        fits = (at for at in free if holds(base[at], one))
        match = next(fits, key if key in free else None)
        if match is not None:
            free.remove(match)
            found[key] = order[match]
    return found


def holds(whole: Node, part: Node) -> bool:
    """Say whether *whole* says all that *part* does.

    >>> holds({"system": "phone", "value": "1", "use": "home"}, {"value": "1"})
    True
    >>> holds({"value": "2"}, {"value": "1"})
    False
    """
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and holds(whole[name], one) for name, one in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(holds(one, each) for one in whole) for each in part)
    return whole == part
