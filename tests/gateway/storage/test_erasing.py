"""Erasing in the committer's transaction: all of a child, nothing after it, on both databases."""

import os
import threading
import time
from datetime import UTC, datetime

import pytest
from postgres import server
from sqlalchemy import select
from units import a_child, an_entry

from gateway.errors import StampMovedError, StorageError
from gateway.ports import Ports
from gateway.storage import tables
from gateway.storage.children import Episode, Fact, StoredAssessment, StoredConsent
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.erasing import all_of, children
from gateway.storage.erasures import subjects
from gateway.storage.outbox import Delivery
from gateway.storage.records import ReceivedRecord
from gateway.storage.requests import StoredAnswer, used_token
from gateway.storage.store import Store
from gateway.storage.tasks import Task
from gateway.storage.times import to_ms
from gateway.storage.unit import ERASURES, Removal, Stamp, Sweep, Table, Unit, Write

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ORIGIN = "gateway.example/audit/2026"


@pytest.fixture
def store(database, keys, committer):
    return Store(database, keys, committer.child_keys)


def everything_of(store, child, record="r1") -> Unit:
    """Return the unit that files a row of every kind about a new child."""
    vault = store.vault
    unit = Unit(entries=[an_entry(child=child)], moves=(("child", child),))
    unit.writes.append(store.children.new(child, NOW))
    unit.writes.append(store.children.index(child, "nhs-number", f"number of {child}"))
    received = ReceivedRecord(
        id=record, sender="hv", adapter="bars", media_type="x", content=b"told", received_at=NOW
    )
    unit.writes += received.writes(vault, [child], 0, os.urandom)
    unit.writes.append(Episode(id=f"e-{child}", child_id=child, holder="hv", opened_at=NOW).write())
    said = {"child_id": child, "content": b"said", "recorded_at": NOW, "recorded_by": "p1"}
    filed = (
        StoredAssessment(
            id=f"a-{child}",
            child_id=child,
            holder="hv",
            version=1,
            content=b"assessed",
            created_at=NOW,
            episode_id=f"e-{child}",
            record_id=record,
        ),
        Fact(id=f"f-{child}", fact=bytes(32), **said),
        StoredConsent(id=f"c-{child}", grantor=bytes(32), **said),
        Task(
            id=f"t-{child}",
            kind="duty",
            owner_role="lead",
            due_at=NOW,
            content=b"see to it",
            created_at=NOW,
            child_id=child,
        ),
        Delivery(
            id=f"o-{child}",
            message_id=f"m-{child}",
            recipient="school",
            child_id=child,
            payload=b"sent",
            media_type="x",
            created_at=NOW,
            stamps=(Stamp("child", child, 0),),
            context=b"",
        ),
        StoredAnswer(
            key=child.encode(),
            body_sha256=b"h",
            status=200,
            content=b"answered",
            created_at=NOW,
            child_id=child,
        ),
    )
    unit.writes += [one.write(vault, 0) for one in filed]
    return unit


def erasing(database, committer, child) -> Unit:
    subject = committer.child_keys.subject(child)
    return Unit(
        writes=[Write(Table.ERASURE, {"subject": subject}, 0)],
        entries=[an_entry()],
        moves=(ERASURES,),
        erasure=all_of(database, child),
    )


def rows(database, table):
    with database.reading() as connection:
        return connection.execute(str(select(table))).fetchall()


def test_all_of_a_child_goes_and_nothing_of_another(database, committer, store):
    for child in ("c1", "c2"):
        committer.commit(everything_of(store, child, record=f"r-{child}"))

    committer.commit(erasing(database, committer, "c1"))

    for table in tables.metadata.tables.values():
        said = [
            bytes(value) if isinstance(value, memoryview) else value
            for row in rows(database, table)
            for value in row
        ]
        named = [value for value in said if isinstance(value, str)]
        assert not [value for value in named if value == "c1" or value.endswith("-c1")], table
    assert children(database) == ("c2",)
    assert [fact.content for fact in store.children.facts("c2", NOW)] == [b"said"]
    assert subjects(database) == {committer.child_keys.subject("c1"): 3}
    with pytest.raises(StorageError):
        committer.child_keys.key("c1")


def test_an_erasure_that_would_leave_an_entry_is_refused(database, committer, store):
    committer.commit(everything_of(store, "c1"))
    unit = erasing(database, committer, "c1")
    committer.commit(Unit(entries=[an_entry(child="c1")]))

    with pytest.raises(StampMovedError):
        committer.commit(unit)
    assert children(database) == ("c1",)
    committer.commit(erasing(database, committer, "c1"))


def test_of_one_batch_what_comes_before_an_erasure_stops_it_and_what_follows_is_refused(
    database, committer, store, keys
):
    for child in ("c1", "c2"):
        committer.commit(everything_of(store, child, record=f"r-{child}"))
    committer.close()
    release, armed = threading.Event(), threading.Event()

    def step(name):
        if name == "committer:begin" and armed.is_set():
            release.wait()

    held = Committer(database, keys, Ports(step=step), node="n1", origin=ORIGIN)
    armed.set()
    held.submit(Unit(entries=[an_entry()]))  # what follows waits, and is one batch
    before = held.submit(Unit(entries=[an_entry(child="c1")]))
    late = held.submit(erasing(database, held, "c1"))
    erased = held.submit(erasing(database, held, "c2"))
    after = held.submit(Unit(entries=[an_entry(child="c2")]))
    release.set()

    assert len(before.result().indices) == 1
    assert isinstance(late.exception(), StampMovedError)
    assert len(erased.result().indices) == 1
    assert isinstance(after.exception(), StampMovedError)
    held.close()
    assert children(database) == ("c1",)


def test_a_committer_that_has_nothing_to_do_hears_of_an_erasure(
    database, committer, store, keys, monkeypatch
):
    committer.commit(everything_of(store, "c1"))
    monkeypatch.setattr("gateway.storage.committer.IDLE_SECONDS", 0.02)
    idle = Committer(database, keys, Ports(), node="n2", origin=ORIGIN)
    assert idle.child_keys.key("c1")

    committer.commit(erasing(database, committer, "c1"))

    until = time.monotonic() + 10
    while idle.child_keys.erasures != 1 and time.monotonic() < until:
        time.sleep(0.01)
    with pytest.raises(StorageError):
        idle.child_keys.key("c1")
    idle.close()


def test_a_row_is_filed_anew_in_place_of_the_one_that_is_removed(committer, store):
    committer.commit(everything_of(store, "c1"))
    committer.commit(Unit(writes=[a_child(committer, "c2")], entries=[an_entry(child="c2")]))
    again = store.children.index("c2", "nhs-number", "number of c1")
    removal = Removal(Table.CHILD_INDEX, (again.row["kind"], again.row["key"]))

    committer.commit(Unit(removals=[removal], writes=[again], entries=[an_entry(child="c2")]))

    found = store.children.find([("nhs-number", "number of c1")])
    assert found == {("nhs-number", "number of c1"): "c2"}


def test_what_is_older_is_swept_and_what_is_not_stays(database, committer, store):
    committer.commit(everything_of(store, "c1"))
    later = datetime(2026, 4, 1, tzinfo=UTC)
    committer.commit(Unit(writes=[used_token("c", "old", NOW), used_token("c", "new", later)]))

    at = to_ms(later)
    committer.commit(Unit(sweeps=((Sweep.USED_TOKENS, at), (Sweep.ANSWERS, to_ms(NOW)))))

    assert [row[1] for row in rows(database, tables.replay)] == ["new"]
    assert len(rows(database, tables.idempotency)) == 1
    committer.commit(Unit(sweeps=((Sweep.ANSWERS, at),)))
    assert rows(database, tables.idempotency) == []


def test_no_table_s_file_holds_the_key_of_an_erased_child(postgresql_url, keys):
    """PostgreSQL's write-ahead log still does: see `docs/operating.md`."""
    database = Database(postgresql_url)
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    store = Store(database, keys, committer.child_keys)
    for number in range(4):
        committer.commit(everything_of(store, f"c{number}", record=f"r{number}"))
    wrapped = {str(row[0]): bytes(row[1]) for row in rows(database, tables.child)}
    assert holding(postgresql_url, wrapped["c1"])

    committer.commit(erasing(database, committer, "c1"))

    assert database.purge()
    assert not holding(postgresql_url, wrapped["c1"])
    assert holding(postgresql_url, wrapped["c2"])
    committer.close()
    database.close()


def holding(url: str, value: bytes) -> list[str]:
    """Return the files of tables and indexes that hold *value*."""
    files = [file for file in server().files(url) if file.parent.name != "pg_wal"]
    return [file.name for file in files if value in file.read_bytes()]
