"""The encoding with delimiters: texts to trees of segments, fields and components, and back.

Which of its parts a field has is the shape's to say, so that `JONES` and `JONES^JOAN` in a field
with components are both read by component. Limits stand before each split: a text of nothing but
separators is refused before it costs memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from adapters.errors import InvalidRecordError, MalformedPayloadError, TooLargeError
from adapters.health.hl7v2.escapes import DELETED, Escapes
from mappings.language.shapes import Shape
from mappings.language.trees import Node, Tree

STANDARD: Final = "|^~\\&"

MAX_SEGMENTS: Final = 10_000
MAX_PARTS: Final = 1_000
_SEPARATORS: Final = 5
_NOTHING: Final = Shape()
_UNKNOWN: Final = Shape(repeats=True)
_WITHIN: Final = {"NTE": "OBX"}
"""Segments that belong to the one before them, where that is of this kind."""


@dataclass(frozen=True, slots=True)
class Separators:
    """The five that a message declares in its first segment."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    @property
    def text(self) -> str:
        """All five, as they stand there."""
        return self.field + self.component + self.repetition + self.escape + self.subcomponent


def separators_of(line: str, where: str) -> Separators:
    r"""Return what the first segment, *line*, declares, or raise `MalformedPayloadError`.

    >>> separators_of("MSH|^~\\&|HERE", "1:1").text
    '|^~\\&'
    >>> separators_of("MSH|^^\\&|HERE", "1:1")
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: the sender has to declare five different separators, none of them a letter or digit
    """  # noqa: E501 - the doctest's message is one line
    declared = line[3:8]
    between = declared[:1]
    if between and between in declared[1:]:  # fewer than four after it: the usual ones are meant
        declared = STANDARD if declared[1:].partition(between)[0] == "^~" else ""
    is_five = len(set(declared)) == _SEPARATORS
    if not is_five or any(one.isalnum() or one.isspace() or not one.isascii() for one in declared):
        message = (
            "the sender has to declare five different separators, none of them a letter or digit"
        )
        raise MalformedPayloadError(message, "unreadable-separators", where=where)
    return Separators(*declared)


@dataclass(slots=True)
class Message:
    """One message as a tree; *order* are its segments' names, as they follow one another.

    *unread* are escape sequences that stay as they are, by place of their segment; *deleted* says
    how many values the sender took away, *trailing* how many segments end in separators.
    """

    separators: Separators
    tree: Tree = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    deleted: int = 0
    trailing: int = 0


def decode(lines: list[str], shape: Shape, charset: str, first: int = 1) -> Message:
    """Return the message of *lines*, which are segments, the first of them MSH at line *first*.

    *shape* says which segments repeat and which fields have components; hexadecimal escapes are
    of *charset*. Raises `AdapterError` with line and column.
    """
    if len(lines) > MAX_SEGMENTS:
        message = f"a message has at most {MAX_SEGMENTS} segments: the sender has to divide it"
        raise TooLargeError(message, "too-many-segments", where=f"{first + MAX_SEGMENTS}:1")
    return _Decoder(lines, shape, charset, first).message()


class _Decoder:
    """Makes the tree of one message."""

    def __init__(self, lines: list[str], shape: Shape, charset: str, first: int) -> None:
        self.lines = lines
        self.shape = shape
        self.first = self.line = first
        self.above: Tree | None = None
        separators = separators_of(lines[0], f"{first}:1")
        self.made = Message(separators)
        self.between = separators.field
        self.component = separators.component
        self.repetition = separators.repetition
        self.subcomponent = separators.subcomponent
        self.escape = separators.escape
        self.escapes = Escapes(separators.text, charset)

    def message(self) -> Message:
        """Return the message."""
        for line, text in enumerate(self.lines, start=self.first):
            self.line = line
            name = text[:3]
            self._check_name(name, text)
            self.made.order.append(name)
            if name in _WITHIN and self.above is not None:
                self._add(self.above, name, text, self.shape.children[_WITHIN[name]])
            else:
                segment = self._add(self.made.tree, name, text, self.shape)
                self.above = segment if name in _WITHIN.values() else None
        return self.made

    def _add(self, holder: Tree, name: str, text: str, around: Shape) -> Tree:
        """Put the segment *text* into *holder*, whose shape is *around*, and return it."""
        shape = around.children.get(name, _UNKNOWN)
        segment = self._segment(name, text, shape)
        there = holder.get(name)
        if isinstance(there, list):
            there.append(segment)
        elif there is not None:
            holder[name] = [there, segment]
        else:
            holder[name] = [segment] if shape.repeats else segment
        return segment

    def _check_name(self, name: str, text: str) -> None:
        is_name = len(name) == len("MSH") and name.isascii() and name.isalnum() and name.isupper()
        if not is_name or text[3:4] not in {"", self.between}:
            message = "the sender has to begin each segment with its name, and escape line breaks"
            raise InvalidRecordError(message, "malformed-segment", where=f"{self.line}:1")

    def _segment(self, name: str, text: str, shape: Shape) -> Tree:
        fields = self._parts(text, self.between)
        segment: Tree = {}
        if name == "MSH":
            segment["1"], segment["2"] = self.between, fields[1]
            fields = [name, self.between, "", *fields[2:]]
        if fields[-1] == "" and len(fields) > 1:
            self.made.trailing += 1
        known = shape.children
        for number, value in enumerate(fields[1:], start=1):
            if value:
                name = str(number)
                if name not in segment:
                    node = self._field(value, known.get(name, _NOTHING))
                    if node:
                        segment[name] = node
        return segment

    def _field(self, value: str, shape: Shape) -> Node:
        if self.repetition not in value:
            node = self._components(value, shape, self.component, self.subcomponent)
            return [node] if node and shape.repeats else node
        return [
            self._components(one, shape, self.component, self.subcomponent)
            for one in self._parts(value, self.repetition)
        ]

    def _components(self, value: str, shape: Shape, between: str, below: str) -> Node:
        """Return *value* as components, or where *between* is empty as the text that it is."""
        children = shape.children
        is_divided = bool(between) and between in value
        if not is_divided and not children:
            return self._text(value)
        tree: Tree = {}
        for number, one in enumerate(self._parts(value, between) if is_divided else [value], 1):
            if one:
                name = str(number)
                node = self._components(one, children.get(name, _NOTHING), below, "")
                if node:
                    tree[name] = node
        return tree

    def _text(self, value: str) -> str:
        if value == DELETED:
            self.made.deleted += 1
            return ""
        if self.escape not in value:
            return value
        found, is_whole = self.escapes.read(value)
        if not is_whole:
            self.made.unread.append(f"{self.line}:1")
        return found

    def _parts(self, text: str, between: str) -> list[str]:
        if text.count(between) >= MAX_PARTS:
            message = f"at most {MAX_PARTS} parts stand beside one another"
            raise TooLargeError(message, "too-many-parts", where=f"{self.line}:1")
        return text.split(between)


def encode(tree: Tree, order: tuple[str, ...], separators: str = STANDARD) -> str:
    r"""Return the message *tree* as segments in *order*, each ended by a carriage return.

    >>> encode({"MSH": {"10": "7"}, "NTE": [{"3": "a^b"}]}, ("MSH", "NTE"))
    'MSH|^~\\&||||||||7\rNTE|||a\\S\\b\r'
    """
    escapes = Escapes(separators, "utf-8")
    lines = [line for name in order for line in _lines(tree.get(name), name, separators, escapes)]
    return "".join(f"{line}\r" for line in lines)


def _lines(node: Node, name: str, separators: str, escapes: Escapes) -> Iterator[str]:
    between = separators[0]
    for segment in node if isinstance(node, list) else [node]:
        if isinstance(segment, dict):
            nested = {one: segment[one] for one in _WITHIN if one in segment}
            fields = {number: one for number, one in segment.items() if number not in nested}
            if name == "MSH":  # the separators themselves are not escaped
                rest = {number: one for number, one in fields.items() if number not in {"1", "2"}}
                written = _joined(rest, between, separators, escapes.write)
                yield f"MSH{separators}{written.removeprefix(between)}"
            else:
                yield f"{name}{between}{_joined(fields, between, separators, escapes.write)}"
            for one, within in nested.items():
                yield from _lines(within, one, separators, escapes)


def _joined(node: Node, between: str, separators: str, escaped: Callable[[str], str]) -> str:
    """Return *node*, the parts of which *between* divides, as a text."""
    if isinstance(node, list):
        return separators[2].join(_joined(one, between, separators, escaped) for one in node)
    if not isinstance(node, dict):
        return "" if node is None else escaped(str(node))
    numbered = {int(name): child for name, child in node.items()}
    below = separators[1] if between == separators[0] else separators[4]
    return between.join(
        _joined(numbered.get(number), below, separators, escaped)
        for number in range(1, max(numbered, default=0) + 1)
    )
