"""The BaRS adapter: a message in, one CAF a child out, with findings and the account of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from adapters.contract import (
    Cancellation,
    Envelope,
    Finding,
    Outcome,
    Payload,
    Reading,
    Received,
    ReceivedConsent,
    Reply,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError
from adapters.health import restrictions
from adapters.health.bars import writing
from adapters.health.bars.message import (
    dangling_references,
    message_of,
    old_code_systems,
    read_message,
    unknown_codes,
)
from adapters.health.consents import read_consent, write_consent
from adapters.health.fhir_r4.documents import (
    Document,
    Documents,
    Located,
    documents_in,
    may_hold_documents,
)
from adapters.health.fhir_r4.modified import modified_in, of_modified, refuse_modified
from adapters.health.fhir_r4.reading import JSON_TYPES, XML_TYPES, ResourceRead, read_resource
from mappings.bars.caf import ChildRead, to_caf
from mappings.bars.entries import Entries
from mappings.bars.ledger import write_ledger
from mappings.caf.consents import ConsentDocument
from mappings.caf.identifiers import Scheme
from mappings.caf.view import View
from mappings.fhir_r4.confidentiality import is_restricted
from mappings.fhir_r4.generated import MessageHeader, ServiceRequest, Unread
from mappings.fhir_r4.modifiers import believed, disowned, without_meant
from mappings.fidelity import Ledger

_NATIONAL = frozenset(Scheme) - {Scheme.LA_CHILD_ID}
_NOBODY: Final = "the sender has to send the Patient whom this document is about: it was not taken"


class BaRSAdapter:
    """Reads and writes BaRS messages (FHIR R4, JSON or XML): referrals, responses, cancellations.

    What binds a recipient is a modifier of the MessageHeader: whoever does not know it must not
    process the message (http://hl7.org/fhir/R4/extensibility.html#modifierExtension).
    """

    name = "bars"
    media_types = (*sorted(JSON_TYPES), *sorted(XML_TYPES))
    carries_marks = True

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what *payload* says: the message, and one CAF for each child that it is about.

        A payload that is no BaRS message is rejected, with the place of its fault.
        """
        try:
            return self._read(payload, envelope)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))

    def _read(self, payload: bytes, envelope: Envelope) -> Received:
        read = read_resource(payload, envelope.media_type, is_lenient=True)
        bundle, header = message_of(read.resource)
        modified = modified_in(read.compact, "Bundle")
        entries = Entries(without_meant(bundle, modified), envelope.record)
        refuse_modified(modified, _what_is_asked(entries))
        message = read_message(entries, header)
        sender = envelope.sender or (message.sender.value if message.sender else None)
        children = tuple(_believed(to_caf(entries, sender), modified))
        documents = _documents(entries, read.compact)
        readings = tuple(_reading(entries, one, read, documents, modified) for one in children)
        findings = (
            *read.findings,
            *of_modified(modified),
            *old_code_systems(header),
            *unknown_codes(entries),
            *dangling_references(entries, read.compact),
            *_unread(entries),
            *_set_aside(entries),
            *documents.findings,
            *_of_nobody(documents, readings),
            *_about_children(children),
        )
        return Received(outcome_of(findings), findings, message, readings)

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a referral, in the format and version of BaRS that is asked for.

        Raises `UnsupportedFormatError` for a version that is not 1.x.
        """
        return writing.write_request(view, envelope)

    def write_reply(self, reply: Reply, envelope: Envelope) -> Payload:
        """Return *reply* as a response to a referral; raises as `write` does."""
        return writing.write_reply(reply, envelope)

    def write_cancellation(self, cancellation: Cancellation, envelope: Envelope) -> Payload:
        """Return *cancellation* as the request that ends a referral; raises as `write` does."""
        return writing.write_cancellation(cancellation, envelope)

    def read_consent(self, payload: bytes, media_type: str) -> ReceivedConsent:
        """Return what a Consent of its own says; what is no statement is rejected."""
        return read_consent(payload, media_type)

    def write_consent(self, document: ConsentDocument, types: frozenset[str]) -> Payload:
        """Return *document* as a Consent in FHIR's JSON."""
        return write_consent(document, types)


def _reading(
    entries: Entries,
    child: ChildRead,
    read: ResourceRead,
    documents: Documents,
    modified: frozenset[str],
) -> Reading:
    account = partial(_account, entries, child, read.compact, modified)
    attachments = tuple(
        one.attachment for one in documents.documents if _concerns(one, child, entries)
    )
    return Reading(child.assessment, account, _sender_child_id(child), attachments)


def _account(
    entries: Entries, child: ChildRead, compact: bytes, modified: frozenset[str]
) -> Ledger:
    return disowned(write_ledger(entries, child, compact), modified)


def _what_is_asked(entries: Entries) -> Iterator[str]:
    """Yield the places of the header and of the referral: nobody may go on without either."""
    for kind in (MessageHeader, ServiceRequest):
        yield from (entry.place for entry, _ in entries.of(kind))


def _believed(children: Iterable[ChildRead], modified: frozenset[str]) -> Iterator[ChildRead]:
    """Yield each child as far as what is said of it is believed; none who is not who it seems."""
    for child in children:
        if child.child.place not in modified:
            yield replace(child, assessment=believed(child.assessment, modified))


def _documents(entries: Entries, compact: bytes) -> Documents:
    if not may_hold_documents(compact):
        return Documents()
    return documents_in(Located(one.place, one.full_url, one.resource) for one in entries.all)


def _concerns(document: Document, child: ChildRead, entries: Entries) -> bool:
    """Whether *document* is held for *child*: it is about the child, or about none that is told."""
    return document.subject is None or entries.child_by(document.subject) is child.child


def _of_nobody(documents: Documents, readings: tuple[Reading, ...]) -> Iterator[Finding]:
    held = {one.where for reading in readings for one in reading.attachments}
    for document in documents.documents if readings else ():
        if document.attachment.where not in held:
            where = document.attachment.where
            yield Finding("attachment-of-nobody", Severity.WARNING, where, _NOBODY)


def _sender_child_id(child: ChildRead) -> str | None:
    """Return the sender's own id for the child, with the system that it is unique in.

    `Patient.id` is none: many systems number the patients of each message anew.
    """
    for identifier in child.assessment.child.identifiers:
        if identifier.scheme not in _NATIONAL and identifier.scheme:
            return f"{identifier.scheme}|{identifier.value}"
    return None


def _unread(entries: Entries) -> Iterator[Finding]:
    message = "resources of this type are kept, and not read"
    for entry in entries.all:
        if isinstance(entry.resource, Unread):
            yield Finding("unread-resource", Severity.INFORMATION, entry.place, message)


def _set_aside(entries: Entries) -> Iterator[Finding]:
    """Yield a finding for whatever is about nobody of this message, or marked as restricted."""
    message = "the sender must say by a reference to its Patient which child this is about"
    children = {entry.place for entry in entries.children}
    for entry in entries.all:
        if entry.place in entries.of_nobody:
            yield Finding("another-subject", Severity.WARNING, entry.place, message)
        if entry.place in children and entries.is_restricted(entry):
            yield restrictions.of_record(entry.place)
        elif is_restricted(entry.resource):
            yield restrictions.of_resource(entry.place)


def _about_children(children: tuple[ChildRead, ...]) -> Iterator[Finding]:
    if not children:
        message = "the message names no patient: there is no child to record it for"
        yield Finding("no-child", Severity.WARNING, "Bundle", message)
    for child in children:
        for doubt in child.doubts:
            yield Finding(doubt.code, Severity.WARNING, doubt.where, doubt.message)
        for identifier in child.assessment.child.identifiers:
            if identifier.scheme == Scheme.NHS_NUMBER and not identifier.is_valid:
                where = identifier.source.place if identifier.source else child.child.place
                message = "not a valid NHS number: it is kept, and matches nobody"
                yield Finding("invalid-nhs-number", Severity.WARNING, where, message)
