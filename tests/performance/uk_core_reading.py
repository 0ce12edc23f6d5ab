"""Reading a UK Core record to the CAF, against the reference model's parse of the same bytes.

The baseline maps nothing and checks no profile: any reader on `fhir.resources` begins with it.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from fhir.resources.R4B.bundle import Bundle

from adapters.contract import Envelope
from adapters.health.uk_core import JSON, UKCoreAdapter
from tests.performance.measurement import Measurement

_ENVELOPE: Final = Envelope(media_type=JSON, at=datetime(2026, 1, 5, tzinfo=UTC), record="ab" * 32)


def reading(times: int, rounds: int) -> Measurement:
    """Return how many records a second are read to the CAF, against the reference model's parse."""
    example = files("adapters.health") / "examples" / "uk-core-record.json"
    content = example.read_bytes()
    adapter = UKCoreAdapter()
    adapter.read(content, _ENVELOPE)  # the mapping is loaded once

    def ours() -> None:
        adapter.read(content, _ENVELOPE)

    def theirs() -> None:
        Bundle.model_validate(json.loads(content))

    costs = [(_seconds(ours, times), _seconds(theirs, times)) for _ in range(rounds)]
    mine, other = (times / statistics.median(side) for side in zip(*costs, strict=True))
    return Measurement(
        name="uk-core-reading-vs-reference-parse",
        value=round(mine),
        unit="records/s",
        against=round(other),
        ratio=round(mine / other, 1),
    )


def _seconds(run: Callable[[], None], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        run()
    return time.process_time() - begun
