"""The measurements of `make bench`: each a ratio against an honest baseline in the same run.

    python -m tests.performance.bench [--long]

Prints a table and writes `build/bench.json`. On a shared machine absolute times swing; the two
sides take turns, and what counts is the ratio of their medians.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.performance.end_to_end import Plan, end_to_end
from tests.performance.measurement import Measurement

RESULTS: Final = Path(__file__).parents[2] / "build" / "bench.json"
SHORT: Final = Plan(rounds=3, ours=1200, theirs=120)
LONG: Final = Plan(rounds=7, ours=4000, theirs=400)


def measure(*, is_long: bool) -> Iterator[Measurement]:
    """Yield every measurement of the issues."""
    yield from end_to_end(LONG if is_long else SHORT)


def show(measurements: list[Measurement], console: Console) -> None:
    """Print the table."""
    table = Table("measurement", "value", "against", "ratio", "target", "met")
    for one in measurements:
        table.add_row(*one.cells())
    console.print(table)


def main(arguments: list[str]) -> None:
    """Measure, print, write."""
    measurements = list(measure(is_long="--long" in arguments))
    show(measurements, Console())
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(one) for one in measurements], indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
