"""The adapter of UK Core records: resources of FHIR R4, alone or in a Bundle, JSON and XML.

A Patient is a child; whatever names one as its subject is about that child, and what names
somebody else is about nobody here. Resources of other
types are kept with the original, reported, and never shared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from adapters.contract import (
    Envelope,
    Finding,
    Message,
    Outcome,
    Payload,
    Reading,
    Received,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError, InvalidRecordError
from adapters.health import restrictions
from adapters.health.fhir_r4.definitions import known_profiles
from adapters.health.fhir_r4.documents import (
    Document,
    Documents,
    Located,
    documents_in,
    may_hold_documents,
)
from adapters.health.fhir_r4.modified import modified_in, of_modified
from adapters.health.fhir_r4.profiles import Profiles
from adapters.health.fhir_r4.reading import read_resource
from adapters.health.fhir_r4.writing import write_resource
from mappings.bars.caf import moment
from mappings.caf.identifiers import Scheme
from mappings.caf.view import View
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.confidentiality import is_restricted_tree
from mappings.fhir_r4.modifiers import believed, disowned, without_meant
from mappings.fidelity import Ledger
from mappings.language.trees import Tree
from mappings.uk_core import record as records
from mappings.uk_core.account import account
from mappings.uk_core.reading import ChildRead, Resources, read
from mappings.uk_core.shape import ABOUT_A_CHILD, MEANT
from mappings.uk_core.subjects import PATIENT, Entry
from mappings.uk_core.writing import to_bundle

JSON: Final = "application/vnd.caf-gateway.uk-core+json"
XML: Final = "application/vnd.caf-gateway.uk-core+xml"
_FHIR: Final = {JSON: "application/fhir+json", XML: "application/fhir+xml"}
_MOST_FINDINGS: Final = 1_000
_MAPPED: Final = frozenset({*ABOUT_A_CHILD, *MEANT, PATIENT}) - {"DocumentReference"}
_NATIONAL: Final = frozenset(Scheme) - {Scheme.LA_CHILD_ID}
_UNMAPPED: Final = "resources of this type are kept with the original, and never shared"
_WITHDRAWN: Final = "its sender says that this does not hold: it is not read"
_ANOTHER: Final = (
    "the sender has to send the Patient whom this is about: it is kept, and taken as nobody's here"
)
_DANGLING: Final = "the sender has to send what this refers to, or leave the reference out"
_NO_PATIENT: Final = "the sender has to send the Patient: whose record this is, is not known"
_NOBODY: Final = "the sender has to send the Patient whom this document is about: it was not taken"
_INVALID: Final = "the sender has to check the NHS number: it is kept, and matches nobody"


@dataclass(frozen=True, slots=True)
class UKCoreAdapter:
    """Reads and writes a child's record as FHIR R4 resources."""

    name: str = "uk-core"
    media_types: tuple[str, ...] = (JSON, XML)
    carries_marks: bool = False
    profiles: Profiles = field(default_factory=known_profiles, repr=False)

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what *payload* says of each child: rejected where it is no FHIR, with a place.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=JSON, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> UKCoreAdapter().read(b'{"resourceType": "Wizard"}', envelope).findings[0].code
        'unknown-resource'
        """
        try:
            return _read(payload, envelope, self.profiles)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a Bundle of type collection, in JSON or as the media type asks."""
        plain = envelope.media_type.partition(";")[0].strip().lower()
        media_type = XML if plain in {XML, _FHIR[XML]} else JSON
        bundle = to_bundle(view, envelope.message_id or envelope.record, envelope.at)
        return Payload(write_resource(bundle, _FHIR[media_type]), media_type)


def _read(payload: bytes, envelope: Envelope, profiles: Profiles) -> Received:
    plain_type = envelope.media_type.partition(";")[0].strip().lower()
    found = read_resource(payload, _FHIR.get(plain_type, plain_type))
    root = str(found.resource.__struct_config__.tag)
    bundle = _bundle(found.resource)
    alone = "" if bundle is found.resource else root
    modified = modified_in(found.compact, root)
    resources = Resources(without_meant(bundle, modified), envelope.record, alone)
    plain: Tree = msgspec.json.decode(found.compact)
    is_restricted = not alone and is_restricted_tree(plain)
    held = records.Payload(tuple(_entries(plain, alone)), modified, is_restricted)
    told = tuple(held.records())
    children = tuple(
        _believed(read(one, resources, envelope.sender or None), modified)
        for one in told
        if one.patient is None or one.patient.place not in modified
    )
    documents = _documents(held, resources, found.compact)
    owned = tuple(_own(one, held, documents, is_only=len(children) == 1) for one in children)
    findings = (
        *found.findings,
        *of_modified(modified),
        *documents.findings,
        *_of_nobody(documents, owned),
        *_of_the_payload(held),
        *_of_others(held, told),
        *_of_children(children),
        *_of_profiles(held, profiles),
    )
    return Received(
        outcome_of(findings),
        findings[:_MOST_FINDINGS],
        _message(bundle, envelope),
        tuple(
            Reading(
                one.assessment,
                partial(_account, one, plain, root, modified),
                _own_id(one),
                tuple(document.attachment for document in own),
            )
            for one, own in zip(children, owned, strict=True)
        ),
    )


def _believed(child: ChildRead, modified: frozenset[str]) -> ChildRead:
    return replace(child, assessment=believed(child.assessment, modified))


def _account(child: ChildRead, plain: Tree, root: str, modified: frozenset[str]) -> Ledger:
    return disowned(account(child, plain, root), modified)


def _documents(held: records.Payload, resources: Resources, compact: bytes) -> Documents:
    """Return the documents of a payload, but for those that their sender says do not hold."""
    if not may_hold_documents(compact):
        return Documents()
    withdrawn = {one.place for one in held.entries if records.is_withdrawn(one.resource)}
    return documents_in(
        Located(one.place, one.full_url, one.resource)
        for one in resources.all
        if one.place not in withdrawn
    )


def _own(
    child: ChildRead, held: records.Payload, documents: Documents, *, is_only: bool
) -> tuple[Document, ...]:
    """Return the documents that are held for *child*: about it, or about none that is told."""
    patient = child.record.patient
    return tuple(
        one
        for one in documents.documents
        if one.subject is None
        or (patient is not None and held.patient_by(one.subject) is patient)
        or (patient is None and is_only)
    )


def _of_nobody(documents: Documents, owned: tuple[tuple[Document, ...], ...]) -> Iterator[Finding]:
    taken = {one.attachment.where for own in owned for one in own}
    for one in documents.documents:
        if owned and one.attachment.where not in taken:
            yield Finding("attachment-of-nobody", Severity.WARNING, one.attachment.where, _NOBODY)


def _bundle(resource: Struct) -> fhir.Bundle:
    """Return *resource* as a Bundle, or raise `InvalidRecordError` where its first entry is wrong.

    A message is not a record: it says what is asked, and of whom, and another adapter reads it.
    """
    if not isinstance(resource, fhir.Bundle):
        return fhir.Bundle(type="collection", entry=(fhir.BundleEntry(resource=resource),))  # type: ignore[arg-type]  # any resource
    first = resource.entry[0].resource if resource.entry else None
    if resource.type == "message":
        if not isinstance(first, fhir.MessageHeader):
            message = "the first entry of a message is its MessageHeader"
            raise InvalidRecordError(message, "no-message-header", where="Bundle.entry[0]")
        message = "this is a message: send it as application/fhir+json or application/fhir+xml"
        raise InvalidRecordError(message, "is-a-message", where="Bundle.type")
    if resource.type == "document" and not isinstance(first, fhir.Composition):
        message = "the first entry of a document is its Composition"
        raise InvalidRecordError(message, "no-composition", where="Bundle.entry[0]")
    return resource


def _entries(plain: Tree, alone: str) -> Iterator[Entry]:
    """Yield the resources of *plain*: itself where it is *alone*, else those of its entries."""
    if alone:
        yield Entry(alone, "", plain)
        return
    entries = plain.get("entry")
    for position, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and isinstance(resource := entry.get("resource"), dict):
            url = entry.get("fullUrl")
            place = f"Bundle.entry[{position}].resource"
            yield Entry(place, url if isinstance(url, str) else "", resource)


def _message(bundle: fhir.Bundle, envelope: Envelope) -> Message:
    own = bundle.id or (bundle.identifier.value if bundle.identifier else None)
    return Message(
        id=own or envelope.message_id or envelope.record,
        sent_at=moment(bundle.timestamp),
        destinations=envelope.destinations,
        use_case=envelope.use_case,
    )


def _own_id(child: ChildRead) -> str | None:
    """Return the sender's own id for the child, with the system that it is unique in."""
    for identifier in child.assessment.child.identifiers:
        if identifier.scheme not in _NATIONAL and identifier.scheme:
            return f"{identifier.scheme}|{identifier.value}"
    return None


def _of_the_payload(held: records.Payload) -> Iterator[Finding]:
    if not any(entry.type == PATIENT for entry in held.entries):
        yield Finding("no-child", Severity.WARNING, "", _NO_PATIENT)
    for entry in held.entries:
        is_marked = is_restricted_tree(entry.resource)
        if is_marked and entry.type in _MAPPED and entry.type != PATIENT:
            yield restrictions.of_resource(entry.place)
        elif entry.type in ABOUT_A_CHILD and records.is_withdrawn(entry.resource):
            yield Finding("withdrawn-resource", Severity.WARNING, entry.place, _WITHDRAWN)
        elif entry.type not in _MAPPED:
            yield Finding("unmapped-resource", Severity.INFORMATION, entry.place, _UNMAPPED)
        for place in held.dangling(entry):
            yield Finding("dangling-reference", Severity.WARNING, place, _DANGLING)


def _of_profiles(held: records.Payload, profiles: Profiles) -> Iterator[Finding]:
    for entry in held.entries:
        if entry.type in _MAPPED:
            yield from profiles.check(entry.resource, entry.place)


def _of_others(held: records.Payload, told: tuple[records.Record, ...]) -> Iterator[Finding]:
    known = {entry.place for record in told for entry in record.entries}
    for entry in held.of_another(known):
        yield Finding("another-subject", Severity.WARNING, entry.place, _ANOTHER)


def _of_children(children: tuple[ChildRead, ...]) -> Iterator[Finding]:
    for child in children:
        if child.record.is_restricted and child.record.patient is not None:
            yield restrictions.of_record(child.record.patient.place)
        for doubt in child.doubts:
            yield Finding(doubt.code, Severity.WARNING, doubt.where, doubt.message)
        for identifier in child.assessment.child.identifiers:
            if identifier.scheme == Scheme.NHS_NUMBER and not identifier.is_valid:
                where = identifier.source.place if identifier.source else ""
                yield Finding("invalid-nhs-number", Severity.WARNING, where, _INVALID)
