"""Fields of an item as extensions: what FHIR has no element for is told beside what it has.

    extension url    our URL of the field's name: `caf-level-of-need`
    value[x]         text, code, number, date, moment, Coding or Reference
    extension        the parts of a field that has parts, by their names: `whom`, `person`
    repeated         a field that is a list

So that no field needs code of its own, all of it follows from the types of the item's Struct. An
answer of a questionnaire response is told so, and what stands in a resource of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Final, TypedDict, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

from mappings.bars.entries import Entries
from mappings.bars.names import extension as extension_url
from mappings.caf.items import Item, Source
from mappings.fhir_r4.generated import Coding, Extension

I = TypeVar("I", bound=Item)  # noqa: E741 - an item of one kind

# What every item may be told of, beside what its kind has.
COMMON: Final = frozenset({"about", "labels", "recorded_at", "holder"})
# Fields that name another item of the same assessment.
REFERRING: Final = frozenset({"person", "on", "evidence", "episode"})
# The plain values of an extension that a field can be read from, besides a code.
_OTHER_VALUES: Final = attrgetter(
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueDate",
    "valueDateTime",
    "valuePositiveInt",
)

Fields = dict[str, object]
Extensions = Sequence[Extension] | None


class At(TypedDict):
    """What an item says of where it came from."""

    id: str
    source: Source
    holder: str | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in a record that a mapping could not place; *message* never repeats it."""

    code: str
    where: str
    message: str


class Telling(Struct, frozen=True):
    """Which fields of a *kind* of item are told by extensions: *urls* has them by their URL.

    *lists* are those of them that repeat.
    """

    kind: type[Item]
    urls: Mapping[str, str]
    lists: frozenset[str]


def telling_of(kind: type[Item], names: Iterable[str]) -> Telling:
    """Return how the fields *names* of *kind* are told.

    >>> from mappings.caf.items import Name
    >>> [url.rpartition("/")[2] for url in telling_of(Name, ["use"]).urls]
    ['caf-use']
    """
    told = sorted(names)
    hints = _hints(kind)
    lists = frozenset(name for name in told if "tuple[" in str(hints[name]))
    return Telling(kind, {extension_url(name.replace("_", "-")): name for name in told}, lists)


@cache
def _hints(kind: type[Item]) -> Mapping[str, object]:
    return get_type_hints(kind)


def field_names(kind: type[Item]) -> frozenset[str]:
    """Return the names of the fields of *kind* that are ever told: all but where it came from."""
    return frozenset(_hints(kind)) - {"id", "source"}


class Teller:
    """Makes the items of one child that stand at places of a message; keeps what was doubtful."""

    def __init__(self, entries: Entries, holder: str | None) -> None:
        self.entries = entries
        self.holder = holder
        self.doubts: list[Doubt] = []
        self._named: set[str] = set()

    def at(self, place: str) -> At:
        """Return the fields that tell where an item at *place* came from."""
        source = Source(self.entries.record, place)
        return {"id": self.entries.id_at(place), "source": source, "holder": self.holder}

    def id_of(self, scope: str, name: str | None, place: str) -> str:
        """Return the id of an item at *place* that others in *scope* may call *name*.

        Each name is given once: of two items of one name, what is said of one would be taken to
        be said of the other. The second has no name, and a doubt says so.
        """
        if not name:
            return self.entries.id_at(place)
        id_ = self.entries.id_at(f"{scope}#{name}")
        if id_ in self._named:
            message = "the sender must give each id once: the second is not referred to by it"
            self.doubts.append(Doubt("duplicate-id", place, message))
            return self.entries.id_at(place)
        self._named.add(id_)
        return id_

    def beside(self, item: I, telling: Telling, extensions: Extensions, place: str) -> I:
        """Return *item*, which stands at *place*, with what *extensions* tell beside it."""
        if not extensions:
            return item
        said = read_told(self.entries, extensions, telling, place)
        if not said:
            return item
        try:
            return msgspec.convert(msgspec.structs.asdict(item) | said, type(item))
        except msgspec.ValidationError as error:
            message = "what is told beside the element does not fit it: it stays unmapped"
            self.doubts.append(Doubt("unmappable-extension", faulty(error, place), message))
            return item


def faulty(error: msgspec.ValidationError, place: str) -> str:
    """Return the place of the extension that is wrong; msgspec names its field by its path."""
    path = str(error).rpartition(" - at `$.")[2].rstrip("`") if " - at `$." in str(error) else ""
    name = path.partition(".")[0].partition("[")[0].replace("_", "-")
    return f"{place}.extension('{extension_url(name)}')" if name else place


def read_told(
    entries: Entries, extensions: Iterable[Extension], telling: Telling, scope: str
) -> Fields:
    """Return the fields that *extensions* tell; ids of answers are those of the response *scope*.

    The values are plain: whoever makes the item converts, and so checks, them.
    """
    fields: Fields = {}
    for extension in extensions:
        name = telling.urls.get(extension.url)
        if name is None:
            continue
        value: object = extension.valueCode  # as most have
        if value is None or name in REFERRING:
            value = _value(entries, extension, name, scope)
        if name not in telling.lists:
            fields[name] = value
        elif isinstance(values := fields.setdefault(name, []), list):
            values.append(value)
    return fields


def _value(entries: Entries, extension: Extension, name: str, scope: str) -> object:
    """Return the plain value of *extension*, which fills the field *name*."""
    if extension.extension is not None:
        parts: Fields = {}
        for part in extension.extension:
            said = part.valueCode
            is_plain = said is not None and part.url not in REFERRING
            parts[part.url.replace("-", "_")] = (
                said if is_plain else _value(entries, part, part.url, scope)
            )
        return (parts.get("question"), parts.get("answer")) if name == "answers" else parts
    value: object = extension.valueCode
    if value is None:
        if extension.valueReference is not None:
            entry = entries.resolve(extension.valueReference)
            return entries.id_at(entry.place) if entry else None
        if extension.valueCoding is not None:
            return plain_coding(extension.valueCoding)
        value = next((one for one in _OTHER_VALUES(extension) if one is not None), None)
    if name not in REFERRING:
        return value
    return entries.id_at(f"#{value}" if value in entries.reasons else f"{scope}#{value}")


def plain_coding(coding: Coding) -> Fields:
    """Return *coding* as the plain fields of ours."""
    return {"system": coding.system or "", "code": coding.code or "", "display": coding.display}
