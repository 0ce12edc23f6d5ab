"""Loading rows: each as it is declared, held against the node it stands in and what it fills."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, NoReturn

from mappings.errors import MappingSyntaxError, UnknownPathError, suggestion
from mappings.language import paths
from mappings.language.declarations import RowDeclaration, Texts
from mappings.language.fields import FieldsOf
from mappings.language.paths import BELOW, Slot, Step
from mappings.language.rows import LostRow, Row
from mappings.language.shapes import Shape
from mappings.language.tables import CodeTable, coded, table
from mappings.language.trees import HERE
from mappings.language.values import ValueFunction, each_of

_MOST_PATHS: Final = 10_000  # a shape that holds itself has no end of them


@dataclass(frozen=True, slots=True)
class RowLoader:
    """Makes the rows of one scope: those that read one node, of *shape*, into the *fields*.

    *name* tells the scope apart from the mapping's others; *tables* are the format's own code
    tables, beside ours; *written* has, for each place that a row writes, where that row stands.
    Where it *is_dirty*, its places are in no schema.
    """

    name: str
    shape: Shape
    fields: FieldsOf
    functions: Mapping[str, ValueFunction]
    tables: Mapping[str, CodeTable]
    written: dict[str, str]
    is_dirty: bool = False

    def row(self, declared: RowDeclaration, where: str, names: tuple[str, ...] = ()) -> Row:
        """Return *declared* as a row that fills the fields *names*, or those that it names."""
        names = names or texts_of(declared.caf or ())
        for name in names:
            fault = self.fields.fault_of(name)
            if fault is not None:
                unknown(where, fault, name, self.fields.shape)
        slots = tuple(self.slot(path, where) for path in texts_of(declared.theirs))
        function = self._function(declared, names[0], slots, where)
        if len(function.texts) != len(slots):
            refuse(where, f"`{declared.via}` takes {len(function.texts)} of theirs")
        if function.fields != len(names):
            refuse(where, f"`{declared.via}` gives {function.fields} of the CAF's")
        for slot in slots:
            other = self.written.setdefault(f"{self.name}#{slot}", where)
            if other != where:
                refuse(where, f"the row at `{other}` writes there, too")
        return Row(
            slots=slots,
            fields=names,
            function=function,
            elsewhere=_elsewhere(declared, where),
            adds=len(names) == 1 and self.fields.holds_codings(names[0]),
            loss=declared.lossy,
        )

    def lost(self, declared: RowDeclaration, where: str) -> LostRow:
        """Return *declared* as a row without a place in the CAF."""
        if declared.lossy is None or not isinstance(declared.theirs, str):
            refuse(where, "a row without `caf` has one path, and says in `lossy` why")
        return LostRow(self.slot(declared.theirs, where), declared.lossy)

    def slot(self, path: str, where: str) -> Slot:
        """Return the place at *path*, which the format must have."""
        steps = _steps(path, where)
        fault = paths.fault_of(steps, self.shape)
        if fault is not None and not self.is_dirty:
            if not fault.is_unknown:
                refuse(where, fault.message)
            unknown(where, fault.message, path, self.shape)
        if steps[-1].name == BELOW:
            return Slot(steps[:-1])
        found = self.shape.find(step.name for step in steps if step.name != HERE)
        return Slot(steps, found.accepts if found else None)

    def _function(
        self, declared: RowDeclaration, name: str, slots: tuple[Slot, ...], where: str
    ) -> ValueFunction:
        last = slots[0].steps[-1]
        found = self.shape.find(step.name for step in slots[0].steps if step.name != HERE)
        kind, _, named = declared.via.partition(":")
        if kind == "code":
            codes = self.tables.get(named) or table(named)
            _cover(codes, found, where)
            is_many = self.fields.holds_codings(name)
            function = coded(codes, self.fields.words(name), is_many=is_many)
        elif declared.via in self.functions:
            function = self.functions[declared.via]
        else:
            near = suggestion(declared.via, self.functions)
            refuse(where, f"there is no value function `{declared.via}`{near}")
        if function.takes_nodes:
            return function
        is_list = found is not None and found.repeats and last.is_plain and last.name != HERE
        if function.takes_lists or not is_list or len(slots) != 1:
            return function
        return each_of(function)


def texts_of(texts: Texts) -> tuple[str, ...]:
    """Return *texts*, one or several, as a tuple."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def unknown(where: str, fault: str, path: str, shape: Shape) -> NoReturn:
    """Raise `UnknownPathError`: *fault*, with the path of *shape* that *path* may have meant."""
    plain = "/".join(_names(path))
    known = islice(shape.paths(), _MOST_PATHS)
    message = f"{where}: {fault}{suggestion(plain, known)}"
    raise UnknownPathError(message)


def refuse(where: str, why: str) -> NoReturn:
    """Raise `MappingSyntaxError`."""
    message = f"{where}: {why}"
    raise MappingSyntaxError(message)


def _steps(path: str, where: str) -> tuple[Step, ...]:
    steps = (Step(HERE),) if path == HERE else paths.parse(path)
    if steps is None:
        refuse(where, f"`{path}` is not a path")
    return steps


def _names(path: str) -> Iterator[str]:
    return (step.name for step in paths.parse(path) or ())


def _cover(codes: CodeTable, found: Shape | None, where: str) -> None:
    """Refuse the code table *codes* where the format's closed list has a code that it lacks."""
    known = {row.source for row in codes.rows}
    missing = sorted((found.codes or frozenset()) - known) if found else []
    if missing and codes.open is None:
        refuse(where, f"the code table `{codes.name}` lacks `{missing[0]}`")


def _elsewhere(declared: RowDeclaration, where: str) -> tuple[tuple[Slot, ...], ...]:
    """Return for each leaf where else it may stand: dirty places are in no schema."""
    names = texts_of(declared.theirs)
    also = declared.also if isinstance(declared.also, dict) else {names[0]: declared.also}
    if not also.keys() <= set(names):
        refuse(where, "`also` has to name what stands in `theirs`")
    return tuple(
        tuple(Slot(_steps(path, where)) for path in texts_of(also.get(name, ()))) for name in names
    )
