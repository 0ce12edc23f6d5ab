"""Corrections: a newer version, and a record that was another child's; who is told of them."""

import json

import pytest
from bars_messages import message, payload_of, resources
from worlds import (
    EARLY_HELP,
    GP,
    HEALTH_VISITING,
    NUMBER,
    POSYS_BIRTH,
    SCHOOL,
    Kind,
    a_home_on,
    a_world,
)

from audit.events import EntryType
from audit.parts import Part
from gateway.delivery import Fate
from gateway.erasing.erasure import Order
from gateway.errors import RequestError
from gateway.stored_log import open_stored_log
from gateway.unlinking import Unlinking
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
OWN_ID = "https://records.fernbrook.example/Id/child|FB-11006"


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path), a_world(tmp_path) as world:
        yield world


@pytest.fixture
def child(world):
    (child,) = world.take(REFERRAL).children
    world.dispatch()
    return child


def an_update(number=1, *, to=None, reason="update") -> bytes:
    """Return another message of the same sender about the child, to one service alone if named."""
    plain = message()
    plain["id"] = f"0b0d8a2e-93a5-4f5e-a1de-{number:012d}"
    (header,) = resources(plain, "MessageHeader")
    header["reason"]["coding"][0]["code"] = reason
    if to is not None:
        header["destination"] = [one for one in header["destination"] if to in json.dumps(one)]
    return json.dumps(plain).encode()


def corrections(world):
    """Return what the entries of corrections say, to the gateway."""
    return said(world, EntryType.CORRECTION)


def said(world, kind):
    details = world.gateway.office.details
    indices = [index for index, type_ in enumerate(world.types()) if type_ is kind]
    return [details.detail(index).open(Part.GATEWAY).fields() for index in indices]


def to_tell(world):
    tasks = world.gateway.office.archive.open_tasks()
    return {task.subject.recipient for task in tasks if task.row.kind == "notice"}


def faults(world):
    with open_stored_log(world.gateway.settings) as stored:
        return verify(stored).faults


class TestANewerVersion:
    def test_names_who_was_told_the_one_before_and_which_entry_that_was(self, world, child):
        world.take(an_update())

        (entry,) = corrections(world)
        assert entry["recipients"] == sorted([EARLY_HELP, SCHOOL])
        assert entry["version"] == 2
        assert world.types()[entry["entry"]] is EntryType.IMPORT
        assert entry["child"] == child

    @pytest.mark.usefixtures("child")
    def test_gives_no_notice_to_whom_it_is_sent_to(self, world):
        world.take(an_update())
        assert to_tell(world) == set()

    @pytest.mark.usefixtures("child")
    def test_gives_a_notice_to_each_who_is_not_sent_it(self, world):
        world.take(an_update(to=SCHOOL))
        assert to_tell(world) == {EARLY_HELP}

    def test_counts_whoever_asked_and_was_answered(self, world, child):
        world.by_hand("DELETE FROM task")
        world.ask(child, SCHOOL)
        world.take(an_update(to=EARLY_HELP))
        assert to_tell(world) == {SCHOOL}

    def test_does_not_count_whom_nothing_reached(self, world):
        (child,) = world.take(REFERRAL).children
        world.withdraw(child)
        world.dispatch()
        world.take(an_update())
        (entry,) = corrections(world)
        assert entry["recipients"] == []

    @pytest.mark.usefixtures("child")
    def test_is_told_to_nobody_who_was_refused(self, world):
        world.take(an_update(to=SCHOOL))
        assert GP not in corrections(world)[0]["recipients"]
        assert GP not in to_tell(world)

    @pytest.mark.usefixtures("child")
    def test_that_is_a_new_referral_corrects_nothing(self, world):
        world.take(an_update(reason="new"))
        assert corrections(world) == []

    def test_of_a_child_who_is_not_known_corrects_nothing(self, world):
        world.take(an_update())
        assert corrections(world) == []


class TestUnlinking:
    @pytest.fixture
    def record(self, world, child):
        assert child
        ((record,),) = world.rows("SELECT id FROM record")
        return record

    def unlink(self, world, child, record, **more):
        office = world.gateway.office
        return Unlinking(
            office=office, child=child, record=record, by="dq-1", reason="a wrong number", **more
        ).run()

    @pytest.mark.parametrize("kind", Kind)
    def test_files_the_record_and_what_came_with_it_under_a_new_child(self, world, child, record):
        before = world.case(child)

        new = self.unlink(world, child, record).new_child

        archive = world.gateway.office.archive
        assert archive.assessments(child) == ()
        assert world.case(child).consents == ()
        (held,) = archive.assessments(new)
        assert held.holder == HEALTH_VISITING
        after = world.case(new)
        assert {one.said for one in after.consents} == {one.said for one in before.consents}
        assert {(one.name, one.value) for one in after.facts} == {
            (one.name, one.value) for one in before.facts
        }
        assert archive.store.records.read(record, new).content == REFERRAL
        assert archive.store.records.find(child, record) is None
        assert faults(world) == ()

    def test_is_in_the_history_of_both_and_names_who_was_told(self, world, child, record):
        done = self.unlink(world, child, record)

        of_old, of_new = said(world, EntryType.IDENTITY_UNLINKED)
        assert done.told == tuple(sorted([EARLY_HELP, SCHOOL]))
        assert of_old["child"] == child
        assert of_old["children"] == [done.new_child]
        assert of_old["recipients"] == list(done.told) == of_new["recipients"]
        assert (of_new["child"], "children" in of_new) == (done.new_child, False)
        assert to_tell(world) == set(done.told)

    def test_takes_back_what_still_waits_to_be_sent(self, world):
        (child,) = world.take(REFERRAL).children
        ((record,),) = world.rows("SELECT id FROM record")

        self.unlink(world, child, record)

        assert world.dispatch() == {Fate.RECALLED: 4, Fate.DELIVERED: 2}
        assert world.delivered(SCHOOL) == []

    def test_finds_the_record_by_its_digest_as_entries_name_it(self, world, child):
        (entry,) = said(world, EntryType.IMPORT)
        assert self.unlink(world, child, entry["record_sha256"]).told

    def test_leaves_the_numbers_with_the_child_they_were_filed_for(self, world, child, record):
        self.unlink(world, child, record)
        (again,) = world.take(an_update(7, reason="new")).children
        assert again == child

    def test_moves_the_senders_own_id_where_it_is_given(self, world, child, record):
        new = self.unlink(world, child, record, own_id=OWN_ID).new_child
        plain = json.loads(an_update(7, reason="new"))
        (patient,) = resources(plain, "Patient")
        del patient["identifier"][0]
        (again,) = world.take(json.dumps(plain).encode()).children
        assert again == new

    @pytest.mark.parametrize(
        ("name", "more", "sentence"),
        [
            ("no-such-record", {}, "no such record"),
            (None, {"own_id": "FB-1"}, "not the sender's own id"),
        ],
    )
    def test_of_what_there_is_not_changes_nothing(  # noqa: PLR0913, PLR0917 - each by its name
        self, world, child, record, name, more, sentence
    ):
        size = world.size
        with pytest.raises(RequestError, match=sentence):
            self.unlink(world, child, name or record, **more)
        assert world.size == size

    def test_both_can_be_erased_and_nothing_holds_them_together(self, world, child, record):
        order = Order(authority="a", reason="r", by="o")
        new = self.unlink(world, child, record).new_child
        world.gateway.eraser().erase(child, order)
        assert world.gateway.office.archive.store.records.read(record, new).content == REFERRAL
        world.gateway.eraser().erase(new, order)
        assert world.rows("SELECT id FROM record") == []
        assert world.look_up(NUMBER, POSYS_BIRTH).child_id is None
        assert faults(world) == ()
