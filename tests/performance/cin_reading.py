"""Reading a census return as a stream, to the CAF and with every rule, against bare parsing.

The baseline is `lxml.etree.iterparse` with our schema: it validates, and maps and finds nothing.
"""

import io
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from lxml import etree

from adapters.contract import Envelope
from adapters.social_care.cin import MEDIA_TYPE, CINAdapter
from mappings.cin import years
from tests.performance.measurement import Measurement

_CHILD: Final = (b"<Child>", b"</Children>")
ENVELOPE: Final = Envelope(
    media_type=MEDIA_TYPE, at=datetime(2026, 5, 11, tzinfo=UTC), record="ab" * 32
)
_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_TARGET: Final = 0.5


def big_file(pairs: int) -> bytes:
    """Return the two children of the example, *pairs* times over, each with numbers of its own."""
    example = (files("adapters.social_care") / "examples" / "cin-2026.xml").read_bytes()
    begin, end = example.index(_CHILD[0]), example.index(_CHILD[1])
    two = example[begin:end]
    children = [
        two.replace(b"EX100001", b"EXA%06d" % number)
        .replace(b"EX100002", b"EXB%06d" % number)
        .replace(b"B801200005001", _upn(number))
        for number in range(pairs)
    ]
    return b"".join([example[:begin], *children, example[end:]])


def reading(pairs: int, rounds: int) -> Measurement:
    """Return how many children a second are read, against bare parsing with the schema."""
    content = big_file(pairs)
    costs = [(_seconds(_mapped, content), _seconds(_parsed, content)) for _ in range(rounds)]
    ours, theirs = (2 * pairs / statistics.median(side) for side in zip(*costs, strict=True))
    return Measurement.times("cin-streaming-vs-iterparse", ours, theirs, "children/s", _TARGET)


def _upn(number: int) -> bytes:
    digits = f"80112{number:07d}"
    total = sum(int(digit) * place for place, digit in enumerate(digits, 2))
    return (_LETTERS[total % len(_LETTERS)] + digits).encode()


def _seconds(read: Callable[[io.BytesIO], int], content: bytes) -> float:
    begun = time.process_time()
    read(io.BytesIO(content))
    return time.process_time() - begun


def _mapped(file: io.BytesIO) -> int:
    return sum(one.reading is not None for one in CINAdapter().stream(file, ENVELOPE))


def _parsed(file: io.BytesIO) -> int:
    children = 0
    for _, element in etree.iterparse(file, schema=years.schema(years.YEARS[-1])):
        children += element.tag == "Child"
        element.clear()
    return children
