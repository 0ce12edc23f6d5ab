"""XML elements as trees of a shape, and trees as XML documents.

`adapters.xml_stream` and `adapters.xml` parse; nothing here reads bytes from outside.
"""

import re
from functools import lru_cache
from typing import Final, TypeAlias

from lxml import etree

from adapters.errors import TooLargeError
from adapters.xml import MAX_DEPTH
from mappings.language.shapes import Shape
from mappings.language.trees import HERE, Node, Tree

_TOO_DEEP: Final = etree.XPath(f"boolean({'*/' * MAX_DEPTH}*)")
_EMPTY: Final = re.compile("<([^<>]+)/>")
_ESCAPED: Final = (("&lt;", "<"), ("&gt;", ">"), ("&#13;", "\r"), ("&amp;", "&"))


def tree_of(element: etree._Element, shape: Shape, departed: list[str]) -> Tree:
    """Return *element* as a tree of *shape*; what the shape does not have is in it all the same.

    *departed* gets a name if anything is not as the shape has it: then
    `mappings.language.shapes.departures` finds the places. Raises `TooLargeError` where it is
    nested too deep.

    >>> from mappings.language.shapes import of_paths
    >>> tree_of(etree.XML("<a><b>1</b><c>2</c></a>"), of_paths(["b", "c*"]), [])
    {'b': '1', 'c': ['2']}
    >>> departed = []
    >>> tree_of(etree.XML("<a><b>1</b><d/></a>"), of_paths(["b", "c*"]), departed), departed
    ({'b': '1', 'd': ''}, ['a'])
    """
    try:
        return _plain(element, shape)
    except _NotPlainError:
        if _TOO_DEEP(element):
            raise too_deep() from None
        departed.append(element.tag)
        return _with_all(element, shape)


class _NotPlainError(Exception):
    """There is more than elements and their texts, each where the shape has it."""


def _plain(element: etree._Element, shape: Shape) -> Tree:
    """Return *element*, which is made of elements and texts alone, all as *shape* has them.

    It is read from the text that libxml2 writes of it: to ask each element for its name and its
    text takes three times as long. After an end there come the names that begin, and then the text
    of the last of them, which the next end follows:

        </UPN><PersonBirthDate>2014-06-03</PersonBirthDate></ChildIdentifiers><ChildCharacteristics>

    Raises `_NotPlainError` for anything else.
    """
    text = _written(element)
    is_escaped = "&" in text
    tree: Tree = {}
    above = [(tree, shape)]
    is_leaf = True  # whether what ends is a text, not elements
    for piece in text.split("</"):
        names, _, value = piece.rpartition(">")
        if not is_leaf:
            tree, shape = above.pop()
        holders, name, found = _begun(names, shape)
        if not name:
            if value:
                raise _NotPlainError
            is_leaf = False
            continue
        for outer, inner in holders:
            above.append((tree, shape))
            tree, shape = _joined(tree, outer, inner), inner
        if value:
            value = (_unescaped(value) if is_escaped else value).strip()
        if not value and found.children:
            raise _NotPlainError
        if name not in tree:
            tree[name] = [value] if found.repeats else value
        elif found.repeats:
            tree[name].append(value)  # type: ignore[union-attr]  # a list, as it repeats
        else:
            raise _NotPlainError
        is_leaf = True
    return tree


def _written(element: etree._Element) -> str:
    text: str = etree.tostring(element, encoding="unicode", with_tail=False)
    if not text.startswith(f"<{element.tag}>"):  # it has attributes, or nothing in it
        raise _NotPlainError
    return _EMPTY.sub(r"<\1></\1>", text) if "/>" in text else text


_Named: TypeAlias = tuple[str, Shape]


@lru_cache(maxsize=4096)  # the same few come with each record; what raises is not held
def _begun(names: str, shape: Shape) -> tuple[tuple[_Named, ...], str, Shape]:
    """Return which elements begin in *names* after an end, in an element of *shape*.

    Those that hold others come first, each with its shape, and then the last of them.

    >>> from mappings.language.shapes import of_paths
    >>> holders, name, _ = _begun("Who><What><Sex", of_paths(["What/Sex"]))
    >>> [outer for outer, _ in holders], name
    (['What'], 'Sex')
    """
    begun: list[_Named] = []
    _, *rest = names.split("><")
    if names.count(">") > len(rest):  # a text beside elements
        raise _NotPlainError
    for name in rest:
        if name not in shape.children:
            raise _NotPlainError
        shape = shape.children[name]
        begun.append((name, shape))
    return (tuple(begun[:-1]), *begun[-1]) if begun else ((), "", shape)


def _joined(tree: Tree, name: str, shape: Shape) -> Tree:
    """Return a new tree, which *tree* now has at *name*."""
    node: Tree = {}
    if shape.repeats:
        there = tree.setdefault(name, [])
        there.append(node)  # type: ignore[union-attr]  # a list, as it repeats
    elif name in tree:
        raise _NotPlainError
    else:
        tree[name] = node
    return node


def _unescaped(text: str) -> str:
    for escaped, plain in _ESCAPED:
        text = text.replace(escaped, plain)
    return text


def _with_all(element: etree._Element, shape: Shape) -> Tree:
    """Return *element* as a tree with its attributes, and the text beside its elements."""
    tree: Tree = {f"@{name!s}": str(value) for name, value in element.items()}
    for child in element:
        found = shape.children.get(child.tag, _UNKNOWN)
        is_leaf = not len(child) and not child.attrib
        node = (child.text or "").strip() if is_leaf else _with_all(child, found)
        if found.repeats and child.tag not in tree:
            tree[child.tag] = [node]
        elif child.tag in tree:
            _add(tree, child.tag, node)
        else:
            tree[child.tag] = node
    stray = " ".join("".join(filter(None, [element.text, *(one.tail for one in element)])).split())
    return {**tree, HERE: stray} if stray else tree


def _add(tree: Tree, name: str, node: Node) -> None:
    there = tree[name]
    tree[name] = [*there, node] if isinstance(there, list) else [there, node]


def document(name: str, tree: Tree, shape: Shape) -> bytes:
    """Return *tree* as an XML document whose root is *name*, its elements in the shape's order.

    >>> from mappings.language.shapes import of_paths
    >>> document("a", {"c": ["2"], "b": "1 < 2"}, of_paths(["b", "c*"])).splitlines()[1:]
    [b'<a>', b'  <b>1 &lt; 2</b>', b'  <c>2</c>', b'</a>']
    """
    root = etree.Element(name)
    _write(root, tree, shape)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _write(parent: etree._Element, tree: Tree, shape: Shape) -> None:
    order = {name: position for position, name in enumerate(shape.children)}
    for name in sorted(tree, key=lambda name: order.get(name, len(order))):
        found = shape.children.get(name, _UNKNOWN)
        held = tree[name]
        for node in held if isinstance(held, list) else [held]:
            if name.startswith("@"):
                parent.set(name[1:], str(node))
            elif name == HERE:
                parent.text = str(node)
            elif isinstance(node, dict):
                _write(etree.SubElement(parent, name), node, found)
            elif node is not None:
                etree.SubElement(parent, name).text = str(node)


def too_deep(where: str = "") -> TooLargeError:
    """Return the error of an element that is nested too deep, at *where*."""
    return TooLargeError(f"the XML is nested more than {MAX_DEPTH} deep", "too-deep", where=where)


_UNKNOWN: Final = Shape()
