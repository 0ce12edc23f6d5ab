"""`caf-gateway import`: a big file, from its report to what is left after a fault."""

import csv
import json

import pytest
from big_files import a_ctf
from worlds import OFFICER, SCHOOL, TEACHER, a_home

from tests.performance.importing import HUNDRED_MEGABYTES, MOST_MEGABYTES, imported


@pytest.fixture
def file(tmp_path):
    """Return a file of three pupils, of whom one has an element that the format does not."""
    path = tmp_path / "big.xml"
    path.write_bytes(a_ctf(3).replace(b"<DOB>", b"<Nickname>=1+1</Nickname><DOB>", 1))
    return path


def test_a_file_is_imported_once_and_every_record_has_its_line(run, file, tmp_path):
    listed = tmp_path / "lines.csv"

    ran = run("import", "ctf", file, "--sender", SCHOOL, "--report", listed)

    assert ran.code == 0
    assert "3 records taken in, 0 rejected" in ran.out
    assert "record 1" in ran.out
    with listed.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["record"] for row in rows] == ["1", "2", "3", ""]
    assert (rows[0]["code"], rows[1]["code"]) == ("unknown-element", "")
    assert rows[0]["where"].endswith("/Pupil[1]/Nickname")
    assert "1+1" not in ran.out + listed.read_text()

    again = run("import", "ctf", file, "--sender", SCHOOL)
    assert (again.code, "--resume" in again.err) == (1, True)
    gone_on = run("import", "ctf", file, "--sender", SCHOOL, "--resume", "--json")
    assert (gone_on.json["repeated"], gone_on.json["taken"]) == (3, 0)
    assert gone_on.json["entry"] == int(ran.out.split("entry ")[1].split()[0])


def test_lines_are_written_as_json_too(run, file, tmp_path):
    listed = tmp_path / "lines.jsonl"
    assert run("import", "ctf", file, "--sender", SCHOOL, "--report", listed).code == 0

    first, *_ = map(json.loads, listed.read_text().splitlines())
    assert (first["number"], first["fate"]) == (1, "taken")
    assert first["findings"][0]["severity"] == "warning"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(["--to", "nobody"], id="a service without a system"),
        pytest.param(["--report", "lines.pdf"], id="a report in another form"),
    ],
)
def test_wrong_use_is_said(run, file, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    ran = run("import", "ctf", file, "--sender", SCHOOL, *more)
    assert (ran.code, bool(ran.err)) == (2, True)


def test_a_file_that_stops_half_way_says_where_and_what_to_do(run, tmp_path):
    file = tmp_path / "big.xml"
    content = a_ctf(3)
    file.write_bytes(content[: content.rindex(b"<DOB>")])

    ran = run("import", "ctf", file, "--sender", SCHOOL)

    assert ran.code == 1
    assert "2 records taken in" in ran.out
    assert "after record 2" in ran.out
    assert "the sender has to mend the file" in ran.out


def test_an_officer_asks_what_became_of_a_record(run, file):
    run("import", "ctf", file, "--sender", SCHOOL)
    (entry,) = [
        one["index"]
        for one in run("audit", "search", "--type", "import", "--service", SCHOOL, "--json").json[
            "entries"
        ]
    ][:1]

    ran = run("audit", "fidelity", entry, "--by", OFFICER, "--reason", "a complaint")

    assert ran.code == 0
    assert "Surname" in ran.out
    assert "Okafor" not in ran.out
    refused = run("audit", "fidelity", entry, "--by", TEACHER)
    assert (refused.code, refused.out, "officer" in refused.err) == (1, "", True)
    assert run("audit", "fidelity", 0, "--by", OFFICER).code == 2


@pytest.mark.parametrize("sender", [SCHOOL, "nobody"])
def test_an_import_that_is_refused_leaves_the_report_of_an_earlier_one(run, file, tmp_path, sender):
    listed = tmp_path / "lines.csv"
    assert run("import", "ctf", file, "--sender", SCHOOL).code == 0
    listed.write_text("of an earlier import")

    ran = run("import", "ctf", file, "--sender", sender, "--report", listed)

    assert ran.code != 0
    assert listed.read_text() == "of an earlier import"
    assert {one.name for one in tmp_path.iterdir() if "lines" in one.name} == {"lines.csv"}


def peak_of(folder, pupils: int) -> float:
    """Return the most memory, in MB, that a process needs to import so many pupils."""
    folder.mkdir()
    return imported(a_home(folder), a_ctf(pupils), SCHOOL).megabytes


def test_memory_does_not_grow_with_the_file(tmp_path):
    small, big = peak_of(tmp_path / "small", 150), peak_of(tmp_path / "big", 600)

    assert big - small < 10
    assert big < MOST_MEGABYTES


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_hundred_megabytes_are_imported_in_little_memory(tmp_path):
    assert peak_of(tmp_path / "huge", HUNDRED_MEGABYTES) < MOST_MEGABYTES
