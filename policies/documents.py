"""Files of rules, tables and agreements: YAML read strictly, with the line of every fault."""

import functools
import operator
import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec
import yaml

from policies.errors import ConditionError, DocumentError, VocabularyError, suggestion

_Document = TypeVar("_Document")
_Places = dict[tuple[str | int, ...], int]

_UNKNOWN_FIELD: Final = re.compile(r"unknown field `([^`]*)`")
_WRONG_WORD: Final = re.compile(r"Invalid enum value '(.*)'")
_AT: Final = re.compile(r" - at (`key` in )?`\$(.*)`$")
_SOME_KEY: Final = "..."
_STEP: Final = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]  # both read alike, one of them fast
    """SafeLoader in which only `true` and `false` are booleans, and no key is given twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _no_key_twice(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            message = "the same key is given twice"
            raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
        seen.add(name)
    mapping: dict[Hashable, Any] = loader.construct_mapping(node, deep=True)
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:map", _no_key_twice)


class Source:
    """What a document was read from, called *name*: it tells on which line a fault lies."""

    def __init__(self, name: str, node: yaml.Node | None) -> None:
        self.name = name
        self._node = node

    @functools.cached_property
    def lines(self) -> _Places:
        """The line of each place."""
        return _places(self._node)

    def fault(self, complaint: str, *place: str | int) -> DocumentError:
        """Return the error for a *complaint* about what stands at *place*, or is missing there."""
        while place and place not in self.lines:
            place = place[:-1]
        return DocumentError(f"{self.name}:{self.lines.get(place, 1)}: {complaint}")

    @contextmanager
    def at(self, *place: str | int, about: str = "") -> Iterator[None]:
        """Say of a word or a condition that is refused that it stands at *place*."""
        try:
            yield
        except (ConditionError, VocabularyError) as error:
            complaint = f"{about}{error}"
            raise self.fault(complaint, *place) from None


def plain(path: Path) -> object:
    """Return what the YAML file at *path* holds, or raise `DocumentError` with its line.

    Unlike YAML 1.1, a bare `yes` or `no` stays a word.
    """
    return _compose(_text(path), str(path))[0]


def read(path: Path, kind: type[_Document]) -> tuple[_Document, Source]:
    """Return the YAML file at *path* as a *kind*, and where in it a fault would lie.

    Raise `DocumentError` with its line. An unknown field is refused, naming the one that would be
    right.
    """
    return read_text(_text(path), kind, str(path))


def read_text(text: str, kind: type[_Document], name: str) -> tuple[_Document, Source]:
    """Return the YAML *text* as a *kind*, and where in it a fault would lie, in a file *name*."""
    data, source = _compose(text, name)
    try:
        return msgspec.convert(data, kind), source
    except msgspec.ValidationError as error:
        raise _located(source, data, kind, str(error)) from None


def load(path: Path, kind: type[_Document]) -> _Document:
    """Return the YAML file at *path* as a *kind*, or raise `DocumentError` with its line."""
    return read(path, kind)[0]


def parse(text: str, kind: type[_Document], name: str) -> _Document:
    """Return the YAML *text* as a *kind*; errors call it *name*, as they call a file by its path.

    >>> parse("- [1, 2]", list[list[int]], "numbers.yaml")
    [[1, 2]]
    >>> parse("- [1, two]", list[list[int]], "numbers.yaml")
    Traceback (most recent call last):
        ...
    policies.errors.DocumentError: numbers.yaml:1: expected `int`, got `str`
    """
    return read_text(text, kind, name)[0]


def lines(path: Path) -> _Places:
    """Return the line of each place in the file at *path*, for faults found after loading."""
    return lines_of(_text(path), str(path))


def lines_of(text: str, name: str) -> _Places:
    """Return the line of each place in the YAML *text*, which errors call *name*."""
    return _compose(text, name)[1].lines


def texts(folder: Path) -> dict[str, str]:
    """Return the text of each YAML file in *folder*, by name, or raise `DocumentError`."""
    return {path.name: _text(path) for path in sorted(folder.glob("*.yaml"))}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        message = f"{path}: the file cannot be read"
    except UnicodeDecodeError:
        message = f"{path}: not valid YAML"
    raise DocumentError(message)


def _compose(text: str, name: str) -> tuple[object, Source]:
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(_unreadable(name, error)) from None
    return data, Source(name, node)


def _unreadable(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{name}:{mark.line + 1}" if mark else name
    return f"{where}: {getattr(error, 'problem', None) or 'not valid YAML'}"


def _places(node: yaml.Node | None) -> _Places:
    places: _Places = {}

    def walk(here: yaml.Node, path: tuple[str | int, ...]) -> None:
        places[path] = here.start_mark.line + 1
        if isinstance(here, yaml.MappingNode):
            for key, value in here.value:
                walk(value, (*path, str(key.value)))
                places[(*path, str(key.value))] = key.start_mark.line + 1
        elif isinstance(here, yaml.SequenceNode):
            for index, value in enumerate(here.value):
                walk(value, (*path, index))

    if node is not None:
        walk(node, ())
    return places


def _located(source: Source, data: object, kind: object, message: str) -> DocumentError:
    at = _AT.search(message)
    steps = _steps(data, kind, at[2] + (f"[{_SOME_KEY}]" if at[1] else "")) if at else ()
    message = message[: at.start()] if at else message
    fields, words = _vocabulary_of(kind)
    if unknown := _UNKNOWN_FIELD.search(message):
        message += suggestion(unknown[1], fields)
        steps = (*steps, unknown[1])
    elif wrong := _WRONG_WORD.search(message):
        message = f"no such word is known here{suggestion(wrong[1], words)}"
    return source.fault(f"{message[:1].lower()}{message[1:]}", *steps)


def _steps(data: object, kind: object, at: str) -> tuple[str | int, ...]:
    """Return the steps of the path *at*; a key of a mapping, which it does not name, is found."""
    steps: list[str | int] = []
    for field, index in _STEP.findall(at):
        step = field or (int(index) if index.isdecimal() else index)
        mapping = functools.reduce(operator.getitem, steps, cast("Any", data))
        if step == _SOME_KEY and isinstance(mapping, dict):
            step = next((key for key in mapping if _is_wrong(key, mapping, data, kind)), step)
        steps.append(step)
    return tuple(steps)


def _is_wrong(key: object, mapping: dict[object, object], data: object, kind: object) -> bool:
    """Whether *data* is wrong where *mapping*, which is in it, holds *key* alone."""
    whole = mapping.copy()
    mapping.clear()
    mapping[key] = whole[key]
    try:
        msgspec.convert(data, cast("Any", kind))
    except msgspec.ValidationError:
        return True
    finally:
        mapping.clear()
        mapping.update(whole)
    return False


def _vocabulary_of(kind: object) -> tuple[set[str], set[str]]:
    """Return the names of all fields, and all words of closed lists, of *kind* and inside it."""
    fields: set[str] = set()
    words: set[str] = set()

    def collect(info: object) -> None:
        if isinstance(info, msgspec.inspect.StructType):
            for field in info.fields:
                fields.add(field.encode_name)
                collect(field.type)
        elif isinstance(info, msgspec.inspect.EnumType):
            words.update(each.value for each in info.cls)
        for inner in ("item_type", "key_type", "value_type"):
            if hasattr(info, inner):
                collect(getattr(info, inner))
        for option in getattr(info, "types", ()):
            collect(option)

    collect(msgspec.inspect.type_info(kind))
    return fields, words
