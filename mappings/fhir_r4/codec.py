"""FHIR JSON to Structs and back, exactly: decimals keep their digits, nothing is added."""

import msgspec

from mappings.fhir_r4.generated import AnyResource

DECODER: msgspec.json.Decoder[AnyResource] = msgspec.json.Decoder(AnyResource)
ENCODER = msgspec.json.Encoder(decimal_format="number")
