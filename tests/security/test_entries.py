"""No disclosure, refusal or import without its entry, in the same transaction (invariant 1)."""

import json

import pytest
from bars_messages import message, payload_of
from books import require_balanced
from worlds import CHARITY, EARLY_HELP, GP, HEALTH_VISITING, NUMBER, POSYS_BIRTH, SCHOOL

from audit.events import EntryType
from gateway.errors import ConflictError
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


def test_a_delivery_and_a_withdrawal_leave_one_entry_each(world, entries):
    child = world.take(REFERRAL).children[0]

    _, withdrawn = entries(lambda: world.withdraw(child, GP))
    _, sent = entries(world.dispatch)

    assert withdrawn == [EntryType.CONSENT_CHANGE]
    assert sent == [EntryType.DELIVERED] * 2
