"""Released payloads for the tests of transports, which look at nothing but what they carry."""

from audit.checkpoint import Checkpoint
from audit.events import EntryType
from audit.gate import Verified
from audit.leaf import Leaf
from gateway.transport.contract import Released


def a_release(
    *,
    message_id="m1",
    payload=b'{"view":1}',
    media_type="application/json",
    receipt=b'{"receipt":1}',
):
    """Return a release of entry 7 to a school."""
    leaf = Leaf(
        type=EntryType.DISCLOSURE,
        at=0,
        node="n1",
        nonce="0" * 32,
        tag="0" * 32,
        commit="0" * 64,
        recipient="school",
    )
    verified = Verified(
        checkpoint=Checkpoint("gateway.example/log", 8, bytes(32)),
        index=7,
        leaf=leaf,
        recipient="school",
        payload_sha256="0" * 64,
    )
    return Released(
        payload=payload,
        media_type=media_type,
        message_id=message_id,
        recipient="school",
        verified=verified,
        receipt=receipt,
    )
