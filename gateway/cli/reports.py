"""What commands report: JSON with `--json`, else a table for people."""

import sys
from collections.abc import Iterable, Sequence

import msgspec

_WIDE = 160


def to_json(value: object) -> str:
    """Return *value* (dataclasses and Structs too) as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def recorded(entry: int, *, as_json: bool) -> str:
    """Return what is said of something that was recorded as *entry* of the log."""
    return to_json({"entry": entry}) if as_json else f"recorded as entry {entry} of the log"


def to_line(value: object) -> str:
    """Return *value* as JSON on one line."""
    return msgspec.json.encode(value).decode()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* under the names of their *columns*; as wide as the terminal, or wide."""
    sys.stdout.write(table(columns, rows))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return *rows* under the names of their *columns*; as wide as the terminal, or wide."""
    from rich.console import Console  # noqa: PLC0415 - imported when asked for
    from rich.table import Table  # noqa: PLC0415 - the same
    from rich.text import Text  # noqa: PLC0415 - the same

    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(Text(cell, overflow="fold") for cell in row))
    console = Console()
    wide = Console(width=None if console.is_terminal else _WIDE)
    with wide.capture() as captured:
        wide.print(shown)
    return captured.get()
