"""A return of the children in need census as a stream: its header, then a child at a time.

Memory holds one child at a time, however many the file has. Each repair is a finding: text between
elements, a code of another year, an element that stands for nothing, bytes after the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Final

from lxml import etree

from adapters.contract import (
    Destination,
    Envelope,
    Finding,
    Message,
    Piece,
    Portion,
    Reading,
    Severity,
)
from adapters.errors import InvalidRecordError, MalformedPayloadError
from adapters.social_care.cin_rules import broken
from adapters.social_care.cin_rules.file import Return, of_header
from adapters.social_care.cin_rules.rule import Broken, Record
from adapters.xml_pieces import pieces
from adapters.xml_stream import (
    TRAILING,
    Encoding,
    Strays,
    elements,
    encoding_of,
    is_declared,
    root_of,
)
from adapters.xml_trees import tree_of
from mappings.caf.identifiers import OURS
from mappings.cin import header, years
from mappings.cin.children import ChildMapping
from mappings.cin.header import Header
from mappings.fidelity import Fate, Ledger
from mappings.language.shapes import Departure, departures
from mappings.language.trees import XPATH, Tree

AUTHORITY: Final = f"{OURS}local-authority"
"""The system of a local authority's number, of three digits."""

_MOST: Final = 100  # findings of one child, of one kind
_ROOT, _HEADER, _CHILDREN, _CHILD = "Message", "Header", "Children", "Child"
_AT_HEADER: Final = f"/{_ROOT}/{_HEADER}"
_DEPARTURES: Final = {
    Departure.UNKNOWN: "the year has no such element: it is kept with the original, never shared",
    Departure.REPEATED: "the sender has to give this element once: neither of them is shared",
    Departure.STRAY_TEXT: "the sender has to remove the text between elements: it is never shared",
    Departure.EMPTY: "the sender has to leave out an element that holds nothing",
}
_OF_IDENTIFIERS: Final = frozenset({"1510", "1520", "1530", "1540", "1550", "1570", "1580"})
"""Rules about identifiers: one that is broken never matches, and loses no record."""
_LESS_THAN_ERRORS: Final = _OF_IDENTIFIERS | {"100"}


def portions(file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
    """Yield what *file* holds: its header's findings and message first, then a child at a time.

    Raises `AdapterError` where the file is no return, or stops being XML: what was yielded before
    stands by itself.
    """
    encoding = encoding_of(file)
    root = root_of(file, encoding)
    if root.tag != _ROOT:
        message = "this is no return of the children in need census: its root has to be `Message`"
        raise InvalidRecordError(message, "not-a-census", where="/*")
    reader, strays = _File(envelope, list(_findings_of(file, encoding))), Strays()
    try:
        for element in elements(file, encoding, _HEADER, _CHILD, strays=strays):
            if element.tag == _HEADER:
                reader.take_header(element)
            else:
                if not reader.children:
                    yield reader.opening()
                yield reader.child(element)
    except MalformedPayloadError as error:
        if error.code != TRAILING:
            raise
        reader.findings.append(_warning(error.code, error.where, _TRAILING))
    if not reader.children:
        message = "the sender has to send a return with a child: this one has none"
        raise InvalidRecordError(message, "no-child", where=f"/{_ROOT}")
    unread = [_warning("unread-element", path, _UNREAD) for path in strays.paths]
    yield Portion((*reader.closing(), *unread))


def children(file: BinaryIO) -> Iterator[Piece]:
    """Yield the bytes of each child of *file*: see `adapters.contract.BulkAdapter`."""
    return pieces(file, _CHILD, _HEADER)


@dataclass(slots=True)
class _File:
    """What is known of one file while it is read."""

    envelope: Envelope
    findings: list[Finding]
    header: Header = field(default_factory=Header)
    header_tree: Tree | None = None
    children: int = 0
    year: int = years.YEARS[-1]
    mapping: ChildMapping = field(default_factory=lambda: years.child(years.YEARS[-1]))
    whole: Return = field(default_factory=Return)

    def take_header(self, element: etree._Element) -> None:
        """Take what the header says; a second one, or one after children, is only found."""
        if self.header_tree is not None or self.children:
            self.findings.append(_warning("late-header", _AT_HEADER, _LATE_HEADER))
            return
        shape = years.file_shape(self.year).children[_HEADER]
        departed: list[str] = []
        self.header_tree = tree_of(element, shape, departed)
        self.header = header.read(self.header_tree)
        if departed:
            self.findings += [
                _warning(kind.value, XPATH.place(_AT_HEADER, address), _DEPARTURES[kind])
                for kind, address in departures(self.header_tree, shape)
            ]
        self.findings += self._of_the_header()
        self.year = years.nearest(self.header.year or self.year)
        self.mapping = years.child(self.year)

    def opening(self) -> Portion:
        """Return the first portion: the message that the file is, and what was found of it."""
        if self.header_tree is None:
            message = "the sender has to send a header: of which year this is is not known"
            self.findings.append(_warning("no-header", _AT_HEADER, message))
        found = tuple(self.findings)
        self.findings.clear()
        return Portion(found, message=self._message())

    def child(self, element: etree._Element) -> Portion:
        """Return the portion of one child, with what is wrong with it."""
        self.children += 1
        at = f"/{_ROOT}/{_CHILDREN}/{_CHILD}[{self.children}]"
        departed: list[str] = []
        mapping = self.mapping
        tree = tree_of(element, mapping.shape, departed)
        reading = mapping.read(tree, record=self.envelope.record, at=at)
        findings = [_warning(one.code, one.where, _sentence(one.message)) for one in reading.doubts]
        if departed:
            findings += _departures(tree, mapping, at)
        record = Record.of(reading, tree, at, self.year)
        findings += [_finding(one) for one in (*broken(record), *self.whole.take(record))]
        account = partial(_account, mapping, tree, at, self.header_tree)
        child_id = record.identifier("la-child-id")
        return Portion(tuple(findings), Reading(reading.assessment, account, child_id))

    def closing(self) -> tuple[Finding, ...]:
        """Return what was found of the file as a whole."""
        return (*self.findings, *(_finding(one) for one in self.whole.end()))

    def _of_the_header(self) -> Iterator[Finding]:
        at = f"{_AT_HEADER}/CollectionDetails/Year"
        if self.header.year is None:
            message = "the sender has to say of which year this is: it is read as the newest"
            yield _warning("no-year", at, message)
        elif self.header.year not in years.YEARS:
            message = "this year is not known: the return is read as the nearest that is"
            yield _warning("unknown-year", at, message)
        yield from map(_finding, of_header(self.header, _AT_HEADER))

    def _message(self) -> Message:
        said = self.header
        return Message(
            id=self.envelope.message_id or self.envelope.record,
            sent_at=said.sent_at,
            sender=Destination(AUTHORITY, said.authority) if said.authority else None,
            destinations=self.envelope.destinations,
            use_case=self.envelope.use_case,
        )


_LATE_HEADER: Final = "the sender has to send one header, before the children: this one is not read"
_UNREAD: Final = "nothing of this is read: it is kept with the original, never shared"
_TRAILING: Final = "the sender has to remove what follows the end of the XML"
_READ: Final = {Fate.KEPT, Fate.CHANGED}


def _findings_of(file: BinaryIO, encoding: Encoding) -> Iterator[Finding]:
    if not encoding.is_declared:
        message = (
            f"the sender has to declare the encoding, best UTF-8: it was read as {encoding.name}"
        )
        yield _warning("undeclared-encoding", "1:1", message)
    elif not is_declared(file):
        message = "the sender should begin with an XML declaration"
        yield Finding("no-declaration", Severity.INFORMATION, "1:1", message)


def _departures(tree: Tree, mapping: ChildMapping, at: str) -> list[Finding]:
    """Return where *tree* is not as its year has it, but for what was read all the same."""
    read = {leaf.place for leaf in mapping.account(tree, at=at).leaves if leaf.fate in _READ}
    found: list[Finding] = []
    for kind, address in departures(tree, mapping.shape):
        where = XPATH.place(at, address)
        if kind is not Departure.UNKNOWN or where not in read:
            found.append(_warning(kind.value, where, _DEPARTURES[kind]))
    return found[:_MOST]


def _account(mapping: ChildMapping, tree: Tree, at: str, head: Tree | None) -> Ledger:
    """Return the fate of every leaf of a child, and of the header."""
    of_header = header.account(head, _AT_HEADER) if head else ()
    return Ledger((*mapping.account(tree, at=at).leaves, *of_header))


def _finding(found: Broken) -> Finding:
    rule, where = found
    is_error = not rule.is_query and rule.code not in _LESS_THAN_ERRORS
    severity = Severity.ERROR if is_error else Severity.WARNING
    return Finding(rule.code, severity, where, rule.message)


def _sentence(message: str) -> str:
    """Return *message* so that it says who must act."""
    return message if message.startswith("the sender") else f"the sender has to mend it: {message}"


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, where, message)
