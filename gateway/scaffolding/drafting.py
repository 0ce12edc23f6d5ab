"""Drafting: a mapping with a row for every leaf that was seen, as a first guess at it.

What nobody could guess is lost, with the reason `to be decided`: so the mapping loads, and its
account names every leaf that still needs somebody's thought.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.scaffolding import codes, guesses
from gateway.scaffolding.codes import CodeDraft
from gateway.scaffolding.guesses import ListTarget, Target, plain
from gateway.scaffolding.samples import Branch, Sample

UNDECIDED: Final = "to be decided"
_MOST_LINES: Final = 5
_PLAIN: Final = re.compile(r"[A-Za-z@][\w/@-]*(\[1\])?")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowDraft:
    """One row: *theirs* is *caf* by way of *via*; without *caf*, undecided."""

    theirs: tuple[str, ...]
    caf: tuple[str, ...] = ()
    via: str = "text"

    def __str__(self) -> str:
        if not self.caf:
            return f"- {{theirs: {_one(self.theirs)}, lossy: {UNDECIDED}}}"
        via = "" if self.via == "text" else f", via: {_quoted(self.via)}"
        return f"- {{caf: {_one(self.caf)}, theirs: {_one(self.theirs)}{via}}}"


@dataclass(slots=True)
class ItemDraft:
    """An item of the CAF, once or for *each* of a list, with its rows."""

    item: str
    each: str = ""
    const: Mapping[str, str] = field(default_factory=dict)
    rows: list[RowDraft] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"  - item: {_quoted(self.item)}"]
        lines += [f"    each: {_quoted(self.each)}"] if self.each else []
        if self.const:
            const = ", ".join(f"{name}: {text}" for name, text in self.const.items())
            lines.append(f"    const: {{{const}}}")
        return "\n".join([*lines, "    rows:", *(f"      {row}" for row in self.rows)])


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted mapping: its *rows*, its *items*, and the code *tables* that it names."""

    rows: tuple[RowDraft, ...]
    items: tuple[ItemDraft, ...]
    tables: tuple[CodeDraft, ...]

    @property
    def guessed(self) -> int:
        """How many leaves have a place in the CAF."""
        return sum(len(row.theirs) for row in self._every() if row.caf)

    @property
    def undecided(self) -> tuple[str, ...]:
        """The paths for which somebody has to decide."""
        return tuple(row.theirs[0] for row in self.rows if not row.caf) + tuple(
            f"{one.each}/{row.theirs[0]}" for one in self.items for row in one.rows if not row.caf
        )

    def _every(self) -> Iterator[RowDraft]:
        yield from self.rows
        for item in self.items:
            yield from item.rows

    def text(self, name: str) -> str:
        """Return the mapping *name* as YAML."""
        parts = [f"mapping: {name}\ndescribes: a record of {name}\n"]
        if self.rows:
            parts.append("\n".join(["rows:", *(f"  {row}" for row in self.rows), ""]))
        if self.items:
            parts.append("\n".join(["items:", "\n\n".join(map(str, self.items)), ""]))
        return "\n".join(parts)


def draft(sample: Sample, name: str) -> Draft:
    """Return a mapping of *sample* for the adapter *name*: every leaf has a row in it."""
    return _Drafter(name).draft(sample.root)


@dataclass(slots=True)
class _Drafter:
    """Makes one mapping."""

    name: str
    rows: list[RowDraft] = field(default_factory=list)
    items: dict[str, ItemDraft] = field(default_factory=dict)
    tables: list[CodeDraft] = field(default_factory=list)
    parts: dict[str, dict[str, list[tuple[Path, Target, Branch]]]] = field(default_factory=dict)

    def draft(self, root: Branch) -> Draft:
        """Return the mapping of what is below *root*."""
        leaves, lists = _split(root)
        for path, branch in lists:
            self._list(path, branch)
        for path, branch in leaves:
            self._leaf(path, branch)
        for item, fields in self.parts.items():
            self._item(item, fields)
        return Draft(tuple(self.rows), tuple(self.items.values()), tuple(self.tables))

    def _lost(self, path: Path) -> None:
        self.rows.append(RowDraft(("/".join(path),)))

    def _leaf(self, path: Path, branch: Branch) -> None:
        target = guesses.target_of(path)
        if target is None or target.item in self.items:
            self._lost(path)
        elif not target.item:
            self._fact(path, target, branch)
        else:
            held = self.parts.setdefault(target.item, {}).setdefault(target.field, [])
            held.append((path, target, branch))

    def _fact(self, path: Path, target: Target, branch: Branch) -> None:
        via = guesses.via_of(target, branch)
        is_taken = any(target.field in row.caf for row in self.rows)
        if via is None or is_taken:
            self._lost(path)
        else:
            self.rows.append(RowDraft(("/".join(path),), (target.field,), via))

    def _item(self, item: str, fields: dict[str, list[tuple[Path, Target, Branch]]]) -> None:
        """Add the item that the leaves of *fields* make together."""
        made = ItemDraft(item)
        given, family = fields.pop("given", []), fields.pop("family", [])
        if given and family:
            paths = given.pop(0)[0], family.pop(0)[0]
            theirs = ("/".join(paths[0]), "/".join(paths[1]))
            made.rows.append(RowDraft(theirs, ("text", "family", "given"), "given_and_family"))
            spare = [*given, *family, *fields.pop("text", [])]
        elif "text" in fields:
            spare = [*given, *family]
        else:
            lone, spare = [*given, *family][:1], [*given, *family][1:]
            fields |= {"text": [_as_text(*one) for one in lone]} if lone else {}
        lines = [one[0] for one in fields.pop("lines", [])][:_MOST_LINES]
        if lines:
            places = tuple("/".join(path) for path in lines)
            made.rows.append(RowDraft(places, ("lines",), f"lines_{len(lines)}"))
        for held in fields.values():
            spare += held[1:]
            self._field(made, *held[0])
        for path, _, _ in spare:
            self._lost(path)
        if made.rows:
            self.items[item] = made

    def _field(self, made: ItemDraft, path: Path, target: Target, branch: Branch) -> None:
        via = guesses.via_of(target, branch)
        if via == "code":
            via = self._coded(target.item, path[-1], branch)
        if via is None:
            self._lost(path)
            return
        made.const = {**made.const, **target.const}
        made.rows.append(RowDraft(("/".join(path),), tuple(target.field.split()), via))

    def _coded(self, item: str, leaf: str, branch: Branch) -> str:
        """Return the code table for *branch*: ours where it has all codes, else a new one."""
        known = codes.shipped_for(item, branch)
        if known is None:
            made = codes.draft(self.name, leaf, item, branch)
            self.tables.append(made)
            known = made.name
        return f"code:{known}"

    def _list(self, path: Path, branch: Branch) -> None:
        target = guesses.list_target(path)
        made = None if target is None or target.item in self.items else _each(path, branch, target)
        if made is None:
            self._lost(path)
        else:
            self.items[made.item] = made


def _as_text(path: Path, target: Target, branch: Branch) -> tuple[Path, Target, Branch]:
    """Return a part of a name that stands alone as the whole text of it."""
    return path, replace(target, field="text", via="text"), branch


def _split(root: Branch) -> tuple[list[tuple[Path, Branch]], list[tuple[Path, Branch]]]:
    """Return the leaves that stand once, and the lists, outermost alone, each with its path."""
    leaves: list[tuple[Path, Branch]] = []
    lists: list[tuple[Path, Branch]] = []

    def walk(branch: Branch, path: Path) -> None:
        for name, child in branch.children.items():
            here = (*path, name)
            if child.repeats:
                lists.append((here, child))
            elif child.is_leaf:
                leaves.append((here, child))
            else:
                walk(child, here)

    walk(root, ())
    return leaves, lists


def _each(path: Path, branch: Branch, target: ListTarget) -> ItemDraft | None:
    """Return an item for each element at *path*; None where its leaves do not make one."""
    leaves, lists = _split(branch)
    if branch.is_leaf:
        leaves = [((".",), branch)]
    waiting = {plain(one[-1]) or ".": (one, leaf) for one, leaf in reversed(leaves)}
    made = ItemDraft(target.item, "/".join(path), target.const)
    for name, alternatives in target.fields.items():
        row = _row_of(name, alternatives, waiting)
        if row is not None:
            made.rows.append(row)
    is_first_missing = not made.rows or next(iter(target.fields)) not in made.rows[0].caf
    if is_first_missing and target.item != "child/addresses":
        return None
    if not made.rows:
        return None
    used = {path for row in made.rows for path in row.theirs}
    rest = ["/".join(one) for one, _ in (*leaves, *lists)]
    made.rows += [RowDraft((one,)) for one in rest if one not in used]
    return made


def _row_of(
    name: str,
    alternatives: Iterable[tuple[str, ...]],
    waiting: dict[str, tuple[Path, Branch]],
) -> RowDraft | None:
    """Return the row of the field *name* from the first of *alternatives* that is there."""
    fitting = [names for names in alternatives if all(one in waiting for one in names)]
    if not fitting:
        return None
    if name == "lines":
        paths = ["/".join(waiting.pop(one)[0]) for (one,) in fitting][:_MOST_LINES]
        return RowDraft(tuple(paths), (name,), f"lines_{len(paths)}")
    taken = [waiting.pop(one) for one in fitting[0]]
    theirs = tuple("/".join(path) for path, _ in taken)
    if name == "born_on":
        via = guesses.date_function(taken[0][1].texts)
        return None if via is None else RowDraft(theirs, (name,), via)
    return RowDraft(theirs, (name,), "whole_name" if len(theirs) > 1 else "text")


def _one(texts: tuple[str, ...]) -> str:
    quoted = [_quoted(text) for text in texts]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and not text.startswith("@") else json.dumps(text)
