"""A question that no fact answers is decided by the person who is asked, and that is carried out.

A young person agreed that others are told, and not the school. Their lead professional relies on
the duty to share; rule E12 refers what is most confidential to the Caldicott guardian.
"""

import json
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from bars_messages import payload_of
from books import require_balanced
from worlds import (
    CAMHS,
    HV_MANAGER,
    HV_SAFEGUARDING,
    LAWYER,
    SCHOOL,
    TEACHER,
    TRAINER,
    a_home_on,
    a_world,
    parsed,
)

from audit.events import EntryType
from audit.parts import PARTS, Part
from gateway.bundles import LAW, Bundles, History
from gateway.casefile import recorded_fact
from gateway.errors import ConflictError, EntitlementError, RequestError, UnknownTaskError
from gateway.facts.judgements import considered, record_judgement
from gateway.person_decisions import standing
from gateway.registers import Practitioner
from gateway.replaying.decisions import accounts_of, entries_of
from gateway.replaying.replay import replay, replay_all
from gateway.searching.criteria import parts_of
from gateway.worklists import decisions, handling
from gateway.worklists.answering import Answered
from gateway.worklists.decisions import Chosen
from policies.person_decisions import Choice
from policies.vocabulary import Appointment

REFERRAL = payload_of("camhs-with-refusal")
PSYCHOLOGIST, GUARDIAN, MANAGER_THERE = "camhs-lead", "camhs-guardian", "camhs-manager"
WHY = "the school has to know how to help in class"
E12 = ("E12",)


def refer(world):
    """Have all but the most confidential sent to the school, and that referred."""
    of = Appointment
    world.gateway.recorder.documents(
        [
            Practitioner(id=PSYCHOLOGIST, service=CAMHS, role="lead_professional"),
            *(
                Practitioner(id=id_, service=CAMHS, role="practitioner", appointments=(office,))
                for id_, office in (
                    (GUARDIAN, of.CALDICOTT_GUARDIAN),
                    (MANAGER_THERE, of.SERVICE_MANAGER),
                )
            ),
        ]
    )
    (child,) = world.take(REFERRAL, CAMHS).children
    judged = considered(holder=CAMHS, relevant="yes", detriment="no", reason="weighed with her")
    record_judgement(world.gateway.office, child, judged, by=PSYCHOLOGIST)
    (whose,) = (one for one in waiting(world) if one.subject.recipient == SCHOOL)
    competent = Answered(name="competent", value="yes")
    handling.resolve(world.gateway.office, whose.row.id, PSYCHOLOGIST, [competent], "seen alone")
    deliver(world)


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path, after=refer), a_world(tmp_path) as world:
        world.clock.advance(hours=3)
        yield world


@pytest.fixture
def child(world):
    ((child,),) = world.rows("SELECT id FROM child")
    return child


def waiting(world):
    return world.gateway.office.archive.open_tasks()


def asked(world, rules=E12):
    """Return the open questions that *rules* ask."""
    return [one for one in waiting(world) if one.subject.rules == rules]


def deliver(world):
    world.clock.advance(hours=1)
    world.dispatch()


def decide(  # noqa: PLR0913 - each by its name
    world, choice, *, by=GUARDIAN, until=None, reason=WHY, rules=E12
):
    (task,) = asked(world, rules)
    chosen = Chosen(choice=Choice(choice), until=until)
    report = handling.resolve(world.gateway.office, task.row.id, by, (), reason, chosen)
    deliver(world)
    return task, report


def heard(world):
    return [one["code"] for one in world.notices(CAMHS) if one["kind"] == "decided"]


def what_became(report, element="development.emotional_social"):
    (row,) = (one for one in report.elements if one.element == element)
    return row


def tells(content):
    """Whether a document has the element that waits for the guardian."""
    return "development.emotional_social" in content.decode()


def history(world):
    return History(world.gateway.office.archive.store.registers.versions("policy", LAW), Bundles())


def require_replays(world):
    """Fail unless the log verifies, and each of its decisions is made again as it was."""
    decided = entries_of(world.gateway.office.details, range(world.size))
    found = replay_all(decided, history(world))
    assert (found.erased, found.differing) == (0, ())
    require_balanced(world)


def test_what_the_guardian_decides_to_share_is_delivered_reduced_as_the_rules_have_it(world):
    before = len(world.delivered(SCHOOL))
    _, report = decide(world, "share")

    row = what_became(report)
    assert report.is_released
    assert (row.outcome, row.rules) == ("reduced", ("G6",))  # the overlay decides as ever
    assert "as a named person decided" in row.sentence
    assert len(world.delivered(SCHOOL)) == before + 1
    assert heard(world)[-1] == "released"
    assert asked(world) == []
    require_replays(world)


def test_what_the_guardian_decides_to_withhold_is_not_sent_and_not_asked_again(world, child):
    before = len(world.delivered(SCHOOL))

    task, report = decide(world, "withhold", reason="it would undo the work with her")

    assert not report.is_released  # though other items flow
    assert what_became(report).outcome == "withheld"
    assert heard(world)[-1] == "not-released"
    assert len(world.delivered(SCHOOL)) == before
    world.ask(child, SCHOOL)
    deliver(world)
    assert asked(world) == []
    assert gateways(world, EntryType.TASK_RESOLVED)[-1]["outcome"] == "closed"
    require_replays(world)
    assert task.row.id not in {one.row.id for one in waiting(world)}


def gateways(world, kind):
    """Return the gateway's part of each entry of a *kind*."""
    opened = (world.gateway.office.details.opened(index) for index in range(world.size))
    return [parts_of(one)[Part.GATEWAY] for one in opened if one.leaf.type is kind]


def test_the_decision_is_an_entry_that_names_who_decided_what_and_until_when(world):
    task, _ = decide(world, "share", until=date(2026, 12, 1))

    known = gateways(world, EntryType.JUDGEMENT)[-1]
    assert (known["decided_by"], known["decision"]) == (GUARDIAN, "share")
    assert (known["rules"], known["task"]) == (["E12"], task.row.id)
    assert (known["sender"], known["recipient"]) == (CAMHS, SCHOOL)
    assert (known["justification"], known["expires"][:10]) == (WHY, "2026-12-01")
    assert known["outcomes"] == [{"outcome": "share", "categories": ["mental_health"]}]


def test_the_record_of_what_is_decided_then_names_the_person_and_the_rule_they_passed(world, child):
    decide(world, "share")
    at = world.size
    world.ask(child, SCHOOL)

    (account,) = accounts_of(world.gateway.office.details.opened(at))
    (decision,) = account.decisions
    ruling = decision.rulings["mental_health"]
    assert (ruling.outcome, ruling.passed, ruling.decided_by) == ("redact", E12, (GUARDIAN,))


def test_a_record_from_which_the_decision_was_taken_does_not_replay(world, child):
    decide(world, "share")
    at = world.size
    world.ask(child, SCHOOL)
    entry = world.gateway.office.details.opened(at)
    contents, place = list(entry.detail.contents), PARTS.index(Part.GATEWAY)
    fields = msgspec.json.decode(contents[place])
    del fields["accounts"][0]["basis"][0]["decided"]
    contents[place] = msgspec.json.encode(fields)
    without = replace(entry, detail=replace(entry.detail, contents=tuple(contents)))

    found = replay(without, history(world))

    assert "mental_health" in {one.what for one in found.differences}


@pytest.mark.parametrize("choice", ["share", "withhold"])
@pytest.mark.parametrize("by", [PSYCHOLOGIST, MANAGER_THERE, LAWYER, HV_SAFEGUARDING, TEACHER])
def test_another_office_decides_nothing(world, by, choice):
    size = world.size
    with pytest.raises(UnknownTaskError):
        decide(world, choice, by=by)

    assert len(asked(world)) == 1
    assert world.size == size


def test_whoever_was_handed_the_task_without_the_office_does_not_decide(world):
    (task,) = asked(world)
    handling.hand_over(world.gateway.office, task.row.id, GUARDIAN, PSYCHOLOGIST, "on leave")

    with pytest.raises(EntitlementError, match="caldicott_guardian"):
        decide(world, "share", by=PSYCHOLOGIST)


def test_whoever_is_told_that_it_is_late_may_decide(world):
    (task,) = asked(world)
    world.clock.stop(task.row.due_at)

    _, report = decide(world, "share", by=MANAGER_THERE)

    assert report.is_released


def test_what_a_fact_answers_is_not_decided_to_be_shared(world):
    with pytest.raises(RequestError, match="recording a fact"):
        decide(world, "share", by=PSYCHOLOGIST, rules=("E10",))


def test_what_is_not_recorded_is_recorded_and_not_decided(world):
    (task,) = asked(world, ("U",))
    office = world.gateway.office
    with pytest.raises(RequestError, match="record it"):
        handling.resolve(office, task.row.id, TRAINER, (), WHY, Chosen(choice=Choice.WITHHOLD))


@pytest.mark.parametrize(
    ("reason", "until"),
    [("", None), (" ", None), (WHY, date(2026, 11, 19))],
    ids=["no reason", "a blank one", "a day that is past"],
)
def test_a_decision_has_a_reason_and_a_day_to_come(world, reason, until):
    with pytest.raises(RequestError):
        decide(world, "share", reason=reason, until=until)

    assert len(asked(world)) == 1


def test_a_question_is_answered_by_facts_or_decided_and_not_both(world):
    (task,) = asked(world)
    given, chosen = Answered(name="competent", value="yes"), Chosen(choice=Choice.SHARE)
    with pytest.raises(RequestError, match="not both"):
        handling.resolve(world.gateway.office, task.row.id, GUARDIAN, [given], WHY, chosen)


def test_a_decision_that_has_ended_is_asked_anew(world, child):
    decide(world, "share", until=date(2026, 12, 1))
    world.clock.advance(days=20)

    world.ask(child, SCHOOL)

    assert len(asked(world)) == 1
    require_replays(world)


def test_without_a_day_it_holds_for_as_long_as_the_tables_say(world, child):
    decide(world, "share")

    (decided,) = standing(world.case(child).facts, world.clock.now())
    assert decided.until - decided.at == timedelta(days=90)


def test_a_decision_that_is_withdrawn_stops_what_is_queued_and_is_asked_anew(world):
    (task,) = asked(world)
    office, before = world.gateway.office, len(world.delivered(SCHOOL))
    chosen = Chosen(choice=Choice.SHARE)
    handling.resolve(office, task.row.id, GUARDIAN, (), WHY, chosen)

    entry = decisions.withdraw(office, task.row.id, GUARDIAN, "she has told me more")
    deliver(world)

    assert gateways(world, EntryType.JUDGEMENT)[-1]["decision"] == "withdrawn"
    assert entry < world.size
    assert EntryType.RECALLED in world.types()
    assert len(asked(world)) == 1
    assert not any(map(tells, world.delivered(SCHOOL)[before:]))
    with pytest.raises(ConflictError):
        decisions.withdraw(office, task.row.id, GUARDIAN, "again")
    require_replays(world)


@pytest.mark.parametrize("by", [PSYCHOLOGIST, LAWYER, TEACHER])
def test_a_decision_is_withdrawn_by_whoever_may_make_it(world, by):
    task, _ = decide(world, "share")

    with pytest.raises(UnknownTaskError):
        decisions.withdraw(world.gateway.office, task.row.id, by, "not mine")


def test_other_facts_that_refer_by_another_rule_are_another_question(world, child):
    decide(world, "share")
    now = world.clock.now()
    in_danger = [
        recorded_fact("risk", "significant_harm", service=None, by=PSYCHOLOGIST, at=now),
        recorded_fact("detriment", "yes", service=CAMHS, by=PSYCHOLOGIST, at=now),
    ]
    world.gateway.recorder.facts(child, in_danger)

    world.ask(child, SCHOOL)

    (task,) = asked(world, ("E1",))
    assert "mental_health" in task.subject.categories


def test_what_a_rule_denies_stays_denied_whatever_was_decided(world, child):
    decide(world, "share")
    now = world.clock.now()
    prohibited = [
        recorded_fact(name, value, service=None, by=LAWYER, at=now)
        for name, value in (("court_order", "prohibit"), ("court_scope", "mental_health"))
    ]
    world.gateway.recorder.facts(child, prohibited)
    at = world.size

    world.ask(child, SCHOOL)

    (account,) = accounts_of(world.gateway.office.details.opened(at))
    ruling = account.decisions[0].rulings["mental_health"]
    assert (ruling.outcome, ruling.rules, ruling.decided_by) == ("deny", ("A1",), ())


def test_a_decision_is_for_one_recipient_and_purpose(world, child):
    decide(world, "share")
    at = world.size

    world.ask(child, SCHOOL, purpose="education")

    (account,) = accounts_of(world.gateway.office.details.opened(at))
    assert account.decisions[0].rulings["mental_health"].decided_by == ()


def test_who_asks_cannot_tell_a_question_that_waits_from_one_that_was_decided_against(world, child):
    world.clock.stop(world.clock.now())
    waits = world.ask(child, SCHOOL)
    (task,) = asked(world)
    chosen = Chosen(choice=Choice.WITHHOLD)
    handling.resolve(world.gateway.office, task.row.id, GUARDIAN, (), WHY, chosen)

    withheld = world.ask(child, SCHOOL)

    assert withheld.content == waits.content
    # The proof is as long as the place in the log makes it, whatever was decided.
    one, other = (json.loads(said.receipt) for said in (waits, withheld))
    assert len(one["leaf"]) == len(other["leaf"])
    assert len(str(one["opening"])) == len(str(other["opening"]))


def test_what_the_guardian_decides_is_there_when_the_school_asks_next(world, child):
    before = world.ask(child, SCHOOL).content
    decide(world, "share")

    after = world.ask(child, SCHOOL).content

    assert len(after) > len(before)
    assert parsed(after)


def test_of_a_shielded_address_the_safeguarding_lead_alone_decides_even_when_it_is_late(
    tmp_path, kind
):
    with a_home_on(kind, tmp_path), a_world(tmp_path) as world:
        (child,) = world.take(payload_of("unborn-child-to-social-care")).children
        shielded = recorded_fact(
            "shielded", "true", service=None, by=HV_SAFEGUARDING, at=world.clock.now()
        )
        world.gateway.recorder.facts(child, [shielded])
        deliver(world)
        (task,) = asked(world, ("G1",))
        world.clock.advance(days=9)

        for by in (HV_MANAGER, "ig-officer-1"):
            with pytest.raises(EntitlementError, match="by one of: safeguarding_lead"):
                decide(world, "share", by=by, rules=("G1",))
        _, report = decide(world, "share", by=HV_SAFEGUARDING, rules=("G1",))

        assert report.is_released
        assert set(task.subject.categories) <= {"address", "contact", "services_involved"}
        require_replays(world)
