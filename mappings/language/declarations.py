"""A mapping's file as it stands: YAML, read strictly, each row with its line.

mapping: ctf
describes: a pupil of a Common Transfer File
rows:                         fields of items that a record holds once
  - {caf: "child/birth/born_on", theirs: DOB, via: iso_date}
  - {theirs: Admissions/**, lossy: "..."}
items:                        items of several rows, once or for each element
  - item: people/carers
    each: Contacts/Contact
    const: {about: parent-or-carer}
    rows:
      - {caf: relationship, theirs: Relationship, via: "code:ctf-relationship"}
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import yaml
from msgspec import Struct

from mappings.errors import MappingSyntaxError

Texts = str | tuple[str, ...]
_AT: Final = re.compile(r" - at `\$(.*)`$")
_STEP: Final = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")


class RowDeclaration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row: *caf* and *theirs* stand for one another, by way of *via*.

    *also* lists where dirty records have *theirs*: paths, or for each of several a path. Without
    *caf*, what stands at *theirs* is lost, and *lossy* says why. *since* and *until* are the first
    and the last edition of the format that the row is for.
    """

    theirs: Texts
    caf: Texts | None = None
    via: str = "text"
    also: Texts | dict[str, Texts] = ()
    lossy: str | None = None
    since: int | None = None
    until: int | None = None


class ItemDeclaration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One item of the CAF, or with *each* one for every element of a list.

    *when* holds for the node that it is read from; *const* is set on every such item. A *dirty*
    one stands in no schema, but in records all the same: it is read there, never written there
    anew, and says what the sender has to do. One *beside* another is a further item of the same
    elements, and names the field that both have. What is *only_read* is of the format, and not
    written anew all the same: the text says why.
    """

    item: str
    rows: tuple[RowDeclaration, ...]
    each: str | None = None
    when: dict[str, Texts] = {}
    const: dict[str, Texts] = {}
    dirty: str | None = None
    beside: str | None = None
    only_read: str | None = None
    since: int | None = None
    until: int | None = None


class Declaration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole mapping, as its file says it."""

    mapping: str
    describes: str
    rows: tuple[RowDeclaration, ...] = ()
    items: tuple[ItemDeclaration, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of each place in a mapping's *file*."""

    file: str
    lines: dict[tuple[str | int, ...], int]

    def where(self, *place: str | int) -> str:
        """Return file and line of *place*, or of the nearest place around it.

        >>> Lines("pupil.yaml", {(): 1, ("rows", 0): 4}).where("rows", 0, "caf")
        'pupil.yaml:4'
        """
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}"


def parse(text: str, file: str) -> tuple[Declaration, Lines]:
    r"""Return the mapping in *text*, which errors call *file*, or raise `MappingSyntaxError`.

    >>> parse("mapping: shoes\ndescribes: shoes\nrow: []", "shoes.yaml")
    Traceback (most recent call last):
        ...
    mappings.errors.MappingSyntaxError: shoes.yaml:1: object contains unknown field `row`
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"{file}:{mark.line + 1 if mark else 1}: not valid YAML"
        raise MappingSyntaxError(message) from None
    lines = Lines(file, {})
    if node is not None:
        _note_lines(node, (), lines.lines)
    try:
        return msgspec.convert(data, Declaration), lines
    except msgspec.ValidationError as error:
        raise MappingSyntaxError(_located(str(error), lines)) from None


class _Loader(yaml.SafeLoader):
    """SafeLoader in which every plain value but a number is a text, and no key stands twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith(":int")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _no_key_twice(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    for position, (key, _) in enumerate(node.value):
        if key.value in keys[:position]:
            raise yaml.constructor.ConstructorError(None, None, None, key.start_mark)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _no_key_twice)


def _note_lines(
    node: yaml.Node, place: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]
) -> None:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, (*place, str(key.value)), lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            _note_lines(child, (*place, position), lines)


def _located(error: str, lines: Lines) -> str:
    at = _AT.search(error)
    message = _AT.sub("", error)
    place: tuple[str | int, ...] = ()
    for name, position in _STEP.findall(at[1] if at else ""):
        place += (name or (int(position) if position.isdecimal() else position),)
    return f"{lines.where(*place)}: {message[:1].lower()}{message[1:]}"
