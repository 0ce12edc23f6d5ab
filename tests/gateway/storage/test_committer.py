"""The committer: units together with their entries, or not at all."""

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from units import a_child, a_record, a_task, an_answer, an_entry, an_import

from audit.checkpoint import open_checkpoint
from audit.errors import EntryError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.merkle import leaf_hash
from audit.parts import Opening, Part
from audit.receipts import check_receipt
from audit.tree import Edge
from audit.verify import verify_leaves
from gateway.errors import (
    BusyError,
    ConflictError,
    DuplicateError,
    StampMovedError,
    StorageError,
)
from gateway.ports import Ports
from gateway.storage import committer as committing
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.unit import Change, ChangeKind, Stamp, Table, Unit, Write

ORIGIN = "gateway.example/audit/2026"


def rows(database, text):
    with database.reading() as connection:
        return connection.execute(text).fetchall()


def test_a_log_begins_with_an_entry_that_says_so(committer):
    assert Leaf.decode(committer.log.leaf(0)).type is EntryType.LOG_START


def test_a_unit_is_stored_with_its_entry(committer, database):
    committed = committer.commit(an_import("r1"))

    assert committed.indices == (1,)
    assert rows(database, "SELECT id, leaf FROM record") == [("r1", 1)]
    assert committer.log.leaf(1) == committed.leaves[0]


def test_each_row_gets_the_index_of_the_entry_that_it_names(committer, database):
    unit = Unit(
        writes=[a_record("r1", entry=1), a_record("r2", entry=0), a_record("r3", entry=1)],
        entries=[an_entry(), an_entry()],
    )
    committer.commit(unit)

    found = dict(rows(database, "SELECT id, leaf FROM record"))
    assert found == {"r1": 2, "r2": 1, "r3": 2}


def test_the_receipt_of_an_entry_verifies_without_the_gateway(committer):
    unit = an_import("r1")
    committed = committer.commit(unit)

    receipt = committed.receipt(0, unit.entries[0].detail.open(Part.SENDER))

    checked = check_receipt(receipt, [committer.log.signing.verifier])
    assert (checked.index, checked.part) == (1, Part.SENDER)


def test_the_detail_of_an_entry_opens_again_with_the_childs_key(committer, database):
    unit = Unit(writes=[a_child(committer, "c1")], entries=[an_entry(child="c1")])
    committer.commit(unit)

    assert committer.details.detail(1) == unit.entries[0].detail
    assert rows(database, "SELECT key_id FROM audit_detail WHERE seq = 1") == [("c1",)]


def test_entries_of_many_threads_stand_in_one_log_that_verifies(committer):
    numbers = count()

    def work():
        for _ in range(20):
            committer.commit(an_import(f"r{next(numbers)}"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    published = committer.log.published
    checkpoint = open_checkpoint(published.note, [committer.log.signing.verifier])
    leaves = [leaf for _, leaf in committer.log.leaves(0, published.size)]
    assert checkpoint.size == 161
    assert verify_leaves(leaves, checkpoint).holds
    times = [Leaf.decode(leaf).at for leaf in leaves]
    assert times == sorted(times)


def test_a_log_of_thousands_of_entries_is_found_again_after_a_restart(database, keys):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    for _ in range(3):
        committer.commit(Unit(entries=[an_entry() for _ in range(300)]))
    committer.close()

    again = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)

    assert again.log.published.note == committer.log.published.note
    hashes = [leaf_hash(leaf) for _, leaf in again.log.leaves(0, 901)]
    assert again.log.published.edge.root() == Edge.empty().extend(hashes).edge.root()
    again.commit(an_import("r1"))
    assert again.log.published.proof(5).index == 5
    again.close()


class TestWhatAUnitRestsOn:
    def test_a_unit_whose_stamp_holds_is_committed(self, committer):
        committer.commit(Unit(moves=(("registers", ""),)))

        unit = an_import("r1")
        unit.stamps = (Stamp("registers", "", 1), Stamp("child", "never-changed", 0))
        assert committer.commit(unit).indices == (1,)

    def test_a_unit_whose_stamp_moved_leaves_nothing(self, committer, database):
        committer.commit(Unit(moves=(("child", "c1"),)))
        unit = an_import("r1")
        unit.stamps = (Stamp("child", "c1", 0),)

        with pytest.raises(StampMovedError) as moved:
            committer.commit(unit)

        assert moved.value.kinds == ("child",)
        assert rows(database, "SELECT count(*) FROM record") == [(0,)]
        assert committer.log.refresh().size == 1

    def test_a_key_that_was_used_is_refused_a_second_time(self, committer):
        def unit():
            return Unit(writes=[an_answer(b"key")], entries=[an_entry()])

        committer.commit(unit())
        with pytest.raises(DuplicateError) as duplicate:
            committer.commit(unit())
        assert duplicate.value.table == "idempotency"

    def test_a_row_is_moved_on_from_its_state_just_once(self, committer, database):
        committer.commit(Unit(writes=[a_task("t1")], entries=[an_entry()]))
        row = {"state": "resolved", "resolved_by": "p1", "resolved_at": 5}

        def resolution():
            change = Change(ChangeKind.TASK_STATE, "t1", "open", row, entry=0)
            return Unit(changes=[change], entries=[an_entry(EntryType.TASK_RESOLVED)])

        committer.commit(resolution())
        with pytest.raises(ConflictError):
            committer.commit(resolution())
        found = rows(database, "SELECT state, resolved_by, leaf, closing_leaf FROM task")
        assert found == [("resolved", "p1", 1, 2)]

    def test_a_row_that_is_not_there_is_not_moved(self, committer):
        change = Change(ChangeKind.OUTBOX_STATE, "none", "pending", {"state": "sending"})
        with pytest.raises(ConflictError):
            committer.commit(Unit(changes=[change]))

    def test_of_one_batch_the_first_wins_and_the_others_go_on(self, database, keys):
        committer, release = held(database, keys)
        first, second = (
            committer.submit(Unit(writes=[an_answer(b"k")], entries=[an_entry()])) for _ in range(2)
        )
        moving = committer.submit(Unit(moves=(("policy", ""),)))
        stale = an_import("r1")
        stale.stamps = (Stamp("policy", "", 0),)
        stale_answer = committer.submit(stale)
        clash = committer.submit(an_import("r2"))
        clashing = committer.submit(an_import("r2"))
        good = committer.submit(an_import("r3"))
        release.set()

        assert first.result().indices == (1,)
        assert isinstance(second.exception(), DuplicateError)
        assert moving.result().indices == ()
        assert isinstance(stale_answer.exception(), StampMovedError)
        assert len(clash.result().indices) == 1
        assert isinstance(clashing.exception(), StorageError)
        assert len(good.result().indices) == 1
        committer.close()
        assert rows(database, "SELECT id FROM record ORDER BY id") == [("r2",), ("r3",)]


def held(database, keys):
    """Return a committer that begins nothing until the event beside it is set."""
    release = threading.Event()
    armed = threading.Event()

    def step(name):
        if name == "committer:begin" and armed.is_set():
            release.wait()

    committer = Committer(database, keys, Ports(step=step), node="n1", origin=ORIGIN)
    armed.set()
    return committer, release


def test_what_is_wrong_with_a_unit_is_found_before_it_waits(committer):
    with pytest.raises(StorageError):
        committer.submit(Unit(writes=[Write(Table.TASK, {"no_such_column": 1})]))
    with pytest.raises(StorageError):
        committer.submit(Unit(writes=[a_record("r1", entry=1)], entries=[an_entry()]))
    with pytest.raises(EntryError):
        committer.submit(Unit(entries=[an_entry(recipient="a name with spaces")]))
    with pytest.raises(StorageError):
        committer.submit(Unit(entries=[an_entry(child="nobody")]))


def test_beyond_what_may_wait_the_caller_is_told_to_come_again(database, keys, monkeypatch):
    monkeypatch.setattr(committing, "MAX_WAITING", 2)
    committer, release = held(database, keys)
    begun = committer.submit(an_import("r0"))
    while committer._waiting:  # noqa: SLF001 - until the first one is being written
        time.sleep(0.001)
    answers = [begun, committer.submit(an_import("r1")), committer.submit(an_import("r2"))]
    with pytest.raises(BusyError):
        committer.submit(an_import("r3"))
    release.set()
    committer.close()

    assert all(answer.result().indices for answer in answers)


def test_who_arrives_while_another_node_writes_joins_the_batch(database, keys):
    sizes, begins = [], threading.Event()

    def step(name):
        if name == "committer:begin" and sizes:
            begins.set()

    committer = Committer(
        database, keys, Ports(step=step), node="n1", origin=ORIGIN, committed=sizes.append
    )
    other = database.writer()
    other.begin_writing()
    first = committer.submit(an_import("r0"))
    assert begins.wait(10)
    late = [committer.submit(an_import(f"r{number}")) for number in range(1, 6)]
    other.roll_back()
    other.close()

    assert [answer.result(10).indices for answer in (first, *late)] == [(n,) for n in range(1, 7)]
    assert sizes == [1, 6]  # the entry with which the log begins, and all six
    committer.close()


def test_what_was_submitted_before_the_end_is_committed(database, keys):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    answers = [committer.submit(an_import(f"r{number}")) for number in range(300)]
    committer.close()

    assert all(answer.done() for answer in answers)
    with pytest.raises(StorageError, match="closed"):
        committer.submit(an_import("late"))


def test_a_withdrawal_is_ordered_before_or_after_every_disclosure(committer):
    """Every unit that rests on version 0 stands before the move, and none after it."""
    go = threading.Barrier(9)
    answers = []

    def disclose(number):
        unit = an_import(f"r{number}")
        unit.stamps = (Stamp("child", "c1", 0),)
        go.wait()
        answers.append(committer.submit(unit))

    threads = [threading.Thread(target=disclose, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    go.wait()
    moved = committer.commit(Unit(moves=(("child", "c1"),), entries=[an_entry()])).indices[0]
    for thread in threads:
        thread.join()

    for answer in answers:
        refused = answer.exception()
        assert (
            isinstance(refused, StampMovedError) if refused else answer.result().indices < (moved,)
        )


def test_a_clock_stepped_back_does_not_step_the_log_back(database, keys):
    times = [datetime(2026, 3, 1, 9, tzinfo=UTC)]
    committer = Committer(database, keys, Ports(now=lambda: times[0]), node="n1", origin=ORIGIN)
    committer.commit(an_import("r1"))
    times[0] -= timedelta(hours=1)
    committer.commit(an_import("r2"))
    committer.close()

    before, after = (Leaf.decode(committer.log.leaf(index)).at for index in (1, 2))
    assert before == after


class TestTwoProcesses:
    def test_two_committers_on_one_database_continue_one_log(self, database, database_url, keys):
        other_database = Database(database_url)
        one = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        other = Committer(other_database, keys, Ports(), node="n2", origin=ORIGIN)

        answers = [
            committer.submit(an_import(f"{name}{number}"))
            for number in range(100)
            for name, committer in (("a", one), ("b", other))
        ]
        indices = sorted(answer.result().indices[0] for answer in answers)

        assert indices == list(range(1, 201))
        assert one.log.refresh().note == other.log.refresh().note
        one.close()
        other.close()
        other_database.close()

    def test_a_reader_sees_what_another_process_appended(self, database, keys):
        one = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        other = Committer(database, keys, Ports(), node="n2", origin=ORIGIN)
        index = other.commit(an_import("r1")).indices[0]

        assert one.log.published.size <= index
        assert one.log.refresh().proof(index).index == index
        one.close()
        other.close()


def test_an_opening_of_one_part_is_all_that_a_receipt_shows(committer):
    unit = Unit(entries=[an_entry(EntryType.DISCLOSURE, recipient="school")])
    committed = committer.commit(unit)

    receipt = committed.receipt(0, unit.entries[0].detail.open(Part.RECIPIENT))

    assert b"housing" not in receipt
    assert isinstance(unit.entries[0].detail.open(Part.RECIPIENT), Opening)
