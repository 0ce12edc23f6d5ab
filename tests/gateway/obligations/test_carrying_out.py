"""Obligations carried out: whatever is decided, each has an effect that can be found."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_facts import DAY, ORDINARY, all_facts
from policy_facts import replace as facts_with

from adapters.contract import Payload
from audit.parts import Part
from gateway.casefile import CaseFile, Question, Registered
from gateway.decision_entries import disclosed, refused
from gateway.disclosing import Obstacle, release
from gateway.entries import Act
from gateway.obligations.carrying_out import HANDLERS, carried_out, require_handlers
from gateway.obligations.duties import about_duties
from gateway.registers import Organisation, Registers, Service
from gateway.rulebook import Judgements, Rulebook, Verdict
from mappings.caf.assessment import Assessment, Development
from mappings.caf.items import Statement
from mappings.caf.view import survey
from policies.agreements import AgreementFacts, Agreements, Term
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.obligations import After, Effect, shipped
from policies.reductions import Reductions
from policies.vocabulary import AgreementState, Category, Obligation

NOW = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)
TABLE = shipped()
BUNDLE, REDUCTIONS = Bundle.load(), Reductions.load()
HOLDER = Service(id="h", organisation="ods:X9A01", type="community_health", name="Health visiting")
RECIPIENT = Service(id="r", organisation="la:999", type="la_early_help", name="Early help")
ORGANISATIONS = [Organisation(id=one, name=one) for one in ("ods:X9A01", "la:999")]
EVERYTHING = survey(
    Assessment(
        development=Development(
            self_care=tuple(
                Statement(id=one, text=f"about {one}", summary="in short", labels=(one,))
                for one in Category
            )
        )
    )
)


class Given(Rulebook):
    """A rulebook for one case whose facts are given, under an agreement with these terms."""

    def __init__(self, facts, terms=frozenset(), retention_days=365) -> None:
        registers = Registers.of([*ORGANISATIONS, HOLDER, RECIPIENT])
        super().__init__(registers, Agreements.of(), BUNDLE, REDUCTIONS)
        self.facts = facts
        self.terms = AgreementFacts(
            agreement=AgreementState.ACTIVE, obligations=terms, retention_days=retention_days
        )

    def decide(self, question, case):
        def decide_on(categories):
            return BUNDLE.decide(self.facts, categories, as_of=DAY)

        judgements = Judgements(self.facts, decide_on(frozenset(Category)), self._manner, decide_on)
        known = Registered(DAY, self.facts.plain(), self.terms)
        return Verdict(question, judgements, known, case, self.registers, BUNDLE.digest)


def released_under(rulebook, *, recipient=RECIPIENT, says=True, break_glass=False):
    """Return what is released of an assessment that holds something of each category."""
    question = Question(
        holder=HOLDER,
        recipient=recipient,
        purpose=rulebook.facts.purpose,
        asked_at=NOW,
        break_glass=break_glass,
    )
    decided = release(question, EVERYTHING, CaseFile(child_id="c", version=0), rulebook)
    return carried_out(decided, TABLE, can_say_what_binds=says)


def recorded(released):
    """Return what the log says of it to its holder."""
    if released.is_anything:
        view = released.view_at(NOW)
        payload = Payload(b"{}", "application/json")
        entry = disclosed(released, payload, bytes, Act(), child_id="c", message_id="m", view=view)
    else:
        entry = refused(released, bytes, Act(), child_id="c")
    return entry.detail.open(Part.GATEWAY).fields()


def _is_moot(execution, released):
    """Whether there is nothing to do about it, since nothing was released."""
    return execution.after is After.RELEASE and not released.shown


terms = st.frozensets(st.sampled_from(Term))


@settings(max_examples=150, deadline=None)
@given(all_facts, terms, st.booleans())
def test_each_obligation_of_any_decision_has_an_effect_that_can_be_found(facts, agreed, says):
    released = released_under(Given(facts, agreed), says=says)
    entry = recorded(released)
    asked = {task.subject.obligation: task for task in about_duties(released, "a1")}
    view = released.view_at(NOW)

    assert set(released.obligations) <= set(entry["obligations"])
    for owed in (*released.obligations, *(agreed if released.is_anything else ())):
        execution = TABLE[owed]
        for effect in execution.effects:
            is_found = {
                Effect.ENTRY: "rules" in entry and "outcomes" in entry,
                Effect.MARK: execution.mark in view.marks or not released.is_anything,
                Effect.EXPIRY: view.expires_on == DAY + timedelta(days=365),
                Effect.TASK: owed in asked or _is_moot(execution, released),
                Effect.HOLD: not released.is_anything,
            }[effect]
            assert is_found, (owed, effect)


@settings(max_examples=100, deadline=None)
@given(all_facts, terms)
def test_a_task_has_an_owner_who_holds_an_office_and_a_due_time(facts, agreed):
    for task in about_duties(released_under(Given(facts, agreed)), "a1"):
        assert task.owner_role
        assert task.due_at > NOW
        assert task.subject.question
        assert task.subject.escalation


@settings(max_examples=100, deadline=None)
@given(all_facts, terms)
def test_what_binds_is_never_released_in_a_format_that_cannot_say_it(facts, agreed):
    released = released_under(Given(facts, agreed), says=False)

    assert not (released.is_anything and released.view_at(NOW).is_bound)


@settings(max_examples=100, deadline=None)
@given(all_facts)
def test_carrying_out_never_releases_more(facts):
    question = Question(holder=HOLDER, recipient=RECIPIENT, purpose=facts.purpose, asked_at=NOW)
    before = release(question, EVERYTHING, CaseFile(child_id="c", version=0), Given(facts))
    after = carried_out(before, TABLE, can_say_what_binds=True)

    assert after.view.content in (before.view.content, Assessment())


DUTY = facts_with(ORDINARY, parent_consent="refused", judgement="made", detriment="no")


@pytest.mark.parametrize(
    ("safe", "marks", "owed"),
    [
        ("yes", (), "inform_family"),
        ("no", ("do-not-inform-family",), None),
        ("unknown", ("ask-before-informing-family",), "advice_before_informing"),
    ],
)
def test_whether_the_family_is_told_follows_from_whether_that_is_safe(safe, marks, owed):
    released = released_under(Given(facts_with(DUTY, notify_safe=safe)))

    assert released.is_anything
    assert released.view.marks == marks
    asked = [task.subject.obligation for task in about_duties(released, "a1")]
    assert asked == ([] if owed is None else [owed])


def test_the_words_for_the_family_name_what_was_shared_and_nothing_confidential():
    (task,) = about_duties(released_under(Given(DUTY)), "a1")

    assert task.owner_role == "lead_professional"
    assert "Health visiting shared with Early help: " in task.subject.says
    assert "Where the child lives" in task.subject.says
    for confidential in (
        "Mental health",
        "Police intelligence",
        "Adoption",
        "Another person",
        "Sexual",
    ):
        assert confidential not in task.subject.says


OUT = facts_with(ORDINARY, area="out")


def test_a_recipient_outside_the_area_waits_until_a_person_has_verified_it():
    released = released_under(Given(OUT))

    assert (released.is_anything, released.obstacle) == (False, Obstacle.UNVERIFIED)
    assert released.view.content == Assessment()
    assert "sent" not in {row.outcome for row in released.outcomes}
    assert "waits until a person has verified the recipient" in released.outcomes[0].sentence
    (task,) = about_duties(released, "a1")
    assert task.subject.obligation == Obligation.VERIFY_RECIPIENT
    assert recorded(released)["reason"] == "recipient-not-verified"


@pytest.mark.parametrize(
    ("until", "is_sent"), [(DAY, True), (date(2026, 11, 1), False), (None, False)]
)
def test_a_verification_holds_to_its_last_day(until, is_sent):
    recipient = Service(
        **{name: getattr(RECIPIENT, name) for name in RECIPIENT.__struct_fields__}
        | {"verified_until": until}
    )

    assert released_under(Given(OUT), recipient=recipient).is_anything is is_sent


def test_an_emergency_does_not_wait_for_the_verification_which_is_made_at_once_after():
    facts = facts_with(OUT, risk="immediate", purpose="s47", s47_open=True, recipient="police")
    released = released_under(Given(facts), break_glass=True)

    assert released.is_anything
    (verify,) = (
        task
        for task in about_duties(released, "a1")
        if task.subject.obligation == Obligation.VERIFY_RECIPIENT
    )
    assert verify.due_at - NOW == timedelta(hours=1)
    assert verify.subject.is_urgent


def test_an_agreement_that_names_no_last_day_cannot_be_kept_and_releases_nothing():
    rulebook = Given(ORDINARY, frozenset({Term.EXPIRY}), retention_days=None)
    released = released_under(rulebook)

    assert (released.is_anything, released.obstacle) == (False, Obstacle.UNMARKABLE)
    (task,) = about_duties(released, "a1")
    assert task.owner_role == "gateway_administrator"


def test_a_day_of_destruction_is_that_of_the_writing_whenever_it_is_decided_again():
    released = released_under(Given(ORDINARY, frozenset({Term.EXPIRY}), retention_days=30))
    later = replace(released, question=replace(released.question, asked_at=NOW + timedelta(days=3)))

    assert released.view_at(NOW) == later.view_at(NOW)
    assert released.view_at(NOW).expires_on == DAY + timedelta(days=30)


def test_an_effect_that_nothing_has_refuses_to_start(monkeypatch):
    left = {effect: HANDLERS[effect] for effect in HANDLERS if effect is not Effect.HOLD}
    monkeypatch.setattr("gateway.obligations.carrying_out.HANDLERS", left)

    with pytest.raises(DocumentError, match="nothing carries out `verify_recipient` by `hold`"):
        require_handlers(TABLE)
