"""The CAF's side of a row: which element a path names, and what its items' fields can hold.

child/names[use=usual]       the usual name: read, it is set to `usual`; only such a one is written
child/contacts[kind=phone|mobile]    either is written; a row has to say which it is
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, get_args, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, structs

from mappings.caf.assessment import Assessment
from mappings.caf.elements import element
from mappings.caf.items import About, AboutWhom, Coding, Item, Person
from mappings.language.shapes import Shape, of_struct

_PATH: Final = re.compile(r"(\w+)/(\w+)((?:\[\w+=[^\]]+\])*)")
_SELECTOR: Final = re.compile(r"\[(\w+)=([^\]]+)\]")
_OF_THE_GATEWAY: Final = frozenset({"id", "holder", "source"})
"""Fields of items that no record fills: the mapping and the gateway do."""


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """The fields of *kind*, a Struct of the CAF, that rows may fill."""

    kind: type[Struct]
    types: Mapping[str, object] = field(init=False)
    required: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.kind)
        names = [one.name for one in structs.fields(self.kind) if one.name not in _OF_THE_GATEWAY]
        if self.kind is Assessment:
            names = [name for name in names if not _is_section(hints[name])]
        required = [
            one.name
            for one in structs.fields(self.kind)
            if one.default is NODEFAULT and one.default_factory is NODEFAULT
        ]
        object.__setattr__(self, "types", {name: hints[name] for name in names})
        object.__setattr__(self, "required", tuple(required))

    @property
    def shape(self) -> Shape:
        """The shape of the Struct."""
        return of_struct(self.kind)

    def fault_of(self, name: str) -> str | None:
        """Return what is wrong with *name* as a field that a row fills, if anything.

        >>> from mappings.caf.items import Birth
        >>> FieldsOf(Birth).fault_of("born")
        'there is no field `born` of Birth'
        >>> FieldsOf(Birth).fault_of("born_on") is None
        True
        """
        if name in self.types:
            return None
        return f"there is no field `{name}` of {self.kind.__name__}"

    def holds_codings(self, name: str) -> bool:
        """Say whether the field holds several codings."""
        return self.types[name] == tuple[Coding, ...]

    def words(self, name: str) -> type[StrEnum] | None:
        """Return the closed list of words that the field holds one of; None if it holds none."""
        kinds = (self.types[name], *get_args(self.types[name]))
        return next(
            (one for one in kinds if isinstance(one, type) and issubclass(one, StrEnum)), None
        )


@dataclass(frozen=True, slots=True)
class Constants:
    """What is set on every item of a form; *itself*: whom a person's own item is about."""

    values: Mapping[str, object]
    itself: AboutWhom | None


@dataclass(frozen=True, slots=True)
class ItemPath:
    """An element of the CAF and which of its items: *text* is the path as it stands."""

    text: str
    element: str
    kind: type[Item]
    fields: FieldsOf
    selectors: Mapping[str, tuple[object, ...]]

    def constants(self, const: Mapping[str, object]) -> tuple[Constants, str | None]:
        """Return what the selectors and *const* set, and what is wrong with *const*, if any."""
        values: dict[str, object] = {
            name: allowed[0] for name, allowed in self.selectors.items() if len(allowed) == 1
        }
        itself = None
        for name, texts in const.items():
            if name not in self.fields.types:
                return Constants({}, None), self.fields.fault_of(name)
            try:
                values[name] = _constant(texts, self.fields.types[name])
            except msgspec.ValidationError:
                return Constants({}, None), f"`{name}` cannot be that"
        if issubclass(self.kind, Person) and "about" in values:
            itself = AboutWhom(str(const["about"]))
            del values["about"]
        return Constants(values, itself), None


def item_path(text: str) -> ItemPath | str:
    """Return the element and items that *text* names, or what is wrong with it.

    >>> item_path("child/names[use=usual]").element
    'child.names'
    >>> item_path("child/name")
    'the CAF has no `child/name`'
    """
    found = _PATH.fullmatch(text)
    if found is None:
        return "this has to be an element of the CAF, `section/field`"
    section, name, chosen = found.groups()
    try:
        path = element(f"{section}.{name}").path
    except ValueError:
        return f"the CAF has no `{section}/{name}`"
    kind = _item_type(section, name)
    fields = FieldsOf(kind)
    selectors: dict[str, tuple[object, ...]] = {}
    for field_name, words in _SELECTOR.findall(chosen):
        if field_name not in fields.types:
            return f"there is no field `{field_name}` of {kind.__name__}"
        try:
            allowed = [_constant(word, fields.types[field_name]) for word in words.split("|")]
        except msgspec.ValidationError:
            return f"`{field_name}` cannot be that"
        selectors[field_name] = tuple(allowed)
    return ItemPath(text, path, kind, fields, selectors)


def _constant(texts: object, kind: object) -> object:
    """Return *texts* as a value of *kind*."""
    if kind == tuple[About, ...]:
        return (About(AboutWhom(str(texts))),) if texts in list(AboutWhom) else _wrong()
    is_many = getattr(kind, "__origin__", None) is tuple
    held = [texts] if is_many and isinstance(texts, str) else texts
    return msgspec.convert(held, kind, strict=False)


def _wrong() -> object:
    message = "not a word of the list"
    raise msgspec.ValidationError(message)


def _item_type(section: str, name: str) -> type[Item]:
    sections = {one.name: one.type for one in structs.fields(Assessment)}
    hints = get_type_hints(sections[section])
    found: type[Item] = get_args(hints[name])[0]
    return found


def _is_section(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)
