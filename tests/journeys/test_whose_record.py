"""Whose record it is: siblings, the same child again, near misses, and numbers that are wrong."""

import json
from datetime import date

from bars_messages import message, payload_of, resources
from books import require_balanced
from worlds import EARLY_HELP, NUMBER, POSYS_BIRTH, SCHOOL, Fate, fates, parsed

from audit.events import EntryType

SIBLINGS = payload_of("siblings-in-one-message")
INVALID = "9990001007"


def a_message(number: int, **patient: object) -> dict:
    """Return the referral under another message id, of a child with other details."""
    plain = message()
    plain["id"] = f"3f87ad16-13d7-53b3-8a4b-{number:012d}"
    (child,) = resources(plain, "Patient")
    child.update(patient)
    return plain


def renumbered(plain: dict, nhs_number: str | None = None, own: str | None = None) -> bytes:
    """Return *plain* with another NHS number, another id of the sender's own."""
    (child,) = resources(plain, "Patient")
    nhs, local = child["identifier"]
    nhs["value"], local["value"] = nhs_number or nhs["value"], own or local["value"]
    return json.dumps(plain).encode()


def kinds(world) -> list[str]:
    """Return the kinds of the open tasks about identity."""
    tasks = world.gateway.office.archive.open_tasks()
    return [task.row.kind for task in tasks if task.row.owner_role == "data_quality_officer"]


def test_siblings_in_one_message_are_two_children_with_one_record_that_either_key_opens(world):
    answer = world.take(SIBLINGS)

    first, second = answer.children
    assert first != second
    (record,) = {id_ for (id_,) in world.rows("SELECT id FROM record")}
    keys = world.rows("SELECT child_id, wrapped FROM record_key")
    assert {child for child, _ in keys} == {first, second}
    assert len({wrapped for _, wrapped in keys}) == 2
    records = world.gateway.office.archive.store.records
    for child in answer.children:
        assert records.read(record, child).content == SIBLINGS


def test_siblings_are_decided_about_and_delivered_apart(world):
    answer = world.take(SIBLINGS)

    assert [(one.child, one.fate) for one in answer.outcomes] == [(0, "queued"), (1, "queued")]
    assert world.dispatch() == {Fate.DELIVERED: 2}
    names = {"Bram", "Tansy"}
    for document in world.delivered(EARLY_HELP):
        about = json.dumps(parsed(document)["identifying_details"])
        assert len([name for name in names if name in about]) == 1
    require_balanced(world)


def test_what_a_withdrawal_for_one_sibling_recalls_is_that_siblings_alone(world):
    first, _ = world.take(SIBLINGS).children

    world.withdraw(first)

    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}


def test_the_same_verified_number_and_birth_date_are_the_same_child(world):
    first = world.take(renumbered(a_message(1), own="A-1"))
    second = world.take(renumbered(a_message(2), own="B-2"))

    assert first.children == second.children
    assert world.rows("SELECT version FROM assessment ORDER BY version") == [(1,), (2,)]
    assert kinds(world) == []


def test_the_senders_own_id_is_the_same_child_and_another_senders_is_not(world):
    first = world.take(renumbered(a_message(1)))
    again = world.take(renumbered(a_message(2), nhs_number="9990002207"))
    assert first.children == again.children

    other = world.take(renumbered(a_message(3), nhs_number="9990003106"), SCHOOL)
    assert first.children != other.children


def test_the_same_number_with_another_birth_date_is_a_new_child_and_a_question(world):
    first = world.take(renumbered(a_message(1), own="A-1"))
    second = world.take(renumbered(a_message(2, birthDate="2022-06-15"), own="B-2"))

    assert first.children != second.children
    assert kinds(world) == ["possible-match"]
    (task,) = (
        one for one in world.gateway.office.archive.open_tasks() if one.row.kind == "possible-match"
    )
    assert (task.row.child_id, task.subject.other_child) == (second.children[0], first.children[0])
    assert world.look_up(NUMBER, POSYS_BIRTH, SCHOOL).child_id == first.children[0]


def test_an_invalid_number_is_a_finding_and_a_question_and_never_a_match_or_a_loss(world):
    first = world.take(renumbered(a_message(1), INVALID, "A-1"))
    second = world.take(renumbered(a_message(2), INVALID, "B-2"))

    assert first.children != second.children
    assert any("identifier" in one.where for one in first.findings)
    assert kinds(world) == ["identifier-invalid"] * 2
    assert fates(first)[EARLY_HELP] == "queued"
    assert INVALID.encode() not in first.answer
    assert world.look_up(INVALID, POSYS_BIRTH, SCHOOL).child_id is None


def test_identifiers_that_name_two_children_are_a_question_and_a_new_child(world):
    one = world.take(renumbered(a_message(1), own="A-1"))
    other = world.take(
        renumbered(a_message(2, birthDate="2021-01-01"), nhs_number="9990002207", own="B-2")
    )
    mixed = world.take(renumbered(a_message(3), own="B-2"))

    assert len({*one.children, *other.children, *mixed.children}) == 3
    assert kinds(world) == ["identifiers-disagree"] * 2


def test_who_works_with_a_child_finds_it_and_nobody_else_does(world):
    child = world.take(json.dumps(message()).encode()).children[0]
    world.take(SIBLINGS)

    assert world.look_up(NUMBER, POSYS_BIRTH, SCHOOL).child_id == child
    assert world.look_up(NUMBER, date(2022, 6, 15), SCHOOL).child_id is None
    assert world.look_up("9990003106", date(2017, 4, 21), SCHOOL).child_id is None
    assert world.look_up("9990003106", date(2017, 4, 21), EARLY_HELP).child_id is not None
    assert world.types(world.size - 4) == [EntryType.AUDIT_READ] * 4
