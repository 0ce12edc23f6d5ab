"""The early-help adapter: one child's CAF as JSON, in and out.

A document is decoded within bounds, held against the record's types, and read with findings;
what it does not say of itself as a message (sender, destinations, id) is taken from the
envelope. A view is written with all that it holds.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from adapters import json_text
from adapters.contract import Envelope, Finding, Outcome, Payload, Received, Severity
from adapters.errors import AdapterError
from adapters.social_care.early_help_reading import received_from, record_of
from mappings.caf.view import View

MEDIA_TYPE: Final = "application/vnd.caf-gateway.early-help+json"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class EarlyHelpAdapter:
    """Reads and writes early-help documents."""

    name: str = "early-help"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = True

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what the document says: rejected where it is no early-help record, with a place.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> EarlyHelpAdapter().read(b'{"format": "early-help/1"}', envelope).outcome
        <Outcome.ACCEPT: 'accept'>
        >>> EarlyHelpAdapter().read(b'{"format": 1}', envelope).findings[0].where
        '/format'
        """
        try:
            return received_from(json_text.decode(payload, _DECODER, _ENCODER).value, envelope)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a document from the envelope's sender to its destinations."""
        return Payload(_ENCODER.encode(record_of(view, envelope)), MEDIA_TYPE)
