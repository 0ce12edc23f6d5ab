from pathlib import Path

import pytest

from mappings.caf.items import Person, Reduction
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.reductions import NOTHING, SHIPPED, Reductions
from policies.vocabulary import Agency, Category, Outcome

REDUCTIONS = Reductions.load()


def test_every_category_that_a_rule_reduces_has_a_reduced_form() -> None:
    for category in (
        Category.FAMILY,
        Category.THIRD_PARTY,
        Category.SIBLING,
        Category.DOMESTIC_ABUSE,
        Category.POLICE_INCIDENT,
        Category.MENTAL_HEALTH,
        Category.SOCIAL_CARE,
        Category.PARENTING,
    ):
        assert REDUCTIONS.for_(category, Agency.SCHOOL) != NOTHING
    assert any(
        clause.effect == Outcome.REDACT
        for rule in Bundle.load().law.rules
        for clause in rule.clauses
    )


def test_a_school_sees_impact_and_support_where_others_see_coded_values() -> None:
    school = REDUCTIONS.for_(Category.MENTAL_HEALTH, Agency.SCHOOL)
    police = REDUCTIONS.for_(Category.MENTAL_HEALTH, Agency.POLICE)

    assert school.code_systems == {
        "https://caf-gateway.example/fhir/CodeSystem/level-of-need",
        "https://caf-gateway.example/fhir/CodeSystem/kind-of-help",
    }
    assert police.code_systems is None
    assert "diagnosis" in REDUCTIONS.reads(Category.MENTAL_HEALTH, Agency.SCHOOL)


def test_the_family_of_an_adopted_child_keeps_relationships_and_no_names() -> None:
    reduction = REDUCTIONS.for_(Category.FAMILY, Agency.HOSPITAL)

    assert reduction.keep_relationship
    assert Person(name="Example Person").reduced(reduction) is None


def test_a_category_without_a_row_is_reduced_to_nothing() -> None:
    assert (
        REDUCTIONS.for_(Category.POLICE_INTEL, None)
        == NOTHING
        == Reduction(keep_summary=False, code_systems=frozenset(), keep_relationship=False)
    )


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param("category: sibling", "category: siblings", "did you mean `sib", id="category"),
        pytest.param(
            "[level-of-need, kind-of-help]",
            "[level-of-needs]",
            "unknown code system, did you",
            id="system",
        ),
        pytest.param("housing, voluntary]", "landlord]", "unknown recipient", id="recipient"),
    ],
)
def test_reductions_are_refused_for(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    text = SHIPPED.read_text()
    assert before in text
    path = tmp_path / "reductions.yaml"
    path.write_text(text.replace(before, after, 1))

    with pytest.raises(DocumentError) as refusal:
        Reductions.load(path)

    assert complaint in str(refusal.value)
