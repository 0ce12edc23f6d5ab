"""BaRS messages as bytes: who sends them, to whom, under which id, in JSON or in XML."""

import re
from hashlib import sha256
from typing import Final

import msgspec

from adapters.contract import Cancellation, Ending, Envelope, Payload, Reply
from adapters.errors import UnsupportedFormatError
from adapters.health.fhir_r4.writing import write_resource
from mappings.bars.writing import replies
from mappings.bars.writing.draft import uuid_of
from mappings.bars.writing.message import Heading, Party
from mappings.bars.writing.request import request
from mappings.caf.identifiers import OURS
from mappings.caf.view import View
from mappings.fhir_r4.generated import Bundle

SERVICE: Final = f"{OURS}service"
VERSION: Final = "1.4.0"

# Who a message is from or for where the envelope leaves it open: an answer names no holder.
_NOBODY: Final = Party(SERVICE, "unnamed")
_VERSION_ONE: Final = re.compile(r"1(\.\d{1,3}){0,2}")
_FHIR_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def write_request(view: View, envelope: Envelope) -> Payload:
    """Return *view* as a referral, or raise `UnsupportedFormatError`."""
    id_ = _message_id(envelope, msgspec.json.encode(view))
    return _payload(request(view, _heading(envelope, id_, referral=id_)), envelope)


def write_reply(reply: Reply, envelope: Envelope) -> Payload:
    """Return *reply* as a response, or raise `UnsupportedFormatError`."""
    id_ = _message_id(envelope, msgspec.json.encode(reply))
    made = replies.answer(
        reply.child,
        _heading(envelope, id_, referral=reply.in_response_to),
        to=fhir_id(reply.in_response_to),
        code=reply.answer,
        note=reply.note,
        extent=reply.extent.value,
    )
    return _payload(made, envelope)


def write_cancellation(cancellation: Cancellation, envelope: Envelope) -> Payload:
    """Return *cancellation* as a request that cancels, or raise `UnsupportedFormatError`."""
    id_ = _message_id(envelope, msgspec.json.encode(cancellation))
    made = replies.cancellation(
        cancellation.child,
        _heading(envelope, id_, referral=cancellation.referral),
        in_error=cancellation.ending is Ending.ENTERED_IN_ERROR,
    )
    return _payload(made, envelope)


def fhir_id(text: str) -> str:
    """Return *text* as an id of FHIR: itself, where it is one, else the UUID that stands for it.

    >>> fhir_id("3f87ad16-13d7"), fhir_id("a/b") == fhir_id("a/b")
    ('3f87ad16-13d7', True)
    """
    return text if _FHIR_ID.fullmatch(text) else str(uuid_of(text))


def _message_id(envelope: Envelope, content: bytes) -> str:
    """Return the envelope's message id; without one, an id that the same content has again."""
    if envelope.message_id:
        return fhir_id(envelope.message_id)
    said_when = envelope.at.isoformat().encode()
    return str(uuid_of(sha256(said_when + content).hexdigest()))


def _heading(envelope: Envelope, message_id: str, *, referral: str) -> Heading:
    recipient = next(iter(envelope.destinations), None)
    if recipient is not None:
        to = Party(recipient.system, recipient.value)
    else:
        to = Party(SERVICE, envelope.recipient) if envelope.recipient else _NOBODY
    return Heading(
        id=message_id,
        at=envelope.at,
        sender=Party(SERVICE, envelope.sender) if envelope.sender else _NOBODY,
        recipient=to,
        referral=referral,
        use_case=envelope.use_case,
    )


def _payload(bundle: Bundle, envelope: Envelope) -> Payload:
    """Return *bundle* in the format and version that the envelope asks for."""
    version = _version(envelope.media_type)
    plain_type = envelope.media_type.partition(";")[0].strip().lower()
    return Payload(write_resource(bundle, plain_type), f"{plain_type}; version={version}")


def _version(media_type: str) -> str:
    """Return the version of BaRS that *media_type* asks for, or raise `UnsupportedFormatError`.

    >>> _version("application/fhir+json"), _version("application/fhir+json;version=1.1.0")
    ('1.4.0', '1.1.0')
    >>> _version("application/fhir+json; version=2")
    Traceback (most recent call last):
        ...
    adapters.errors.UnsupportedFormatError: only versions 1.x of BaRS are written
    """
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        version = value.strip().strip('"')
        if name.strip().lower() != "version":
            continue
        if not _VERSION_ONE.fullmatch(version):
            message = "only versions 1.x of BaRS are written"
            raise UnsupportedFormatError(message, "unsupported-edition")
        return version
    return VERSION
