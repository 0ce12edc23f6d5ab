"""Media types: which of an adapter's a file looks like, whose name does not say it."""

from collections.abc import Sequence
from typing import Final

BEGINNING: Final = 200
"""How many bytes of a file are enough."""

_BEFORE_MARKUP: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # marks of UTF-8 and UTF-16, white space


def looks_like(content: bytes, media_types: Sequence[str]) -> str:
    """Return which of *media_types* the beginning of *content* looks like: XML begins with `<`.

    >>> looks_like("\ufeff<Child/>".encode("utf-16-le"), ["text/csv", "application/xml"])
    'application/xml'
    >>> looks_like(b"{}", ["application/xml", "application/json"])
    'application/json'
    >>> looks_like(b"{}", ["application/xml"])
    'application/xml'
    """
    is_xml = content[:BEGINNING].lstrip(_BEFORE_MARKUP).startswith(b"<")
    fitting = [one for one in media_types if ("xml" in one) is is_xml]
    return (fitting or media_types)[0]


def plain(media_type: str) -> str:
    """Return *media_type* without its parameters, in small letters.

    >>> plain("Text/CSV; charset=utf-8")
    'text/csv'
    """
    return media_type.partition(";")[0].strip().lower()
