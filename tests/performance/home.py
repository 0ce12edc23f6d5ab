"""A gateway's home to measure in: keys, settings, the sample agreement, and who sends to whom."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import time
from typing import Final
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway import settings
from gateway.composition import open_gateway
from gateway.registers import Client, Document, Organisation, Service
from gateway.security.assertions import ASSERTION_TYPE
from gateway.security.keys import Keys
from tests.signatories import activate_for_tests, samples, signatories

AGREEMENTS: Final = Path(__file__).parents[2] / "policies" / "agreements"
CLIENT: Final = "fernbrook"
SENDER: Final = "2000099901"
SCOPE: Final = "system/ServiceRequest.c"

_SYSTEM: Final = "https://fhir.nhs.uk/Id/dos-service-id"
_TRAINED: Final = date(2030, 1, 1)


@dataclass(frozen=True, slots=True)
class Sender:
    """The sending system: the private key with which it asks for its tokens."""

    key: OKPKey

    def form(self, audience: str) -> dict[str, str]:
        """Return the form for the token endpoint of *audience* (RFC 7523)."""
        now = int(time())
        claims: dict[str, object] = {
            "iss": CLIENT,
            "sub": CLIENT,
            "aud": audience,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 240,
        }
        header = {"alg": "Ed25519", "kid": self.key.kid, "typ": "JWT"}
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode(header, claims, self.key, ["Ed25519"]),
            "scope": SCOPE,
        }


def make(folder: Path) -> Sender:
    """Make a gateway's home in *folder*, with all services of the example registered."""
    settings.make(folder)
    Keys.make(folder / "keys")
    key = OKPKey.generate_key("Ed25519", {"kid": "2026-1"}, private=True)
    with open_gateway(settings.load(folder)) as gateway:
        gateway.recorder.documents(_registers(key))
        activate_for_tests(gateway.office, *samples())
    return Sender(key)


def services() -> list[Service]:
    """Return the services of the example: the sender, and whom it is addressed to."""
    return [
        _service(SENDER, "ods:X9A01", "community_health", "Fernbrook Health Visiting"),
        _service("2000099902", "la:999", "la_early_help", "Little Marsh Early Help"),
        _service("2000099903", "urn:999001", "school", "Little Marsh Primary School"),
        _service("2000099904", "charity:9900001", "voluntary", "Reedbed Families"),
        _service("2000099905", "ods:X9G77", "gp", "Reedbed Surgery"),
    ]


def _registers(key: OKPKey) -> list[Document]:
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    own = services()
    organisations = (Organisation(id=one.organisation, name=one.name) for one in own)
    client = Client(id=CLIENT, service=SENDER, jwks={"keys": [public]}, scopes=(SCOPE,))
    return [*organisations, *own, *signatories(own), client]


def _service(number: str, organisation: str, kind: str, name: str) -> Service:
    return Service(
        id=number,
        organisation=organisation,
        type=kind,
        name=name,
        identifiers=(f"{_SYSTEM}|{number}",),
        area="999",
        identity_verified=True,
        training_until=_TRAINED,
    )
