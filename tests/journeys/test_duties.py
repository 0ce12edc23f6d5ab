"""What must be done with a decision is done: waited for, told of, and heard of in the end."""

import json
from datetime import date, timedelta

import pytest
from bars_messages import message, payload_of, resources
from books import require_balanced
from logs import all_logs
from msgspec.structs import replace
from worlds import (
    CAMHS,
    CHARITY,
    EARLY_HELP,
    GP,
    HEALTH_VISITING,
    HV_LEAD,
    HV_MANAGER,
    HV_SAFEGUARDING,
    SCHOOL,
    SOCIAL_CARE,
    VISITOR,
    outcome,
    parsed,
)

from gateway.casefile import RecordedFact
from gateway.consenting.filing import record_statements
from gateway.consents import GrantorKind, RecordedConsent
from gateway.errors import ConflictError, EntitlementError, UnknownTaskError
from gateway.registers import Practitioner
from gateway.worklists import handling
from gateway.worklists.answering import Answered
from mappings.caf.items import About, AboutWhom, ConsentStatement
from mappings.caf.vocabulary import ConsentAnswer
from policies.vocabulary import Appointment

REFERRAL = payload_of("health-visitor-to-early-help")
UNBORN = payload_of("unborn-child-to-social-care")
OFFICER = "ig-officer-1"


def the_task(world, obligation=None, recipient=None):
    """Return the one open task of an obligation, or about a recipient."""
    (task,) = (
        one
        for one in world.gateway.office.archive.open_tasks()
        if one.subject.obligation == obligation and recipient in {None, one.subject.recipient}
    )
    return task


def heard(world, service=HEALTH_VISITING):
    """Return what a service heard that persons decided, in the words of its notices."""
    return [one["code"] for one in world.notices(service) if one["kind"] == "decided"]


def settle(world, task, by, *facts, reason=""):
    """Resolve *task* as a person does, and deliver what follows."""
    given = [Answered(name=name, value=value) for name, value in facts]
    report = handling.resolve(world.gateway.office, task.row.id, by, given, reason)
    world.clock.advance(hours=1)
    world.dispatch()
    return report


def an_officer(world):
    """Return an information governance officer who works for health visiting."""
    officer = Practitioner(
        id="ig-trust",
        service=HEALTH_VISITING,
        role="admin",
        appointments=(Appointment.INFORMATION_GOVERNANCE_OFFICER,),
    )
    world.gateway.recorder.documents([officer])
    return officer.id


def move_out_of_the_area(world, service):
    office = world.gateway.office
    world.gateway.recorder.documents([replace(office.service(service), area="998")])


def test_what_goes_out_of_the_area_waits_until_a_person_has_verified_the_recipient(world):
    move_out_of_the_area(world, EARLY_HELP)
    answer = world.take(REFERRAL)
    world.dispatch()

    assert outcome(answer, EARLY_HELP).fate == "with-a-person"
    assert "sent" not in {row.outcome for row in outcome(answer, EARLY_HELP).elements}
    assert not world.delivered(EARLY_HELP)

    verify = the_task(world, "verify_recipient")
    with pytest.raises(UnknownTaskError):  # an officer, who works at early help
        settle(world, verify, OFFICER, ("recipient_verified", "true"))
    report = settle(world, verify, an_officer(world), ("recipient_verified", "true"))

    assert report.is_released
    assert len(world.delivered(EARLY_HELP)) == 1
    assert world.gateway.office.service(EARLY_HELP).verified_until == date(2027, 2, 18)
    assert heard(world) == ["released"]
    require_balanced(world)


def test_a_recipient_that_was_verified_before_is_not_verified_again(world):
    move_out_of_the_area(world, EARLY_HELP)
    office = world.gateway.office
    known = replace(office.service(EARLY_HELP), verified_until=date(2026, 12, 1))
    world.gateway.recorder.documents([known])

    assert outcome(world.take(REFERRAL), EARLY_HELP).fate == "queued"

    world.clock.advance(days=12)
    world.dispatch()
    assert not world.delivered(EARLY_HELP)  # the word for it had ended by then
    assert the_task(world, "verify_recipient").subject.recipient == EARLY_HELP


def test_who_asks_from_outside_the_area_gets_what_anybody_unknown_gets(world):
    (child,) = world.take(REFERRAL).children
    move_out_of_the_area(world, SCHOOL)
    world.clock.stop(world.clock.now())

    assert world.ask(child, SCHOOL).content == world.ask("0" * 32, SCHOOL).content
    assert the_task(world, "verify_recipient").subject.is_ask


def consent_to(*services):
    return RecordedConsent(
        grantor="parent:mother",
        kind=GrantorKind.PARENT,
        has_responsibility="yes",
        statement=ConsentStatement(
            grantor=About(AboutWhom.PARENT_OR_CARER),
            sharing=ConsentAnswer.GIVEN,
            services=services,
        ),
        recorded_at=None,
    )


def unasked():
    """Return the referral to early help, with nothing said about consent."""
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = header["destination"][:1]
    plain["entry"] = [one for one in plain["entry"] if one["resource"]["resourceType"] != "Consent"]
    return json.dumps(plain).encode()


def take_where_consent_is_to_be_sought(world, lead_as="lead_professional"):
    """Take a message to a service of which the family was not asked; *lead_as* is the lead's role.

    Return the child, the answer, and the message's id.
    """
    (child,) = world.take(unasked()).children
    now = world.clock.now()
    safe = RecordedFact(name="notify_safe", value="yes", at=now)
    world.gateway.recorder.facts(child, [safe])
    said = consent_to(SCHOOL)
    told = (replace(said, recorded_at=now),)
    record_statements(world.gateway.office, child, lambda _: told, by=HV_LEAD)
    lead = world.gateway.office.rulebook.registers.practitioners[HV_LEAD]
    world.gateway.recorder.documents([replace(lead, role=lead_as)])
    plain = json.loads(unasked())
    plain["id"] = "9d1e4f0a-7c39-4f4c-8f4b-0000deadbeef"
    return child, world.take(json.dumps(plain).encode()), plain["id"]


@pytest.mark.parametrize(("lead_as", "heard_of"), [("lead_professional", 0), ("practitioner", 1)])
def test_a_sender_hears_that_consent_is_sought_unless_its_own_people_seek_it(
    world, lead_as, heard_of
):
    _, _, message_id = take_where_consent_is_to_be_sought(world, lead_as)

    world.dispatch()

    assert the_task(world, "seek_consent").row.owner_role == "lead_professional"
    notices = [one for one in world.notices(HEALTH_VISITING) if one["kind"] == "consent-sought"]
    assert [one["about"] for one in notices] == [[{"message": message_id}]] * heard_of
    require_balanced(world)


def test_a_consent_that_was_sought_and_given_leads_to_the_disclosure_and_the_sender_hears(world):
    child, answer, _ = take_where_consent_is_to_be_sought(world)
    archive = world.gateway.office.archive
    assert outcome(answer, EARLY_HELP).fate == "nothing-released"
    assert "seek_consent" in outcome(answer, EARLY_HELP).obligations

    seek = the_task(world, "seek_consent")
    assert (seek.row.owner_role, seek.subject.recipient) == ("lead_professional", EARLY_HELP)
    given = (replace(consent_to(EARLY_HELP, SCHOOL), recorded_at=world.clock.now()),)
    record_statements(world.gateway.office, child, lambda _: given, by=HV_LEAD)
    report = settle(world, seek, HV_LEAD, reason="the mother agrees")

    assert report.is_released
    assert any(b"water table" in one for one in world.delivered(EARLY_HELP))
    assert heard(world) == ["released"]
    assert not [one for one in archive.open_tasks() if one.subject.obligation == "seek_consent"]


def test_advice_comes_before_the_family_is_told_and_then_they_are(world):
    world.take(UNBORN)
    world.dispatch()
    assert parsed(world.delivered(SOCIAL_CARE)[0])["marks"] == [
        "ask-before-informing-family",
        "no-onward",
    ]
    advice = the_task(world, "advice_before_informing")
    assert advice.subject.is_urgent

    settle(world, advice, HV_SAFEGUARDING, ("notify_safe", "yes"))

    inform = the_task(world, "inform_family")
    assert inform.row.owner_role == "lead_professional"
    assert "shared with" in inform.subject.says
    shown = handling.shown(world.gateway.office, inform.row.id, HV_LEAD)
    assert (shown.says, shown.is_silent) == (inform.subject.says, False)
    assert parsed(world.delivered(SOCIAL_CARE)[-1])["marks"] == ["no-onward"]


def test_where_it_is_not_safe_nobody_tells_the_family_and_the_document_says_so(world):
    world.take(UNBORN)
    world.dispatch()
    settle(
        world, the_task(world, "advice_before_informing"), HV_SAFEGUARDING, ("notify_safe", "no")
    )

    asked = [one.subject.obligation for one in world.gateway.office.archive.open_tasks()]
    assert "inform_family" not in asked
    assert parsed(world.delivered(SOCIAL_CARE)[-1])["marks"] == [
        "do-not-inform-family",
        "no-onward",
    ]


def test_words_for_a_family_are_gone_once_it_is_not_safe_to_say_them(world):
    (child,) = world.take(UNBORN).children
    settle(
        world, the_task(world, "advice_before_informing"), HV_SAFEGUARDING, ("notify_safe", "yes")
    )
    inform = the_task(world, "inform_family")
    unsafe = RecordedFact(name="notify_safe", value="no", at=world.clock.now())
    world.gateway.recorder.facts(child, [unsafe])

    shown = handling.shown(world.gateway.office, inform.row.id, HV_LEAD)

    assert (shown.says, shown.is_silent) == ("", True)


def test_what_is_disclosed_under_an_agreement_bears_the_day_of_its_destruction(world):
    world.take(REFERRAL)
    world.dispatch()

    document = parsed(world.delivered(SCHOOL)[0])
    assert document["expires_on"] > "2026-11-20"
    assert document["marks"] == ["no-onward"]


def told_of(stream, task):
    """Return the roles that were told of *task*, in order."""
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [one["role"] for one in events if one.get("task") == task.row.id]


def test_an_urgent_question_that_nobody_answers_is_told_to_everybody_as_soon_as_it_is_late(world):
    known = world.gateway.office.service(SOCIAL_CARE)
    world.gateway.recorder.documents([replace(known, training_until=None)])
    answer = world.take(UNBORN)
    assert outcome(answer, SOCIAL_CARE).fate == "with-a-person"
    waiting = world.gateway.office.archive.open_tasks()
    task = next(one for one in waiting if one.subject.missing == ("training",))
    assert task.subject.is_urgent
    assert task.row.due_at - task.row.created_at <= timedelta(hours=4)

    world.clock.stop(task.row.due_at - timedelta(minutes=1))
    with all_logs() as before:
        world.gateway.escalation().tell()
    world.clock.stop(task.row.due_at)
    with all_logs() as late:
        world.gateway.escalation().tell()

    assert told_of(before, task) == ["training_coordinator"]  # as soon as it waited
    assert "task.urgent" in before.getvalue()
    assert "task.urgent" not in late.getvalue()
    assert told_of(late, task) == [
        "training_coordinator",
        "service_manager",
        "information_governance_officer",
    ]
    assert b'caf_gateway_tasks_overdue{owner_role="training_coordinator"}' in (
        world.gateway.metrics.page()
    )
    theirs = handling.worklist(world.gateway.office, OFFICER)
    assert task.row.id in {one.waiting.id for one in theirs}


def test_a_question_is_told_on_step_by_step_and_each_step_may_answer_it(world):
    world.take(REFERRAL)
    task, office = the_task(world, recipient=GP), world.gateway.office
    span = task.row.due_at - task.row.created_at
    with pytest.raises(UnknownTaskError):
        handling.shown(office, task.row.id, OFFICER)

    world.clock.stop(task.row.due_at + span)
    world.gateway.escalation().tell()

    assert handling.claim(office, task.row.id, OFFICER) > 0
    with pytest.raises(ConflictError):
        handling.resolve(office, task.row.id, HV_MANAGER, [], "too late")


@pytest.mark.parametrize("by", ["manager", VISITOR, HV_LEAD, "worker-1", "teacher-1"])
def test_a_question_is_nobody_elses_and_least_of_all_the_recipients(world, by):
    world.take(REFERRAL)
    task = the_task(world, recipient=GP)  # `manager` manages the surgery that waits

    for act in (handling.shown, handling.claim):
        with pytest.raises(UnknownTaskError):
            act(world.gateway.office, task.row.id, by)
    assert handling.worklist(world.gateway.office, by) == ()


def test_who_is_not_registered_is_nobody(world):
    world.take(REFERRAL)
    with pytest.raises(EntitlementError):
        handling.worklist(world.gateway.office, "nobody")


def test_a_fact_that_is_not_theirs_to_record_leaves_the_task_as_it_was(world):
    world.take(REFERRAL)
    task, size = the_task(world, recipient=GP), world.size

    handling.hand_over(world.gateway.office, task.row.id, HV_MANAGER, HV_LEAD, "on leave")
    size += 1

    trained = Answered(name="training", value="current", until=date(2028, 1, 1))
    with pytest.raises(EntitlementError):
        handling.resolve(world.gateway.office, task.row.id, HV_LEAD, [trained])

    assert the_task(world, recipient=GP).row.id == task.row.id
    assert world.size == size


def test_a_sender_hears_that_its_message_waits_on_where_an_answer_left_it_open(world):
    world.take(REFERRAL)
    task = the_task(world, recipient=GP)

    risk = RecordedFact(name="risk", value="emerging", by=HV_MANAGER, at=world.clock.now())
    world.gateway.reconsidering.resolve(task, HV_MANAGER, [risk])
    world.clock.advance(hours=1)
    world.dispatch()

    assert [one["kind"] for one in world.notices(HEALTH_VISITING)] == ["waits"]
    assert the_task(world, recipient=GP).subject.question == task.subject.question


def test_nothing_that_tasks_and_notices_do_shows_to_who_asks(world):
    """Refer and deny look alike until a person answers: one is denied, another waits."""
    (child,) = world.take(REFERRAL).children
    world.gateway.office.ports.now()
    world.clock.stop(world.clock.now())
    before = {one: world.ask(child, one).content for one in (GP, CHARITY, CAMHS)}
    world.gateway.escalation().tell()
    world.clock.stop(world.clock.now() + timedelta(days=9))
    world.gateway.escalation().tell()
    world.dispatch()

    for service in (GP, CHARITY, CAMHS):
        after, nobody = world.ask(child, service).content, world.ask("0" * 32, service).content
        assert len(after) == len(nobody) == len(before[service])
        assert not world.notices(service)
