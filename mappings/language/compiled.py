"""The quick way to read an item: one function, written in Python when the mapping is loaded.

    def build(node, origin, place, doubts=None):
        started_on = MISSING
        is_there = False
        try:
            leaf = node.get('CINPlanStartDate')
            if leaf:
                if type(leaf) is not str:
                    return slowly(node, origin, place, doubts)
                started_on = read_0(leaf)
                is_there = True
            ...
        except UnreadableError:
            return slowly(node, origin, place, doubts)
        return kind(id=..., source=..., started_on=started_on)

It reads what is as it should be, which nearly all is: texts in their own places that the value
functions take. Where anything is out of the ordinary, or a value function raises, the item is read
row by row, *slowly*, which knows of dirty places, repairs and doubts.
"""

import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import NODEFAULT, structs

from mappings.caf.items import About, Item, Source
from mappings.errors import UnreadableError
from mappings.language.paths import Slot
from mappings.language.trees import Tree

if TYPE_CHECKING:
    from mappings.language.parts import Form, Origin
    from mappings.language.rows import Doubt, Row

_MISSING: Final = object()  # a field that has no value yet, nor a default
_SLOWLY: Final = "return slowly(node, origin, place, doubts)"
_NUMBERS: Final = count()


class Builder(Protocol):
    """What reads an item."""

    def __call__(
        self, node: Tree, origin: "Origin", place: str | None, doubts: "list[Doubt] | None" = None
    ) -> Item | None:
        """Return the item that *node* holds; None where it holds none, or only a part of one.

        *place* leads from the record's root to *node*; None where that is the root itself, and the
        item stands at some place in it.
        """


def builder(form: "Form") -> Builder:
    """Return what reads an item of *form*, by `form.build_slowly` where it has to."""
    source = _Source(form)
    text = "\n".join(source.lines())
    file = f"<mapping {form.key} {next(_NUMBERS)}>"
    names = source.names
    exec(compile(text, file, "exec"), names)  # noqa: S102 - written here, of names that were checked
    # So that a traceback shows the line.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: Builder = names["build"]  # type: ignore[assignment]  # defined by the text
    return made


@dataclass(slots=True)
class _Source:
    """Writes the function of one form; *names* are the values that it refers to."""

    form: "Form"
    names: dict[str, object] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the function."""
        form = self.form
        self.names |= {"slowly": form.build_slowly, "UnreadableError": UnreadableError}
        self.names |= {"MISSING": _MISSING, "NONE": {}, "kind": form.kind, "Source": Source}
        self.names |= {"About": About, "whom": form.itself, "home": form.place}
        yield "def build(node, origin, place, doubts=None):"
        for name in self._filled():
            yield f"    f_{name} = {self._start(name)}"
        yield "    is_there = False"
        yield "    try:"
        for number, row in enumerate(form.rows):
            yield from (f"        {line}" for line in self._row(row, number))
        yield "    except UnreadableError:"
        yield f"        {_SLOWLY}"
        yield "    if not is_there:"
        yield "        return None"
        for name in form.required:
            if name in self._filled():
                yield f"    if f_{name} is MISSING:"
                yield f"        {_SLOWLY}"
        yield "    at = home if place is None else place"
        yield "    digest = origin.digest.copy()"
        yield f"    digest.update(f'{{at}}#{_quoted(form.key)}'.encode())"
        yield "    identity = digest.hexdigest()"
        yield "    return kind("
        yield from (f"        {name}={value}," for name, value in self._arguments())
        yield "    )"

    def _filled(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for row in self.form.rows for name in row.fields))

    def _start(self, name: str) -> str:
        """Return what a field is before anything was read: its default, or a sign of no value."""
        if name in self.form.required:
            return "MISSING"
        default = next(one.default for one in structs.fields(self.form.kind) if one.name == name)
        return "MISSING" if default is NODEFAULT else self._named(f"default_{name}", default)

    def _row(self, row: "Row", number: int) -> Iterator[str]:
        read = self._named(f"read_{number}", row.function.read)
        leaves = [f"leaf_{number}_{at}" for at in range(len(row.slots))]
        for leaf, slot in zip(leaves, row.slots, strict=True):
            yield from self._leaf(leaf, slot)
        yield f"if {' or '.join(leaves)}:"
        for leaf in leaves:
            yield from (f"    {line}" for line in _checked(leaf, row, is_alone=len(leaves) == 1))
        elsewhere = [slot for others in row.elsewhere for slot in others]
        if elsewhere and len(leaves) > 1:
            yield from (f"    {line}" for line in self._nowhere(elsewhere, number))
        yield from (f"    {line}" for line in _put(row, f"{read}({', '.join(leaves)})"))
        yield "    is_there = True"
        nothing = " and ".join(
            f"({leaf} is None or {leaf} == '' or {leaf} == [])" for leaf in leaves
        )
        yield f"elif not ({nothing}):"
        yield f"    {_SLOWLY}"
        if elsewhere:
            yield "else:"
            yield from (f"    {line}" for line in self._nowhere(elsewhere, number))

    def _leaf(self, leaf: str, slot: Slot) -> Iterator[str]:
        """Write how *leaf* is got: what holds several leaves is gone to once."""
        if not all(step.is_plain for step in slot.steps):
            get = self._named(f"get_{leaf}", slot.get)
            yield f"{leaf} = {get}(node)"
            return
        holder = "node"
        for depth in range(1, len(slot.steps)):
            path = "/".join(step.name for step in slot.steps[:depth])
            known = self.holders.get(path)
            if known is None:
                known = self.holders[path] = f"held_{len(self.holders)}"
                yield f"{known} = {holder}.get({slot.steps[depth - 1].name!r})"
                yield f"if type({known}) is not dict:"
                yield f"    {known} = NONE"
            holder = known
        yield f"{leaf} = {holder}.get({slot.steps[-1].name!r})"

    def _nowhere(self, slots: list[Slot], number: int) -> Iterator[str]:
        for at, slot in enumerate(slots):
            get = self._named(f"elsewhere_{number}_{at}", slot.get)
            yield f"if {get}(node) is not None:"
            yield f"    {_SLOWLY}"

    def _arguments(self) -> Iterator[tuple[str, str]]:
        yield "id", "identity"
        yield "source", "Source(origin.record, origin.root + at) if origin.record else None"
        if self.form.itself is not None:
            yield "about", "(About(whom, identity),)"
        constants: Mapping[str, object] = self.form.constants
        for name, value in constants.items():
            yield name, self._named(f"constant_{name}", value)
        for name in self._filled():
            yield name, f"f_{name}"

    def _named(self, name: str, value: object) -> str:
        """Return the name by which the function refers to *value*."""
        self.names[name] = value
        return name


def _checked(leaf: str, row: "Row", *, is_alone: bool) -> Iterator[str]:
    """Write what is asked of a *leaf* that is there, or, of several, may be."""
    if row.function.takes_nodes:
        return
    if row.function.takes_lists:
        yield f"if type({leaf}) is not list:"
        yield f"    {_SLOWLY}"
        yield f"for one in {leaf}:"
        yield "    if type(one) is not str:"
        yield f"        {_SLOWLY}"
    elif is_alone:
        yield f"if type({leaf}) is not str:"
        yield f"    {_SLOWLY}"
    else:
        yield f"if {leaf} is not None and (type({leaf}) is not str or not {leaf}):"
        yield f"    {_SLOWLY}"


def _put(row: "Row", read: str) -> Iterator[str]:
    """Write how what was *read* is put into the fields of the row."""
    if row.adds:
        yield f"f_{row.fields[0]} = f_{row.fields[0]} + {read}"
    elif len(row.fields) == 1:
        yield f"f_{row.fields[0]} = {read}"
    else:
        parts = [f"part_{at}" for at in range(len(row.fields))]
        yield f"{', '.join(parts)} = {read}"
        for name, part in zip(row.fields, parts, strict=True):
            yield f"if {part} is not None:"
            yield f"    f_{name} = {part}"


def _quoted(key: str) -> str:
    """Return *key* as it stands within a formatted text in single quotes."""
    return repr(key)[1:-1].replace("{", "{{").replace("}", "}}")
