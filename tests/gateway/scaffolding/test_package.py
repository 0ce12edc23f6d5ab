"""New adapters: what a sample or a schema shows, what is guessed of it, and that it runs."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from adapters.contract import Outcome
from adapters.testing.kit import envelope
from gateway.errors import RequestError
from gateway.scaffolding import guesses, packages
from gateway.scaffolding.package import make
from mappings.caf.view import View
from mappings.errors import MappingError
from mappings.fidelity import Fate
from mappings.language.testing import hold

XML = """<Referral id="R-1"><Child><Forename>Wren</Forename><Surname>Sample</Surname>
<DOB>14/02/2019</DOB><Sex>F</Sex><Address><Line1>4 Ferry Steps</Line1><Line2>Marsh</Line2>
<Town>Little Marsh</Town><PostCode>ZZ99 3VZ</PostCode></Address></Child>
<Phones><Phone>01632960001</Phone><Phone>01632960002</Phone></Phones>
<Siblings><Sibling><Forename>Otis</Forename><Surname>Sample</Surname><Shoe>3</Shoe></Sibling>
<Sibling><Forename>Ada</Forename><Surname>Sample</Surname></Sibling></Siblings>
<Notes><Note><By>x</By></Note><Note><By>y</By></Note></Notes>
<Worker>Jo Helper</Worker><Housing>A damp flat</Housing></Referral>"""
JSON = """{"pupil": {"firstName": "Wren", "lastName": "Sample", "dateOfBirth": "2019-02-14",
"age": 7, "sex": "F", "shoe size": 3}, "isUrgent": true, "siblings": [{"name": "Otis"}],
"assessmentDate": "2026-01-05", "ethnicity": "WBRI"}"""
CSV = """First name,Surname,Date of birth,Gender,Reason for referral,Score
Wren,Sample,14/02/2019,Girl,"Sleeps badly, since the move",3
Otis,Sample,01/03/2016,Boy,,
"""
SAMPLES = {"xml": XML, "json": JSON, "csv": CSV}


def _made(tmp_path, kind, text=None):
    source = tmp_path / f"sample.{kind}"
    source.write_text(SAMPLES[kind] if text is None else text)
    return make("acme", source, tmp_path)


def _mapping(made):
    return (made.folder / "caf_adapter_acme" / "map.yaml").read_text()


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_made_of_a_sample_reads_it_and_no_leaf_is_unmapped(kind, tmp_path):
    made = _made(tmp_path, kind)
    with packages.find(str(made.folder)).adapter() as adapter:
        example = (made.folder / "caf_adapter_acme" / "examples" / f"sample.{kind}").read_bytes()
        received = adapter.read(example, envelope(adapter.media_types[0]))

    assert received.outcome is not Outcome.REJECT
    for reading in received.readings:
        unmapped = {leaf.place for leaf in reading.ledger.leaves if leaf.fate is Fate.UNMAPPED}
        assert unmapped <= {"/pupil/shoe size"}
        assert reading.assessment.child.names[0].family == "Sample"
        assert reading.assessment.child.birth[0].born_on is not None


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_made_of_a_sample_holds_to_the_laws(kind, tmp_path):
    with packages.find(str(_made(tmp_path, kind).folder)).adapter() as adapter:
        hold(adapter.translation, examples=10)


def test_names_values_and_lists_give_the_guesses(tmp_path):
    text = _mapping(_made(tmp_path, "xml"))

    for row in (
        "{caf: [text, family, given], theirs: [Child/Forename, Child/Surname]",
        "{caf: born_on, theirs: Child/DOB, via: uk_date}",
        '{caf: codes, theirs: Child/Sex, via: "code:sex"}',
        "{caf: lines, theirs: [Child/Address/Line1, Child/Address/Line2], via: lines_2}",
        "{caf: postcode, theirs: Child/Address/PostCode}",
        "each: Phones/Phone",
        '{caf: value, theirs: "."}',
        "{caf: name, theirs: [Forename, Surname], via: whole_name}",
        "const: {about: practitioner}",
        "item: environment/housing_employment_finance",
    ):
        assert row in text


@pytest.mark.parametrize(
    "row", [row for row in guesses.rows() if row["names"].strip()], ids=lambda row: row["names"]
)
def test_a_package_of_one_leaf_that_is_guessed_loads_and_reads_it(row, tmp_path):
    name = row["names"].split()[0]
    made = _made(tmp_path, "json", json.dumps({name: "2019-02-14", "other": "x"}))

    assert 'via: ""' not in _mapping(made)
    with packages.find(str(made.folder)).adapter() as adapter:
        example = (made.folder / "caf_adapter_acme" / "examples" / "sample.json").read_bytes()
        received = adapter.read(example, envelope(adapter.media_types[0]))
    assert received.outcome is not Outcome.REJECT


@pytest.mark.parametrize("name", ["Forename", "Surname"])
def test_a_name_of_one_part_is_the_whole_name(name, tmp_path):
    made = _made(tmp_path, "json", json.dumps({name: "Sample"}))

    assert f"{{caf: text, theirs: {name}}}" in _mapping(made)


def test_what_nobody_can_guess_is_to_be_decided_and_told(tmp_path):
    made = _made(tmp_path, "xml")

    assert set(made.undecided) == {"@id", "Notes/Note", "Siblings/Sibling/Shoe"}
    assert "{theirs: Shoe, lossy: to be decided}" in _mapping(made)


def test_a_name_that_no_path_can_have_is_left_out_and_told(tmp_path):
    assert _made(tmp_path, "json").left_out == ("shoe size",)


def test_codes_that_no_table_of_ours_has_become_a_table_with_what_is_sure(tmp_path):
    made = _made(tmp_path, "csv")
    codes = made.folder / "caf_adapter_acme" / "codes"

    assert "acme-gender" in (codes / "index.csv").read_text()
    assert (codes / "acme-gender.csv").read_text().splitlines()[1:] == [
        "Boy,,Boy,,0.1.0,to be decided",
        "Girl,,Girl,,0.1.0,to be decided",
    ]


def test_a_schema_gives_an_adapter_with_an_example_and_all_files_that_it_includes(tmp_path):
    schema = Path(str(files("mappings.ctf"))) / "ctf-25.xsd"
    made = make("acme", schema, tmp_path, "CTFpupilData/Pupil")

    assert {"schema.xsd", "ctf-parts.xsd"} <= {Path(one).name for one in made.files}
    with packages.find(str(made.folder)).adapter() as adapter:
        example = (made.folder / "caf_adapter_acme" / "examples" / "sample.xml").read_bytes()
        received = adapter.read(example, envelope(adapter.media_types[0]))
    assert received.outcome is not Outcome.REJECT


SEVERAL_IN_XML = """<Extract><On>2026-01-05</On><Children>
<Child><Forename>Wren</Forename><Surname>Sample</Surname></Child>
<Child><Forename>Otis</Forename><Surname>Sample</Surname></Child></Children></Extract>"""
SEVERAL_IN_JSON = """{"on": "2026-01-05", "data": {"children": [
{"forename": "Wren", "surname": "Sample", "age": 7}, {"forename": "Otis", "surname": "Sample"}]}}"""
SEVERAL = {
    "xml": (SEVERAL_IN_XML, "Children/Child"),
    "json": (SEVERAL_IN_JSON, "data/children"),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_a_file_of_several_children_is_read_child_by_child(kind, tmp_path):
    text, record = SEVERAL[kind]
    source = tmp_path / f"sample.{kind}"
    source.write_text(text)
    made = make("acme", source, tmp_path, record)

    with packages.find(str(made.folder)).adapter() as adapter:
        received = adapter.read(text.encode(), envelope(adapter.media_types[0]))
        given = [one.assessment.child.names[0].given for one in received.readings]
        assert given == [("Wren",), ("Otis",)]
        for reading in received.readings:
            places = [leaf.place for leaf in reading.ledger.leaves if leaf.fate is Fate.UNMAPPED]
            assert places == [{"xml": "/Extract/On", "json": "/on"}[kind]]
            written = adapter.write(
                View(content=reading.assessment, purpose="help"), envelope(adapter.media_types[0])
            )
            back = adapter.read(written.content, envelope(adapter.media_types[0]))
            (again,) = back.readings
            names = (again.assessment.child.names[0], reading.assessment.child.names[0])
            assert names[0].text == names[1].text
    with pytest.raises(RequestError, match="no record there"):
        make("bolt", source, tmp_path, "Nowhere/Child")


def test_the_project_names_its_entry_point(tmp_path):
    made = _made(tmp_path, "csv")
    declared = tomllib.loads((made.folder / "pyproject.toml").read_text())

    assert declared["project"]["entry-points"]["caf_gateway.adapters"] == {
        "acme": "caf_adapter_acme.adapter:adapter"
    }


def test_the_test_file_is_three_lines(tmp_path):
    made = _made(tmp_path, "csv")
    lines = (made.folder / "tests" / "test_acme.py").read_text().splitlines()

    assert len([line for line in lines if line]) == 3


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("xml", "<!DOCTYPE a><a/>", "cannot be taken as a sample: the XML declares"),
        ("json", "{", "cannot be taken as a sample: the payload is not JSON"),
        ("csv", "", "the table is empty"),
        ("txt", "a", "a sample is an .xml, .json or .csv file"),
        ("xsd", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>", "no element"),
    ],
)
def test_what_is_no_sample_is_refused(kind, text, said, tmp_path):
    with pytest.raises(RequestError, match=said):
        _made(tmp_path, kind, text)


@pytest.mark.parametrize("name", ["Acme", "a--b", "1a", "../acme", ""])
def test_a_name_that_is_none_is_refused(name, tmp_path):
    (tmp_path / "sample.csv").write_text(CSV)
    with pytest.raises(RequestError, match="a name is of small letters"):
        make(name, tmp_path / "sample.csv", tmp_path)


def test_what_is_there_is_never_written_over(tmp_path):
    _made(tmp_path, "csv")
    with pytest.raises(RequestError, match="is there already"):
        _made(tmp_path, "csv")


def test_a_mapping_that_does_not_fit_its_paths_does_not_load(tmp_path):
    made = _made(tmp_path, "csv")
    (made.folder / "caf_adapter_acme" / "paths.txt").write_text("Hat\n")

    with (
        pytest.raises(MappingError, match=r"map.yaml:\d+: there is no"),
        packages.find(str(made.folder)).adapter(),
    ):
        pass
