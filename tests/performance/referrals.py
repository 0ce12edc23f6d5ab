"""Referrals to measure with: one synthetic message made many, each with a child and ids of its own.

Bundle.id             serves as the id of the message
identifier            an NHS number of the range 999, and the sender's own id for the child
given, family name    made of syllables, wherever the example says the child's
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

EXAMPLES: Final = Path(__file__).parents[2] / "adapters" / "health" / "examples"
EXAMPLE: Final = EXAMPLES / "health-visitor-to-early-help.json"

MESSAGE_ID: Final = b"3f87ad16-13d7-53b3-8a4b-184e856c7035"
NHS_NUMBER: Final = b"9990001006"
SENDERS_ID: Final = b"FB-11006"
GIVEN: Final = b"Posy"
FAMILY: Final = b"Tamblyn"

_ONSETS: Final = ("B", "D", "F", "G", "L", "M", "N", "P", "R", "S", "T", "W")
_MIDDLES: Final = ("ari", "eno", "ila", "ora", "umi", "avel", "erin", "isto", "onda", "ulle")
_ENDS: Final = ("combe", "dale", "field", "ford", "ham", "ley", "mere", "stow", "wick", "worth")


@dataclass(frozen=True, slots=True)
class Referral:
    """One message: its *id*, and its *body* as it is sent."""

    id: str
    body: bytes


def referrals(first: int, count: int, recipients: int = 2) -> Iterator[Referral]:
    """Yield *count* referrals, numbered from *first* on; the same number gives the same referral.

    Each is addressed to the first so many *recipients* of the example: the council's early help,
    the school, a charity, the general practice. The body is compact JSON, as systems send it.
    """
    document = json.loads(EXAMPLE.read_bytes())
    header = document["entry"][0]["resource"]
    header["destination"] = header["destination"][:recipients]
    template = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    numbers = nhs_numbers()
    for _ in range(first):
        next(numbers)
    for serial in range(first, first + count):
        message_id = str(UUID(int=(0xCAF << 116) + serial, version=4))
        given, family = _name(serial)
        changes = (
            (MESSAGE_ID, message_id),
            (NHS_NUMBER, next(numbers)),
            (SENDERS_ID, f"FB-{serial:07}"),
            (GIVEN, given),
            (FAMILY, family),
        )
        body = template
        for old, new in changes:
            body = body.replace(old, new.encode())
        yield Referral(message_id, body)


def nhs_numbers() -> Iterator[str]:
    """Yield the NHS numbers of the range 999, which is nobody's, from 999 100 0000 on.

    >>> numbers = nhs_numbers()
    >>> next(numbers), next(numbers)
    ('9991000003', '9991000011')
    """
    for stem in range(999_100_000, 1_000_000_000):
        digits = map(int, str(stem))
        check = -sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
        if check % 11 != 10:
            yield f"{stem}{check % 11}"


def _name(serial: int) -> tuple[str, str]:
    """Return a given and a family name; children of neighbouring numbers have different ones."""
    serial, onset = divmod(serial, len(_ONSETS))
    serial, middle = divmod(serial, len(_MIDDLES))
    _, end = divmod(serial, len(_ENDS))
    other = _ONSETS[(onset + middle + 1) % len(_ONSETS)]
    return _ONSETS[onset] + _MIDDLES[middle], other + _MIDDLES[-middle] + _ENDS[end]
