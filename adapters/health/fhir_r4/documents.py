"""Documents that FHIR resources carry: DocumentReference, Binary, and any other Attachment.

They are taken out byte for byte and never read: a scan, a letter, a CDA document. What a resource
only points at, somewhere else, is never fetched.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct

from adapters import xml
from adapters.contract import Attachment, Finding, Severity
from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.generated import Unread

_MOST_FINDINGS: Final = 100
_OF_NO_KIND: Final = "application/octet-stream"
# What is measured (SampledData) and what is signed (Signature) have data, too.
_OTHERS_WITH_DATA: Final = frozenset({"origin", "who"})
_DECODE: Final = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Located:
    """One resource of a message, its *place* (FHIRPath) and its *full_url*."""

    place: str
    full_url: str
    resource: Struct


@dataclass(frozen=True, slots=True)
class Document:
    """One document; *subject* refers to whom its resource says it is about: see `subject_of`."""

    attachment: Attachment
    subject: str | None


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a message, and what was found of those that could not be taken."""

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()


def may_hold_documents(compact: bytes) -> bool:
    """Say whether FHIR JSON could hold a document: nearly none does, and few are looked through.

    >>> may_hold_documents(b'{"resourceType":"Patient"}')
    False
    """
    return any(mark in compact for mark in (b"contentType", b'"Binary"', b'"data":'))


def documents_in(resources: Iterable[Located]) -> Documents:
    """Return the documents that *resources* hold, in their order.

    >>> binary = Unread(type="Binary", content='{"contentType": "text/plain", "data": "aGk="}')
    >>> found = documents_in([Located("Bundle.entry[1].resource", "", binary)])
    >>> found.documents[0].attachment.content
    b'hi'
    """
    plain = [(one, _plain(one.resource)) for one in resources]
    subjects = dict(_subjects(plain))
    documents: list[Document] = []
    findings: list[Finding] = []
    known = {one.full_url for one, _ in plain if one.full_url}
    for one, resource in plain:
        subject = subject_of(resource) or subjects.get(one.full_url)
        title = _text(resource, "description")
        for where, held in _attachments(resource, one.place):
            found = _read(held, where, title, known)
            if isinstance(found, Finding):
                findings.append(found)
            elif found is not None:
                documents.append(Document(found, subject))
    return Documents(tuple(documents), tuple(findings[:_MOST_FINDINGS]))


def _plain(resource: Struct) -> Mapping[str, object]:
    if not isinstance(resource, Unread):
        found = _DECODE(ENCODER.encode(resource))
    elif resource.content.startswith("<"):
        found = _plain_xml(xml.parse(resource.content.encode()))
    else:
        found = _DECODE(resource.content)
    return found if isinstance(found, dict) else {}


def _plain_xml(element: etree._Element) -> object:
    """Return *element* of a type that is not read as FHIR's JSON would have it, but for lists."""
    if not len(element):
        return element.get("value")
    found: dict[str, object] = {}
    for name, same in groupby(element, key=lambda child: etree.QName(child).localname):
        children = [_plain_xml(one) for one in same]
        found[name] = children if len(children) > 1 else children[0]
    return found


def _subjects(
    plain: Iterable[tuple[Located, Mapping[str, object]]],
) -> Iterator[tuple[str, str]]:
    """Yield, for each address that a resource points at for its document, whom that is about."""
    for one, resource in plain:
        subject = subject_of(resource)
        for _, held in _attachments(resource, one.place) if subject else ():
            url = _text(held, "url")
            if url is not None and subject is not None:
                yield url, subject


def _attachments(node: object, where: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield whatever in *node* says of which kind its content is, and gives or points at it."""
    if isinstance(node, list):
        for position, child in enumerate(node):
            yield from _attachments(child, f"{where}[{position}]")
    elif isinstance(node, dict):
        if "data" in node or ("contentType" in node and "url" in node):
            yield where, node
        for name, child in node.items():
            yield from _attachments(child, f"{where}.{name}")


def _read(
    held: Mapping[str, object], where: str, title: str | None, known: frozenset[str] | set[str]
) -> Attachment | Finding | None:
    """Return the document that is *held*; None for what is none, or stands elsewhere here."""
    data, kind = _text(held, "data"), _text(held, "contentType")
    if data is None:
        if _text(held, "url") in known:
            return None
        message = "the sender has to send the document itself: nothing is fetched from elsewhere"
        return Finding("attachment-elsewhere", Severity.INFORMATION, f"{where}.url", message)
    if held.keys() & _OTHERS_WITH_DATA:
        return None
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        message = "the sender has to encode the document as base64: it was not taken"
        return Finding("attachment-unreadable", Severity.WARNING, f"{where}.data", message)
    return Attachment(content, kind or _OF_NO_KIND, where, _text(held, "title") or title)


def subject_of(resource: Mapping[str, object]) -> str | None:
    """Return the reference by which *resource* says whom it is about, or their `system|value`.

    >>> subject_of({"subject": {"identifier": {"system": "urn:a", "value": "1"}}})
    'urn:a|1'
    >>> subject_of({"resourceType": "Binary"}) is None
    True
    """
    for name in ("subject", "patient", "securityContext"):
        reference = resource.get(name)
        if not isinstance(reference, dict):
            continue
        if (found := _text(reference, "reference")) is not None:
            return found
        identifier = reference.get("identifier")
        if isinstance(identifier, dict) and (value := _text(identifier, "value")) is not None:
            return f"{_text(identifier, 'system') or ''}|{value}"
    return None


def _text(node: Mapping[str, object], name: str) -> str | None:
    found = node.get(name)
    return found if isinstance(found, str) else None
