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

from tests.performance import (
    audit_growth,
    audit_log,
    audit_reading,
    cin_reading,
    hl7v2_reading,
    mapping_reading,
    policy_decisions,
    policy_proofs,
    policy_storage,
    ssda903_reading,
)
from tests.performance.end_to_end import Plan, end_to_end
from tests.performance.measurement import Measurement

RESULTS: Final = Path(__file__).parents[2] / "build" / "bench.json"
SHORT: Final = Plan(rounds=3, ours=1200, theirs=120)
LONG: Final = Plan(rounds=7, ours=4000, theirs=400)
AUDIT_SHORT: Final = audit_log.Plan(rounds=5, batched=4000, naive=600)
AUDIT_LONG: Final = audit_log.Plan(rounds=11, batched=8000, naive=2000)
POLICIES_SHORT: Final = policy_decisions.Plan(rounds=3, questions=3_000, cedar=100)
POLICIES_LONG: Final = policy_decisions.Plan(rounds=10, questions=10_000, cedar=500)
_ENTRIES: Final = 100_000
_ROUNDS: Final = 5


def measure(*, is_long: bool) -> Iterator[Measurement]:
    """Yield every measurement of the issues."""
    yield from end_to_end(LONG if is_long else SHORT)
    yield from audit_log.audit_on_sqlite(AUDIT_LONG if is_long else AUDIT_SHORT)
    yield from audit_log.audit_on_postgres(AUDIT_LONG if is_long else AUDIT_SHORT)
    with audit_reading.filled(audit_reading.MILLION if is_long else _ENTRIES) as log:
        yield from audit_reading.receipts(log)
        yield from audit_reading.verification(log, _ROUNDS)
        if is_long:
            yield audit_reading.proof(log)
    if is_long:
        yield audit_growth.growth(_ROUNDS)
    yield from policy_decisions.decisions(POLICIES_LONG if is_long else POLICIES_SHORT)
    yield policy_proofs.proofs(policy_proofs.CLAUSES, _ROUNDS)
    yield policy_storage.gathering(children=50, rounds=1_000)
    yield policy_storage.swap(policy_storage.POLICIES, _ROUNDS)
    yield cin_reading.reading(pairs=10_000 if is_long else 1_500, rounds=_ROUNDS)
    yield mapping_reading.reading(pupils=10_000 if is_long else 2_000, rounds=_ROUNDS)
    yield hl7v2_reading.reading(messages=1_000 if is_long else 200, rounds=_ROUNDS)
    yield from ssda903_reading.readings(children=10_000 if is_long else 2_000, rounds=_ROUNDS)


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
