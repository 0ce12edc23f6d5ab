"""The published folder: the same bytes, read back and deciding the same, and closed to errors."""

import json
from pathlib import Path

import cedarpy
import pytest
from policy_facts import DAY, ORDINARY, replace

from policies.agreements import SHIPPED, Agreements
from policies.attributes import FACTS, Facts
from policies.cedar.publishing import publication, publish, read
from policies.cedar.questions import Question, entity_json
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.rules import shipped
from policies.vocabulary import ALL_CATEGORIES, Category, Outcome, Purpose

REGISTER = Agreements.of(SHIPPED)
TABLES = Bundle.load()
PUBLISHED = publication(shipped(), REGISTER)
LAW = cedarpy.PolicySet.from_str(PUBLISHED["law.cedar"])
LAW_AND_COMPLETE = LAW.with_added_str(PUBLISHED["complete.cedar"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(shipped(), REGISTER, tmp_path)
    return tmp_path


def test_what_says_the_same_is_published_as_the_same_bytes(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    before = [path.read_bytes() for path in files]

    assert sorted(publish(shipped(), Agreements([*REGISTER]), folder)) == files
    assert [path.read_bytes() for path in files] == before


def test_each_file_names_what_it_was_written_from(folder: Path) -> None:
    digest = next(iter(REGISTER)).digest

    assert shipped().digest in (folder / "law.cedar").read_text().splitlines()[0]
    assert digest in (folder / "agreements/little-marsh-early-help.cedar").read_text()
    assert {shipped().digest, digest} <= set((folder / "README.md").read_text().split("`"))


def test_the_published_folder_decides_the_same(folder: Path) -> None:
    law, agreements = read(folder)
    given = ("ods:X9A01", "la:999", Purpose.EARLY_HELP)
    answered = agreements.between(*given, as_of=DAY).recorded()
    facts = replace(ORDINARY, **answered)

    assert answered == REGISTER.between(*given, as_of=DAY).recorded()
    decision = law.decide(facts, ALL_CATEGORIES, as_of=DAY)
    expected = TABLES.decide_anew(facts, ALL_CATEGORIES, as_of=DAY)
    assert (dict(decision.rulings), decision.obligations) == (
        dict(expected.rulings),
        expected.obligations,
    )


def test_an_agreement_that_is_no_longer_published_is_removed(folder: Path) -> None:
    publish(shipped(), Agreements([]), folder)

    assert list((folder / "agreements").iterdir()) == []


def test_a_folder_without_published_policies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no published policies"):
        read(tmp_path)


def allowed(facts: Facts, *, complete: bool = True) -> set[str]:
    """Return what Cedar alone allows of everything published about the law, errors unread."""
    policies = LAW_AND_COMPLETE if complete else LAW
    entity = entity_json("0", Question(facts, ALL_CATEGORIES, DAY))
    requests = [
        {
            "principal": 'Question::"0"',
            "action": 'Action::"Disclose"',
            "resource": f'Category::"{category}"',
        }
        for category in Category
    ]
    results = cedarpy.is_authorized_batch(requests, policies, f"[{entity}]")
    return {each for each, result in zip(Category, results, strict=True) if result.allowed}


@pytest.mark.parametrize("changes", [{}, {"recipient": "school"}, {"risk": "immediate"}])
def test_cedar_alone_allows_what_the_law_permits(changes: dict[str, str]) -> None:
    facts = replace(ORDINARY, **changes)

    permitted = TABLES.decide_anew(facts, ALL_CATEGORIES, as_of=DAY).settled(Outcome.PERMIT)
    assert permitted
    assert allowed(facts) == permitted


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_cedar_alone_allows_nothing_while_a_fact_is_not_recorded(fact: str) -> None:
    assert allowed(replace(ORDINARY, **{fact: None})) == set()


def test_without_that_policy_cedar_would_fail_open() -> None:
    assert Category.ADDRESS in allowed(replace(ORDINARY, shielded=None), complete=False)


def test_a_question_that_lacks_a_fact_does_not_fit_the_schema() -> None:
    schema = PUBLISHED["law.cedarschema"]
    whole, partial = (
        f"[{entity_json('0', Question(facts, ALL_CATEGORIES, DAY))}]"
        for facts in (ORDINARY, replace(ORDINARY, shielded=None))
    )

    assert len(cedarpy.Entities.from_json_str(whole, schema)) > 0
    with pytest.raises(ValueError, match="does not conform"):
        cedarpy.Entities.from_json_str(partial, schema)


def test_the_schemas_fit_the_policies_published_with_them() -> None:
    files = PUBLISHED
    law = files["law.cedar"] + files["complete.cedar"]
    agreement = files["agreements/little-marsh-early-help.cedar"]

    assert cedarpy.validate_policies(law, files["law.cedarschema"]).errors == []
    assert cedarpy.validate_policies(agreement, files["agreements.cedarschema"]).errors == []


def test_every_rule_is_published_with_its_source_and_words() -> None:
    policies = json.loads(cedarpy.policies_to_json_str(PUBLISHED["law.cedar"]))[
        "staticPolicies"
    ].values()
    notes = [policy["annotations"] for policy in policies]

    assert {rule.id for rule in shipped().rules} == {note["rule"] for note in notes}
    assert {rule.source for rule in shipped().rules} == {note["source"] for note in notes}
    assert all(note["applies"] for note in notes)
    assert len({note["id"] for note in notes}) == len(notes)
