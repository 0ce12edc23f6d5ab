"""Loading a mapping: every fault is met at once, with file, line and what would be right."""

import pytest

from mappings.caf.identifiers import Scheme
from mappings.errors import MappingError
from mappings.fhir_r4.generated import Patient
from mappings.language.loading import Format, parse
from mappings.language.shapes import of_paths, of_struct
from mappings.language.trees import FHIRPATH

SHAPE = of_paths(
    ["Surname", "Forename", "Sex", "Phones/Phone*/No", "Phones/Phone*/Kind", "Years/Year*/Mark*"]
)
HEAD = "mapping: test\ndescribes: a test\n"


def _load(text, edition=None):
    return parse(HEAD + text, "test.yaml", Format(SHAPE, edition))


ROW = "rows:\n  - "
ITEM = "items:\n  - item: child/contacts\n    each: Phones/Phone\n    rows:\n      - "
NAME = "items:\n  - item: child/names\n    rows:\n      - "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            ROW + "{caf: child/birth/born, theirs: Surname}",
            "test.yaml:4: there is no field `born` of Birth, did you mean `born_on`",
            id="a field that the CAF does not have",
        ),
        pytest.param(
            ROW + "{caf: child/berth/born_on, theirs: Surname}",
            "test.yaml:4: the CAF has no `child/berth`, did you mean `child/birth`",
            id="an element that the CAF does not have",
        ),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: Names/Surname}",
            "test.yaml:4: there is no `Names`, did you mean `Surname`",
            id="a path that the format does not have",
        ),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: Phones/Phone/No}",
            "test.yaml:4: `Phones/Phone` repeats: choose one, `Phone[1]`, or take each",
            id="one of many",
        ),
        pytest.param(
            ROW + '{caf: child/religion/text, theirs: "Surname[1]"}',
            "test.yaml:4: `Surname` does not repeat: take it as it is",
            id="the first of one",
        ),
        pytest.param(
            ROW + '{caf: child/religion/text, theirs: "Phones/Phone[Type=H]/No"}',
            "test.yaml:4: there is no `Phones/Phone/Type`, did you mean `Phones/Phone/No`",
            id="a choice by what is not there",
        ),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: Surname, via: txt}",
            "test.yaml:4: there is no value function `txt`, did you mean `text`",
            id="a function that nobody registered",
        ),
        pytest.param(
            ROW + '{caf: child/sex/codes, theirs: Sex, via: "code:sexes"}',
            "there is no code table `sexes`",
            id="a code table that there is not",
        ),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: [Surname, Forename]}",
            "test.yaml:4: `text` takes 1 of theirs",
            id="too many leaves",
        ),
        pytest.param(
            NAME + "{caf: [text, family], theirs: Surname}",
            "test.yaml:6: `text` gives 1 of the CAF's",
            id="too many fields",
        ),
        pytest.param(
            ROW + "{theirs: Surname}",
            "test.yaml:4: a row without `caf` has one path, and says in `lossy` why",
            id="lost for no reason",
        ),
        pytest.param(
            ROW + "{caf: [child/names/text, child/names/family], theirs: Surname}",
            "test.yaml:4: several fields need an item: declare one",
            id="an item in one row",
        ),
        pytest.param(
            ROW + "{caf: child/names/family, theirs: Surname}",
            "test.yaml:4: nothing gives `text`, which the item cannot be without",
            id="a part of a name",
        ),
        pytest.param(
            "rows:\n  - {caf: child/names/text, theirs: Surname}\n"
            "  - {caf: child/religion/text, theirs: Surname}",
            "test.yaml:5: the row at `test.yaml:4` writes there, too",
            id="two rows that write to one place",
        ),
        pytest.param(
            ROW + '{caf: "child/names[use=often]/text", theirs: Surname}',
            "test.yaml:4: `use` cannot be that",
            id="a selector that is no word of the list",
        ),
        pytest.param(
            ROW + '{caf: "child/names[text=x]/text", theirs: Surname}',
            "test.yaml:4: `text` is set on every item: no row can give it",
            id="a row for what is fixed",
        ),
        pytest.param(
            ITEM + "{caf: value, theirs: Number}",
            "test.yaml:7: there is no `Number`",
            id="a path that an element does not have",
        ),
        pytest.param(
            "items:\n  - {item: child/contacts, each: Phones, rows: []}",
            "test.yaml:4: `each` has to end where something repeats, through two lists at most",
            id="each of one",
        ),
        pytest.param(
            "items:\n  - {item: child/contacts, each: Phone, rows: []}",
            "test.yaml:4: there is no `Phone`, did you mean `Phones/Phone`",
            id="each of nothing",
        ),
        pytest.param("rows: {}", "test.yaml:3: expected `array`, got `object`", id="no list"),
        pytest.param(
            ROW + "{their: Surname}",
            "test.yaml:4: object contains unknown field `their`",
            id="key",
        ),
        pytest.param(
            ROW + "{theirs: Surname, lossy: x, lossy: y}", "test.yaml:4: not valid YAML", id="twice"
        ),
        pytest.param("rows: [", "test.yaml:3: not valid YAML", id="no YAML"),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: 'Sur name'}",
            "test.yaml:4: `Sur name` is not a path",
            id="no path",
        ),
        pytest.param(
            ROW + "{caf: child/religion/text, theirs: Surname, also: {Forename: Name}}",
            "test.yaml:4: `also` has to name what stands in `theirs`",
            id="elsewhere of something else",
        ),
        pytest.param(
            NAME + "{theirs: Surname, lossy: x}",
            "test.yaml:4: an item needs a row with `caf`",
            id="an item of nothing",
        ),
    ],
)
def test_a_fault_is_met_at_load_with_its_place_and_what_would_be_right(text, said):
    with pytest.raises(MappingError) as refused:
        _load(text)

    assert str(refused.value) == said


def test_rows_of_other_editions_are_left_out():
    text = "rows:\n  - {caf: child/religion/text, theirs: Surname, since: 25}\n"

    assert len(_load(text, 25).parts) == 1
    assert _load(text, 24).parts == ()


def test_a_table_that_lacks_a_code_of_the_formats_list_is_refused():
    shape = of_struct(Patient)
    text = HEAD + 'rows:\n  - {caf: child/sex/codes, theirs: gender, via: "code:sex"}'

    with pytest.raises(MappingError, match="the code table `sex` lacks `female`"):
        parse(text, "test.yaml", Format(_closed(shape, "gender", {"female", "M", "F"})))


def _closed(shape, name, codes):
    children = dict(shape.children)
    children[name] = type(shape)(codes=frozenset(codes))
    return type(shape)(children=children)


def test_fhir_is_mapped_by_the_structs_that_are_generated_from_its_definitions():
    mapping = parse(
        HEAD
        + """
rows:
  - {caf: child/birth/born_on, theirs: birthDate, via: iso_date}
items:
  - item: child/identifiers[scheme=nhs-number]
    rows:
      - caf: [value, is_valid]
        theirs: "identifier[system=https://fhir.nhs.uk/Id/nhs-number]/value"
        via: nhs_number
  - item: child/addresses
    each: address
    rows:
      - {caf: lines, theirs: line}
      - {caf: postcode, theirs: postalCode}
""",
        "patient.yaml",
        Format(of_struct(Patient), places=FHIRPATH),
    )
    patient = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:local", "value": "7"},
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        ],
        "birthDate": "2018-05-01",
        "address": [{"line": ["1 Weir View", "Little Marsh"], "postalCode": "ZZ99 3CZ"}],
    }
    read = mapping.read(patient, at="Patient").assessment

    (identifier,) = read.child.identifiers
    assert identifier.scheme == Scheme.NHS_NUMBER
    assert read.child.addresses[0].lines == ("1 Weir View", "Little Marsh")
    assert mapping.write(read, patient, at="Patient") == patient
    assert mapping.write(read) == {
        name: [patient[name][1]] if name == "identifier" else patient[name]
        for name in ("birthDate", "identifier", "address")
    }
    places = {leaf.place: leaf.fate.value for leaf in mapping.account(patient, at="Patient").leaves}
    assert places["Patient.identifier[1].value"] == "kept"
    assert places["Patient.identifier[0].value"] == "unmapped"
    assert places["Patient.address[0].line[1]"] == "kept"
