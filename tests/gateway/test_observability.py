"""Logs and metrics: constant names, ids and counts, and no word of anybody else."""

import io
import json
import logging

import pytest
import structlog

from gateway.observability import Event, Metrics, Waiting, configure, log, place_of


@pytest.fixture
def stream():
    written, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(written)
    yield written
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_a_line_of_json(stream):
    log(Event.MESSAGE_ACCEPTED, request_id="r-1", entry=7)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["level"]) == ("message.accepted", "info")
    assert (event["request_id"], event["entry"]) == ("r-1", 7)
    assert event["timestamp"].endswith("Z")


def test_a_field_outside_the_catalogue_is_refused(stream):
    with pytest.raises(ValueError, match="not in the catalogue"):
        log(Event.MESSAGE_ACCEPTED, child_name="canary")
    assert not stream.getvalue()


def test_a_library_is_heard_without_its_words(stream):
    try:
        raise LookupError("canary")  # noqa: EM101, TRY301 - a message to be left out
    except LookupError:
        logging.getLogger("some.library").exception("canary %s", "canary")
    said = json.loads(stream.getvalue())
    assert said["logger"] == "some.library"
    assert said["cause"] == "LookupError"
    assert "canary" not in stream.getvalue()


def test_the_place_of_a_failure_is_its_innermost_line():
    with pytest.raises(ValueError, match="Expecting") as failure:
        json.loads("{")
    assert place_of(failure.value.__traceback__).startswith("json/decoder.py:")


def test_metrics_have_our_prefix_and_gauges_are_asked_at_each_scrape():
    metrics, waiting = Metrics(), {"pending": Waiting(1, 2.5)}
    metrics.watch_outbox(lambda: waiting)
    metrics.committed(8)
    metrics.dispatched("delivered")
    assert b'caf_gateway_outbox_depth{state="pending"} 1.0' in metrics.page()
    waiting["pending"] = Waiting(4, 2.5)
    page = metrics.page()
    assert b'caf_gateway_outbox_depth{state="pending"} 4.0' in page
    assert b'caf_gateway_outbox_age_seconds{state="pending"} 2.5' in page
    assert b'caf_gateway_deliveries_total{fate="delivered"} 1.0' in page
    names = [line for line in page.decode().splitlines() if line and line[0] != "#"]
    assert all(name.startswith("caf_gateway_") for name in names)
