"""A big XML file cut at the edges of its records: each one's own bytes, as they were received.

A parser gives what the bytes mean and not where they stand. What is cut here is well-formed, or
its parsing fails: then `<` begins markup everywhere but in comments, processing instructions and
CDATA sections, so that the few tags that matter are found without reading the others.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from lxml import etree

from adapters.contract import Piece
from adapters.errors import InvalidRecordError, MalformedPayloadError, TooLargeError
from adapters.xml_stream import MAX_ELEMENT_BYTES, Encoding, encoding_of

_CHUNK: Final = 2**16
_LONGEST: Final = 64  # no beginning of markup that is looked for has more characters
_REST_OF_TAG: Final = re.compile(r"""(?:[^>"']|"[^"]*"|'[^']*')*>""")
_NAMESPACE: Final = re.compile(r"\sxmlns\s*=")
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_MARKS: Final = {
    "utf-8-sig": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


def pieces(file: BinaryIO, name: str, *others: str) -> Iterator[Piece]:
    """Yield the bytes of each element *name* that is within no other, nor in one of *others*.

    They are those that `adapters.xml_stream.elements` yields for the same names. Raises
    `MalformedPayloadError` where the file ends within one, `TooLargeError` where one is beyond
    the bounds.

    >>> import io
    >>> [one.content for one in pieces(io.BytesIO(b"<f><p>1</p> <!-- <p> --><p/></f>"), "p")]
    [b'<p>1</p>', b'<p/>']
    >>> list(pieces(io.BytesIO(b"<f><p>1"), "p"))
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: the file ends within a record
    """
    encoding = encoding_of(file)
    mark, codec = _codec(file, encoding)
    cutter = _Cutter(codec, name, _opener(name, *others), offset=len(mark))
    head = tail = b""
    is_first = True
    for start, line, content in cutter.cut(_texts(file, codec, len(mark))):
        if is_first:
            head = _beginning(file, start)
            tail = _ends(head, encoding, codec)
            is_first = False
        yield Piece(content=content, offset=start, line=line, head=head, tail=tail)


def _codec(file: BinaryIO, encoding: Encoding) -> tuple[bytes, str]:
    """Return the byte order mark of *file* and the codec of what follows it."""
    file.seek(0)
    begun = file.read(4)
    for mark, codec in _MARKS.values():
        if begun.startswith(mark):
            return mark, codec
    return b"", encoding.name


def _opener(*names: str) -> re.Pattern[str]:
    some = "|".join(map(re.escape, names))
    return re.compile(rf"<!--|<!\[CDATA\[|<\?|<(?P<close>/?)(?P<name>{some})(?=[\s/>])")


def _texts(file: BinaryIO, codec: str, start: int) -> Iterator[str]:
    file.seek(start)
    decoder = codecs.getincrementaldecoder(codec)()
    while chunk := file.read(_CHUNK):
        yield decoder.decode(chunk)


@dataclass(slots=True)
class _Cutter:
    """Cuts text as it comes: *text* is what is at hand, *offset* and *line* where it begins."""

    codec: str
    name: str
    opener: re.Pattern[str]
    offset: int
    line: int = 1
    text: str = ""
    at: int = 0
    inside: str = ""
    depth: int = 0
    start: int = 0
    has_begun: bool = False
    found: list[tuple[int, int, bytes]] = field(default_factory=list)

    def cut(self, texts: Iterator[str]) -> Iterator[tuple[int, int, bytes]]:
        """Yield offset, line and bytes of each element."""
        for text in texts:
            self.text += text
            self._scan(_LONGEST)
            yield from self._taken()
            self._forget()
        self._scan(0)
        yield from self._taken()
        if self.depth:
            message = "the file ends within a record"
            raise MalformedPayloadError(message, "not-xml", where=f"{self.line}:1")

    def _scan(self, unsure: int) -> None:
        """Look for markup, as far as it is all there, before the last *unsure* characters."""
        while found := self.opener.search(self.text, self.at):
            if found.start() >= len(self.text) - unsure:
                break
            end = self._end(found)
            if end < 0:
                self.at = found.start()
                return
            self.at = end
            if found["name"]:
                self._tag(found, is_empty=self.text[end - 2] == "/")
        self.at = max(self.at, len(self.text) - unsure)

    def _end(self, found: re.Match[str]) -> int:
        """Return where the markup that *found* begins has ended, or -1 where that is to come."""
        if found["name"]:
            rest = _REST_OF_TAG.match(self.text, found.end())
            return rest.end() if rest else -1
        closing = _ENDS[found[0]]
        end = self.text.find(closing, found.end())
        return end if end < 0 else end + len(closing)

    def _tag(self, found: re.Match[str], *, is_empty: bool) -> None:
        if not self.depth:
            if found["close"]:
                return
            self.inside, self.start = found["name"], found.start()
        elif found["name"] != self.inside:
            return
        if found["close"]:
            self.depth -= 1
        elif not is_empty:
            self.depth += 1
        if not self.depth and self.inside == self.name:
            self._take()

    def _take(self) -> None:
        self._move(self.start)
        self.has_begun = True
        content = self.text[: self.at].encode(self.codec)
        self.found.append((self.offset, self.line, content))

    def _taken(self) -> Iterator[tuple[int, int, bytes]]:
        yield from self.found
        self.found.clear()

    def _forget(self) -> None:
        """Let go of what was looked through, but for the element that is open."""
        is_within = self.depth and self.inside == self.name
        self._move(self.start if is_within else self.at)
        if len(self.text) > MAX_ELEMENT_BYTES + 2 * _CHUNK:
            message = f"one record has more than {MAX_ELEMENT_BYTES} characters"
            raise TooLargeError(message, "too-many-bytes")

    def _move(self, to: int) -> None:
        """Have the text at hand begin at *to*."""
        if to <= 0:
            return
        gone = self.text[:to]
        if self.has_begun and _NAMESPACE.search(gone):
            # A parser calls what follows by another name: what is cut would not be what is read.
            message = "the sender has to declare namespaces at the root, and nowhere else"
            raise InvalidRecordError(message, "namespace-within", where=f"{self.line}:1")
        self.offset += len(gone.encode(self.codec))
        self.line += gone.count("\n")
        self.text = self.text[to:]
        self.at -= to
        self.start -= to


def _beginning(file: BinaryIO, size: int) -> bytes:
    """Return the first *size* bytes of *file*, and go on where it stands."""
    if size > MAX_ELEMENT_BYTES:
        message = f"what is before the first record has more than {MAX_ELEMENT_BYTES} bytes"
        raise TooLargeError(message, "too-many-bytes")
    here = file.tell()
    file.seek(0)
    head = file.read(size)
    file.seek(here)
    return head


def _ends(head: bytes, encoding: Encoding, codec: str) -> bytes:
    """Return the end tags, the innermost first, of what *head* leaves open."""
    text = head.decode(encoding.name).removeprefix("\ufeff")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = etree.XMLPullParser(
        ("start", "end"), encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False
    )
    still_open: list[str] = []
    try:
        parser.feed(text.encode())
    except etree.XMLSyntaxError:
        return b""  # whoever parses the file says where it stops being XML
    for event, element in parser.read_events():
        if not etree.iselement(element):  # as all are: no other event is asked for
            continue
        if event == "start":
            name = etree.QName(element).localname
            still_open.append(f"{element.prefix}:{name}" if element.prefix else name)
        else:
            still_open.pop()
    return "".join(f"</{name}>" for name in reversed(still_open)).encode(codec)
