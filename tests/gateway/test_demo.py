"""The demonstration: the story holds together, and is told in time."""

import re
import time
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.demo import story, telling
from gateway.requests import Fate

PAGE = Path(__file__).parents[2] / "docs" / "for-ig-officers.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def timed(home):
    """Return the story, told once, and the processor seconds that it took, whatever else ran."""
    began = time.process_time()
    return story.tell(home), time.process_time() - began


@pytest.fixture(scope="module")
def told(timed):
    """Return the story: what it leaves in its folder is just looked at."""
    return timed[0]


def test_the_story_is_told_in_less_than_20_seconds(timed):
    assert timed[1] < 20


def test_the_story_holds_together(told):
    fates = {told.services[one.service_id]: one.fate for one in told.outcomes}
    assert fates == {
        "Early help": Fate.QUEUED,
        "School nursery": Fate.QUEUED,
        "Family charity": Fate.NOTHING_RELEASED,
        "GP practice": Fate.WITH_A_PERSON,
    }
    words = {row.outcome for one in told.outcomes for row in one.elements}
    assert words == {"sent", "reduced", "withheld", "referred"}
    assert {one.service for one in told.deliveries} == {
        "Early help",
        "School nursery",
        "GP practice",
        "Health visiting",  # a notice of what was decided
    }
    assert all(one.receipt_holds for one in told.deliveries)
    assert told.reduction.said != told.reduction.given
    assert told.withdrawal.items_before > 0
    assert told.withdrawal.items_after == 0
    assert told.log.holds
    assert told.tampering.found != "nothing"
    assert told.tampering.refused_to_open
    assert told.witness.cosigned
    assert told.witness.refusal.startswith("409")
    assert told.round_trip.same_bytes
    assert told.erasure.listed_before > 0
    assert told.erasure.statement.startswith("complete up to entry")
    assert told.erasure.listed_after == 0
    assert told.erasure.holds
    assert told.erasure.receipt_holds


def test_the_council_sees_more_than_the_school(told):
    seen = {
        told.services[one.service_id]: {
            row.element for row in one.elements if row.outcome in {"sent", "reduced"}
        }
        for one in told.outcomes
    }
    assert seen["School nursery"] < seen["Early help"]


def test_it_is_told_in_plain_words_and_as_the_same_data(told):
    console = Console(width=100, record=True, file=StringIO())

    telling.tell(told, console, command="caf-gateway", is_kept=False)

    text = console.export_text()
    for word in ("withdraws", "every entry verifies", "equal, byte for byte", "E17", "G2"):
        assert word in text
    assert msgspec.json.decode(msgspec.json.encode(told), type=story.Story) == told


@pytest.mark.usefixtures("told")
def test_the_officers_page_shows_the_entries_that_the_story_leaves(home):
    asked = ["audit", "search", "--type", "disclosure", "--by", "YOU", "--reason", "monthly review"]

    shown = CliRunner().invoke(app, [*asked, "--home", str(home)]).stdout

    lines = [re.sub(r"(\d\d:\d\d):\d\d", r"\1:00", line).rstrip() for line in shown.splitlines()]
    assert "\n".join(lines) in PAGE.read_text("utf-8")
    assert (
        f"Entry {lines[2].split()[0]}: health visiting gave the school nursery" in PAGE.read_text()
    )


def test_a_folder_that_holds_something_is_not_overwritten(tmp_path):
    (tmp_path / "mine").touch()

    refused = CliRunner().invoke(app, ["demo", "--keep", str(tmp_path)])

    assert refused.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
