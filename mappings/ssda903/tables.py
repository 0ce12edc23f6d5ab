"""The tables of an SSDA903 return as a set of CSV files, and where each column stands in a child.

    Header    CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB       a row a child
    Episodes  CHILD,DECOM,RNE,LS,CIN,PLACE,...             a row an episode

A table is known by its columns. CHILD, and DOB and SEX where they stand beside it, are said again
in each table: they are the child's, and have no place of their own. The same child in XML has one
element for each row, or for a table with one row a child some of its leaves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.language.trees import Address, Node, Tree

CHILD: Final = "CHILD"
HEADER: Final = "HEADER"
_ABOUT_THE_CHILD: Final = {"CHILD": "CHILDID", "DOB": "DOB", "SEX": "SEX"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its *name*, the *file* it is written to, its *columns* in their order.

    *path* leads from the child to what a row is: one of several where it *repeats*. *leaves* has
    the name of each column's leaf there, *implied* leaves that are there because the row is.
    *rules* has the codes of what may be wrong with a row as a whole, by what it is.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    path: tuple[str, ...]
    repeats: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)
    implied: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    leaves: Mapping[str, str] = field(init=False)
    shared: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        shared = {} if self.name == "Header" else _ABOUT_THE_CHILD
        found = {name: shared[name] for name in self.columns if name in shared}
        leaves = {name: self.renamed.get(name, name) for name in self.columns if name not in found}
        object.__setattr__(self, "shared", found)
        object.__setattr__(self, "leaves", leaves)

    def put(self, tree: Tree, cells: Mapping[str, str]) -> Address:
        """Put the row *cells* into the child *tree*, and return the address of what it is there."""
        node = tree
        address: Address = ()
        for name in self.path[:-1] if self.repeats else self.path:
            node = _tree(node.setdefault(name, {}))
            address = (*address, name)
        if self.repeats:
            rows = node.setdefault(self.path[-1], [])
            assert isinstance(rows, list)  # noqa: S101 - put there by no other table
            node = {}
            rows.append(node)
            address = (*address, self.path[-1], len(rows) - 1)
        for column, leaf in self.leaves.items():
            if cells.get(column):
                node[leaf] = cells[column]
        node.update(self.implied)
        return address

    def rows(self, tree: Tree) -> Iterator[dict[str, str]]:
        """Yield the rows of the child *tree*: only those with more than what all tables say."""
        about = tree.get(HEADER)
        again = {name: _text(about, leaf) for name, leaf in self.shared.items()}
        for node in self._nodes(tree):
            if any(_text(node, leaf) != text for leaf, text in self.implied.items()):
                continue
            row = {name: _text(node, leaf) for name, leaf in self.leaves.items()}
            if any(row.values()) or self.implied:
                yield {name: row.get(name, again.get(name, "")) for name in self.columns}

    def _nodes(self, tree: Tree) -> list[Node]:
        node: Node = tree
        for name in self.path:
            node = node.get(name) if isinstance(node, dict) else None
        return node if isinstance(node, list) else [node]


def _tree(node: Node) -> Tree:
    assert isinstance(node, dict)  # noqa: S101 - made by `put` alone
    return node


def _text(node: Node, name: str) -> str:
    found = node.get(name) if isinstance(node, dict) else None
    return found if isinstance(found, str) else ""


TABLES: Final = (
    Table(
        name="Header",
        file="header.csv",
        columns=("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"),
        path=(HEADER,),
        renamed={"CHILD": "CHILDID"},
        rules={"again": "INT32"},
    ),
    Table(
        name="Episodes",
        file="episodes.csv",
        columns=(
            *("CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC"),
            *("REASON_PLACE_CHANGE", "HOME_POST", "PL_POST", "URN"),
        ),
        path=("EPISODE",),
        repeats=True,
        renamed={"PLACE": "PL"},
        rules={"alone": "INT03"},
    ),
    Table(
        name="Reviews",
        file="reviews.csv",
        columns=("CHILD", "DOB", "REVIEW", "REVIEW_CODE"),
        path=(HEADER, "AREVIEW"),
        repeats=True,
        rules={"alone": "INT08", "DOB": "INT17"},
    ),
    Table(
        name="UASC",
        file="uasc.csv",
        columns=("CHILD", "SEX", "DOB", "DUC"),
        path=(HEADER,),
        implied={"UASC": "1"},
        rules={"alone": "INT09", "DOB": "INT18", "SEX": "INT21", "again": "INT36"},
    ),
    Table(
        name="OC2",
        file="oc2.csv",
        columns=(
            *("CHILD", "DOB", "SDQ_SCORE", "SDQ_REASON", "CONVICTED", "HEALTH_CHECK"),
            *("IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT", "SUBSTANCE_MISUSE"),
            *("INTERVENTION_RECEIVED", "INTERVENTION_OFFERED"),
        ),
        path=(HEADER, "OC2"),
        rules={"alone": "INT05", "DOB": "INT14", "again": "INT33"},
    ),
    Table(
        name="OC3",
        file="oc3.csv",
        columns=("CHILD", "DOB", "IN_TOUCH", "ACTIV", "ACCOM"),
        path=(HEADER,),
        rules={"alone": "INT06", "DOB": "INT15", "again": "INT34"},
    ),
    Table(
        name="AD1",
        file="ad1.csv",
        columns=(
            *("CHILD", "DOB", "DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR"),
            *("SEX_ADOPTR", "LS_ADOPTR"),
        ),
        path=(HEADER,),
        rules={"alone": "INT01", "DOB": "INT11", "again": "INT31"},
    ),
    Table(
        name="PlacedAdoption",
        file="placed_for_adoption.csv",
        columns=("CHILD", "DOB", "DATE_PLACED", "DATE_PLACED_CEASED", "REASON_PLACED_CEASED"),
        path=(HEADER, "AD_PLACED"),
        repeats=True,
        rules={"alone": "INT02", "DOB": "INT12"},
    ),
    Table(
        name="PrevPerm",
        file="previous_permanence.csv",
        columns=("CHILD", "DOB", "PREV_PERM", "LA_PERM", "DATE_PERM"),
        path=(HEADER, "PERMANENCE"),
        rules={"alone": "INT07", "DOB": "INT16", "again": "INT35"},
    ),
    Table(
        name="Missing",
        file="missing.csv",
        columns=("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END"),
        path=(HEADER, "AMISSING"),
        repeats=True,
        rules={"alone": "INT04", "DOB": "INT13"},
    ),
    Table(
        name="SWEpisodes",
        file="sw_episodes.csv",
        columns=("CHILD", "DOB", "SW_ID", "SW_DECOM", "SW_DEC", "SW_REASON"),
        path=(HEADER, "SWEPISODE"),
        repeats=True,
    ),
    Table(
        name="DoLo",
        file="dolo.csv",
        columns=("CHILD", "DOB", "DOLO_START", "DOLO_END"),
        path=(HEADER, "DOLO"),
        repeats=True,
    ),
)
_BY_COLUMNS: Final = {frozenset(table.columns): table for table in TABLES}


def table_of(columns: tuple[str, ...]) -> Table | None:
    """Return the table that has just these *columns*, in whatever order; None where none has.

    >>> table_of(("CHILD", "DOB", "REVIEW", "REVIEW_CODE")).name
    'Reviews'
    >>> table_of(("CHILD", "DOB", "REVIEW")) is None
    True
    """
    return _BY_COLUMNS.get(frozenset(columns)) if len(set(columns)) == len(columns) else None
