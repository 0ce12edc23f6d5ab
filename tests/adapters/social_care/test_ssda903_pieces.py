"""A child's own rows of a set of tables, as they stand; and the same child when read by itself."""

import io
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from adapters.contract import BulkAdapter, Envelope
from adapters.errors import AdapterError
from adapters.social_care.ssda903 import XML_TYPE, ZIP_TYPE, SSDA903Adapter
from mappings.ssda903.tables import TABLES

ENVELOPE = Envelope(media_type=ZIP_TYPE, at=datetime(2026, 7, 1, tzinfo=UTC))
FIRST, SECOND, *_ = [table for table in TABLES if table.name in {"Header", "Episodes", "OC2"}]


def row(table, child: str, end: str = "\r\n", **cells: str) -> str:
    """Return a row of *table* about *child*; in each other cell stands something of its own."""
    return (
        ",".join(cells.get(name, child if name == "CHILD" else "") for name in table.columns) + end
    )


def a_set(encoding: str = "utf-8", last: str = "\r\n") -> bytes:
    """Return a set in which three children stand in other orders, one with a quoted line break."""
    header, other = ",".join(FIRST.columns) + "\r\n", ",".join(SECOND.columns) + "\n"
    quoted = '"{}"'
    tables = {
        "a.csv": header
        + row(FIRST, "30", SEX="1", ETHNIC=quoted.format("WBRI"))
        + row(FIRST, "10", DOB="01/02/2015", ETHNIC="é")
        + "too,few\r\n"
        + row(FIRST, "20"),
        "b.csv": other
        + row(SECOND, "10", "\n")
        + row(SECOND, "40", "\n")
        + row(SECOND, "10", last),
    }
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(name, text.encode(encoding))
        archive.writestr("notes.txt", "not a table")
    return written.getvalue()


def cut(content: bytes) -> list[bytes]:
    return [one.whole for one in SSDA903Adapter().pieces(io.BytesIO(content))]


def read(content: bytes) -> list[str | None]:
    stream = SSDA903Adapter().stream(io.BytesIO(content), ENVELOPE)
    return [one.reading.sender_child_id for one in stream if one.reading is not None]


def test_it_is_an_adapter_whose_files_are_imported():
    assert isinstance(SSDA903Adapter(), BulkAdapter)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_each_child_is_cut_in_the_order_in_which_it_is_read(encoding):
    content = a_set(encoding)

    assert read(content) == ["30", "10", "20", "40"]
    assert [read(piece) for piece in cut(content)] == [["30"], ["10"], ["20"], ["40"]]


def test_rows_are_cut_byte_for_byte():
    _, piece, *_ = cut(a_set("cp1252"))

    with ZipFile(io.BytesIO(piece)) as archive:
        first, second = (archive.read(name) for name in archive.namelist())
    assert first == (",".join(FIRST.columns) + "\r\n").encode() + row(
        FIRST, "10", DOB="01/02/2015", ETHNIC="é"
    ).encode("cp1252")
    assert second.count(b"\n") == 3


def test_a_last_row_without_an_end_gets_one():
    assert [read(piece) for piece in cut(a_set(last=""))] == [["30"], ["10"], ["20"], ["40"]]


def test_rows_that_name_no_child_are_one_only_where_there_is_no_other():
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("a.csv", ",".join(FIRST.columns) + "\r\n" + row(FIRST, "") * 2)
    assert len(cut(written.getvalue())) == 1
    with ZipFile(written, "a") as archive:
        archive.writestr("b.csv", ",".join(SECOND.columns) + "\r\n" + row(SECOND, "7"))
    assert [read(piece) for piece in cut(written.getvalue())] == [["7"]]


def test_xml_is_cut_at_its_elements():
    content = b"<Message><CHILD><HEADER/></CHILD><CHILD/></Message>"
    assert [one.content for one in SSDA903Adapter().pieces(io.BytesIO(content))] == [
        b"<CHILD><HEADER/></CHILD>",
        b"<CHILD/>",
    ]
    assert XML_TYPE in SSDA903Adapter().media_types


def test_what_is_no_archive_is_refused():
    with pytest.raises(AdapterError):
        cut(b"PK not at all")
