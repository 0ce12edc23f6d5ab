"""Reading whole what is read as a stream: a payload that came at once, portion by portion."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from adapters.contract import (
    Finding,
    Message,
    Outcome,
    Portion,
    Reading,
    Received,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError, TooLargeError

MAX_BYTES: Final = 20 * 2**20  # read whole; a larger file is read as a stream
MOST_FINDINGS: Final = 1_000


def read_whole(payload: bytes, stream: Callable[[BinaryIO], Iterator[Portion]]) -> Received:
    """Return all that *stream* yields of *payload*; rejected, errors first, where one is found.

    Of what is rejected nothing is read: neither a message nor a child.
    """
    findings: list[Finding] = []
    readings: list[Reading] = []
    message: Message | None = None
    try:
        if len(payload) > MAX_BYTES:
            text = f"the file is larger than {MAX_BYTES} bytes: import it as a stream"
            raise TooLargeError(text, "too-many-bytes")
        for portion in stream(io.BytesIO(payload)):
            findings += portion.findings
            message = portion.message or message
            if portion.reading is not None:
                readings.append(portion.reading)
    except AdapterError as error:
        findings.append(Finding(error.code, Severity.ERROR, error.where, str(error)))
    outcome = outcome_of(findings)
    shown = tuple(sorted(findings, key=_is_no_error)[:MOST_FINDINGS])
    if outcome is Outcome.REJECT:
        return Received(outcome, shown)
    return Received(outcome, shown, message, tuple(readings))


def _is_no_error(finding: Finding) -> bool:
    return finding.severity is not Severity.ERROR
