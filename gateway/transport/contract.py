"""What a transport is handed, and what it answers.

`Released` exists only once its entry is committed and verified, and only `gateway.delivery` makes
one: that nothing leaves unrecorded is a matter of types here, not of discipline.
"""

from dataclasses import dataclass
from typing import Protocol

from audit.gate import Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One payload that may go to one recipient: *verified* is the proof, *receipt* its document.

    *message_id* is the same each time that the payload is sent: the recipient knows it again.
    """

    payload: bytes
    media_type: str
    message_id: str
    recipient: str
    verified: Verified
    receipt: bytes


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the recipient answered: its *status* in the transport's words, and a hash of it all."""

    status: str
    sha256: bytes


class Transport(Protocol):
    """One way of handing over a payload."""

    def send(self, released: Released, address: str) -> Acknowledgement:
        """Hand over *released* at *address*, and return once the recipient has it.

        Raises `DeliveryError` where it may succeed later, `UndeliverableError` where it will not.
        Sending the same message id twice has the effect of sending it once.
        """
        ...
