"""Our own synthetic messages, and how the tests read and alter them."""

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

from adapters.contract import Envelope, Received
from adapters.health.bars import BaRSAdapter

EXAMPLES = files("adapters.health") / "examples"
REFERRAL = "health-visitor-to-early-help"
NAMES = (REFERRAL, "camhs-with-refusal", "siblings-in-one-message", "unborn-child-to-social-care")
AT = datetime(2026, 11, 20, tzinfo=UTC)

Plain = dict[str, object]


def payload_of(name: str, kind: str = "json") -> bytes:
    """Return the bytes of the example *name*."""
    return (EXAMPLES / f"{name}.{kind}").read_bytes()


def message(name: str = REFERRAL) -> Plain:
    """Return the example *name* as plain JSON, to be altered."""
    return copy.deepcopy(json.loads(payload_of(name)))


def resources(plain: Plain, kind: str) -> list[Plain]:
    """Return the resources of *kind* in *plain*."""
    return [
        entry["resource"] for entry in plain["entry"] if entry["resource"]["resourceType"] == kind
    ]


def read(payload: bytes | Plain, media_type: str = "application/fhir+json") -> Received:
    """Return what the adapter makes of *payload*."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    record = hashlib.sha256(data).hexdigest()
    return BaRSAdapter().read(data, Envelope(media_type=media_type, at=AT, record=record))


def altered(alter: Callable[[Plain], object], name: str = REFERRAL) -> Received:
    """Return what the adapter makes of the example *name* once *alter* has been at it."""
    plain = message(name)
    alter(plain)
    return read(plain)
