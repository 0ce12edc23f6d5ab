"""The table of obligations: each is carried out somehow, or the gateway does not start."""

from pathlib import Path

import pytest

from policies.agreements import Term
from policies.errors import DocumentError
from policies.obligations import SHIPPED, Effect, Obligations, shipped
from policies.vocabulary import Obligation


@pytest.mark.parametrize("owed", [*Obligation, *Term])
def test_each_obligation_and_each_term_is_carried_out_somehow(owed: Obligation | Term) -> None:
    assert shipped()[owed].effects


def test_what_a_person_does_has_an_owner_and_a_due_time() -> None:
    for execution in shipped():
        is_for_a_person = bool({Effect.TASK, Effect.HOLD} & set(execution.effects))
        assert is_for_a_person == (execution.task is not None), execution.owed


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param("- obligation: account", "- obligation: accounts", "`account`", id="misspelt"),
        pytest.param(
            "  - obligation: account\n    effects: [entry]\n",
            "",
            "nothing is done about `account`",
            id="an obligation without a row",
        ),
        pytest.param("- term: expiry", "- term: no_onward", "given twice", id="a term twice"),
        pytest.param(
            "mark: no-onward", "says: no-onward", "a mark needs its word", id="a mark without word"
        ),
        pytest.param("effects: [hold]", "effects: [entry]", "needs its `task`", id="a task unused"),
        pytest.param("effects: [expiry]", "effects: []", "length >= 1", id="no effect"),
        pytest.param(
            "- term: expiry",
            "- term: expiry\n    obligation: account",
            "about an `obligation` or a `term`",
            id="both",
        ),
        pytest.param(
            "owner: legal_officer", "owner: legal_officers", "legal_officer", id="nobody's"
        ),
        pytest.param("due_in_hours: 72", "due_in_hours: 0", ">= 1", id="due at once"),
    ],
)
def test_a_table_is_refused_for(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "obligations.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(DocumentError) as refusal:
        Obligations.load(path)

    assert complaint in str(refusal.value)
    assert str(path) in str(refusal.value)
