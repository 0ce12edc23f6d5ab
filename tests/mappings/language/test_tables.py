"""Code tables: strict where they are loaded, and FHIR ConceptMaps where they are published."""

import pytest
from fhir.resources.R4B.conceptmap import ConceptMap

from mappings.errors import CodeTableError
from mappings.language.tables import coded, parse, table, tables

FACTS = {
    "name": "shoes",
    "title": "Shoes",
    "source_system": "urn:theirs",
    "target_system": "urn:ours",
    "same_as": "",
    "open": "",
    "loss": "",
}
HEAD = "source,target,display,note,version,licence\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("code,target\n", "shoes.csv:1: the columns have to be", id="other columns"),
        pytest.param(HEAD, "shoes.csv:1: there is no code", id="no code"),
        pytest.param(HEAD + "a,1,A,,v1\n", "shoes.csv:2: as many values", id="a value too few"),
        pytest.param(HEAD + "a,1,A,,v1,\n", "shoes.csv:2: `licence` is empty", id="no licence"),
        pytest.param(
            HEAD + "a,1,A,,v1,OGL\na,2,A,,v1,OGL\n",
            "shoes.csv:3: the code stands twice",
            id="twice",
        ),
        pytest.param(
            HEAD + "a,1,A,,v1,OGL\nb,1,B,,v1,OGL\n",
            "shoes.csv:3: not one-to-one: say in the index what is lost",
            id="two for one",
        ),
        pytest.param(
            HEAD + "a,,A,,v1,OGL\n",
            "shoes.csv:2: not one-to-one: say in the index what is lost",
            id="none for one",
        ),
    ],
)
def test_a_table_that_breaks_the_rules_is_refused_with_its_line(text, said):
    with pytest.raises(CodeTableError) as refused:
        parse(text, FACTS)

    assert str(refused.value).startswith(said)


def test_a_table_that_says_what_is_lost_keeps_the_agencys_code_beside_ours():
    lossy = parse(
        HEAD + "a,1,A,,v1,OGL\nb,1,B,,v1,OGL\nc,,C,,v1,OGL\n", {**FACTS, "loss": "a and b are one"}
    )
    function = coded(lossy, None, is_many=True)

    for code in "abc":
        assert function.write(function.read(code)) == code
    assert [one.code for one in function.read("b")] == ["1", "b"]
    assert function.write(function.read("b")[:1]) == "a"


@pytest.mark.parametrize("name", [name for name, found in tables().items() if found.rows])
def test_every_table_is_a_concept_map_that_fhir_accepts(name):
    published = ConceptMap.model_validate(table(name).concept_map())

    assert len(published.group[0].element) == len(table(name).rows)


def test_codes_that_share_a_counterpart_are_wider_and_those_without_unmatched():
    lossy = parse(
        HEAD + "a,1,A,,v1,OGL\nb,1,B,,v1,OGL\nc,,C,,v1,OGL\nd,2,D,,v1,OGL\n",
        {**FACTS, "loss": "a and b are one"},
    )
    (group,) = lossy.concept_map()["group"]

    assert [one["target"][0]["equivalence"] for one in group["element"]] == [
        "wider",
        "wider",
        "unmatched",
        "equivalent",
    ]
