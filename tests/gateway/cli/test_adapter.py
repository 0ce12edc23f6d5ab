"""`caf-gateway adapter`: a format tried on a file, with no gateway behind it."""

import json
import re
from importlib.resources import files

import pytest
from bars_messages import EXAMPLES, REFERRAL
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.cli.reports import to_line
from gateway.errors import RequestError
from mappings.caf.assessment import Assessment, Development
from mappings.caf.items import Statement


def _run(*arguments: str):
    return CliRunner().invoke(app, ["adapter", *arguments])


@pytest.fixture
def caf(tmp_path):
    said = Statement(id="s1", text="settled well", holder="nursery")
    whole = Assessment(id="a1", development=Development(participation=(said,)))
    file = tmp_path / "caf.json"
    file.write_text(to_line(whole))
    return file


def test_the_installed_adapters_are_listed_with_what_they_read():
    listed = json.loads(_run("list", "--json").stdout)
    assert {"bars", "early-help"} <= listed.keys()
    assert "application/fhir+json" in listed["bars"]


def test_a_caf_is_written_and_read_back(caf, tmp_path):
    written = _run("write", "early-help", str(caf), "--purpose", "early_help")
    record = tmp_path / "record.json"
    record.write_bytes(written.stdout_bytes)
    report = json.loads(_run("read", "early-help", str(record), "--json").stdout)
    assert report["outcome"] in {"accept", "accept-with-findings"}
    (child,) = report["caf"]
    assert child["development"]["participation"][0]["text"] == "settled well"
    assert report["fidelity"][0]["counts"]["unmapped"] == 0


def test_each_child_has_a_line_of_its_own(caf, tmp_path):
    record = tmp_path / "record.json"
    record.write_bytes(_run("write", "early-help", str(caf)).stdout_bytes)
    (line,) = _run("read", "early-help", str(record), "--lines").stdout.splitlines()
    assert len(json.loads(line)["caf"]) == 1


def test_a_folder_of_tables_is_read_as_the_set_that_it_is():
    folder = files("adapters.social_care") / "examples" / "ssda903"
    report = json.loads(_run("read", "ssda903", str(folder), "--json").stdout)

    assert report["outcome"] == "accept"
    assert len(report["caf"]) == 4


@pytest.mark.parametrize("name", ["bars", "early-help"])
def test_a_file_of_another_format_is_found_wanting(name, tmp_path):
    (tmp_path / "notes.txt").write_text("not a record")
    ran = _run("read", name, str(tmp_path / "notes.txt"), "--json")
    report = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert report["outcome"] == "reject"
    assert report["findings"]
    assert report["caf"] == []


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_xml_is_told_from_json_by_how_it_begins(kind):
    ran = _run("read", "bars", str(EXAMPLES / f"{REFERRAL}.{kind}"), "--json")
    assert json.loads(ran.stdout)["outcome"] == "accept"


def test_a_code_table_is_printed_as_a_concept_map():
    published = json.loads(_run("concept-map", "ethnicity").stdout)

    assert published["resourceType"] == "ConceptMap"
    assert len(published["group"][0]["element"]) == 20


def test_the_code_tables_are_listed_by_their_names():
    listed = _run("concept-map").stdout

    assert "ethnicity" in listed
    assert "nc-year" not in listed


def test_a_code_table_that_there_is_not_is_named():
    ran = _run("concept-map", "shoe-size")

    assert ran.exit_code != 0
    assert "there is no code table `shoe-size`" in str(ran.exception)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_is_known_in_whatever_encoding_it_is(encoding, tmp_path):
    example = files("adapters.social_care") / "examples" / "ssda903-2026-27.xml"
    text = example.read_text(encoding="utf-8")
    record = tmp_path / "record.xml"
    record.write_bytes(re.sub(r"^<\?xml[^>]*\?>", "", text).encode(encoding))

    report = json.loads(_run("read", "ssda903", str(record), "--json").stdout)

    assert report["caf"]


def test_a_media_type_that_is_not_the_adapters_is_refused(tmp_path):
    (tmp_path / "record.json").write_text("{}")
    for command in ("read", "write"):
        ran = _run(command, "early-help", str(tmp_path / "record.json"), "--media-type", "text/fax")
        assert isinstance(ran.exception, RequestError)


def test_a_mapping_is_tried_on_a_folder_of_tables():
    folder = files("adapters.social_care") / "examples" / "ssda903"
    ran = CliRunner().invoke(app, ["map", "try", "ssda903", str(folder), "--json"])

    assert len(json.loads(ran.stdout)["leaves"]) == 4


@pytest.mark.parametrize("name", ["bars", "early-help", "early-help-xml", "ctf", "cin", "uk-core"])
def test_of_an_empty_file_it_is_said_that_it_is_empty(name, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    report = json.loads(_run("read", name, str(tmp_path / "empty"), "--json").stdout)

    assert "the file is empty" in report["findings"][0]["message"]


def test_of_one_table_of_a_set_it_is_said_that_the_set_is_needed():
    table = files("adapters.social_care") / "examples" / "ssda903" / "header.csv"
    report = json.loads(_run("read", "ssda903", str(table), "--json").stdout)

    assert "give the folder" in report["findings"][0]["message"]
