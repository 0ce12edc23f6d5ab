"""Reading a big file to the CAF, a pupil at a time, against parsing it with its schema and no more.

The baseline maps nothing: it is what any reader of such a file cannot do without.
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
from adapters.education.ctf import MEDIA_TYPE, CTFAdapter
from mappings.ctf import editions
from tests.performance.measurement import Measurement

_PUPIL: Final = (b"<Pupil>", b"</Pupil>")
_ENVELOPE: Final = Envelope(
    media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC), record="ab" * 32
)


def big_file(pupils: int) -> bytes:
    """Return the example of a whole pupil, *pupils* times over, as one file."""
    example = (files("adapters.education") / "examples" / "ctf-25.xml").read_bytes()
    begin, end = example.index(_PUPIL[0]), example.index(_PUPIL[1]) + len(_PUPIL[1])
    return example[:begin] + example[begin:end] * pupils + example[end:]


def reading(pupils: int, rounds: int) -> Measurement:
    """Return how many pupils a second are read to the CAF, against bare parsing with the schema."""
    content = big_file(pupils)
    costs = [(_seconds(_mapped, content), _seconds(_parsed, content)) for _ in range(rounds)]
    ours, theirs = (pupils / statistics.median(side) for side in zip(*costs, strict=True))
    return Measurement(
        name="ctf-reading-vs-bare-parsing",
        value=round(ours),
        unit="pupils/s",
        against=round(theirs),
        ratio=round(ours / theirs, 2),
    )


def _seconds(read: Callable[[io.BytesIO], int], content: bytes) -> float:
    begun = time.process_time()
    read(io.BytesIO(content))
    return time.process_time() - begun


def _mapped(file: io.BytesIO) -> int:
    return sum(one.reading is not None for one in CTFAdapter().stream(file, _ENVELOPE))


def _parsed(file: io.BytesIO) -> int:
    pupils = 0
    schema = editions.schema(editions.WRITTEN[-1])
    for _, element in etree.iterparse(file, events=("end",), tag="Pupil", schema=schema):
        pupils += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return pupils
