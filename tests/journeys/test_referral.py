"""The health visitor's referral: each recipient gets what it may see."""

from datetime import date

import pytest
from bars_messages import payload_of
from books import require_balanced, require_receipt
from worlds import (
    CHARITY,
    EARLY_HELP,
    GP,
    HV_MANAGER,
    SCHOOL,
    Kind,
    by_element,
    fates,
    outcome,
    parsed,
)

from audit.events import EntryType
from gateway.delivery import Fate
from gateway.worklists.answering import Answered
from gateway.worklists.handling import resolve
from mappings.caf.view import PART_OF_A_WHOLE

REFERRAL = payload_of("health-visitor-to-early-help")

pytestmark = pytest.mark.parametrize("kind", Kind)


def the_question(world, recipient):
    """Return the one open task about what *recipient* may see."""
    (task,) = (
        one
        for one in world.gateway.office.archive.open_tasks()
        if one.subject.recipient == recipient
    )
    return task


def test_each_recipient_meets_its_own_fate(world):
    assert fates(world.take(REFERRAL)) == {
        EARLY_HELP: "queued",
        SCHOOL: "queued",
        CHARITY: "nothing-released",
        GP: "with-a-person",
    }


def test_each_recipient_gets_its_own_view_with_a_receipt(world):
    answer = world.take(REFERRAL)

    assert world.dispatch() == {Fate.DELIVERED: 2}

    (whole,), (narrow,) = world.delivered(EARLY_HELP), world.delivered(SCHOOL)
    assert "4 Candlemaker Row" in whole.decode()
    assert "4 Candlemaker Row" not in narrow.decode()
    for service, document in ((EARLY_HELP, whole), (SCHOOL, narrow)):
        assert parsed(document)["notice"] == PART_OF_A_WHOLE
        (receipt,) = world.receipts(service)
        said = require_receipt(world, receipt)
        assert (said["recipient"], said["payload_bytes"]) == (service, len(document))
        assert said["message_id"] == outcome(answer, service).message_id
    assert world.delivered(CHARITY) == world.delivered(GP) == []


def test_what_is_said_of_the_father_is_reduced_for_all(world):
    answer = world.take(REFERRAL)
    world.dispatch()

    for service in (EARLY_HELP, SCHOOL):
        (document,) = world.delivered(service)
        assert by_element(answer, service)["environment.family_history"] == {"reduced"}
        assert "drinks" not in document.decode()
        assert "support for contact is wanted" in document.decode()


def test_each_element_says_what_became_of_it_and_by_which_rule(world):
    answer = world.take(REFERRAL)

    for one in answer.outcomes:
        for element in one.elements:
            assert element.outcome in {"sent", "reduced", "withheld", "referred"}
            assert element.rules
            assert element.sentence.startswith(element.title) or ":" in element.sentence


def test_the_question_about_the_surgery_is_answered_and_the_surgery_gets_its_view(world):
    world.take(REFERRAL)
    world.dispatch()
    office, task = world.gateway.office, the_question(world, GP)
    assert task.subject.missing == ("training",)

    trained = Answered(name="training", value="current", until=date(2028, 1, 1))
    resolve(office, task.row.id, HV_MANAGER, [trained])
    world.clock.advance(hours=1)

    assert world.dispatch() == {Fate.DELIVERED: 2}  # the view, and a notice to the sender
    assert len(world.delivered(GP)) == 1
    assert EntryType.TASK_RESOLVED in world.types()
    assert not office.archive.open_tasks()
    require_balanced(world)


def test_a_repeat_is_answered_byte_for_byte_and_has_no_effect(world):
    first = world.take(REFERRAL)
    before = world.size

    again = world.take(REFERRAL)

    assert again.is_repeat
    assert (again.answer, again.entry) == (first.answer, first.entry)
    assert require_receipt(world, again.receipt) == require_receipt(world, first.receipt)
    assert world.size == before
    assert world.dispatch() == {Fate.DELIVERED: 2}
