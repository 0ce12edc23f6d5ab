"""The one form in which a thing is written, and the strict reading of it: standard library only.

JSON is in a restricted profile of RFC 8785: objects with ASCII names, lists, strings in Unicode
normal form C, booleans, and integers below 2**53; no null, no fractions. In this profile sorting
by code point is sorting by UTF-16 unit, and no number has two forms, so that any JSON library
that sorts its keys writes the same bytes. `audit.encoding` writes them faster.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from audit.errors import EncodingError

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 8785, section 3.2.2.3)."""

MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value that was encoded before, to stand in several documents: its canonical JSON.

    It is nested no deeper than *depth*.
    """

    content: bytes
    depth: int


_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_dump = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def encode(value: Json) -> bytes:
    """Return *value* as canonical JSON, or raise `EncodingError` if it is outside the profile.

    >>> encode({"b": [1, True], "a": "é"}).decode()
    '{"a":"é","b":[1,true]}'
    >>> encode({"a": 0.5})
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: canonical JSON has no value of this kind
    """
    require_profile(value)
    return _dump(value).encode()


def decode(data: bytes, limit: int) -> Json:
    """Return the value in *data*, which must be canonical JSON of at most *limit* bytes.

    Raises `EncodingError` for anything else, a repeated name or another spelling included.

    >>> decode(b'{"a":1}', 100)
    {'a': 1}
    >>> decode(b'{"a": 1}', 100)
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: the document is not in its canonical form
    """
    if len(data) > limit:
        message = f"the document is longer than `{limit}` bytes"
        raise EncodingError(message)
    try:
        value: Json = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        message = "the document is not JSON of the canonical profile"
        raise EncodingError(message) from None
    if encode(value) != data:
        message = "the document is not in its canonical form"
        raise EncodingError(message)
    return value


def require_profile(value: object, depth: int = MAX_DEPTH) -> None:
    """Raise `EncodingError` unless *value* can be written in the profile."""
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            message = "an integer is too large for canonical JSON"
            raise EncodingError(message)
    elif depth < (value.depth if isinstance(value, Encoded) else 1):
        message = "the value is nested too deep for canonical JSON"
        raise EncodingError(message)
    elif isinstance(value, list | tuple):
        _require_all(value, depth - 1)
    elif isinstance(value, dict | Mapping):
        _require_names(value)
        _require_all(value.values(), depth - 1)
    elif not isinstance(value, Encoded):
        message = "canonical JSON has no value of this kind"
        raise EncodingError(message)


def _require_all(values: Iterable[object], depth: int) -> None:
    for value in values:
        # Most are plain text or were encoded before: a call for each would be most of the cost.
        if isinstance(value, str) and value.isascii():
            continue
        if isinstance(value, Encoded) and value.depth <= depth:
            continue
        require_profile(value, depth)


def _require_names(members: Mapping[object, object]) -> None:
    for name in members:
        if type(name) is not str or not name.isascii():
            message = "the name of a member is not ASCII text"
            raise EncodingError(message)


def _require_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()  # which half of a surrogate pair cannot be
        is_composed = unicodedata.is_normalized("NFC", text)
    except UnicodeEncodeError:
        is_composed = False
    if not is_composed:
        message = "a string is not in Unicode normal form C"
        raise EncodingError(message)


def _refuse(_text: str) -> NoReturn:
    message = "not in the profile"
    raise ValueError(message)


def decode_decimal(text: str) -> int:
    """Return the number in *text*, or raise `EncodingError`: no sign, no leading zero, 19 digits.

    >>> decode_decimal("007")
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: not a decimal number
    """
    if not _DECIMAL.fullmatch(text):
        message = "not a decimal number"
        raise EncodingError(message)
    return int(text)


def encode_base64(data: bytes) -> str:
    """Return *data* in the standard base64 alphabet with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Return the bytes in base64 *text*, or raise `EncodingError` if it is not their one form.

    >>> decode_base64("YR==")
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: not canonical base64
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if encode_base64(data) != text:
        message = "not canonical base64"
        raise EncodingError(message)
    return data


def decode_hex(text: Json, size: int) -> bytes:
    """Return the *size* bytes in lower-case hexadecimal *text*, or raise `EncodingError`."""
    try:
        data = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if len(data) != size or data.hex() != text:
        message = f"not `{size}` bytes in hexadecimal"
        raise EncodingError(message)
    return data
