"""JSON at the edge: bytes to values, within bounds, and nothing lost on the way.

Beyond what a JSON decoder refuses by itself (NaN, lone surrogates, bad UTF-8), this refuses a
byte order mark, UTF-16 and UTF-32, too many bytes, too deep a nesting, duplicate names, and
whatever the decoded value does not hold: what was decoded, encoded again, equals what came.
"""

import json
import re
from decimal import Decimal
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from adapters.errors import EMPTY, InvalidRecordError, MalformedPayloadError, TooLargeError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_BYTES: Final = 5 * 2**20  # BaRS: no payload above 5 MB
MAX_DEPTH: Final = 64  # the deepest of 400 published FHIR examples has 21

_BRACKETS = bytes.maketrans(b"[]", b"{}")
_CONTENT = bytes(sorted(set(range(256)) - set(b'{}[]"')))
_BYTE = re.compile(r"\(byte (\d+)\)")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00")


class Decoded(NamedTuple, Generic[T_co]):
    """A *value*, the same as *compact* JSON, and the *outline* of that."""

    value: T_co
    compact: bytes
    outline: bytes


def decode(
    payload: bytes, decoder: msgspec.json.Decoder[T], encoder: msgspec.json.Encoder
) -> Decoded[T]:
    """Return what *payload* holds.

    *decoder* and *encoder* are a pair that neither adds nor drops anything. Raise
    `MalformedPayloadError`, `TooLargeError`, or `InvalidRecordError`; `msgspec.ValidationError`
    passes through, for the format to say where in its own terms.

    >>> anything = msgspec.json.Decoder(), msgspec.json.Encoder()
    >>> decode(b'{"a": [1, 2]}', *anything)
    Decoded(value={'a': [1, 2]}, compact=b'{"a":[1,2]}', outline=b'{""[]}')
    >>> decode(b'{"a": 1, "a": 2}', *anything)
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: a name is given twice in one object
    """
    _refuse_beyond_bounds(payload)
    try:
        value = decoder.decode(payload)
    except msgspec.ValidationError:
        if decoder.type is Any:  # then nothing but a number can be beyond what is read
            message = "a number is beyond the range that is read"
            raise InvalidRecordError(message, "number-out-of-range") from None
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(payload, error) from None
    except RecursionError:
        raise _too_deep() from None
    compact = encoder.encode(value)
    outline = outline_of(compact)
    if _is_deeper_than(outline, MAX_DEPTH):
        raise _too_deep()
    # A name given twice, or a null, leaves fewer names in what was decoded than there were, and
    # nothing adds one: so one count settles nearly every payload.
    if outline_of(payload).count(b'"') != outline.count(b'"'):
        compare(payload, compact)
    return Decoded(value, compact, outline)


def _refuse_beyond_bounds(payload: bytes) -> None:
    if len(payload) > MAX_BYTES:
        message = f"the payload is larger than {MAX_BYTES} bytes"
        raise TooLargeError(message, "too-many-bytes")
    if not payload.strip():
        raise MalformedPayloadError(EMPTY, "not-json", where="1:1")
    if payload.startswith(_MARKS) or payload[1:2] == b"\x00":
        message = "the JSON is not plain UTF-8: send it without a byte order mark"
        raise MalformedPayloadError(message, "not-utf-8", where="1:1")


def outline_of(text: bytes) -> bytes:
    r"""Return the brackets and quotation marks of JSON, without those that are escaped.

    >>> outline_of(rb'{"a": ["a \" and a }"]}')
    b'{""["}"]}'
    """
    if b"\\" in text:
        text = text.replace(rb"\\", b"").replace(rb"\"", b"")
    return text.translate(None, _CONTENT)


def _is_deeper_than(outline: bytes, limit: int) -> bool:
    """Say whether JSON of this *outline* nests deeper than *limit*, at the speed of `replace`.

    A decoder stops of itself at Python's own depth, which is too deep to walk afterwards.
    """
    if 2 * outline.count(b'""') < outline.count(b'"'):  # there are brackets in a string
        outline = b"".join(outline.split(b'"')[::2])
    bare = outline.translate(_BRACKETS, b'"')
    for _ in range(limit):
        bare = bare.replace(b"{}", b"")
        if not bare:
            return False
    return bare.count(b"{") > bare.count(b"}") or b"{}" in bare


def _too_deep() -> TooLargeError:
    message = f"the JSON is nested more than {MAX_DEPTH} deep"
    return TooLargeError(message, "too-deep")


def _malformed(payload: bytes, error: Exception) -> MalformedPayloadError:
    found = _BYTE.search(str(error))
    offset = int(found[1]) if found else getattr(error, "start", len(payload))
    before = payload[:offset]
    line, column = before.count(b"\n") + 1, offset - before.rfind(b"\n")
    message = f"the payload is not JSON from line `{line}`, column `{column}` on"
    return MalformedPayloadError(message, "not-json", where=f"{line}:{column}")


class _Twice(dict[str, object]):
    """An object in which a name stood twice."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    return names if len(names) == len(pairs) else _Twice(pairs)


def compare(payload: bytes, compact: bytes) -> None:
    """Raise `InvalidRecordError` unless *payload* and *compact* say the same, without a null.

    >>> compare(b'{"a": [null]}', b'{"a":[null]}')
    >>> compare(b'{"a": null}', b'{"a":null}')
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: null is no value: leave the name out
    """
    came = json.loads(payload, object_pairs_hook=_object, parse_float=Decimal, parse_int=Decimal)
    kept = json.loads(compact, parse_float=Decimal, parse_int=Decimal)
    _compare_values(came, kept, "")


def _compare_values(came: object, kept: object, pointer: str) -> None:
    if isinstance(came, _Twice):
        message = "a name is given twice in one object"
        raise InvalidRecordError(message, "duplicate-name", where=pointer or "/")
    if isinstance(came, dict) and isinstance(kept, dict):
        for name, value in came.items():
            _compare_values(value, kept.get(name), f"{pointer}/{name}")
    elif isinstance(came, list) and isinstance(kept, list):
        for place, value in enumerate(came):
            _compare_values(value, kept[place] if place < len(kept) else None, f"{pointer}/{place}")
    elif came is None and not pointer.rpartition("/")[2].isdecimal():
        message = "null is no value: leave the name out"
        raise InvalidRecordError(message, "null-value", where=pointer or "/")
    elif came != kept:
        message = "the value is of another type than this element takes"
        raise InvalidRecordError(message, "wrong-type", where=pointer or "/")


def parse(payload: bytes) -> object:
    """Return *payload* as plain values, numbers with a point as `Decimal`; slower than `decode`.

    Raise `MalformedPayloadError`, `TooLargeError` or `InvalidRecordError`.

    >>> parse(b'{"a": 1.10}')
    {'a': Decimal('1.10')}
    >>> parse(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: a name is given twice in one object
    """
    return decode(payload, _ANYTHING, _ENCODER).value


_ANYTHING = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
