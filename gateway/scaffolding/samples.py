"""Samples: what a record, or an XML schema, shows of a format: its form, and every leaf it has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from lxml import etree

from adapters import json_text, xml
from adapters.errors import AdapterError
from adapters.mapped.adapter import SCHEMA
from adapters.mapped.forms import CSV, JSON, XML, Form, name_of
from adapters.xml_trees import document
from gateway.errors import RequestError
from mappings.errors import SchemaError
from mappings.language import xsd
from mappings.language.shapes import Shape
from mappings.language.trees import HERE, Node, Tree

_PLAIN: Final = re.compile(r"@?[\w.:-]+")
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_TRIED: Final = ("2019-01-05", "2019-01-05T09:00:00", "true", "1", "A", "sample", "AB1 2CD")
_DEEPEST: Final = 12


@dataclass(slots=True)
class Branch:
    """One node of a format: what is below it by name, and the texts seen in it.

    *codes* is its closed list, where a schema has one.
    """

    repeats: bool = False
    children: dict[str, "Branch"] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    codes: frozenset[str] | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether nothing is below it."""
        return not self.children

    def below(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], "Branch"]]:
        """Yield every node below this one, with its path."""
        for name, child in self.children.items():
            yield (*path, name), child
            yield from child.below((*path, name))


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of a format.

    *form* is how it is on the wire, *kind* the end of its media type and of its files' names;
    *example* is a record of it, and *schema* the files of its schema, if that was given.
    *left_out* are names that no path can have.
    """

    form: Form
    kind: str
    root: Branch
    example: bytes
    schema: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def look_at(file: Path, record: str = "") -> Sample:
    """Return what *file*, a sample (XML, JSON, CSV) or an XML schema, shows of its format.

    A file of several children has them at *record*, a path of names. Raises `RequestError` where
    it is none of these, or has none there.
    """
    payload = file.read_bytes()
    try:
        match file.suffix.lower():
            case ".xsd":
                return _of_schema(file, payload, record)
            case ".xml":
                return _of_xml(payload, record)
            case ".json":
                return _of_json(payload, record)
            case ".csv":
                return _of_csv(payload)
            case _:
                message = "a sample is an .xml, .json or .csv file, a schema an .xsd file"
                raise RequestError(message)
    except (AdapterError, SchemaError) as error:
        message = f"`{file.name}` cannot be taken as a sample: {error}"
        raise RequestError(message) from None


def _of_xml(payload: bytes, record: str) -> Sample:
    name = etree.QName(xml.parse(payload))
    form = XML(name.localname, name.namespace, record)
    trees = [_without_namespaces(one.tree) for one in form.parse(payload, Shape())]
    return _sample(form, "xml", trees, payload)


def _without_namespaces(tree: Tree) -> Tree:
    return {name: node for name, node in tree.items() if "{" not in name}


def _of_json(payload: bytes, record: str) -> Sample:
    above = f"{record}/" if record else ""
    every = set(_unquoted(json_text.parse(payload), ""))
    unquoted = (one.removeprefix(above) for one in every if one.startswith(above))
    form = JSON(tuple(sorted(unquoted)), record)
    return _sample(form, "json", [one.tree for one in form.parse(payload, Shape())], payload)


def _unquoted(node: object, path: str) -> Iterator[str]:
    """Yield the paths at which a number, true or false stands."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _unquoted(child, f"{path}/{name}".lstrip("/"))
    elif isinstance(node, list):
        for child in node:
            yield from _unquoted(child, path)
    elif isinstance(node, (int, float, Decimal)):
        yield path


def _of_csv(payload: bytes) -> Sample:
    head = payload.decode("utf-8-sig", "replace").splitlines()
    if not head:
        message = "the table is empty"
        raise RequestError(message)
    import csv  # noqa: PLC0415 - for the titles alone

    titles = tuple(title.strip() for title in next(csv.reader(head)))
    form = CSV(titles)
    sample = _sample(form, "csv", [one.tree for one in form.parse(payload, Shape())], payload)
    for title in titles:  # a column that is empty in the sample is a column
        sample.root.children.setdefault(name_of(title), Branch())
    return sample


def _sample(form: Form, kind: str, trees: list[Tree], payload: bytes) -> Sample:
    if not trees:
        message = "the sample has no record there"
        raise RequestError(message)
    root, left_out = Branch(), dict[str, None]()
    for tree in trees:
        _grow(root, tree, left_out)
    return Sample(form, kind, root, payload, left_out=tuple(left_out))


def _grow(branch: Branch, node: Node, left_out: dict[str, None]) -> None:
    """Add to *branch* what *node* shows of it."""
    if isinstance(node, list):
        branch.repeats = True
        for child in node:
            _grow(branch, child, left_out)
    elif isinstance(node, dict):
        for name, child in node.items():
            if _PLAIN.fullmatch(name) and name != HERE:
                _grow(branch.children.setdefault(name, Branch()), child, left_out)
            else:
                left_out[name] = None
    elif node is not None:
        branch.texts.append(str(node))


def _of_schema(file: Path, payload: bytes, record: str) -> Sample:
    declared = [one.get("name", "") for one in xml.parse(payload).iterchildren(f"{_XS}element")]
    if not declared:
        message = f"`{file.name}` declares no element of its own"
        raise RequestError(message)
    shape = xsd.shape(file, declared[0])
    example = document(declared[0], _as_tree(_branch(shape, 0)), shape)
    child = shape.find(record.split("/")) if record else shape
    if child is None:
        message = f"`{file.name}` has no `{record}`"
        raise RequestError(message)
    form = XML(declared[0], record=record)
    schema = {SCHEMA: payload, **dict(_included(file.parent, payload))}
    return Sample(form, "xml", _branch(child, 0), example, schema)


def _included(folder: Path, payload: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files that the schema in *payload* includes, by name."""
    for one in xml.parse(payload).iterchildren(f"{_XS}include"):
        name = one.get("schemaLocation", "")
        content = (folder / name).read_bytes()
        yield name, content
        yield from _included(folder, content)


def _branch(shape: Shape, depth: int) -> Branch:
    below = shape.children.items() if depth < _DEEPEST else ()
    children = {name: _branch(child, depth + 1) for name, child in below}
    return Branch(shape.repeats, children, _texts(shape) if not children else [], shape.codes)


def _texts(shape: Shape) -> list[str]:
    """Return a text that may stand in a leaf of *shape*, if one is found."""
    if shape.codes:
        return [min(shape.codes)]
    accepts = shape.accepts
    tried = ("sample", *_TRIED) if accepts is None else _TRIED
    return [text for text in tried if accepts is None or accepts(text)][:1]


def _as_tree(branch: Branch) -> Tree:
    """Return an example of *branch*: one of each of its leaves."""
    tree: Tree = {}
    for name, child in branch.children.items():
        node: Node = _as_tree(child) if child.children else next(iter(child.texts), None)
        if node:
            tree[name] = [node] if child.repeats else node
    return tree


def tree_shape(branch: Branch) -> Iterator[str]:
    """Yield the paths of *branch* as `mappings.language.shapes.of_paths` reads them."""

    def marked(path: tuple[str, ...]) -> str:
        node, names = branch, []
        for name in path:
            node = node.children[name]
            names.append(f"{name}*" if node.repeats else name)
        return "/".join(names)

    for path, _ in branch.below():
        yield marked(path)
