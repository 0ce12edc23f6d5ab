"""The adapter of the NHS e-Referral Service: its referrals in FHIR STU3 and R4 are read.

Every resource of a payload that says something of a child is a reading of its own. Two known faults
of the service's files are repaired, each with a finding: one object where a list belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast

from adapters import json_text
from adapters.contract import (
    Attachment,
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
from adapters.errors import AdapterError, InvalidRecordError, UnsupportedFormatError
from adapters.health import restrictions
from adapters.health.fhir_r4.documents import Documents, Located, documents_in, subject_of
from mappings.caf.assessment import Assessment
from mappings.caf.identifiers import Scheme
from mappings.caf.view import View
from mappings.e_rs.pairs import OLD_NHS_NUMBER
from mappings.e_rs.referral import REFERRALS, translation
from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.confidentiality import is_restricted_tree
from mappings.fhir_r4.generated import Unread
from mappings.fidelity import Fate, Leaf, Ledger
from mappings.language.trees import FHIRPATH, Node, Tree, leaves
from mappings.uk_core.reading import relocated
from mappings.uk_core.record import Record, is_withdrawn

MEDIA_TYPE: Final = "application/vnd.caf-gateway.e-rs+json"
TYPES: Final = frozenset(
    {
        *REFERRALS,
        *("Appointment", "Binary", "Bundle", "CodeSystem", "Communication", "DocumentReference"),
        *("HealthcareService", "List", "OperationOutcome", "Parameters", "Practitioner"),
        *("PractitionerRole", "Schedule", "Slot", "Task"),
    }
)
"""The types of resource that the service sends or takes."""

# Where the service's files are known to have one object for a list.
_LISTS: Final = {
    "Appointment": ("participant", "type"),
    "Practitioner": ("identifier",),
}
_LIST: Final = "the sender has to send a list here: one object was read as a list of one"
_OLD: Final = "the sender has to use the present name of the system of NHS numbers"
_INVALID: Final = "the sender has to check the NHS number: it is kept, and matches nobody"
_WITHDRAWN: Final = "its sender says that this does not hold: it is not read"
_NO_SUBJECT: Final = "the sender has to say by an identifier whose referral this is"
_NO_REFERRAL: Final = "the sender has to send a referral: there is no child to record this for"


@dataclass(frozen=True, slots=True)
class ERSAdapter:
    """Reads referrals of the NHS e-Referral Service; they are not written."""

    name: str = "e-rs"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what *payload* says of each child: rejected where it is none of the service's.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> ERSAdapter().read(b'{"resourceType": "Wizard"}', envelope).findings[0].code
        'unknown-resource'
        """
        try:
            return _read(payload, envelope)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Raise `UnsupportedFormatError`: referrals of the service are only read."""
        del view, envelope
        message = "an e-RS referral is only read: choose bars or uk-core for this recipient"
        raise UnsupportedFormatError(message, "read-only-format")


def _read(payload: bytes, envelope: Envelope) -> Received:
    whole = json_text.parse(payload)
    kind = whole.get("resourceType") if isinstance(whole, dict) else None
    if kind not in TYPES:
        message = "the sender has to send a resource of the e-Referral Service"
        raise InvalidRecordError(message, "unknown-resource", where="Resource.resourceType")
    findings: list[Finding] = []
    resources = list(_resources(cast("Node", whole), str(kind)))
    for resource, place in resources:
        findings += _repaired(resource, place)
    documents = documents_in(_located(cast("Tree", whole)))
    findings += documents.findings
    readings: list[Reading] = []
    for resource, place in resources:
        if resource.get("resourceType") not in REFERRALS:
            continue
        if is_withdrawn(resource):
            findings.append(Finding("withdrawn-resource", Severity.WARNING, place, _WITHDRAWN))
        elif is_restricted_tree(resource):
            findings.append(restrictions.of_resource(place))
        else:
            reading, found = _reading(resource, place, cast("Node", whole), envelope)
            readings.append(replace(reading, attachments=_of(resource, documents)))
            findings += found
    if not readings:
        findings.append(Finding("no-referral", Severity.WARNING, str(kind), _NO_REFERRAL))
    return Received(
        outcome_of(findings),
        tuple(findings),
        Message(
            id=envelope.message_id or envelope.record,
            destinations=envelope.destinations,
            use_case=envelope.use_case,
        ),
        tuple(readings),
    )


def _resources(node: Node, place: str) -> Iterator[tuple[Tree, str]]:
    """Yield every resource at or below *node*, with its place."""
    if isinstance(node, dict):
        if isinstance(node.get("resourceType"), str):
            yield node, place
        for name, child in node.items():
            yield from _resources(child, f"{place}.{name}")
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _resources(child, f"{place}[{position}]")


def _located(whole: Tree) -> Iterator[Located]:
    """Yield the resources of a payload: those of a Bundle, else the one that it is."""
    entries = whole.get("entry")
    if whole.get("resourceType") != "Bundle" or not isinstance(entries, list):
        yield _set_aside(whole, str(whole.get("resourceType")), "")
        return
    for position, entry in enumerate(entries):
        if isinstance(entry, dict) and isinstance(resource := entry.get("resource"), dict):
            url = str(entry.get("fullUrl") or "")
            yield _set_aside(resource, f"Bundle.entry[{position}].resource", url)


def _set_aside(resource: Tree, place: str, full_url: str) -> Located:
    # The service's STU3 has no types here; documents are looked for in plain JSON.
    content = ENCODER.encode(resource).decode()
    return Located(place, full_url, Unread(type=str(resource.get("resourceType")), content=content))


def _of(referral: Tree, documents: Documents) -> tuple[Attachment, ...]:
    """Return those of *documents* that are about whom *referral* is, or about none that is told."""
    subject = subject_of(referral)
    return tuple(one.attachment for one in documents.documents if one.subject in {None, subject})


def _repaired(resource: Tree, place: str) -> Iterator[Finding]:
    """Put a list where the service is known to send one object instead, and say where."""
    names = _LISTS.get(str(resource.get("resourceType")), ())
    if not names:
        return
    *above, last = names
    holders: list[tuple[Node, str]] = [(resource, place)]
    for name in above:
        held = resource.get(name)
        items = held if isinstance(held, list) else []
        holders = [(one, f"{place}.{name}[{number}]") for number, one in enumerate(items)]
    for holder, at in holders:
        if isinstance(holder, dict) and isinstance(one := holder.get(last), dict):
            holder[last] = [one]
            yield Finding("object-for-list", Severity.WARNING, f"{at}.{last}", _LIST)


def _reading(
    resource: Tree, place: str, whole: Node, envelope: Envelope
) -> tuple[Reading, list[Finding]]:
    kind = str(resource["resourceType"])
    record = Record({kind: resource}, {f".{kind}": place}, None)
    found = translation().read(record.tree, record=envelope.record)
    findings = [
        Finding(one.code, Severity.WARNING, record.real(one.where), one.message)
        for one in found.doubts
    ]
    assessment = relocated(found.assessment, record, envelope.sender or None)
    findings += _of_identifiers(assessment, resource, place)
    return Reading(assessment, partial(_account, record, whole)), findings


def _of_identifiers(assessment: Assessment, resource: Tree, place: str) -> Iterator[Finding]:
    subject = resource.get("subject")
    named = subject.get("identifier") if isinstance(subject, dict) else None
    if isinstance(named, dict) and named.get("system") == OLD_NHS_NUMBER:
        where = f"{place}.subject.identifier.system"
        yield Finding("old-identifier-system", Severity.WARNING, where, _OLD)
    for identifier in assessment.child.identifiers:
        if identifier.scheme == Scheme.NHS_NUMBER and not identifier.is_valid:
            where = identifier.source.place if identifier.source else place
            yield Finding("invalid-nhs-number", Severity.WARNING, where, _INVALID)
    if not assessment.child.identifiers:
        yield Finding("no-child", Severity.WARNING, place, _NO_SUBJECT)


def _account(record: Record, whole: Node) -> Ledger:
    """Return the fate of every leaf of a payload for the child of *record*."""
    fates = {record.real(one.place): one for one in translation().account(record.tree).leaves}
    root = str(whole.get("resourceType")) if isinstance(whole, dict) else ""
    places = (FHIRPATH.place(root, address) for address, _ in leaves(whole))
    return Ledger(tuple(_leaf(place, fates.get(place)) for place in places))


def _leaf(place: str, leaf: Leaf | None) -> Leaf:
    if leaf is None:
        return Leaf(place, Fate.UNMAPPED, note="not of this referral")
    return Leaf(place, leaf.fate, leaf.element, leaf.note)
