"""Canonical JSON, written fast: the bytes of `audit.canonical.encode`, by orjson."""

import orjson

from audit.canonical import Json, require_profile
from audit.errors import EncodingError


def encode(value: Json) -> bytes:
    """Return *value* as canonical JSON, or raise `EncodingError` if it is outside the profile.

    >>> encode({"b": 1, "a": [True, "x"]})
    b'{"a":[true,"x"],"b":1}'
    >>> encode({"a": None})
    Traceback (most recent call last):
        ...
    audit.errors.EncodingError: canonical JSON has no value of this kind
    """
    require_profile(value)
    try:
        # What orjson does not know by itself is a mapping that is not a dict.
        return orjson.dumps(value, default=dict, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        message = "canonical JSON has no value of this kind"
        raise EncodingError(message) from None
