from pathlib import Path

import pytest
from hypothesis import given
from policy_facts import DAY, ORDINARY, all_facts, replace

from policies.decision import Bundle, Ruling
from policies.errors import DocumentError
from policies.sentences import asker_sentence, sentence
from policies.vocabulary import ALL_CATEGORIES, Category, Outcome
from policies.wording import SHIPPED, Wording

BUNDLE = Bundle.load()


def told(facts, category: Category) -> str:
    ruling = BUNDLE.decide(facts, [category], as_of=DAY).rulings[category]
    return sentence(category, ruling, facts)


@pytest.mark.parametrize(
    ("category", "changes", "expected"),
    [
        pytest.param(
            Category.CAF_NEEDS,
            {},
            "Needs and strengths: shared, because agreed with the family, or the ordinary course "
            "of this work, under the sharing agreement (E17)",
            id="shared",
        ),
        pytest.param(
            Category.MENTAL_HEALTH,
            {"recipient": "school"},
            "Mental health: reduced to impact and support as the author summed it up, without "
            "diagnosis or notes, because outside health and social care, impact and support are "
            "enough (G6)",
            id="reduced",
        ),
        pytest.param(
            Category.IDENTITY,
            {"training": None},
            "Who the child is: waiting for a person, because what is not recorded would decide it: "
            "Is the recipient's training for information sharing current? (U)",
            id="not recorded",
        ),
    ],
)
def test_a_ruling_reads(category: Category, changes: dict[str, object], expected: str) -> None:
    assert told(replace(ORDINARY, **changes), category) == expected


def test_too_little_recorded_and_a_failed_rule_have_words_too() -> None:
    assert "too little is recorded" in sentence(
        Category.SEN, Ruling(Outcome.REFER, ("U",)), ORDINARY
    )
    assert "an alarm was raised" in sentence(
        Category.SEN, Ruling(Outcome.REFER, ("unsettled",)), ORDINARY
    )


@given(all_facts)
def test_every_ruling_can_be_told(facts) -> None:
    for category, ruling in BUNDLE.decide(facts, ALL_CATEGORIES, as_of=DAY).rulings.items():
        text = sentence(category, ruling, facts)
        assert text.endswith(f"({', '.join(ruling.rules)})")
        assert "an alarm was raised" not in text


def test_an_asker_is_told_one_thing_whatever_the_reason() -> None:
    assert asker_sentence() == "Not held, or not available to you."


def test_words_for_some_categories_only_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wording.yaml"
    path.write_text(SHIPPED.read_text().replace("  sen: Special educational needs\n", ""))

    with pytest.raises(DocumentError, match="every category"):
        Wording.load(path)
