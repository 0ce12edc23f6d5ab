"""The accounting of disclosures: a line for each, with how it ended."""

import csv
import io
from datetime import UTC, datetime

import pytest

from audit.events import EntryType
from audit.parts import Part
from gateway.registers import Registers
from gateway.searching.accounting import Accounting
from gateway.searching.search import FoundEntry


def _entry(index, type_, **parts):
    return FoundEntry(
        index=index,
        child="c1",
        at=datetime(2026, 11, 16, 9, 30, tzinfo=UTC),
        type=type_,
        sender="",
        recipient="school",
        purpose="early_help",
        detail={Part(name): fields for name, fields in parts.items()},
    )


def _ending(type_):
    return _entry(9, type_, gateway={"entry": 7})


@pytest.mark.parametrize(
    ("is_answer", "endings", "told"),
    [
        pytest.param(True, [], "given in response", id="an answer"),
        pytest.param(
            True,
            [EntryType.DELIVERY_FAILED],
            "could not be delivered 2026-11-16 09:30Z",
            id="an answer that the witnesses were too late for",
        ),
        pytest.param(False, [], "no delivery in this list", id="a message that waits"),
        pytest.param(
            False, [EntryType.DELIVERED], "delivered 2026-11-16 09:30Z", id="a message delivered"
        ),
        pytest.param(
            False,
            [EntryType.RECALLED],
            "taken back before it was sent 2026-11-16 09:30Z",
            id="a message recalled",
        ),
    ],
)
def test_each_disclosure_says_how_it_ended(is_answer, endings, told):
    disclosure = _entry(7, EntryType.DISCLOSURE, recipient={"synchronous": is_answer})
    found = [disclosure, *map(_ending, endings)]
    text = Accounting(found, Registers()).to_csv(with_withheld=False)
    (line,) = csv.DictReader(io.StringIO(text))
    assert line["delivery"] == told
