"""Reading big SSDA903 returns to the CAF, a child at a time, against parsing them and no more.

XML is held against lxml with our schema, a set of CSV files against `csv` over the unpacked files.
The baselines map nothing and put no child together: they are what any reader cannot do without.
"""

import csv
import io
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree

from adapters.contract import Envelope
from adapters.social_care.ssda903 import XML_TYPE, ZIP_TYPE, SSDA903Adapter
from mappings.ssda903 import editions
from tests.performance.measurement import Measurement

_EXAMPLES: Final = files("adapters.social_care") / "examples"
_CHILD: Final = (b"<CHILD>", b"</CHILD>")
_AT: Final = datetime(2026, 7, 1, tzinfo=UTC)
_Read = Callable[[io.BytesIO], int]


def big_file(children: int) -> bytes:
    """Return the first child of the example in XML, *children* times over, as one file."""
    example = (_EXAMPLES / "ssda903-2026-27.xml").read_bytes()
    begin, end = example.index(_CHILD[0]), example.index(_CHILD[1]) + len(_CHILD[1])
    return example[:begin] + example[begin:end] * children + b"</EXPSSDA903>"


def big_set(children: int) -> bytes:
    """Return a set of at least as many *children*: those of the example, each time as others."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for one in (_EXAMPLES / "ssda903").iterdir():
            head, *rows = one.read_text("utf-8").splitlines()
            copies = range(-(-children // 4))
            again = (row.replace("CLA", f"C{copy}") for copy in copies for row in rows)
            archive.writestr(one.name, "\r\n".join([head, *again]))
    return content.getvalue()


def readings(children: int, rounds: int) -> Iterator[Measurement]:
    """Yield how many children a second are read to the CAF, against bare parsing."""
    yield _measured("ssda903-xml", big_file(children), (_mapped_xml, _parsed_xml), rounds)
    yield _measured("ssda903-set", big_set(children), (_mapped_set, _parsed_set), rounds)


def _measured(name: str, content: bytes, sides: tuple[_Read, _Read], rounds: int) -> Measurement:
    costs = [[_seconds(side, content) for side in sides] for _ in range(rounds)]
    count = sides[0](io.BytesIO(content))
    ours, theirs = (count / statistics.median(side) for side in zip(*costs, strict=True))
    return Measurement(
        name=f"{name}-reading-vs-bare-parsing",
        value=round(ours),
        unit="children/s",
        against=round(theirs),
        ratio=round(ours / theirs, 2),
    )


def _seconds(read: _Read, content: bytes) -> float:
    begun = time.process_time()
    read(io.BytesIO(content))
    return time.process_time() - begun


def _mapped_xml(file: io.BytesIO) -> int:
    return _mapped(file, f"{XML_TYPE}; version=2026-27")


def _mapped_set(file: io.BytesIO) -> int:
    return _mapped(file, f"{ZIP_TYPE}; version=2025-26")


def _mapped(file: io.BytesIO, media_type: str) -> int:
    envelope = Envelope(media_type=media_type, at=_AT, record="ab" * 32)
    return sum(one.reading is not None for one in SSDA903Adapter().stream(file, envelope))


def _parsed_xml(file: io.BytesIO) -> int:
    children = 0
    schema = editions.schema(editions.NEWEST)
    for _, element in etree.iterparse(file, events=("end",), tag="CHILD", schema=schema):
        children += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return children


def _parsed_set(file: io.BytesIO) -> int:
    rows = 0
    with ZipFile(file) as archive:
        for name in archive.namelist():
            with (
                archive.open(name) as packed,
                io.TextIOWrapper(packed, "utf-8", newline="") as text,
            ):
                rows += sum(1 for _ in csv.reader(text))
    return rows
