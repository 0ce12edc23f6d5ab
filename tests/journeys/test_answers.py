"""Who answers a task, with what: what it asks for, where it is recorded, and by whom it is not."""

from datetime import date

import pytest
from bars_messages import payload_of
from books import require_balanced
from msgspec.structs import replace
from worlds import (
    EARLY_HELP,
    GP,
    HEALTH_VISITING,
    HV_LEAD,
    HV_MANAGER,
    HV_SAFEGUARDING,
    MANAGER,
    OFFICER,
    SOCIAL_CARE,
    VISITOR,
)

from audit.events import EntryType
from audit.parts import Part
from gateway.archive import FiledTask
from gateway.casefile import RecordedFact
from gateway.errors import (
    ConflictError,
    EntitlementError,
    RequestError,
    UnknownTaskError,
)
from gateway.registers import Practitioner
from gateway.stored_log import stored_log
from gateway.tasks import Kind, Subject, Task
from gateway.verifying.verification import verify
from gateway.worklists import handling
from gateway.worklists.answering import Answered
from policies.errors import VocabularyError

REFERRAL = payload_of("health-visitor-to-early-help")
TRAINED = Answered(name="training", value="current", until=date(2028, 1, 1))
MADE, HARMLESS = (
    Answered(name="judgement", value="made"),
    Answered(name="detriment", value="no"),
)


@pytest.fixture
def office(world):
    return world.gateway.office


@pytest.fixture
def child(world):
    (child,) = world.take(REFERRAL).children
    return child


@pytest.fixture
def surgerys(world, child):
    """Return the question whether the surgery's training is current."""
    (task,) = world.gateway.office.archive.open_tasks()
    assert (task.subject.recipient, task.row.child_id) == (GP, child)
    return task


def file(world, child, *missing, owner="safeguarding_lead", recipient=EARLY_HELP) -> FiledTask:
    """File a question about what health visiting holds, which *missing* facts answer."""
    now, office = world.clock.now(), world.gateway.office
    noted = RecordedFact(name="third_party_consent", value=False, at=now)
    unit = world.gateway.recorder.unit_of(child, [noted])
    subject = Subject(
        question="May this be shared?",
        holder=HEALTH_VISITING,
        recipient=recipient,
        purpose="early_help",
        missing=missing,
        escalation=("service_manager",),
    )
    task = Task(kind=Kind.REFERRED, owner_role=owner, due_at=now, escalate_at=now, subject=subject)
    office.filing.task(unit, child, task, entry=0)
    office.committer.commit(unit)
    (filed,) = (one for one in office.archive.open_tasks() if one.subject.missing == missing)
    return filed


def test_a_judgement_that_answers_a_task_is_one_of_the_register_with_its_reason(
    world, office, child
):
    task = file(world, child, "detriment", "judgement")

    with pytest.raises(RequestError, match="written reason"):
        handling.resolve(office, task.row.id, HV_SAFEGUARDING, [MADE, HARMLESS])
    with pytest.raises(RequestError, match="says both"):
        handling.resolve(office, task.row.id, HV_SAFEGUARDING, [MADE], "seen")
    assert EntryType.JUDGEMENT not in world.types()

    handling.resolve(office, task.row.id, HV_SAFEGUARDING, [MADE, HARMLESS], "seen at home")

    (index,) = (at for at, kind in enumerate(world.types()) if kind is EntryType.JUDGEMENT)
    said = office.details.detail(index).open(Part.GATEWAY).fields()
    assert (said["decided_by"], said["justification"]) == (HV_SAFEGUARDING, "seen at home")
    assert said["recipient"] == EARLY_HELP
    (judged,) = (
        one
        for one in world.case(child).facts
        if (one.name, one.by) == ("judgement", HV_SAFEGUARDING)
    )
    assert (judged.recipient, judged.reason) == (EARLY_HELP, "seen at home")
    gateway = world.gateway
    assert verify(stored_log(gateway.settings, gateway.database, gateway.keys)).faults == ()


def test_competence_that_answers_a_task_is_for_its_recipient_and_purpose_alone(
    world, office, child
):
    task = file(world, child, "competent", owner="lead_professional")
    yes = [Answered(name="competent", value="yes")]
    with pytest.raises(RequestError, match="written reason"):
        handling.resolve(office, task.row.id, HV_LEAD, yes)

    handling.resolve(office, task.row.id, HV_LEAD, yes, "understood")

    (found,) = (one for one in world.case(child).facts if one.name == "competent")
    assert (found.recipient, found.purpose, found.reason) == (
        EARLY_HELP,
        "early_help",
        "understood",
    )


@pytest.mark.parametrize(
    ("name", "value"), [("shielded", "false"), ("court_order", "disclose"), ("court_scope", "all")]
)
def test_a_register_is_not_passed_by_through_a_task(world, office, child, name, value):
    task = file(world, child, name, owner="service_manager")
    size = world.size
    with pytest.raises(RequestError, match="a register of its own"):
        handling.resolve(
            office, task.row.id, HV_MANAGER, [Answered(name=name, value=value)], "asked"
        )
    assert world.size == size


def test_an_enquiry_is_opened_through_a_task_by_a_social_worker_alone(world, office, child):
    task = file(world, child, "s47_open", owner="safeguarding_lead")
    is_open = [Answered(name="s47_open", value="true")]
    with pytest.raises(EntitlementError, match="social_worker"):
        handling.resolve(office, task.row.id, HV_SAFEGUARDING, is_open, "discussed")
    worker = Practitioner(id="hv-social", service=HEALTH_VISITING, role="social_worker")
    world.gateway.recorder.documents([worker])
    handling.hand_over(office, task.row.id, HV_SAFEGUARDING, worker.id, "theirs to open")
    with pytest.raises(RequestError, match="written reason"):
        handling.resolve(office, task.row.id, worker.id, is_open)

    handling.resolve(office, task.row.id, worker.id, is_open, "strategy discussion")

    (fact,) = (one for one in world.case(child).facts if one.name == "s47_open")
    assert (fact.value, fact.by, fact.reason) == (True, worker.id, "strategy discussion")


def test_nothing_is_recorded_where_one_of_several_answers_is_refused(world, office, surgerys):
    size = world.size
    for name, error in (("risk", RequestError), ("mood", VocabularyError)):
        other = Answered(name=name, value="none")
        with pytest.raises(error):
            handling.resolve(office, surgerys.row.id, HV_MANAGER, [TRAINED, other], "shown")
    assert world.size == size
    assert office.service(GP).training_until is None


def test_nobody_vouches_for_the_training_of_another_body(world, office, surgerys):
    known = office.rulebook.registers.practitioners[HV_MANAGER]
    world.gateway.recorder.documents([replace(known, appointments=("service_manager",))])
    world.clock.stop(surgerys.row.due_at)  # told that it is late, it is theirs

    with pytest.raises(EntitlementError, match="own organisation"):
        handling.resolve(office, surgerys.row.id, HV_MANAGER, [TRAINED], "they say so")
    assert office.service(GP).training_until is None


def test_an_officer_who_works_for_the_recipient_answers_nothing_that_it_waits_for(
    world, office, child
):
    task = file(world, child, "recipient_verified", owner="information_governance_officer")
    yes = [Answered(name="recipient_verified", value="true")]

    for act in (handling.shown, handling.claim):
        with pytest.raises(UnknownTaskError):
            act(office, task.row.id, OFFICER)  # works at early help
    with pytest.raises(UnknownTaskError):
        handling.resolve(office, task.row.id, OFFICER, yes)
    assert office.service(EARLY_HELP).verified_until is None

    elsewhere = replace(
        office.rulebook.registers.practitioners[OFFICER], id="ig-2", service=SOCIAL_CARE
    )
    world.gateway.recorder.documents([elsewhere])
    with pytest.raises(EntitlementError, match="the service that waits"):
        handling.hand_over(office, task.row.id, elsewhere.id, OFFICER, "on leave")
    handling.resolve(office, task.row.id, elsewhere.id, yes)
    assert office.service(EARLY_HELP).verified_until is not None


def test_who_was_told_that_a_task_is_late_takes_it_over_with_a_reason(world, office, surgerys):
    handling.hand_over(office, surgerys.row.id, HV_MANAGER, VISITOR, "knows the surgery")
    with pytest.raises(ConflictError, match="taken this task on"):
        handling.claim(office, surgerys.row.id, HV_MANAGER, "I would rather do it myself")

    world.clock.stop(surgerys.row.due_at)
    with pytest.raises(RequestError, match="written reason"):
        handling.claim(office, surgerys.row.id, HV_MANAGER)
    entry = handling.claim(office, surgerys.row.id, HV_MANAGER, "nothing has come of it")

    said = office.details.detail(entry).open(Part.GATEWAY).fields()
    assert (said["assignee"], said["justification"]) == (HV_MANAGER, "nothing has come of it")
    assert handling.resolve(office, surgerys.row.id, HV_MANAGER, [TRAINED], "shown").is_released
    require_balanced(world)


@pytest.mark.parametrize("change", [{"left": True}, {"service": SOCIAL_CARE}])
def test_the_claim_of_who_left_lapses(world, office, surgerys, change):
    handling.hand_over(office, surgerys.row.id, HV_MANAGER, VISITOR, "knows the surgery")
    known = office.rulebook.registers.practitioners[VISITOR]
    world.gateway.recorder.documents([replace(known, **change)])

    handling.claim(office, surgerys.row.id, HV_MANAGER)

    with pytest.raises((UnknownTaskError, EntitlementError)):
        handling.shown(office, surgerys.row.id, VISITOR)


def test_nobody_is_somebody_who_left(world, office):
    known = office.rulebook.registers.practitioners[HV_MANAGER]
    world.gateway.recorder.documents([replace(known, left=True)])
    with pytest.raises(EntitlementError, match="not in the register"):
        handling.worklist(office, HV_MANAGER)


def test_what_a_service_waits_for_is_not_handed_to_its_manager(office, surgerys):
    with pytest.raises(EntitlementError):
        handling.hand_over(office, surgerys.row.id, HV_MANAGER, MANAGER, "it is about them")


def test_a_fact_that_answers_a_task_has_the_reason_that_was_given(world, office, child):
    task = file(world, child, "risk", owner="safeguarding_lead")
    risk = [Answered(name="risk", value="in_need")]
    handling.resolve(office, task.row.id, HV_SAFEGUARDING, risk, " seen at home ")
    newest = max(
        (one for one in world.case(child).facts if one.name == "risk"), key=lambda one: one.at
    )
    assert isinstance(newest, RecordedFact)
    assert (newest.value, newest.reason) == ("in_need", "seen at home")
