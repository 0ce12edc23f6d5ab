"""Code tables of a new adapter: every code that was seen, with its counterpart where it is sure."""

import csv
import io
from dataclasses import dataclass
from typing import Final

from gateway.scaffolding.guesses import plain
from gateway.scaffolding.samples import Branch
from mappings.language.tables import COLUMNS, tables

_SYSTEMS: Final = {
    "child/sex": "https://caf-gateway.example/fhir/CodeSystem/sex",
    "child/ethnicity": "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory",
}
_SURE: Final = {
    "child/sex": {
        "m": "male",
        "male": "male",
        "1": "male",
        "f": "female",
        "female": "female",
        "2": "female",
        "u": "unknown",
        "unknown": "unknown",
        "0": "unknown",
    }
}
_OPEN: Final = "[!-~]([ -~]{0,98}[!-~])?"
_LOSS: Final = "codes without a counterpart are kept as the agency's own alone: to be decided"


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """One table: its *name*, its row of the index, and its codes, as CSV."""

    name: str
    index: tuple[str, ...]
    text: str


def shipped_for(item: str, branch: Branch) -> str | None:
    """Return the name of a table of ours that has all codes of *branch*, a leaf of *item*."""
    wanted = set(branch.codes or branch.texts)
    for name, one in tables().items():
        is_of_item = one.target_system == _SYSTEMS.get(item)
        if wanted and is_of_item and wanted <= {row.source for row in one.rows}:
            return name
    return None


def draft(adapter: str, leaf: str, item: str, branch: Branch) -> CodeDraft:
    """Return a table of the codes of *branch*, the *leaf* of a record that is an *item*."""
    name = f"{adapter}-{plain(leaf)}"
    known = _SURE.get(item, {})
    seen: set[str] = set()
    rows = []
    for code in sorted(branch.codes or set(branch.texts)):
        target = known.get(code.lower(), "")
        rows.append((code, "" if target in seen else target, code, "", "0.1.0", "to be decided"))
        seen.add(target)
    index = (
        name,
        f"{leaf}, {adapter}",
        f"urn:caf-adapter:{adapter}:{plain(leaf)}",
        _SYSTEMS[item],
        "",
        "" if branch.codes else _OPEN,
        _LOSS,
    )
    return CodeDraft(name, index, table_text([COLUMNS, *rows]))


def table_text(rows: list[tuple[str, ...]]) -> str:
    """Return *rows* as CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()
