"""Canonical JSON: one value, one spelling, whichever library writes it."""

import unicodedata
from functools import partial

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical, encoding
from audit.errors import EncodingError

names = st.text(st.characters(codec="ascii"), max_size=8)
texts = st.text(max_size=12).map(partial(unicodedata.normalize, "NFC"))
integers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
values = st.recursive(
    st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_three_libraries_write_the_same_bytes(value):
    assert canonical.encode(value) == encoding.encode(value) == rfc8785.dumps(value)


@given(values)
def test_what_was_written_is_read(value):
    assert canonical.decode(canonical.encode(value), 100_000) == value


@pytest.mark.parametrize("library", [canonical, encoding])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="null"),
        pytest.param(0.5, id="a fraction"),
        pytest.param({"a": 1.0}, id="a whole fraction"),
        pytest.param(2**53, id="an integer that some readers round"),
        pytest.param(-(2**53), id="a negative one"),
        pytest.param({"é": 1}, id="a name beyond ASCII"),
        pytest.param({1: 1}, id="a name that is no text"),
        pytest.param("e\u0301", id="a letter and its accent apart"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param({"a": {1, 2}}, id="a set"),
        pytest.param([[]] * 2 + [object()], id="an object"),
    ],
)
def test_outside_the_profile_is(library, value):
    with pytest.raises(EncodingError):
        library.encode(value)


@pytest.mark.parametrize("library", [canonical, encoding])
def test_deep_nesting_is_refused_before_it_hurts(library):
    value = 1
    for _ in range(100_000):
        value = [value]

    with pytest.raises(EncodingError, match="nested too deep"):
        library.encode(value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half a document"),
        pytest.param(b'{"a": 1}', id="a space"),
        pytest.param(b'{"b":1,"a":1}', id="names out of order"),
        pytest.param(b'{"a":1,"a":1}', id="a name twice"),
        pytest.param(b'"\\u0061"', id="an escape that is not needed"),
        pytest.param(b'"\\/"', id="an escaped slash"),
        pytest.param(b"1.0", id="a fraction"),
        pytest.param(b"1e3", id="an exponent"),
        pytest.param(b"-0", id="minus nothing"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"null", id="null"),
        pytest.param(b"9" * 5000, id="a very long number"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf1", id="a byte order mark"),
        pytest.param(b"1\n", id="a line end"),
        pytest.param(b"[" * 50_000, id="deep nesting"),
        pytest.param(b"[" * 50 + b"]" * 50, id="nesting that is too deep"),
    ],
)
def test_not_canonical_is(data):
    with pytest.raises(EncodingError):
        canonical.decode(data, 100_000)


def test_a_document_longer_than_the_limit_is_not_read():
    with pytest.raises(EncodingError, match="longer than `3` bytes"):
        canonical.decode(b"[[[[", 3)


@pytest.mark.parametrize("text", ["", "00", "-1", "+1", "1 ", "1_0", "\u0661", "9" * 20])
def test_not_a_decimal_number_is(text):
    with pytest.raises(EncodingError):
        canonical.decode_decimal(text)


@given(st.binary(max_size=50))
def test_base64_and_hexadecimal_lead_back(data):
    assert canonical.decode_base64(canonical.encode_base64(data)) == data
    assert canonical.decode_hex(data.hex(), len(data)) == data


@pytest.mark.parametrize("text", ["Y", "YQ", "YR==", "YQ==\n", "Y Q==", "YQ=a", "é"])
def test_not_canonical_base64_is(text):
    with pytest.raises(EncodingError):
        canonical.decode_base64(text)


@pytest.mark.parametrize("text", ["", "0", "AA", "zz", "0a ", "0a0a", 10, ["0a"]])
def test_not_one_byte_in_hexadecimal_is(text):
    with pytest.raises(EncodingError):
        canonical.decode_hex(text, 1)
