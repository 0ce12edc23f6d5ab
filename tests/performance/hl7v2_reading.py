"""Reading an HL7 v2 referral to the CAF, against parsing it with hl7apy and no more.

The baseline maps nothing and finds nothing: it makes the objects that a program would ask.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from hl7apy.parser import parse_message

from adapters.contract import Envelope
from adapters.health.hl7v2 import MEDIA_TYPE, HL7v2Adapter
from tests.performance.measurement import Measurement

_TARGET: Final = 5
_ENVELOPE: Final = Envelope(
    media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC), record="ab" * 32
)


def reading(messages: int, rounds: int) -> Measurement:
    """Return how many referrals a second are read to the CAF, against hl7apy's bare parsing."""
    payload = (files("adapters.health.hl7v2") / "examples" / "referral.hl7").read_bytes()
    text = payload.decode()
    adapter = HL7v2Adapter()
    costs = [
        (
            _seconds(lambda: adapter.read(payload, _ENVELOPE), messages),
            _seconds(lambda: parse_message(text), max(1, messages // _TARGET)),
        )
        for _ in range(rounds)
    ]
    ours, theirs = (1 / statistics.median(side) for side in zip(*costs, strict=True))
    return Measurement.times("hl7v2-vs-hl7apy", ours, theirs, "messages/s", _TARGET)


def _seconds(read: Callable[[], object], times: int) -> float:
    """Return the processor's time for one, of so many *times*."""
    begun = time.process_time()
    for _ in range(times):
        read()
    return (time.process_time() - begun) / times
