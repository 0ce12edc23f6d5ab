"""Cutting a big file: each record's own bytes, just where a parser finds the record."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.errors import AdapterError, InvalidRecordError, TooLargeError
from adapters.xml_pieces import pieces
from adapters.xml_stream import elements, encoding_of

_TEXTS = st.text("aé€<>&'\" \n", max_size=8)
_NOISE = st.sampled_from(
    ["", " ", "\n", "<!-- <p> -->", "<?x <p> ?>", "<q>1</q>", "<q><![CDATA[</p><p>]]></q>", "<pq/>"]
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@st.composite
def _records(draw) -> str:
    inner = draw(st.sampled_from(["", "<p>within</p>", "<!-- </p> -->", "<q/><h>1</h>"]))
    attribute = draw(
        st.sampled_from(["", " a='>'", ' b = "/>"', "\n c='</p>'".replace("<", "&lt;")])
    )
    if draw(st.booleans()):
        return f"<p{attribute}/>"
    return f"<p{attribute}>{_escaped(draw(_TEXTS))}{inner}</p >"


@st.composite
def _files(draw) -> tuple[str, str]:
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    parts = draw(st.lists(st.tuples(_NOISE, _records()), min_size=1, max_size=6))
    body = "".join(noise + record for noise, record in parts)
    text = f"<f x='1'><h><p>no record</p></h><w>{body}</w>{draw(_NOISE)}</f>"
    if codec == "latin-1":
        text = "<?xml version='1.0' encoding='iso-8859-1'?>" + text.replace("€", "$")
    return text, codec


def _read(content: bytes) -> list[str]:
    """Return the text of each record as the parser finds it."""
    file = io.BytesIO(content)
    found = elements(file, encoding_of(file), "h", "p")
    return ["".join(one.itertext()) for one in found if one.tag == "p"]


@given(_files())
def test_what_is_cut_is_what_is_parsed(made):
    text, codec = made
    content = text.encode(codec)

    cut = list(pieces(io.BytesIO(content), "p", "h"))

    assert [_read(piece.whole) for piece in cut] == [[one] for one in _read(content)]
    for piece in cut:
        assert content[piece.offset :].startswith(piece.content)


def test_a_record_longer_than_what_is_read_at_once_is_cut_whole():
    long = b"<p>" + b"x" * 200_000 + b"<!-- " + b"<p>" * 30_000 + b" --></p>"
    content = b"<f>\n\n" + long + b"\n<p/></f>"

    first, second = pieces(io.BytesIO(content), "p")

    assert first.content == long
    assert (first.line, second.line) == (3, 4)
    assert second.content == b"<p/>"
    assert (second.head, second.tail) == (b"<f>\n\n", b"</f>")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"<f><p>1</p><p>", AdapterError, id="it ends within a record"),
        pytest.param(b"<f><p/><g xmlns='u:x'><p/></g></f>", InvalidRecordError, id="a namespace"),
        pytest.param(b"<f><p>" + b"x" * 6_000_000, TooLargeError, id="a record without an end"),
        pytest.param(b"<f>" + b" " * 6_000_000 + b"<p/></f>", TooLargeError, id="a long head"),
    ],
)
def test_what_cannot_be_cut_is_refused(content, error):
    with pytest.raises(error):
        list(pieces(io.BytesIO(content), "p"))


def test_the_ends_are_those_of_what_the_head_leaves_open():
    content = b"<f xmlns:a='u:a'><x/><a:w><g><p/></g></a:w></f>"

    (piece,) = pieces(io.BytesIO(content), "p")

    assert piece.tail == b"</g></a:w></f>"
    assert etree.fromstring(piece.whole) is not None
