"""XML at the edge: bytes to a tree, with nothing in it that reaches out or blows up.

No document type at all (so no entities of its own, internal or external), no network, UTF-8
only, comments and processing instructions removed, and limits of bytes, elements, depth and
attributes. libxml2 alone would accept a document type and expand small entities.
"""

import re
from typing import Final

from lxml import etree

from adapters.errors import EMPTY, MalformedPayloadError, TooLargeError

MAX_BYTES: Final = 5 * 2**20  # BaRS: no payload above 5 MB
MAX_ELEMENTS: Final = 100_000
MAX_DEPTH: Final = 64
MAX_ATTRIBUTES: Final = 32

_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_TOO_MANY_ATTRIBUTES = etree.XPath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])")


def parse(payload: bytes) -> etree._Element:
    """Return the root of *payload*, or raise `MalformedPayloadError` or `TooLargeError`.

    >>> parse(b"<a><!-- not kept --><b/></a>")[0].tag
    'b'
    >>> parse(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: the XML declares a document type: send it without one
    """
    _refuse_beyond_bounds(payload)
    try:
        root = etree.fromstring(payload, _parser())
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _document_type(payload)
    if _TOO_DEEP(root):
        message = f"the XML is nested more than {MAX_DEPTH} deep"
        raise TooLargeError(message, "too-deep")
    if _TOO_MANY_ATTRIBUTES(root):
        message = f"an element has more than {MAX_ATTRIBUTES} attributes"
        raise TooLargeError(message, "too-many-attributes")
    return root


def _parser() -> etree.XMLParser:
    # A parser of one's own for each payload: lxml's keep state and must not be shared by threads.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=False,
        recover=False,
    )


def _refuse_beyond_bounds(payload: bytes) -> None:
    if len(payload) > MAX_BYTES:
        message = f"the payload is larger than {MAX_BYTES} bytes"
        raise TooLargeError(message, "too-many-bytes")
    if not payload.strip():
        raise MalformedPayloadError(EMPTY, "not-xml", where="1:1")
    if payload.count(b"<") > 2 * MAX_ELEMENTS:
        message = f"the XML has more than {MAX_ELEMENTS} elements"
        raise TooLargeError(message, "too-many-elements")
    declared = _DECLARED.search(payload[:200])
    if payload.startswith(_MARKS) or (
        declared and declared[1].upper() not in {b"UTF-8", b"US-ASCII", b"ASCII"}
    ):
        message = "the XML is not in UTF-8"
        raise MalformedPayloadError(message, "not-utf-8", where="1:1")
    if b"<!DOCTYPE" in payload:
        raise _document_type(payload)


def _document_type(payload: bytes) -> MalformedPayloadError:
    before = payload.partition(b"<!DOCTYPE")[0]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    message = "the XML declares a document type: send it without one"
    return MalformedPayloadError(message, "document-type", where=f"{line}:{column}")


def _malformed(error: etree.XMLSyntaxError) -> MalformedPayloadError | TooLargeError:
    line, column = error.position
    if "depth" in (error.msg or ""):  # libxml2 stops of itself at 256, well beyond ours
        message = f"the XML is nested more than {MAX_DEPTH} deep"
        return TooLargeError(message, "too-deep", where=f"{line}:{column}")
    message = f"the payload is not XML from line `{line}`, column `{column}` on"
    return MalformedPayloadError(message, "not-xml", where=f"{line}:{column}")
