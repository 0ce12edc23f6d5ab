"""Notices: what a service is told, proved by its entry as a disclosure is."""

import json

import pytest
from bars_messages import payload_of
from books import require_balanced
from msgspec.structs import replace
from worlds import CHARITY, EARLY_HELP, HEALTH_VISITING, SCHOOL, Kind, a_world

from audit.events import EntryType
from audit.parts import Part
from gateway.delivery import Fate
from gateway.entries import entry
from gateway.notices.document import MEDIA_TYPE, NoticeKind
from gateway.notices.giving import Telling, give
from gateway.storage.outbox import Delivery
from gateway.storage.unit import Stamp, Unit
from gateway.stored_log import open_stored_log
from gateway.unlinking import Unlinking
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")


def tasks(world, kind):
    return [one for one in world.gateway.office.archive.open_tasks() if one.row.kind == kind]


def faults(world):
    with open_stored_log(world.gateway.settings) as stored:
        return verify(stored).faults


def told(world, child, **more):
    """Give a notice, and return its id."""
    office = world.gateway.office
    version = office.archive.store.children.stamp(child).version
    unit = Unit(stamps=(Stamp("child", child, version),))
    telling = Telling(kind=NoticeKind.DECIDED, recipient=HEALTH_VISITING, **more)
    id_ = give(office, unit, child, telling)
    office.committer.commit(unit)
    return id_


@pytest.mark.parametrize("kind", Kind)
def test_who_was_told_what_is_corrected_is_sent_a_notice_of_their_own_message(corrected, said):
    first = said(EntryType.DISCLOSURE, Part.RECIPIENT)
    (had,) = (one["message_id"] for one in first if one["recipient"] == EARLY_HELP)

    corrected.dispatch()

    (notice,) = corrected.notices(EARLY_HELP)
    assert (notice["kind"], notice["recipient"]) == ("corrected", EARLY_HELP)
    assert [one["message"] for one in notice["about"]] == [had]
    assert corrected.types()[notice["about"][0]["entry"]] is EntryType.DISCLOSURE
    assert corrected.notices(SCHOOL) == []
    require_balanced(corrected)


def test_a_notice_says_nothing_of_whom_it_concerns(corrected, child):
    corrected.dispatch()
    (notice,) = corrected.notices(EARLY_HELP)
    text = json.dumps(notice)
    assert child not in text
    assert not {"999", "Posy", "2022-06-14"} & set(text.replace('"', " ").split())
    assert notice.keys() <= {
        "format", "id", "kind", "recipient", "text", "holder", "about", "respondBy",
    }  # fmt: skip


def test_the_entry_of_a_notice_binds_its_payload_and_each_party_has_its_part(corrected, said):
    (recipient,) = said(EntryType.NOTICE, Part.RECIPIENT)
    (holder,) = said(EntryType.NOTICE, Part.SENDER)
    (gateway,) = said(EntryType.NOTICE)
    assert recipient["media_type"] == MEDIA_TYPE
    assert recipient["payload_sha256"] == gateway["payload_sha256"]
    assert "payload_sha256" not in holder
    assert gateway["kind"] == holder["kind"] == "corrected"
    (leaf,) = (one for one in corrected.leaves() if one.type is EntryType.NOTICE)
    assert (leaf.sender, leaf.recipient) == (HEALTH_VISITING, EARLY_HELP)


def test_an_answer_is_waited_for_where_one_is_asked_for(corrected):
    (task,) = tasks(corrected, "notice")
    assert (task.row.owner_role, task.subject.recipient) == ("data_quality_officer", EARLY_HELP)
    assert (task.row.due_at - task.row.created_at).days in {1, 2}


def test_a_notice_that_asks_for_nothing_leaves_no_task(world, child):
    told(world, child)
    assert tasks(world, "notice") == []
    world.dispatch()
    (notice,) = world.notices(HEALTH_VISITING)
    assert "respondBy" not in notice


@pytest.mark.parametrize("change", [{"endpoint": None}, {"type": "parent"}])
def test_a_service_that_nothing_can_be_sent_to_is_told_by_a_person(world, child, change):
    service = world.gateway.office.service(HEALTH_VISITING)
    world.gateway.recorder.documents([replace(service, **change)])
    office, unit = world.gateway.office, Unit()
    office.refresh()
    unit.entries.append(an_entry(world))
    telling = Telling(kind=NoticeKind.DECIDED, recipient=HEALTH_VISITING)

    assert give(office, unit, child, telling) is None
    office.committer.commit(unit)

    (task,) = tasks(world, "to-tell")
    assert task.subject.recipient == HEALTH_VISITING
    assert EntryType.NOTICE not in world.types()


def an_entry(world):
    gateway = {"task": "t", "outcome": "closed"}
    return entry(
        EntryType.TASK_RESOLVED, {Part.GATEWAY: gateway}, world.gateway.office.ports.random
    )


def test_a_notice_goes_as_it_is_though_the_registers_and_the_child_have_moved(corrected, child):
    corrected.withdraw(child, EARLY_HELP)
    corrected.clock.advance(days=1)
    assert Fate.RECALLED not in corrected.dispatch()
    assert next(one["kind"] for one in corrected.notices(EARLY_HELP)) == "corrected"
    again = (leaf for leaf in corrected.leaves() if leaf.type is EntryType.DECISION)
    assert all(leaf.recipient != EARLY_HELP for leaf in again)


def test_a_disclosure_does_not_pass_for_a_notice_nor_a_notice_for_a_disclosure(world, child):
    told(world, child)
    for media_type, match in ((MEDIA_TYPE, "<>"), ("application/json", "=")):
        world.by_hand(
            f"UPDATE outbox SET media_type = :other WHERE media_type {match} :notice"  # noqa: S608 - from above
            " AND state = 'pending'",
            other=media_type,
            notice=MEDIA_TYPE,
        )
    assert world.dispatch().keys() == {Fate.REFUSED}
    assert world.notices(HEALTH_VISITING) == []


def test_a_disclosure_under_the_entry_of_a_notice_is_refused_though_sealed_with_the_key(
    world, child
):
    id_ = told(world, child)
    forged = Delivery(
        id=id_,
        message_id=id_,
        recipient=HEALTH_VISITING,
        child_id=child,
        payload=b'{"format":"early-help/1"}',
        media_type=MEDIA_TYPE,
        created_at=world.clock.now(),
        stamps=(),
        context=b"",
    )
    sealed = forged.write(world.gateway.office.archive.store.vault, 0).row["sealed"]
    world.by_hand("UPDATE outbox SET sealed = :sealed WHERE id = :id", sealed=sealed, id=id_)
    assert world.dispatch().keys() == {Fate.REFUSED}


def test_a_row_of_a_notice_that_was_removed_is_found(world, child):
    id_ = told(world, child)
    world.by_hand("DELETE FROM outbox WHERE id = :id", id=id_)
    assert any("not in the outbox" in fault.message for fault in faults(world))


def test_a_notice_about_what_never_arrived_is_recalled_with_its_task(tmp_path):
    with a_world(tmp_path) as world:
        (child,) = world.take(REFERRAL).children
        ((record,),) = world.rows("SELECT id FROM record")
        Unlinking(
            office=world.gateway.office, child=child, record=record, by="dq-1", reason="a mistake"
        ).run()
        assert len(tasks(world, "notice")) == 2

        assert world.dispatch() == {Fate.RECALLED: 4, Fate.DELIVERED: 2}

        assert world.notices(EARLY_HELP) == world.notices(SCHOOL) == []
        assert tasks(world, "notice") == []
        assert faults(world) == ()


def test_nothing_is_told_to_a_service_that_had_nothing(corrected):
    corrected.dispatch()
    assert corrected.notices(CHARITY) == []
