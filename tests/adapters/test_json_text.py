"""JSON at the edge: what is refused, where, how fast, and without repeating it."""

import json
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import json_text
from adapters.errors import AdapterError, InvalidRecordError, TooLargeError

CANARY = "Zebedee"
PAIR = msgspec.json.Decoder(), msgspec.json.Encoder()


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(b"", "not-json", "1:1", id="nothing"),
        pytest.param(b'{"a": NaN}', "not-json", "1:7", id="not a number"),
        pytest.param(b'{"a": Infinity}', "not-json", "1:7", id="infinity"),
        pytest.param(b'\n{"a": 1,}', "not-json", "2:9", id="a comma too many"),
        pytest.param(b'{"a": 1} x', "not-json", "1:11", id="something after the end"),
        pytest.param(b'{"a": "\\ud800"}', "not-json", "1:16", id="a lone surrogate"),
        pytest.param(b'{"a": "\xff"}', "not-json", "1:1", id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", "not-utf-8", "1:1", id="a byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), "not-utf-8", "1:1", id="UTF-16"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "not-utf-8", "1:1", id="UTF-16, no mark"),
        pytest.param('{"a": 1}'.encode("utf-32"), "not-utf-8", "1:1", id="UTF-32"),
        pytest.param(b'{"a": [{"b": 1, "b": 2}]}', "duplicate-name", "/a/0", id="a name twice"),
        pytest.param(
            b'{"a": 1, "a": 2, "c": "\\u0022\\u0022"}',
            "duplicate-name",
            "/",
            id="a name twice, its quotation marks made up for by escaped ones",
        ),
        pytest.param(b"[" * 10_000, "too-deep", "", id="ten thousand deep, never closed"),
        pytest.param(b"[" * 65 + b"]" * 65, "too-deep", "", id="one too deep"),
        pytest.param(
            b'{"}":' * 65 + b"1" + b"}" * 65, "too-deep", "", id="depth hidden by brackets in names"
        ),
        pytest.param(b'["' + b"a" * 20 * 2**20 + b'"]', "too-many-bytes", "", id="20 MB"),
    ],
)
def test_a_payload_is_refused_with_its_place(payload, code, where):
    started = time.perf_counter()

    with pytest.raises(AdapterError) as refused:
        json_text.decode(payload, *PAIR)

    assert (refused.value.code, refused.value.where) == (code, where)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"[" * 64 + b"]" * 64, id="just deep enough"),
        pytest.param(b'"' + b"[" * 1_000 + b'"', id="brackets in a text"),
        pytest.param(b'["\\"[[[", "\\\\", "{"]', id="escapes"),
        pytest.param(b'{"a": "\\u0022"}', id="an escaped quotation mark"),
    ],
)
def test_a_good_payload_is_read(payload):
    value, compact, _ = json_text.decode(payload, *PAIR)

    assert value == json.loads(payload) == json.loads(compact)


class Named(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    name: str | None = None


def test_null_is_no_value_where_the_decoder_would_drop_it():
    with pytest.raises(InvalidRecordError) as refused:
        json_text.decode(b'{"name": null}', msgspec.json.Decoder(Named), msgspec.json.Encoder())

    assert (refused.value.code, refused.value.where) == ("null-value", "/name")


def test_no_refusal_repeats_the_payload():
    for payload in (
        f'{{"{CANARY}": 1, "{CANARY}": 2}}',
        f'["{CANARY}',
        f'{{"a": "{CANARY}" x}}',
    ):
        with pytest.raises(AdapterError) as refused:
            json_text.decode(payload.encode(), *PAIR)
        assert CANARY not in str(refused.value)


def test_numbers_keep_their_digits():
    assert str(json_text.parse(b'{"a": 1.10}')["a"]) == "1.10"


def test_a_number_out_of_range_is_refused():
    with pytest.raises(InvalidRecordError, match="a number is beyond the range"):
        json_text.decode(b"[" + b"1" * 10_000 + b"]", *PAIR)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_json_reads_as_itself(value):
    for ascii_only in (True, False):
        payload = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

        assert json_text.decode(payload, *PAIR)[0] == value


def bracketed(items):
    return "[" + ",".join(items) + "]"


@given(st.recursive(st.just("1"), lambda inner: st.lists(inner, max_size=3).map(bracketed)))
def test_depth_is_counted_exactly(text):
    deepest = current = 0
    for character in text:
        current += (character == "[") - (character == "]")
        deepest = max(deepest, current)

    outline = json_text.outline_of(text.encode())
    assert not json_text._is_deeper_than(outline, deepest)  # noqa: SLF001 - the rule itself
    assert deepest == 0 or json_text._is_deeper_than(outline, deepest - 1)  # noqa: SLF001 - the rule itself


def test_too_large_is_refused_before_it_is_decoded():
    with pytest.raises(TooLargeError):
        json_text.decode(b"\x01" * (json_text.MAX_BYTES + 1), *PAIR)
