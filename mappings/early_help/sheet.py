"""The early-help spreadsheet: its columns by name, and the mapping of a row to the CAF and back.

    carer[1]/name    "Parent or carer 1: name"    in the tree of a row: {"carer": [{"name": ...}]}

`columns.csv` has the columns in the order of the sheet, `sheet.yaml` the mapping.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from mappings.early_help.sheet_values import FUNCTIONS
from mappings.language.loading import Format, load
from mappings.language.shapes import of_paths
from mappings.language.translation import Translation
from mappings.language.trees import Address, Node, Places, Tree

_HERE: Final = Path(str(files("mappings.early_help")))
_STEP: Final = re.compile(r"(\w+)(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands in the tree of a row, what it is called, what its cells hold.

    *kind* is `text`, `date`, `number` (of digits), `telephone`, `choice` or `list`; *note* says
    to whoever fills it in what to write.
    """

    address: Address
    header: str
    kind: str
    note: str


@cache
def columns() -> tuple[Column, ...]:
    """Return the columns in the order of the sheet.

    >>> columns()[0].header
    'Your reference for the child'
    """
    text = (_HERE / "columns.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Column(_address(row["path"]), row["header"], row["kind"], row["note"]) for row in rows
    )


def _address(path: str) -> Address:
    """Return where *path* leads to; positions count from 1 in it.

    >>> _address("carer[2]/name")
    ('carer', 1, 'name')
    """
    steps: list[str | int] = []
    for name, position in _STEP.findall(path):
        steps += [name, int(position) - 1] if position else [name]
    return tuple(steps)


class Cells(Places):
    """Places as whoever fills the sheet knows them: by what the column is called.

    >>> CELLS.place("row 3", ("carer", 1, "name"))
    'row 3, column Parent or carer 2: name'
    """

    __slots__ = ()

    def suffix(self, address: Address) -> str:
        """Return the column of *address*: the first of them where it is around several."""
        return _column_of(address) if address else ""


CELLS: Final = Cells("", "")


@cache
def _column_of(address: Address) -> str:
    for column in columns():
        if column.address[: len(address)] == address or _names(column.address) == address:
            return f", column {column.header}"
    return f", {address[0]}"


def _names(address: Address) -> Address:
    return tuple(step for step in address if isinstance(step, str))


@cache
def translation() -> Translation:
    """Return the mapping of a row, ready to be used."""
    shape = of_paths("/".join(_declared(column.address)) for column in columns())
    return load(_HERE / "sheet.yaml", Format(shape, functions=FUNCTIONS, places=CELLS))


def _declared(address: Address) -> list[str]:
    """Return *address* as names, with a star behind one that repeats.

    >>> _declared(("carer", 1, "name"))
    ['carer*', 'name']
    """
    followed = zip(address, (*address[1:], ""), strict=True)
    return [
        f"{step}*" if isinstance(after, int) else step
        for step, after in followed
        if isinstance(step, str)
    ]


def put(tree: Tree, address: Address, text: str) -> None:
    """Put *text* at *address* of *tree*, with whatever leads there.

    >>> tree = {}
    >>> put(tree, ("carer", 1, "name"), "Ann")
    >>> tree
    {'carer': [{}, {'name': 'Ann'}]}
    """
    name, *within = address
    if not within:
        tree[str(name)] = text
    elif isinstance(within[0], int):
        elements = tree.setdefault(str(name), [])
        if isinstance(elements, list):
            elements += [{} for _ in range(within[0] + 1 - len(elements))]
            _set(elements[within[0]], str(within[1]), text)
    else:
        _set(tree.setdefault(str(name), {}), within[0], text)


def _set(node: Node, name: str, text: str) -> None:
    if isinstance(node, dict):
        node[name] = text


def get(tree: Tree, address: Address) -> str:
    """Return the text at *address* of *tree*; empty where there is none.

    >>> get({"carer": [{"name": "Ann"}]}, ("carer", 0, "name")), get({}, ("carer", 0, "name"))
    ('Ann', '')
    """
    node: Node = tree
    for step in address:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return ""
    return node if isinstance(node, str) else ""
