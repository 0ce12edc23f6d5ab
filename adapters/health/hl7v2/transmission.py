"""What came over the wire: characters, lines, and one message or a batch of them.

Each repair is a finding: line ends that the standard does not have, characters of a set that the
message does not declare. What a message itself says is `reading`'s.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from adapters.contract import Finding, Severity
from adapters.errors import InvalidRecordError, MalformedPayloadError, TooLargeError
from adapters.health.hl7v2.er7 import separators_of
from mappings.language.shapes import UNWRITABLE

MAX_BYTES: Final = 5 * 2**20
MAX_MESSAGES: Final = 1_000
MAX_SEPARATORS: Final = 250_000  # each may cost a hundred times its own byte
_ENVELOPES: Final = ("FHS", "BHS", "BTS", "FTS")
_FIRST: Final = ("MSH", "FHS", "BHS")
_ENDS: Final = {"FHS": "FTS", "BHS": "BTS"}
_CHARSET: Final = 17  # MSH-18, where MSH-1 is what divides the fields
_BATCH_ID: Final = 10  # BHS-11, FHS-11
_UNDECLARED: Final = {"", "ASCII"}  # the standard's own is ASCII: with other characters, neither is
_CHARSETS: Final = {
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "WINDOWS-1252": "cp1252",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Lines:
    """The segments of one message as they came, the first of them at line *first* of the whole."""

    first: int
    segments: list[str]


@dataclass(slots=True)
class Transmission:
    """The *messages* of a payload, in *charset*; *batch* is the id of the batch, if they are one.

    *is_batch* says that they are one, whether or not it has an id.
    """

    charset: str
    messages: list[Lines] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_batch: bool = False
    batch: str = ""


def open_payload(payload: bytes) -> Transmission:
    r"""Return what *payload* holds, or raise `AdapterError` with line and column.

    >>> open_payload(b"MSH|^~\\&|A\rPID|1\r").messages[0].segments
    ['MSH|^~\\&|A', 'PID|1']
    >>> open_payload(b"PID|1\r")
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: a message begins with `MSH`, a batch with `FHS` or `BHS`
    """
    if len(payload) > MAX_BYTES:
        message = f"the payload is larger than {MAX_BYTES} bytes: the sender has to divide it"
        raise TooLargeError(message, "too-many-bytes")
    findings: list[Finding] = []
    text, charset = _decoded(payload, findings)
    if not text.startswith(_FIRST):
        message = "a message begins with `MSH`, a batch with `FHS` or `BHS`"
        raise MalformedPayloadError(message, "not-hl7v2", where="1:1")
    if "\n" in text:
        message = "the sender has to end each segment with a carriage return alone"
        findings.append(_warning("other-line-ends", "1:1", message))
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    lines = text.split("\r")
    _check_characters(text, lines)
    _check_whole(lines)
    found = Transmission(charset, findings=findings)
    _divide(found, lines)
    _check_separators(found)
    return found


def _decoded(payload: bytes, findings: list[Finding]) -> tuple[str, str]:
    """Return the text of *payload*, and the name of its character set."""
    for mark, charset in _MARKS:
        if payload.startswith(mark):
            message = f"the sender has to leave out the byte order mark: it was read as {charset}"
            findings.append(_warning("byte-order-mark", "1:1", message))
            return _strictly(payload, charset), "utf-8" if charset == "utf-8-sig" else charset
    declared = _declared(payload)
    if declared not in _UNDECLARED:
        if declared not in _CHARSETS:
            message = "the sender has to use a character set that is read, best `UNICODE UTF-8`"
            raise MalformedPayloadError(message, "unsupported-encoding", where="MSH-18")
        return _strictly(payload, _CHARSETS[declared]), _CHARSETS[declared]
    if payload.isascii():
        return payload.decode("ascii"), "ascii"
    charset = next(one for one in ("utf-8", "cp1252", "latin-1") if _decodes(payload, one))
    message = f"the sender has to declare its character set: it was read as {charset}"
    findings.append(_warning("undeclared-encoding", "MSH-18", message))
    return payload.decode(charset), charset


def _declared(payload: bytes) -> str:
    """Return what the first message says its character set is."""
    found = re.search(rb"(?:^|[\r\n])MSH([^\r\n])([^\r\n]*)", payload)
    if found is None:
        return ""
    fields = found[2].decode("latin-1").split(found[1].decode("latin-1"))
    declared = fields[_CHARSET - 1] if len(fields) >= _CHARSET else ""
    return re.split("[~^]", declared)[0].strip().upper()


def _strictly(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset)
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", payload[: error.start])) + 1
        message = "the sender has to write in the character set that the message declares"
        raise MalformedPayloadError(message, "not-in-encoding", where=f"{line}:1") from None


def _decodes(payload: bytes, charset: str) -> bool:
    try:
        payload.decode(charset)
    except UnicodeDecodeError:
        return False
    return True


def _check_characters(text: str, lines: list[str]) -> None:
    """Refuse what no text of a message holds: framing is the transport's to take off."""
    if UNWRITABLE.search(text) is None:
        return
    for number, line in enumerate(lines, start=1):
        found = UNWRITABLE.search(line)
        if found is not None:
            message = "the sender has to leave out control characters"
            where = f"{number}:{found.start() + 1}"
            raise MalformedPayloadError(message, "control-character", where=where)


def _check_whole(lines: list[str]) -> None:
    """Refuse what was cut off: a label, or the mark of a restricted record, may have followed."""
    last = lines[-1].strip()
    if last and not last.startswith(tuple(_ENDS.values())):
        message = "the sender has to end the last segment, and to look whether all was sent"
        raise MalformedPayloadError(message, "no-end", where=f"{len(lines)}:{len(lines[-1]) + 1}")
    names = Counter(line[:3] for line in lines)
    for begin, end in _ENDS.items():
        if names[begin] > names[end]:
            message = (
                f"the sender has to end with `{end}` what `{begin}` begins, and to send it all"
            )
            raise InvalidRecordError(message, "no-batch-end", where=f"{len(lines)}:1")


def _divide(found: Transmission, lines: list[str]) -> None:
    """Put *lines* into the messages that they are of."""
    counted: str | None = None
    for number, line in enumerate(lines, start=1):
        name = line[:3]
        if name in _ENVELOPES:
            found.is_batch = True
            if name in _FIRST:
                found.batch = found.batch or _field(line, _BATCH_ID)
            elif name == "BTS":
                counted = _field(line, 1)
        elif name == "MSH":
            if len(found.messages) == MAX_MESSAGES:
                message = (
                    f"a batch has at most {MAX_MESSAGES} messages: the sender has to divide it"
                )
                raise TooLargeError(message, "too-many-messages", where=f"{number}:1")
            found.messages.append(Lines(number, [line]))
        elif line.strip():
            if not found.messages:
                message = "the sender has to begin each message with `MSH`"
                raise InvalidRecordError(message, "no-header", where=f"{number}:1")
            found.messages[-1].segments.append(line)
    if not found.messages:
        message = "the sender has to send a message in the batch: this one has none"
        raise InvalidRecordError(message, "no-message", where="1:1")
    found.findings += _of_the_batch(found, counted)


def _check_separators(found: Transmission) -> None:
    there = 0
    for lines in found.messages:
        separators = separators_of(lines.segments[0], f"{lines.first}:1")
        there += sum(line.count(one) for line in lines.segments for one in separators.text)
        if there > MAX_SEPARATORS:
            message = (
                f"a payload has at most {MAX_SEPARATORS} separators: the sender has to divide it"
            )
            raise TooLargeError(message, "too-many-parts", where=f"{lines.first}:1")


def _of_the_batch(found: Transmission, counted: str | None) -> Iterator[Finding]:
    if not found.is_batch and len(found.messages) > 1:
        message = "the sender has to put several messages into a batch, which begins with `BHS`"
        yield _warning("no-batch-header", f"{found.messages[1].first}:1", message)
    if counted and counted != str(len(found.messages)):
        message = "the sender has to check the batch: it does not have as many as it says"
        yield _warning("batch-count", "BTS-1", message)


def _field(line: str, position: int) -> str:
    fields = line.split(line[3:4] or "|")
    return fields[position].strip() if len(fields) > position else ""


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, where, message)
