"""Canonical JSON, written fast: the bytes of `audit.canonical.encode`, by orjson."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import orjson

from audit.canonical import Encoded, Json, require_profile
from audit.errors import EncodingError

Writable: TypeAlias = "Json | Encoded | Sequence[Writable] | Mapping[str, Writable]"
"""What can be encoded: JSON, of which parts may have been encoded before."""


def encode(value: Writable) -> bytes:
    """Return *value* as canonical JSON, or raise `EncodingError` if it is outside the profile.

    >>> encode({"b": 1, "a": [True, "x"]})
    b'{"a":[true,"x"],"b":1}'
    >>> encode({"a": None})
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: canonical JSON has no value of this kind
    """
    require_profile(value)
    return _write(value)


def once(value: Writable, depth: int) -> Encoded:
    """Return *value*, nested no deeper than *depth*, encoded to stand in several documents.

    It is not looked at again there. Raises `EncodingError` where it is outside the profile.

    >>> row = once({"b": 1, "a": 2}, depth=1)
    >>> encode([row, row])
    b'[{"a":2,"b":1},{"a":2,"b":1}]'
    >>> once([row], depth=1)
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: the value is nested too deep for canonical JSON
    """
    require_profile(value, depth)
    return Encoded(_write(value), depth)


def listed(items: Iterable[Encoded], depth: int) -> Encoded:
    """Return the list of *items*, nested no deeper than *depth* itself, without a look at them.

    >>> encode(listed([once({"a": 1}, depth=1)], depth=2))
    b'[{"a":1}]'
    """
    return Encoded(b"[%s]" % b",".join([item.content for item in items]), depth)


def _write(value: Writable) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except orjson.JSONEncodeError:
        message = "canonical JSON has no value of this kind"
        raise EncodingError(message) from None


# An `Encoded` is a dataclass, which orjson would write as an object of its own accord.
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


def _plain(value: object) -> object:
    """Return what orjson does not know by itself, a mapping that is not a dict, as it knows it."""
    if isinstance(value, Encoded):
        return orjson.Fragment(value.content)
    return dict(value) if isinstance(value, Mapping) else value
