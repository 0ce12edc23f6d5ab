"""Tables that people open in a spreadsheet: CSV (RFC 4180), in which nothing is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes a cell for a formula by (OWASP, CSV injection)."""


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return *rows* under the names of their *columns*; a cell that could act is made text.

    >>> to_csv(("who",), [("a school",), ("=HYPERLINK(1)",)])
    "who\r\na school\r\n'=HYPERLINK(1)\r\n"
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(columns)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return table.getvalue()


def inert(cell: str) -> str:
    """Return *cell* so that a spreadsheet shows it, and does nothing with it."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
