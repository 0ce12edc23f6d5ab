"""Reading whole what is read as a stream: what is rejected says all, and holds nothing."""

from adapters.contract import Finding, Message, Outcome, Portion, Severity
from adapters.errors import InvalidRecordError
from adapters.whole import MAX_BYTES, MOST_FINDINGS, read_whole

WARNING = Finding("odd", Severity.WARNING, "/a", "the sender has to look at this")


def _stops(_file):
    yield Portion((WARNING,), message=Message(id="m1"))
    message = "the sender has to send the rest"
    raise InvalidRecordError(message, "no-rest", where="/b")


def test_a_file_that_stops_being_one_is_rejected_with_the_fault_first_and_nothing_read():
    received = read_whole(b"", _stops)

    assert received.outcome is Outcome.REJECT
    assert [one.code for one in received.findings] == ["no-rest", "odd"]
    assert (received.message, received.readings) == (None, ())


def test_findings_are_no_more_than_somebody_can_read():
    received = read_whole(b"", lambda _: iter([Portion((WARNING,) * (MOST_FINDINGS + 1))]))

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert len(received.findings) == MOST_FINDINGS


def test_what_is_too_large_is_sent_to_the_import_and_not_looked_at():
    received = read_whole(b" " * (MAX_BYTES + 1), lambda _: iter(()))

    assert [one.code for one in received.findings] == ["too-many-bytes"]
