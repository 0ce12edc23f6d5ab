"""Trying a mapping on a file: the fate of each leaf, and what a recipient would get of it."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from adapters.contract import Outcome
from adapters.education.ctf import CTFAdapter
from gateway.cli.doing.mapping import releases
from gateway.errors import RequestError
from gateway.requests import ElementOutcome
from gateway.trying import Recipient, Trial, try_out
from mappings.fidelity import Fate
from policies.errors import VocabularyError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CTF = (Path(str(files("adapters.education"))) / "examples" / "ctf-25.xml").read_bytes()


def _tried(to=None):
    adapter = CTFAdapter()
    return try_out(adapter, CTF, adapter.media_types[0], NOW, to)


def _to(kind, **facts):
    return Recipient(type=kind, purpose="s47", holder="school", facts=facts)


def test_every_leaf_has_its_fate_and_nothing_of_a_release_where_none_is_asked_for():
    trial = _tried()
    (leaves,) = trial.leaves

    assert {one.fate for one in leaves} == {Fate.KEPT, Fate.CHANGED, Fate.LOST}
    assert all(one.release is None for one in leaves)
    assert "withheld" not in trial.counts()


def test_a_leaf_that_went_into_the_caf_says_what_a_recipient_would_get_and_why():
    trial = _tried(
        _to(
            "la_social_care",
            s47_open="true",
            risk="significant_harm",
            judgement="made",
            on_team="true",
        )
    )
    (leaves,) = trial.leaves
    mapped = [one for one in leaves if one.fate in {Fate.KEPT, Fate.CHANGED} and one.element]

    assert mapped
    assert all(one.release and one.why for one in mapped)
    assert any(one.release == "sent" for one in mapped)


def test_what_is_not_recorded_waits_for_a_person():
    trial = _tried(Recipient(type="housing", purpose="housing", holder="school", facts={}))

    assert trial.counts()["withheld"] > 0
    assert not any(one.release == "sent" for leaves in trial.leaves for one in leaves)


@pytest.mark.parametrize(
    "to",
    [
        Recipient(type="shop", purpose="s47", holder="school", facts={}),
        Recipient(type="school", purpose="fun", holder="school", facts={}),
        Recipient(type="school", purpose="s47", holder="shop", facts={}),
        Recipient(type="school", purpose="s47", holder="school", facts={"risk": "some"}),
    ],
)
def test_a_word_that_is_none_is_refused(to):
    with pytest.raises(VocabularyError):
        _tried(to)


@pytest.mark.parametrize("name", ["agreement", "age", "training", "child_consent"])
def test_a_fact_that_the_gateway_finds_itself_is_refused(name):
    value = {"agreement": "active", "age": "7", "training": "current", "child_consent": "given"}
    with pytest.raises(RequestError, match=f"`{name}` cannot be given"):
        _tried(_to("school", **{name: value[name]}))


def test_statements_of_one_element_that_differ_by_label_have_an_answer_each():
    outcomes = tuple(
        ElementOutcome(
            element="people.services", title="Services", outcome=one, rules=(), sentence=one
        )
        for one in ("sent", "withheld")
    )
    trial = Trial(Outcome.ACCEPT, (), (), (outcomes, outcomes))

    assert [row[1] for row in releases(trial)] == ["sent", "withheld"]


def test_each_element_that_is_decided_about_is_told():
    (outcomes,) = _tried(_to("voluntary")).releases

    assert {one.element for one in outcomes} >= {"people.services", "people.carers"}


def test_nothing_that_the_record_holds_is_in_the_account():
    trial = _tried(_to("police"))
    said = " ".join(
        f"{one.place} {one.note} {one.why}" for leaves in trial.leaves for one in leaves
    )

    assert "Sample" not in said
