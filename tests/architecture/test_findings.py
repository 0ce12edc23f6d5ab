"""Whatever an adapter finds has its code on the page, and every error rejects."""

from datetime import UTC, datetime

import pytest

from adapters import registry
from adapters.contract import Envelope, Outcome, judged
from tests.tools.generate_findings_page import declared

CODES = {one.code for one in declared()}
FORMATS = [
    (adapter, media_type)
    for name in registry.installed()
    for adapter in [registry.load([name]).named(name)]
    for media_type in adapter.media_types
]
BAD = [b"", b"\xff\xfe", b"{}", b"[1,", b"<x/>", b"<x>", b"PK\x03\x04", b"MSH|", b"a,b\r\n1,2\r\n"]


@pytest.mark.parametrize(("adapter", "media_type"), FORMATS, ids=[one for _, one in FORMATS])
def test_what_is_found_in_bad_bytes_is_on_the_page_and_rejects(adapter, media_type):
    envelope = Envelope(media_type=media_type, at=datetime(2026, 1, 5, tzinfo=UTC))
    for content in BAD:
        received = judged(adapter.read(content, envelope))

        assert {finding.code for finding in received.findings} <= CODES
        if received.outcome is Outcome.REJECT:
            assert received.findings
            assert not received.readings


def test_a_code_stands_with_its_weight_and_with_who_must_do_what():
    (found,) = [one for one in declared() if (one.group, one.code) == ("`ctf`", "no-pupil")]
    assert (found.weight, found.message.startswith("the sender has to")) == ("error", True)
    assert {"8925", "8770Q"} <= CODES
