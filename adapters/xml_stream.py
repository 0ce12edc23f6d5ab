"""Big XML files at the edge, one element after another, in bounded memory.

As in `adapters.xml`: no document type, no entities, no network. Files from the field are also in
UTF-16, or in Latin-1 without a word of it: the bytes are looked through once, to find what they
are, and then parsed as they come.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Literal

from lxml import etree

from adapters.errors import MalformedPayloadError, TooLargeError
from adapters.xml_trees import too_deep

MAX_ELEMENT_BYTES: Final = 5 * 2**20  # of one child's record
_CHUNK: Final = 2**16
_MOST_STRAYS: Final = 100
_DOCTYPE: Final = "<!DOCTYPE"
TRAILING: Final = "trailing-content"
"""The code of the error of a file whose XML is whole, and that goes on after it."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]*\?>")
_LATIN: Final = {"iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252"}
_PLAIN: Final = {"utf-8", "utf8", "us-ascii", "ascii"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is encoded: *is_declared* unless it said something else, or nothing."""

    name: str
    is_declared: bool


@dataclass(slots=True)
class Strays:
    """The *paths* of what stands in a file beside the elements that are read of it, one a kind."""

    paths: list[str] = field(default_factory=list)
    around: set[str] = field(default_factory=set)

    def look_before(self, element: etree._Element, names: tuple[str, ...]) -> None:
        """Note what stands before *element*, which is one of *names*, and is to be forgotten."""
        parent = element.getparent()
        if parent is not None:
            self.around.add(parent.tag)
            for child in parent:
                if child is element:
                    break
                self._note(child, parent, names)

    def look_through(self, root: etree._Element, names: tuple[str, ...]) -> None:
        """Note what is left in *root*, and in what was around elements of *names*."""
        for parent in (root, *(child for child in root if child.tag in self.around)):
            for child in parent:
                if child.tag not in self.around:
                    self._note(child, parent, names)

    def _note(self, child: etree._Element, parent: etree._Element, names: tuple[str, ...]) -> None:
        root = child.getroottree().getroot()
        path = "/".join(["", *dict.fromkeys((root.tag, parent.tag)), child.tag])
        if child.tag not in names and path not in self.paths and len(self.paths) < _MOST_STRAYS:
            self.paths.append(path)


def encoding_of(file: BinaryIO) -> Encoding:
    """Return how *file* is encoded, having read it through from its beginning.

    Raises `MalformedPayloadError` where it declares a document type.

    >>> import io
    >>> encoding_of(io.BytesIO("<a>é</a>".encode("latin-1")))
    Encoding(name='latin-1', is_declared=False)
    >>> encoding_of(io.BytesIO(b"<!DOCTYPE a><a/>"))
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: the XML declares a document type: send it without one
    """
    file.seek(0)
    head = file.read(200)
    expected, latin = _expected(head), Encoding("latin-1", is_declared=False)
    if _decodes(file, expected.name):
        return expected
    _decodes(file, latin.name)  # as any bytes do: it is looked through for a document type
    return latin


def is_declared(file: BinaryIO) -> bool:
    """Say whether *file* begins with an XML declaration."""
    file.seek(0)
    return _DECLARATION.match(file.read(200).decode("ascii", "ignore").lstrip("\0")) is not None


def _expected(head: bytes) -> Encoding:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, is_declared=True)
    declared = _DECLARED.search(head)
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name in _LATIN:
        return Encoding("cp1252" if "125" in name else "latin-1", is_declared=True)
    if name not in _PLAIN:
        # .NET writes `utf-16` into what it then stores as UTF-8.
        return Encoding("utf-8", is_declared=False)
    return Encoding("utf-8", is_declared=True)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    before = ""
    try:
        for text in _texts(file, encoding):
            if _DOCTYPE in before + text:
                message = "the XML declares a document type: send it without one"
                raise MalformedPayloadError(message, "document-type")
            before = text[-len(_DOCTYPE) :]
    except UnicodeError:
        return False
    return True


def _texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text of *file*, without its XML declaration, which may name another encoding."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    is_first = True
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        yield _DECLARATION.sub("", text, count=1) if is_first else text
        is_first = False
    yield decoder.decode(b"", final=True)


def root_of(file: BinaryIO, encoding: Encoding) -> etree._Element:
    """Return the root of *file* as it begins: its name and attributes, and nothing within it.

    Raises `MalformedPayloadError`, with line and column, where the file begins no element.
    """
    parser = _parser("start", None)
    for text in _texts(file, encoding.name):
        fault = _fault_of(parser, text)
        for element in _found(parser):
            return element
        if fault is not None:
            raise fault
    return _close(parser)


def elements(
    file: BinaryIO, encoding: Encoding, *names: str, strays: Strays | None = None
) -> Iterator[etree._Element]:
    """Yield each element of one of *names* that is within no other, whole.

    What was yielded is forgotten with the next one; *strays* knows at the end what stood beside
    them. Where the file stops being XML, what was whole before that is yielded first. Raises
    `MalformedPayloadError`, with line and
    column, or `TooLargeError` where an element, or what is between two, is beyond the bounds.
    """
    parser = _parser("end", names)
    since = 0
    for text in _texts(file, encoding.name):
        since += len(text)
        fault = _fault_of(parser, text)
        for element in _found(parser):
            if _is_within(element, names):
                continue
            since = 0
            yield element
            if strays is not None:
                strays.look_before(element, names)
            _forget(element)
        if fault is not None:
            raise fault
        if since > MAX_ELEMENT_BYTES:
            message = f"one record has more than {MAX_ELEMENT_BYTES} characters"
            raise TooLargeError(message, "too-many-bytes")
    root = _close(parser)
    if strays is not None:
        strays.look_through(root, names)


def _parser(event: Literal["start", "end"], names: tuple[str, ...] | None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        (event,),
        tag=names,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )


def _found(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if etree.iselement(element):  # as all are: no other event is asked for
            yield element


def _fault_of(
    parser: etree.XMLPullParser, text: str
) -> MalformedPayloadError | TooLargeError | None:
    """Feed *text* to *parser*, and return what is wrong with it, if anything is."""
    try:
        parser.feed(text.encode())
    except etree.XMLSyntaxError as error:
        return _malformed(error)
    return None


def _close(parser: etree.XMLPullParser) -> etree._Element:
    try:
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None


def _is_within(element: etree._Element, names: tuple[str, ...]) -> bool:
    around = element.getparent()
    while around is not None:
        if around.tag in names:
            return True
        around = around.getparent()
    return False


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and len(parent) and parent[0] is not element:
        del parent[0]


def _malformed(error: etree.XMLSyntaxError) -> MalformedPayloadError | TooLargeError:
    line, column = error.position
    where = f"{line}:{column}"
    if "depth" in (error.msg or ""):  # libxml2 stops of itself at 256
        return too_deep(where)
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_DOCUMENT_END:
        message = "something follows the end of the XML"
        return MalformedPayloadError(message, TRAILING, where=where)
    message = f"the payload is not XML from line `{line}`, column `{column}` on"
    return MalformedPayloadError(message, "not-xml", where=where)
