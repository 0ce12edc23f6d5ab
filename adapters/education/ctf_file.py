"""A Common Transfer File as a stream: one portion for its header, then one for each pupil.

Memory holds one pupil at a time, however many the file has. Each repair is a finding: a root or a
wrapper of another name, an element that stands elsewhere, a code that stands for another, an
encoding that the file did not declare.
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
from adapters.errors import InvalidRecordError
from adapters.xml_pieces import pieces
from adapters.xml_stream import Encoding, Strays, elements, encoding_of, root_of
from adapters.xml_trees import tree_of
from mappings.caf.assessment import Assessment
from mappings.caf.identifiers import OURS
from mappings.ctf import editions, header
from mappings.ctf.header import Header
from mappings.fidelity import Fate, Leaf, Ledger
from mappings.language.shapes import Departure, departures
from mappings.language.translation import Translation
from mappings.language.trees import XPATH, Tree

ESTABLISHMENT: Final = f"{OURS}laestab"
"""The system of a school's number: three digits of its local authority, four of its own."""

_MOST: Final = 100  # findings of one pupil, of one kind
_ROOT, _WRAPPER, _PUPIL, _HEADER = "CTfile", "CTFpupilData", "Pupil", "Header"
_OTHER_ROOTS: Final = {"CTF"}
_DEPARTURES: Final = {
    Departure.UNKNOWN: "the format has no such element: it is kept with the original, never shared",
    Departure.REPEATED: "the sender has to give this element once: neither of them is shared",
    Departure.STRAY_TEXT: "the sender has to remove the text between elements: it is never shared",
    Departure.EMPTY: "the sender has to leave out an element that holds nothing",
}
_UNREAD: Final = "nothing of this is read: it is kept with the original, never shared"
_INVALID: Final = "the sender has to check this identifier: it is kept and never matched"


def portions(file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
    """Yield what *file* holds: its header's findings and message first, then a pupil at a time.

    Raises `AdapterError` where the file is no CTF, or stops being XML: what was yielded before
    stands by itself.
    """
    encoding = encoding_of(file)
    root = root_of(file, encoding)
    findings = [*_root_findings(root), *_encoding_findings(encoding)]
    file_reader = _File(envelope, root, findings)
    strays = Strays()
    for element in elements(file, encoding, _HEADER, _PUPIL, strays=strays):
        if element.tag == _HEADER:
            file_reader.take_header(element)
        else:
            if not file_reader.pupils:
                yield file_reader.opening()
            yield file_reader.pupil(element)
    if not file_reader.pupils:
        message = "the sender has to send a file with a pupil: this one has none"
        raise InvalidRecordError(message, "no-pupil", where=f"/{root.tag}")
    yield Portion(tuple(_warning("unread-element", path, _UNREAD) for path in strays.paths))


def pupils(file: BinaryIO) -> Iterator[Piece]:
    """Yield the bytes of each pupil of *file*: see `adapters.contract.BulkAdapter`."""
    return pieces(file, _PUPIL, _HEADER)


@dataclass(slots=True)
class _File:
    """What is known of one file while it is read."""

    envelope: Envelope
    root: etree._Element
    findings: list[Finding]
    header: Header = field(default_factory=Header)
    header_tree: Tree | None = None
    pupils: int = 0
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.root.tag

    def take_header(self, element: etree._Element) -> None:
        """Take what the header says; a second one, or one after pupils, is only found."""
        if self.header_tree is not None or self.pupils:
            self.findings.append(_warning("late-header", self._at(_HEADER), _LATE_HEADER))
            return
        shape = editions.file_shape(editions.WRITTEN[-1]).children[_HEADER]
        departed: list[str] = []
        self.header_tree = tree_of(element, shape, departed)
        self.header = header.read(self.header_tree)
        for kind, address in departures(self.header_tree, shape) if departed else ():
            where = XPATH.place(self._at(_HEADER), address)
            self.findings.append(_warning(kind.value, where, _DEPARTURES[kind]))
        self.findings += self._of_the_header()

    def opening(self) -> Portion:
        """Return the first portion: the message that the file is, and what was found of it."""
        if self.header_tree is None:
            message = "the sender has to send a header: who sent this, and when, is not known"
            self.findings.append(_warning("no-header", self._at(_HEADER), message))
        return Portion(tuple(self.findings), message=self._message())

    def pupil(self, element: etree._Element) -> Portion:
        """Return the portion of one pupil."""
        self.pupils += 1
        translation = editions.pupil(editions.nearest(self.header.edition or _NEWEST))
        parent = element.getparent()
        wrapper = "" if parent is None else parent.tag
        around = f"/{self.name}/{wrapper}" if wrapper != self.name else f"/{self.name}"
        at = f"{around}/{_PUPIL}[{self.pupils}]"
        departed: list[str] = []
        tree = tree_of(element, translation.shape, departed)
        reading = translation.read(tree, record=self.envelope.record, at=at)
        findings = [_warning(one.code, one.where, _sentence(one.message)) for one in reading.doubts]
        if departed:
            findings += _departures(tree, translation, at)
        if self.pupils == 1 and wrapper != _WRAPPER:
            findings.append(_warning("other-wrapper", around, _OTHER_WRAPPER))
        findings += _invalid_identifiers(reading.assessment)
        account = partial(_account, translation, tree, at, self.header_tree, self.root)
        return Portion(tuple(findings), Reading(reading.assessment, account))

    def _of_the_header(self) -> Iterator[Finding]:
        edition = self.header.edition
        if edition is None:
            message = "the sender has to say which edition this is: it is read as the newest"
            yield _warning("no-edition", self._at(_HEADER, "CTFversion"), message)
        elif edition not in editions.READ:
            message = "this edition is not known: the file is read as the nearest that is"
            yield _warning("unknown-edition", self._at(_HEADER, "CTFversion"), message)
        if self.header.sent_at is None:
            message = "the sender has to say when this was written, in local time"
            yield _warning("no-time", self._at(_HEADER, "DateTime"), message)
        if self.header.sender is None:
            message = "no school is named as the sender: the caller is taken for it"
            yield Finding(
                "no-sender", Severity.INFORMATION, self._at(_HEADER, "SourceSchool"), message
            )

    def _message(self) -> Message:
        said = self.header
        to = (Destination(ESTABLISHMENT, said.destination),) if said.destination else ()
        return Message(
            id=self.envelope.message_id or self.envelope.record,
            sent_at=said.sent_at,
            sender=Destination(ESTABLISHMENT, said.sender) if said.sender else None,
            destinations=to or self.envelope.destinations,
            use_case=self.envelope.use_case,
        )

    def _at(self, *names: str) -> str:
        return "/".join(("", self.name, *names))


_NEWEST: Final = editions.WRITTEN[-1]
_LATE_HEADER: Final = "the sender has to send one header, before the pupils: this one is not read"
_OTHER_WRAPPER: Final = "the sender has to put pupils into `CTFpupilData`"


def _root_findings(root: etree._Element) -> Iterator[Finding]:
    if root.tag == "ATfile":
        message = "this is an admissions transfer file, which is not read here"
        raise InvalidRecordError(message, "not-a-ctf", where="/ATfile")
    if root.tag in _OTHER_ROOTS:
        message = "the sender has to call the root `CTfile`"
        yield _warning("other-root", f"/{root.tag}", message)
    elif root.tag != _ROOT:
        message = "this is no Common Transfer File: its root has to be `CTfile`"
        raise InvalidRecordError(message, "not-a-ctf", where="/*")


def _encoding_findings(encoding: Encoding) -> Iterator[Finding]:
    if not encoding.is_declared:
        message = (
            f"the sender has to declare the encoding, best UTF-8: it was read as {encoding.name}"
        )
        yield _warning("undeclared-encoding", "1:1", message)


def _departures(tree: Tree, translation: Translation, at: str) -> list[Finding]:
    """Return where *tree* is not as its format has it, but for what was read all the same."""
    read = {leaf.place for leaf in translation.account(tree, at=at).leaves if leaf.fate in _READ}
    found: list[Finding] = []
    for kind, address in departures(tree, translation.shape):
        where = translation.places.place(at, address)
        is_read = kind is Departure.UNKNOWN and any(
            place == where or place.startswith(f"{where}/") for place in read
        )
        if not is_read:
            found.append(_warning(kind.value, where, _DEPARTURES[kind]))
    return found[:_MOST]


_READ: Final = {Fate.KEPT, Fate.CHANGED}


def _invalid_identifiers(assessment: Assessment) -> Iterator[Finding]:
    for one in assessment.child.identifiers:
        if not one.is_valid:
            where = one.source.place if one.source else ""
            yield _warning("invalid-identifier", where, _INVALID)


def _account(
    translation: Translation, tree: Tree, at: str, head: Tree | None, root: etree._Element
) -> Ledger:
    """Return the fate of every leaf of a pupil, of the header, and of the root's attributes."""
    lost = "about the file, not the child"
    of_root = (Leaf(f"/{root.tag}/@{name!s}", Fate.LOST, note=lost) for name in root.attrib)
    of_header = header.account(head, f"/{root.tag}/{_HEADER}") if head else ()
    return Ledger((*translation.account(tree, at=at).leaves, *of_header, *of_root))


def _sentence(message: str) -> str:
    """Return *message* so that it says who must act."""
    return message if message.startswith("the sender") else f"the sender has to mend it: {message}"


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, where, message)
