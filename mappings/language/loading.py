"""Loading: a mapping's declarations, held against both schemas, become a translation.

Every fault is met here and names file, line and what would be right: a path that neither schema
has, a field that a row cannot fill, a code table that does not cover the format's list, two rows
that write to one place. What was loaded does not fail on what it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mappings.caf.assessment import Assessment
from mappings.errors import UnknownPathError, suggestion
from mappings.language import declarations, paths
from mappings.language.declarations import (
    Declaration,
    ItemDeclaration,
    Lines,
    RowDeclaration,
    Texts,
)
from mappings.language.elements import Elements
from mappings.language.fields import FieldsOf, ItemPath, item_path
from mappings.language.parts import Beside, Each, Form, Guard, Once, Part
from mappings.language.paths import ABOVE, Slot
from mappings.language.row_loading import RowLoader, refuse, texts_of, unknown
from mappings.language.rows import LostRow, Row
from mappings.language.shapes import Shape
from mappings.language.tables import CodeTable
from mappings.language.translation import Translation
from mappings.language.trees import XPATH, Places, shared_start
from mappings.language.values import STANDARD, ValueFunction

_FACTS = FieldsOf(Assessment)


@dataclass(frozen=True, slots=True)
class Format:
    """What a mapping is held against: the *shape* of a record, and which *edition* of it that is.

    *functions* are those that rows may name, *tables* code tables of the format's own, beside
    ours; *places* is how places in a record are written.
    """

    shape: Shape
    edition: int | None = None
    functions: Mapping[str, ValueFunction] = field(default_factory=lambda: STANDARD)
    places: Places = XPATH
    tables: Mapping[str, CodeTable] = field(default_factory=dict)


def load(file: Path, of: Format) -> Translation:
    """Return the mapping in *file* between the CAF and records *of* a format, ready to be used.

    Raises `MappingError`, with file and line.
    """
    return parse(file.read_text(encoding="utf-8"), file.name, of)


def parse(text: str, file: str, of: Format) -> Translation:
    r"""Return the mapping in *text*, which errors call *file*: see `load`.

    >>> from mappings.language.shapes import of_paths
    >>> shoes = "mapping: shoes\ndescribes: shoes\nrows:\n  - {theirs: Size, lossy: not shared}"
    >>> parse(shoes, "shoes.yaml", Format(of_paths(["Size"]))).name
    'shoes'
    >>> parse(shoes, "shoes.yaml", Format(of_paths(["size"])))
    Traceback (most recent call last):
        ...
    mappings.errors.UnknownPathError: shoes.yaml:4: there is no `Size`, did you mean `size`
    """
    declared, lines = declarations.parse(text, file)
    return _Loader(lines, of).translation(declared)


@dataclass(slots=True)
class _Loader:
    """Makes the parts of one mapping."""

    lines: Lines
    of: Format
    facts: list[Row] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    lost: list[LostRow] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    def translation(self, declared: Declaration) -> Translation:
        """Return the mapping that *declared* says."""
        for position, row in enumerate(declared.rows):
            if self._is_in_force(row):
                self._add(row, self.lines.where("rows", position))
        for position, item in enumerate(declared.items):
            if self._is_in_force(item):
                self._add_item(item, ("items", position))
        return Translation(
            name=declared.mapping,
            edition=self.of.edition,
            shape=self.of.shape,
            places=self.of.places,
            facts=tuple(self.facts),
            parts=tuple(self.parts),
            lost=tuple(self.lost),
        )

    def _is_in_force(self, declared: RowDeclaration | ItemDeclaration) -> bool:
        edition = self.of.edition
        if edition is None:
            return True
        return (declared.since or edition) <= edition <= (declared.until or edition)

    def _add(self, row: RowDeclaration, where: str) -> None:
        """Add a row of the record itself: of the assessment, an item by itself, or lost."""
        if row.caf is None:
            self.lost.append(self._rows("", self.of.shape, _FACTS).lost(row, where))
        elif not isinstance(row.caf, str):
            refuse(where, "several fields need an item: declare one")
        elif "/" not in row.caf:
            self.facts.append(self._rows("", self.of.shape, _FACTS).row(row, where))
        else:
            path, _, name = row.caf.rpartition("/")
            target = _item_path(path, where)
            made = self._rows("", self.of.shape, target.fields).row(row, where, (name,))
            self.parts.append(Once(self._form(target, {}, ([made], []), where)))

    def _add_item(self, declared: ItemDeclaration, place: tuple[str | int, ...]) -> None:
        part = self._part(declared, place)
        if isinstance(part, Beside):
            host = self._host(part.elements, declared, place)
            at = self.parts.index(host)
            self.parts[at] = replace(host, beside=(*host.beside, part))
        self.parts.append(part)

    def _host(
        self, elements: Elements, declared: ItemDeclaration, place: tuple[str | int, ...]
    ) -> Each:
        """Return the part that takes the *elements* which *declared* has a further item of."""
        hosts = (one for one in self.parts if type(one) is Each and one.elements == elements)
        host = next((one for one in hosts if not one.guards), None)
        if host is None:
            refuse(self.lines.where(*place), f"no item before takes each `{declared.each}`")
        return host

    def _part(self, declared: ItemDeclaration, place: tuple[str | int, ...]) -> Part:
        where = self.lines.where(*place)
        target = _item_path(declared.item, self.lines.where(*place, "item"))
        shape, elements = self.of.shape, None
        keys = [row.caf for row in declared.rows if row.caf == declared.beside]
        if declared.beside is not None and (declared.each is None or len(keys) != 1):
            refuse(where, "`beside` needs `each`, and one row for the field that it names")
        if declared.each is not None:
            if declared.dirty is not None:
                refuse(where, "what is dirty stands once: leave out `each`")
            elements, shape = self._elements(declared.each, self.lines.where(*place, "each"))
        guarded = sorted(declared.when.items())
        scope = f"{declared.each}{guarded}" if declared.each else ""
        loader = self._rows(scope, shape, target.fields, is_dirty=declared.dirty is not None)
        form = self._form(target, declared.const, self._rows_of(declared, loader, place), where)
        guards = tuple(_guard(loader.slot(name, where), texts, form) for name, texts in guarded)
        if elements is None:
            if declared.only_read is not None:
                refuse(where, "what is only read is one of a list: say `each`")
            return Once(form, guards, declared.dirty)
        needed = tuple(name for name, child in shape.children.items() if child.is_required)
        if declared.beside is not None:
            host = self._host(elements, declared, place)
            key = next(row for row in form.rows if row.fields == (declared.beside,))
            return Beside(
                form=form, elements=elements, needed=needed, earlier=host.earlier, key=key
            )
        earlier = (one for one in self.parts if type(one) is Each and one.elements == elements)
        return Each(form, elements, needed, declared.only_read, guards, tuple(earlier))

    def _rows(
        self, scope: str, shape: Shape, fields: FieldsOf, *, is_dirty: bool = False
    ) -> RowLoader:
        of = self.of
        return RowLoader(scope, shape, fields, of.functions, of.tables, self.written, is_dirty)

    def _rows_of(
        self, declared: ItemDeclaration, loader: RowLoader, place: tuple[str | int, ...]
    ) -> tuple[list[Row], list[LostRow]]:
        rows: list[Row] = []
        lost: list[LostRow] = []
        for position, row in enumerate(declared.rows):
            where = self.lines.where(*place, "rows", position)
            if self._is_in_force(row):
                if row.caf is None:
                    lost.append(loader.lost(row, where))
                elif row.caf == declared.beside:
                    rows.append(replace(loader, written={}).row(row, where))  # never written
                else:
                    rows.append(loader.row(row, where))
        return rows, lost

    def _elements(self, path: str, where: str) -> tuple[Elements, Shape]:
        """Return the elements at *path*, and the shape of one of them."""
        steps = paths.parse(path)
        if steps is None or not all(step.is_plain for step in steps):
            refuse(where, "`each` has to be a path of names")
        names = tuple(step.name for step in steps)
        lists: list[int] = []
        for length in range(1, len(names) + 1):
            found = self.of.shape.find(names[:length])
            if found is None:
                fault = f"there is no `{'/'.join(names[:length])}`"
                unknown(where, fault, path, self.of.shape)
            if found.repeats:
                lists.append(length)
        shape = self.of.shape.find(names) or Shape()
        if not lists or lists[-1] != len(names) or len(lists) > 2:  # noqa: PLR2004 - one within one
            refuse(where, "`each` has to end where something repeats, through two lists at most")
        if len(lists) == 1:
            return Elements(names), shape
        around = names[: lists[0]]
        above = self.of.shape.find(around) or Shape()
        return Elements(names[lists[0] :], around), _with_above(shape, above)

    def _form(
        self,
        target: ItemPath,
        const: Mapping[str, Texts],
        rows: tuple[list[Row], list[LostRow]],
        where: str,
    ) -> Form:
        constants, fault = target.constants(const)
        if fault is not None:
            unknown(where, fault, "", target.fields.shape)
        kept, lost = rows
        if not kept:
            refuse(where, "an item needs a row with `caf`")
        required = [name for name in target.fields.required if name not in constants.values]
        filled = {name for row in kept for name in row.fields}
        for name in required:
            if name not in filled:
                refuse(where, f"nothing gives `{name}`, which the item cannot be without")
        for name in filled & constants.values.keys():
            refuse(where, f"`{name}` is set on every item: no row can give it")
        leaves = [[step.name for step in slot.steps] for row in kept for slot in row.slots]
        return Form(
            element=target.element,
            key=target.text,
            place=self.of.places.suffix(shared_start(map(tuple, leaves))),
            kind=target.kind,
            selectors=target.selectors,
            constants=constants.values,
            itself=constants.itself,
            required=tuple(required),
            rows=tuple(kept),
            lost=tuple(lost),
        )


def _item_path(path: str, where: str) -> ItemPath:
    found = item_path(path)
    if isinstance(found, str):
        known = [one for one in _FACTS.shape.paths(2) if "/" in one]
        plain = path.partition("[")[0]
        near = "" if plain in known else suggestion(plain, known)
        message = f"{where}: {found}{near}"
        raise UnknownPathError(message)
    return found


def _guard(slot: Slot, texts: Texts, form: Form) -> Guard:
    is_written = any(slot in row.slots for row in form.rows)
    return Guard(slot, frozenset(texts_of(texts)), is_written)


def _with_above(shape: Shape, above: Shape) -> Shape:
    """Return *shape* with what is around it under `..`."""
    # What is around is needed where anything of it is.
    is_required = any(child.is_required and not child.repeats for child in above.children.values())
    children = {
        **shape.children,
        ABOVE: Shape(children=above.children, is_required=is_required),
    }
    return Shape(children=children, repeats=True, codes=shape.codes)
