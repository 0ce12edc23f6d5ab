"""What is phrased reads back as the same condition."""

import pytest

from policies.conditions import Condition, parse
from policies.phrasing import phrase
from policies.rules import shipped

LAW = shipped()
CONDITIONS = [
    *(each.condition for each in LAW.definitions.values()),
    *(rule.when for rule in LAW.rules),
    *(clause.condition for rule in LAW.rules for clause in rule.clauses),
    *(debt.condition for rule in LAW.rules for debt in rule.debts),
]


def test_every_condition_of_the_law_reads_back_as_it_was() -> None:
    assert len(CONDITIONS) > 100
    for condition in CONDITIONS:
        assert parse(phrase(condition), LAW.definitions) == condition


@pytest.mark.parametrize(
    "text",
    [
        "always",
        "shielded is false",
        "age is 16",
        "age in 3, 5",
        "age at most 15",
        "risk at least in_need",
        "risk in none, immediate",
        "recipient in health_agencies",
        "category in locating",
        "category not within refused",
        "outcome in deny, refer",
        "section is E",
        "overlay is redact",
        "clearance has shield",
        "not (shielded or adopted) and (on_team or not shielded)",
    ],
)
def test_text_in_its_plainest_form_comes_back_as_it_was(text: str) -> None:
    assert phrase(parse(text)) == text


def test_brackets_are_kept_where_they_matter() -> None:
    either: Condition = parse("shielded and adopted or on_team")
    both: Condition = parse("shielded and (adopted or on_team)")

    assert phrase(either) != phrase(both)
    assert (parse(phrase(either)), parse(phrase(both))) == (either, both)
