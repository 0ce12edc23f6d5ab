"""Consent in a row of the early-help spreadsheet, of which something cannot be read.

What is lost of it may be a no: an answer, whom not to share with, another person's statement. So
no statement of the row is believed then, and a person asks.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import structs

from mappings.caf.assessment import Assessment
from mappings.early_help.sheet import CELLS, translation
from mappings.early_help.sheet_values import FUNCTIONS, SOMEBODY_ELSE
from mappings.errors import UnreadableError
from mappings.fidelity import Ledger
from mappings.language.translation import Placed
from mappings.language.trees import Node, Tree

_COLUMN: Final = re.compile(r"column Consent \d:")
_HEADER: Final = re.compile(r"consent|permission|\bshar(?:e|ed|ing)\b")
_UNREADABLE: Final = "unreadable-answer"
_GRANTOR: Final = "grantor"


def is_of_consent(header: str) -> bool:
    """Whether a column called *header*, in small letters, may say something of consent.

    >>> is_of_consent("consent 3: may we share this"), is_of_consent("shoe size")
    (True, False)
    """
    return _HEADER.search(header) is not None


def leave_doubt(doubts: Iterable[Placed]) -> bool:
    """Whether one of *doubts* is of a consent that was not read: one that was repaired is."""
    return any(one.code != "repaired-code" and _COLUMN.search(one.where) for one in doubts)


def doubted(tree: Tree, record: str, at: str) -> Assessment:
    """Return what the row *tree* says, with every statement about consent in doubt.

    Where it cannot be told who made a statement, somebody else did. There is at least one.
    """
    assessment = translation().read(_with_grantors(tree), record=record, at=at).assessment
    statements = tuple(
        structs.replace(one, doubts=(_UNREADABLE,)) for one in assessment.consent.statements
    )
    consent = structs.replace(assessment.consent, statements=statements)
    return structs.replace(assessment, consent=consent)


def account(tree: Tree, *, at: str = "") -> Ledger:
    """Return what became of the cells of a row that was `doubted`.

    Those of a statement are kept, though nobody can tell who made it; the cell that should is not.
    """
    fates = {one.place: one for one in translation().account(_with_grantors(tree), at=at).leaves}
    own = translation().account(tree, at=at).leaves
    unread = {CELLS.place(at, address) for address in _unread(tree)}
    return Ledger(tuple(one if one.place in unread else fates[one.place] for one in own))


def _with_grantors(tree: Tree) -> Tree:
    """Return *tree* with a statement at least, and somebody who made each."""
    told: list[Node] = list(_statements(tree))
    for _, position, _ in _unread(tree):
        told[position] = {**_statements(tree)[position], _GRANTOR: SOMEBODY_ELSE}
    return {**tree, "consent": told if any(told) else [{_GRANTOR: SOMEBODY_ELSE}]}


def _unread(tree: Tree) -> list[tuple[str, int, str]]:
    """Return where it should stand who made a statement, and cannot be read."""
    return [
        ("consent", position, _GRANTOR)
        for position, statement in enumerate(_statements(tree))
        if statement and not _is_grantor(statement.get(_GRANTOR))
    ]


def _statements(tree: Tree) -> list[Tree]:
    found = tree.get("consent")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_grantor(text: Node) -> bool:
    function = FUNCTIONS[_GRANTOR]
    if not isinstance(text, str):
        return False
    try:
        function.read(function.repairs.get(text, text))
    except UnreadableError:
        return False
    return True
