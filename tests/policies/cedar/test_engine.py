"""The published law decides as the tables do, and an error of Cedar's is never a permit."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from policy_facts import DAY, ORDINARY, random_facts, replace
from shared_data import shared

from policies.attributes import FACTS, Facts, categories_of
from policies.cedar.answers import Case, Failed, Published
from policies.cedar.engine import CedarBundle
from policies.cedar.law import law_policies
from policies.cedar.questions import Question, entities_of
from policies.cedar.schema import BREAK_GLASS, DISCLOSE, OWE
from policies.corpus import Corpus
from policies.decision import NOT_RECORDED, Bundle, Decision
from policies.documents import load
from policies.errors import DocumentError, VocabularyError
from policies.rules import shipped
from policies.vocabulary import ALL_CATEGORIES, Category, Obligation, Outcome

OURS = Path(__file__).parents[1] / "corpus.yaml"
TABLES = Bundle.load()
PUBLISHED = law_policies(shipped())
CEDAR = CedarBundle.of(shipped())
CATEGORIES = tuple(Category)


def answered(decision: Decision) -> object:
    rulings = {each: (ruling.outcome, ruling.rules) for each, ruling in decision.rulings.items()}
    return rulings, decision.obligations, decision.failed


def differing(questions: Sequence[Question], cedar: CedarBundle = CEDAR) -> list[Question]:
    """Return the questions that Cedar answers otherwise than the tables."""
    return [
        question
        for question, decision in zip(questions, cedar.decide_all(questions), strict=True)
        if answered(decision)
        != answered(TABLES.decide_anew(question.facts, question.categories, as_of=question.as_of))
    ]


def random_questions(number: int, *, seed: int, asked: int, unrecorded: int = 0) -> list[Question]:
    """Return random questions, each about some categories, all categories equally often."""
    chance = random.Random(seed)  # noqa: S311 - to draw examples
    return [
        Question(
            replace(
                random_facts(chance),
                **dict.fromkeys(chance.sample(sorted(FACTS), chance.randint(0, unrecorded))),
            ),
            frozenset(CATEGORIES[(at + step * 7) % len(CATEGORIES)] for step in range(asked)),
            DAY,
        )
        for at in range(number)
    ]


def scenarios(path: Path) -> list[Question]:
    """Return the scenarios of a corpus as questions about the categories that they expect."""
    corpus = load(path, Corpus)
    return [
        Question(
            Facts.parse({**corpus.defaults, **each.facts}),
            categories_of(name for names in each.expect.values() for name in names),
            corpus.as_of or TABLES.law.begins,
        )
        for each in corpus.scenarios
    ]


@pytest.mark.parametrize("corpus", ["ours", "shared"])
def test_cedar_and_the_tables_agree_on_every_scenario(corpus: str) -> None:
    questions = scenarios(OURS if corpus == "ours" else shared("policy/scenarios.yaml"))

    assert len(questions) > 70
    assert differing(questions) == []


def test_cedar_and_the_tables_agree_on_3000_random_vectors_of_facts() -> None:
    assert differing(random_questions(3_000, seed=4, asked=4)) == []


def test_cedar_and_the_tables_agree_where_facts_are_not_recorded() -> None:
    questions = random_questions(200, seed=5, asked=3, unrecorded=3)

    assert differing(questions) == []
    decided = [ruling for each in CEDAR.decide_all(questions) for ruling in each.rulings.values()]
    assert any(ruling.rules == (NOT_RECORDED,) and ruling.missing for ruling in decided)
    assert any(len(ruling.rules) > 1 for ruling in decided)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_cedar_and_the_tables_agree_on_100000_random_vectors_of_facts() -> None:
    for seed in range(100):
        unrecorded = 2 if seed % 10 == 0 else 0
        assert differing(random_questions(1_000, seed=seed, asked=4, unrecorded=unrecorded)) == []


def altered(before: str, after: str) -> CedarBundle:
    assert PUBLISHED.count(before) >= 1
    return CedarBundle(PUBLISHED.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('!principal.clearance.contains(Clearance::"shield")', "true", id="overlay"),
        pytest.param("principal.age >= 16", "principal.age >= 15", id="age"),
        pytest.param('@obligation("verify_recipient")', '@obligation("alert_ig")', id="owed"),
        pytest.param('@order("52")', '@order("252")', id="order"),
        pytest.param("!principal.on_team", "principal.on_team", id="negation"),
    ],
)
def test_an_altered_policy_is_noticed(before: str, after: str) -> None:
    assert differing(scenarios(OURS), altered(before, after))


def test_an_answer_that_does_not_hold_together_is_referred_with_an_alarm() -> None:
    permissive = altered('@outcome("deny")\n@source("Caldicott principle 4")', '@outcome("permit")')

    decision = permissive.decide(replace(ORDINARY, role="admin"), ["sen"], as_of=DAY)

    assert decision.rulings[Category.SEN].outcome is Outcome.REFER
    assert decision.failed == {"E2"}
    assert {Obligation.ALERT_IG, Obligation.RECORD_REASON} <= decision.obligations


def test_a_policy_in_error_refers_whatever_else_permits() -> None:
    overflowing = "principal.age + 9223372036854775807 > 0 && !principal.on_team"
    failing = altered("!principal.on_team", overflowing)

    decision = failing.decide(ORDINARY, ["sen"], as_of=DAY)

    assert TABLES.decide(ORDINARY, ["sen"], as_of=DAY).rulings[Category.SEN].outcome == "permit"
    assert decision.rulings[Category.SEN].outcome is Outcome.REFER
    assert decision.failed == {"E3"}
    assert Obligation.ALERT_IG in decision.obligations


def test_a_rule_set_that_settles_nothing_refers() -> None:
    silent = CedarBundle(PUBLISHED[PUBLISHED.index('@id("104-H2")') :])

    decision = silent.decide(ORDINARY, ["sen"], as_of=DAY)

    assert decision.rulings[Category.SEN].outcome is Outcome.REFER
    assert decision.failed == {"unsettled"}


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_a_fact_that_is_not_recorded_never_opens_what_its_values_would_not(fact: str) -> None:
    facts = replace(ORDINARY, **{fact: None})

    decision = CEDAR.decide(facts, ALL_CATEGORIES, as_of=DAY)

    assert answered(decision) == answered(TABLES.decide_anew(facts, ALL_CATEGORIES, as_of=DAY))
    assert not decision.failed


def test_nothing_recorded_goes_to_a_person_in_bounded_time() -> None:
    decision = CEDAR.decide(Facts(), [Category.SEN], as_of=DAY)

    ruling = decision.rulings[Category.SEN]
    assert (ruling.outcome, ruling.rules) == (Outcome.REFER, (NOT_RECORDED,))
    assert "risk" in ruling.missing or "identity_verified" in ruling.missing


def test_past_the_limit_of_ways_a_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = replace(ORDINARY, area=None)
    assert CEDAR.decide(facts, ["sen"], as_of=DAY).rulings[Category.SEN].rules == ("E17",)

    monkeypatch.setattr("policies.cedar.findings.MAX_WAYS", 1)
    decision = CEDAR.decide(facts, ["sen"], as_of=DAY)

    ruling = decision.rulings[Category.SEN]
    assert (ruling.outcome, ruling.rules) == (Outcome.REFER, (NOT_RECORDED,))
    assert Obligation.RECORD_REASON in decision.obligations


@pytest.mark.parametrize("action", [BREAK_GLASS, OWE])
def test_a_question_without_its_context_is_no_answer(action: str) -> None:
    asked = entities_of([Question(replace(ORDINARY, break_glass=True), frozenset(), DAY)])

    [answer] = Published(PUBLISHED).ask(action, [Case("0", Category.SEN)], asked)

    assert not answer.allowed or action == OWE
    assert isinstance(answer.owed(), Failed)


def test_a_question_that_is_not_there_is_no_answer() -> None:
    [answer] = Published(PUBLISHED).ask(DISCLOSE, [Case("0", Category.SEN)], entities_of([]))

    assert isinstance(answer.governing(), Failed)


def test_the_least_question_gives_the_same_outcomes_and_rules() -> None:
    for question in random_questions(40, seed=7, asked=25):
        facts = replace(question.facts, break_glass=False)
        told = CEDAR.settle(facts, question.categories, as_of=DAY)

        rulings = TABLES.decide_anew(facts, question.categories, as_of=DAY).rulings
        assert told == {each: (it.outcome, *it.rules) for each, it in rulings.items()}


def test_words_outside_the_vocabulary_are_refused() -> None:
    with pytest.raises(VocabularyError, match="unknown category, did you mean `address`"):
        CEDAR.decide(ORDINARY, ["adress"], as_of=DAY)
    with pytest.raises(VocabularyError, match="`risk` has a value outside the vocabulary"):
        CEDAR.decide(replace(ORDINARY, risk="high"), ["sen"], as_of=DAY)
    with pytest.raises(VocabularyError, match="`shielded` has a value outside the vocabulary"):
        CEDAR.decide(replace(ORDINARY, shielded="no"), ["sen"], as_of=DAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("principal.shielded", "principal.shelded", id="a fact that is not"),
        pytest.param('Role::"admin"', 'Role::"adm"', id="a word that is not"),
        pytest.param('@order("1")\n', "", id="no order"),
        pytest.param('@outcome("deny")', "", id="no outcome"),
        pytest.param('@outcome("deny")', '@outcome("dney")', id="no such outcome"),
        pytest.param('@obligation("alert_ig")', "", id="no obligation"),
        pytest.param('@id("002-A2")', '@id("001-A1")', id="the same name twice"),
        pytest.param("forbid (", "forbid ((", id="no Cedar"),
    ],
)
def test_policies_that_do_not_hold_together_are_refused(before: str, after: str) -> None:
    with pytest.raises(DocumentError, match="published polic"):
        altered(before, after)
