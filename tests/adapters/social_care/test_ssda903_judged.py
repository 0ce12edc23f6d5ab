"""Returns as we write them, judged by other people's rules: `csc-validator-be-903`."""

import csv
import io
import json
import subprocess
from datetime import UTC, datetime
from importlib.resources import files
from zipfile import ZipFile

import foreign
import pytest

from adapters.contract import Envelope
from adapters.social_care.ssda903 import ZIP_TYPE, SSDA903Adapter
from mappings.caf.view import View

SET = files("adapters.social_care") / "examples" / "ssda903"
ITS_OWN_CRASHES = {"231", "233"}
# It prints, logs and warns as it goes; what it found is the last line.
JUDGE = """
import importlib, json, logging, pathlib, sys, warnings
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
from lac_validator.lac_validator import LacValidator
registry = importlib.import_module("lac_validator.rules.lac2025_26").registry
told = []
for folder, rules in ((sys.argv[1], None), (sys.argv[2], sys.argv[3:])):
    files = [
        {"name": one.name, "description": "This year", "file_content": one.read_bytes()}
        for one in pathlib.Path(folder).iterdir()
    ]
    metadata = {"collectionYear": "2026", "localAuthority": "E08000025"}
    judged = LacValidator(metadata, files, registry, rules)
    found = [
        column.removeprefix("ERR_")
        for name, table in judged.ds_results.items()
        if name != "metadata"
        for column in table.columns
        if column.startswith("ERR_") and table[column].eq(True).any()
    ]
    told.append({"found": found, "crashed": judged.fails, "done": len(judged.dones)})
print(json.dumps(told))
"""


def _set_of(tables):
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, text in tables.items():
            archive.writestr(name, text)
    return content.getvalue()


def _written_again(tables):
    """Return *tables* as we write them: each child read and written by itself, and put together."""
    adapter = SSDA903Adapter()
    envelope = Envelope(
        media_type=f"{ZIP_TYPE}; version=2025-26", at=datetime(2026, 5, 1, tzinfo=UTC), record="ab"
    )
    whole = {}
    for one in adapter.read(_set_of(tables), envelope).readings:
        payload = adapter.write(View(content=one.assessment, purpose="statutory"), envelope)
        with ZipFile(io.BytesIO(payload.content)) as archive:
            for name in archive.namelist():
                head, *rows = csv.reader(archive.read(name).decode().splitlines())
                whole.setdefault(name, [head]).extend(rows)
    return whole


@pytest.mark.xdist_group("be-903")
def test_a_set_that_we_write_breaks_no_rule_of_the_return_and_one_that_we_break_does(tmp_path):
    python = foreign.python("be-903")
    written = _written_again({one.name: one.read_text("utf-8") for one in SET.iterdir()})
    broken = {name: [list(row) for row in rows] for name, rows in written.items()}
    broken["episodes.csv"][1][2] = "Q"

    for label, tables in (("ours", written), ("broken", broken)):
        (tmp_path / label).mkdir()
        for name, rows in tables.items():
            with (tmp_path / label / name).open("w", newline="") as file:
                csv.writer(file).writerows(rows)
    command = [python, "-c", JUDGE, tmp_path / "ours", tmp_path / "broken", "143"]
    run = subprocess.run(command, check=True, capture_output=True, timeout=100)
    ours, theirs = json.loads(run.stdout.splitlines()[-1])

    assert ours["found"] == []
    assert set(ours["crashed"]) <= ITS_OWN_CRASHES
    assert ours["done"] >= 250
    assert theirs["found"] == ["143"]
