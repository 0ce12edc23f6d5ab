"""Screening: which attachments of a record are taken. One that is not never costs the record.

    attachment-empty            nothing in it
    attachment-too-large        larger than the settings allow
    too-many-attachments        more than the settings allow, of one child
    attachment-not-allowed      of a kind that is not taken, or of none that can be told
    attachment-not-as-declared  of another kind than its sender says

Each is a finding that its sender gets, with the place; the attachment is not kept by itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from adapters.contract import Attachment, Finding, Outcome, Reading, Received, Severity
from gateway.attachments import kinds
from gateway.attachments.sections import Attachments

_UNTOLD: Final = frozenset({"", "application/octet-stream"})


def screened(received: Received, allowed: Attachments) -> Received:
    """Return *received* with the attachments that are *allowed*, and a finding for each other."""
    if not any(reading.attachments for reading in received.readings):
        return received
    findings: list[Finding] = []
    readings = tuple(_screened(reading, allowed, findings) for reading in received.readings)
    if not findings:
        return received
    is_clear = received.outcome is Outcome.ACCEPT
    return replace(
        received,
        outcome=Outcome.ACCEPT_WITH_FINDINGS if is_clear else received.outcome,
        findings=(*received.findings, *dict.fromkeys(findings)),
        readings=readings,
    )


def _screened(reading: Reading, allowed: Attachments, findings: list[Finding]) -> Reading:
    return replace(reading, attachments=tuple(_taken(reading.attachments, allowed, findings)))


def _taken(
    attachments: tuple[Attachment, ...], allowed: Attachments, findings: list[Finding]
) -> Iterator[Attachment]:
    count = 0
    for one in attachments:
        fault = _fault(one, allowed)
        if fault is None and count >= allowed.max_count:
            fault = ("too-many-attachments", f"send at most {allowed.max_count} of them")
        if fault is None:
            count += 1
            yield one
        else:
            code, what = fault
            message = f"the sender has to {what}: it was not taken, the rest of the record was"
            findings.append(Finding(code, Severity.WARNING, one.where, message))


def _fault(attachment: Attachment, allowed: Attachments) -> tuple[str, str] | None:
    """Return the code of what is wrong with *attachment*, and what is to be done, if anything."""
    if not attachment.content:
        return "attachment-empty", "send what is in the document"
    if len(attachment.content) > allowed.max_bytes:
        return "attachment-too-large", f"send documents of at most {allowed.max_bytes} bytes"
    kind = kinds.kind_of(attachment.content)
    if kind is None or kind not in allowed.media_types:
        return "attachment-not-allowed", "send a kind of document that is taken here"
    declared = kinds.named(attachment.media_type)
    if declared not in {kind, *_UNTOLD}:
        return "attachment-not-as-declared", "declare the kind of document that it is"
    return None
