"""No disclosure, refusal or import without its entry, in the same transaction (invariant 1)."""

import json
from collections import Counter

import pytest
from bars_messages import message, payload_of
from books import require_balanced
from worlds import CAMHS, CHARITY, EARLY_HELP, GP, HEALTH_VISITING, NUMBER, POSYS_BIRTH, SCHOOL

from adapters.registry import Registry
from audit.events import EntryType
from gateway.disclosing import Writer
from gateway.errors import ConflictError
from gateway.registers import Practitioner
from gateway.requests import Rejected

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def entries(world):
    """Return what leaves which entries, and check that the books balance afterwards."""

    def left_by(act):
        before = world.size
        result = act()
        require_balanced(world)
        return result, world.types(before)

    return left_by


def test_a_message_leaves_its_import_and_an_entry_to_each_destination(world, entries):
    answer, left = entries(lambda: world.take(REFERRAL))

    assert left == [
        EntryType.IMPORT,
        EntryType.DISCLOSURE,
        EntryType.DISCLOSURE,
        EntryType.REFUSAL,
        EntryType.REFUSAL,
    ]
    recipients = [leaf.recipient for leaf in world.leaves(answer.entry)]
    assert recipients == ["", EARLY_HELP, SCHOOL, CHARITY, GP]


def test_a_message_about_two_children_leaves_an_import_to_each(entries, world):
    _, left = entries(lambda: world.take(payload_of("siblings-in-one-message")))

    assert left == [EntryType.IMPORT] * 2 + [EntryType.DISCLOSURE] * 2


def test_a_repeat_leaves_nothing_more(world, entries):
    world.take(REFERRAL)

    again, left = entries(lambda: world.take(REFERRAL))

    assert again.is_repeat
    assert left == []


def test_a_conflict_leaves_nothing(world, entries):
    world.take(REFERRAL)
    changed = message()
    changed["timestamp"] = "2026-11-16T09:31:00+00:00"

    def conflicting():
        with pytest.raises(ConflictError):
            world.receive(json.dumps(changed).encode())

    _, left = entries(conflicting)
    assert left == []


def test_a_rejected_message_leaves_one_entry_and_no_row(world, entries):
    tables = ("child", "record", "assessment", "outbox", "task", "idempotency")

    answer, left = entries(lambda: world.receive(b"{}"))

    assert isinstance(answer, Rejected)
    assert left == [EntryType.REJECTED]
    assert world.leaves(answer.entry)[0].sender == HEALTH_VISITING
    for table in tables:
        assert world.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - from the list above


def test_an_answer_leaves_one_disclosure_and_one_that_releases_nothing_one_refusal(world, entries):
    child = world.take(REFERRAL).children[0]

    _, released = entries(lambda: world.ask(child, SCHOOL))
    _, refused = entries(lambda: world.ask(child, CHARITY))
    _, unknown = entries(lambda: world.ask("0" * 32, SCHOOL))

    assert (released, refused, unknown) == (
        [EntryType.DISCLOSURE],
        [EntryType.REFUSAL],
        [EntryType.REFUSAL],
    )


def test_a_search_leaves_an_entry_whatever_it_finds(world, entries):
    world.take(REFERRAL)

    for service in (SCHOOL, CHARITY):
        _, left = entries(lambda: world.look_up(NUMBER, POSYS_BIRTH, service))  # noqa: B023 - it is called at once
        assert left == [EntryType.AUDIT_READ]


def test_a_withdrawal_leaves_one_entry_and_what_still_goes_a_decision_and_a_delivery(
    world, entries
):
    child = world.take(REFERRAL).children[0]

    _, withdrawn = entries(lambda: world.withdraw(child, GP))
    _, sent = entries(world.dispatch)

    assert withdrawn == [EntryType.CONSENT_CHANGE]
    assert Counter(sent) == {EntryType.DECISION: 2, EntryType.DELIVERED: 2}


def test_what_is_decided_again_and_stands_leaves_a_decision_before_it_is_delivered(world, entries):
    world.take(REFERRAL)
    world.clock.advance(hours=2)

    _, left = entries(world.dispatch)

    assert Counter(left) == {EntryType.DECISION: 2, EntryType.DELIVERED: 2}
    assert left.index(EntryType.DECISION) < left.index(EntryType.DELIVERED)


def test_break_glass_leaves_an_entry_whether_or_not_there_is_such_a_child(world, entries):
    child = world.take(REFERRAL).children[0]
    doctor = Practitioner(id="p-doctor", service=CAMHS, role="clinician")
    world.gateway.recorder.documents([doctor])

    def break_glass(child_id):
        return world.ask(
            child_id, CAMHS, practitioner="p-doctor", break_glass=True, justification="in danger"
        )

    for child_id in (child, "nobody"):
        _, left = entries(lambda: break_glass(child_id))  # noqa: B023 - it is called at once
        assert left[1:] == [EntryType.BREAK_GLASS]


def test_an_adapter_that_is_taken_away_leaves_an_entry_and_so_does_its_return(world, entries):
    office = world.gateway.office
    known = office.writer.registry
    others = [name for name in known.editions if name != "bars"]

    def allow(*names):
        office.writer = Writer(
            Registry(known.adapters, {name: known.editions[name] for name in names})
        )
        return entries(world.gateway.recorder.in_force)

    assert allow(*others)[1] == [EntryType.ADAPTER_CHANGE]
    assert allow(*others)[1] == []
    assert allow(*others, "bars")[1] == [EntryType.ADAPTER_CHANGE]
