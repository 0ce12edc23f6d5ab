"""Consent as people record it: what it does to decisions, to what is queued, to who was told."""

import threading
from datetime import date

import pytest
from books import require_balanced
from msgspec.structs import replace
from worlds import CAMHS, EARLY_HELP, GP, SCHOOL, TEACHER, VISITOR, Kind, World

from audit.events import EntryType
from audit.parts import Part
from gateway.consenting.filing import record_statements
from gateway.consenting.recording import show, withdraw
from gateway.consents import facts_for
from gateway.errors import EntitlementError, RequestError, UnknownChildError
from gateway.registers import Practitioner
from gateway.tasks import Kind as TaskKind
from policies.errors import VocabularyError


def facts(world, child, service, purpose="early_help"):
    on = world.clock.now().date()
    recipient = world.gateway.office.service(service)
    return facts_for(world.case(child).consents, recipient, purpose, on)


def take_back(world, child, grantor, service=None, by=TEACHER):
    return withdraw(world.gateway.office, child, grantor, service, by)


@pytest.mark.parametrize("kind", Kind)
def test_a_withdrawal_names_what_was_delivered_and_tells_those_who_have_it(world, child, parent):
    done = take_back(world, child, parent)

    assert {one.recipient for one in done.already} == {EARLY_HELP, SCHOOL}
    world.dispatch()
    for service in (EARLY_HELP, SCHOOL):
        (notice,) = world.notices(service)
        assert notice["kind"] == "withdrawn"
        assert "respondBy" in notice
    assert len(world.gateway.office.archive.waiting(TaskKind.NOTICE)) == 2
    require_balanced(world)


def test_a_withdrawal_from_one_service_is_told_to_that_one(world, child, parent):
    done = take_back(world, child, parent, SCHOOL)
    world.dispatch()
    assert {one.recipient for one in done.already} == {SCHOOL}
    assert [len(world.notices(one)) for one in (SCHOOL, EARLY_HELP)] == [1, 0]
    assert facts(world, child, SCHOOL).parent_consent == "refused"
    assert facts(world, child, EARLY_HELP).parent_consent == "given"


def test_whoever_asked_and_was_answered_is_told_too(world, child, parent):
    world.by_hand("DELETE FROM outbox")
    asked = world.ask(child, SCHOOL)
    take_back(world, child, parent, by=VISITOR)
    world.dispatch()
    (notice,) = world.notices(SCHOOL)
    assert {"request": "request-2", "entry": asked.entry} in notice["about"]


@pytest.mark.parametrize(
    "said",
    [
        {"sharing": "refused"},
        {"services": (EARLY_HELP,)},
        {"refused": ("health",)},
        {"excluded": (("school", ("health",)),)},
        {"scope": ("identity",)},
        {"purposes": ("direct_care",)},
        {"excepted": ("school",)},
    ],
)
def test_whatever_makes_consent_narrower_for_a_service_is_told_to_it(world, say, said):
    say(**said)
    world.dispatch()
    assert len(world.notices(SCHOOL)) == 1


def test_what_takes_nothing_back_is_told_to_nobody(world, say):
    say(services=(EARLY_HELP, SCHOOL, GP), refused=())
    say("given", grantor="parent:Another", responsibility="yes")
    say("given", grantor="child")
    world.dispatch()
    assert world.notices(SCHOOL) == world.notices(EARLY_HELP) == []


def test_the_newest_statement_of_one_grantor_never_erases_anothers(world, child, say):
    say("refused", grantor="child")
    say("given")
    found = facts(world, child, SCHOOL)
    assert (found.child_consent, found.parent_consent) == ("refused", "given")
    say("refused", grantor="parent:Another", responsibility="yes")
    assert facts(world, child, SCHOOL).parent_consent == "conflict"
    assert len(show(world.gateway.office, child)) == 3


def test_some_is_refused_to_some_and_to_nobody_else(world, child, say):
    say(excluded=((SCHOOL, ("health", "sen")), ("police", ("family",))))
    assert {"mental_health", "sen"} <= facts(world, child, SCHOOL).refused
    assert "family" not in facts(world, child, SCHOOL).refused
    assert facts(world, child, EARLY_HELP).refused == frozenset()


def test_what_is_given_holds_from_its_day_to_its_day(world, child, say):
    say(begins=date(2026, 12, 1), expires=date(2026, 12, 10))
    assert facts(world, child, SCHOOL).parent_consent == "not_asked"
    world.clock.advance(days=12)
    held = facts(world, child, SCHOOL)
    assert (held.parent_consent, held.consent_expired) == ("given", False)
    world.clock.advance(days=9)
    assert facts(world, child, SCHOOL).consent_expired is True


def test_a_refusal_does_not_wait_for_its_day(world, child, say):
    say("refused", begins=date(2027, 1, 1))
    assert facts(world, child, SCHOOL).parent_consent == "refused"


def test_the_end_of_a_consent_takes_effect_by_itself(world, child, say):
    say(expires=date(2026, 11, 22))
    before = world.ask(child, SCHOOL).content
    world.clock.advance(days=3)
    assert len(world.ask(child, SCHOOL).content) < len(before)


def test_somebody_is_asked_before_a_consent_ends_and_once(world, say):
    archive = world.gateway.office.archive
    say(expires=date(2027, 1, 31))
    say(expires=date(2027, 2, 28))

    (task,) = archive.waiting(TaskKind.CONSENT_ENDS)
    assert task.row.due_at.date() == date(2027, 2, 21)
    assert TaskKind.CONSENT_ENDS not in {one.row.kind for one in archive.open_tasks()}
    world.clock.advance(days=73)
    assert TaskKind.CONSENT_ENDS in {one.row.kind for one in archive.open_tasks()}
    say("refused")
    assert archive.waiting(TaskKind.CONSENT_ENDS) == ()
    require_balanced(world)


def test_the_entry_says_who_recorded_what_kind_of_change(world, child, parent):
    done = take_back(world, child, parent)
    details = world.gateway.office.details.opened(done.entry)
    assert details.leaf.type is EntryType.CONSENT_CHANGE
    said = details.detail.open(Part.GATEWAY).fields()
    assert (said["kind"], said["user"]) == ("withdrawn", TEACHER)


@pytest.mark.parametrize(
    ("more", "error", "sentence"),
    [
        ({"sharing": "perhaps"}, VocabularyError, "given or refused"),
        ({"services": ()}, RequestError, "name a service"),
        ({"services": ("nobody",)}, RequestError, "not registered"),
        ({"excluded": (("nobody", ("sen",)),)}, RequestError, "not registered"),
        ({"excluded": (("school", ("secrets",)),)}, VocabularyError, "unknown category"),
        ({"scope": ("helth",)}, VocabularyError, "did you mean `health`"),
        ({"services": ("school", "polise")}, RequestError, "`/services/1`, did you mean `police`"),
        ({"excepted": ("schol",)}, RequestError, "at `/excepted/0`, did you mean `school`"),
        ({"expires": date(2026, 11, 20)}, RequestError, "ended before it begins"),
        ({"begins": date(2027, 1, 1), "expires": date(2026, 12, 1)}, RequestError, "ended before"),
        ({"grantor": "aunt"}, RequestError, "a grantor is"),
    ],
)
def test_what_says_nothing_certain_is_refused_and_recorded_nowhere(
    world, say, more, error, sentence
):
    size = world.size
    with pytest.raises(error, match=sentence):
        say(**({"sharing": "given"} | more))
    assert world.size == size


def test_only_who_works_with_the_child_takes_a_statement(world, child, say, parent):
    world.gateway.recorder.documents(
        [Practitioner(id="helper", service=CAMHS, role="practitioner")]
    )
    for by in ("helper", "nobody"):
        with pytest.raises(EntitlementError):
            say(by=by)
        with pytest.raises(EntitlementError):
            take_back(world, child, parent, by=by)


def test_nothing_is_recorded_of_a_child_who_is_not_there(world, parent):
    with pytest.raises(UnknownChildError):
        withdraw(world.gateway.office, "0" * 32, parent, None, TEACHER)
    with pytest.raises(UnknownChildError):
        show(world.gateway.office, "0" * 32)


def test_nothing_is_withdrawn_that_was_not_said(world, child):
    with pytest.raises(RequestError, match="no consent statement"):
        take_back(world, child, "child")


@pytest.mark.parametrize("kind", Kind)
def test_nobody_who_is_answered_while_a_withdrawal_is_recorded_is_forgotten(
    world: World, child, parent
):
    """Whoever asks at the same time is refused, or answered before and told."""
    answers = []
    ask = threading.Thread(target=lambda: answers.append(world.ask(child, SCHOOL)))
    nothing = world.ask("0" * 32, SCHOOL).content
    ask.start()
    done = take_back(world, child, parent)
    ask.join()
    world.dispatch()

    (answer,) = answers
    told = {one.get("entry") for notice in world.notices(SCHOOL) for one in notice["about"]}
    if answer.entry < done.entry:
        assert answer.entry in told
    else:
        assert len(answer.content) <= len(nothing) + 40
    require_balanced(world)


def test_a_doubtful_statement_is_not_believed_and_a_person_is_asked(world, child, parent):
    (known,) = world.case(child).consents
    doubtful = replace(
        known,
        statement=replace(known.statement, doubts=("unknown-modifier",)),
        recorded_at=world.clock.now(),
    )
    record_statements(world.gateway.office, child, lambda _: (doubtful,), by=TEACHER)

    assert facts(world, child, SCHOOL).parent_consent == "conflict"
    assert len(world.gateway.office.archive.waiting(TaskKind.CONSENT_DOUBT)) == 1
    world.ask(child, SCHOOL)
    assert parent == known.grantor
