"""The store: what was written is read again, sealed, by what it is about."""

from datetime import UTC, datetime, timedelta

import pytest
from postgres import server
from tampering import change
from units import an_entry

from gateway.errors import DuplicateError, IntegrityError, SealError, StorageError
from gateway.ports import Ports
from gateway.storage import registers
from gateway.storage.children import Episode, Fact, StoredAssessment, StoredConsent
from gateway.storage.ids import new_id
from gateway.storage.outbox import Delivery, OutboxState
from gateway.storage.records import ReceivedRecord
from gateway.storage.registers import Registered
from gateway.storage.requests import StoredAnswer, used_token
from gateway.storage.store import Store
from gateway.storage.tasks import Task, TaskState
from gateway.storage.unit import Stamp, Unit

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CANARY = b"Zebedee Quillfeather"


@pytest.fixture
def store(database, keys, committer):
    return Store(database, keys, committer.child_keys)


@pytest.fixture
def child(store, committer):
    committer.commit(
        Unit(
            writes=[
                store.children.new("c1", NOW),
                store.children.index("c1", "nhs-number", "9990000018"),
            ],
            entries=[an_entry()],
        )
    )
    return "c1"


def a_delivery(id_, *, recipient="school", child="c1", urgent=False, at=NOW):
    return Delivery(
        id=id_,
        message_id=f"m-{id_}",
        recipient=recipient,
        child_id=child,
        payload=CANARY + id_.encode(),
        media_type="application/json",
        created_at=at,
        stamps=(Stamp("child", child, 0),),
        context=b"context",
        urgent=urgent,
    )


def test_a_child_is_found_by_its_identifiers_and_by_nothing_else(store, child):
    known, unknown = ("nhs-number", "9990000018"), ("upn", "9990000018")

    assert store.children.find([known, unknown]) == {known: child}


def test_an_identifier_belongs_to_one_child(store, committer, child):
    unit = Unit(
        writes=[
            store.children.new("c2", NOW),
            store.children.index("c2", "nhs-number", "9990000018"),
        ]
    )
    with pytest.raises(DuplicateError):
        committer.commit(unit)
    assert store.children.find([("nhs-number", "9990000018")]) == {
        ("nhs-number", "9990000018"): child
    }


def test_a_fact_holds_until_it_expires(store, committer, child):
    fact = Fact(
        id="f1",
        child_id=child,
        fact=bytes(32),
        content=b"lead professional",
        recorded_at=NOW,
        recorded_by="p1",
        service_id="school",
        expires_at=NOW + timedelta(days=1),
    )
    committer.commit(Unit(writes=[fact.write(store.vault, 0)], entries=[an_entry(child=child)]))

    (found,) = store.children.facts(child, NOW)
    assert (found.content, found.service_id, found.leaf) == (fact.content, "school", 2)
    assert store.children.facts(child, NOW + timedelta(days=1)) == []


def test_consents_are_read_in_the_order_of_the_log(store, committer, child):
    for number in (2, 1):
        consent = StoredConsent(
            id=f"s{number}",
            child_id=child,
            grantor=b"hash",
            content=b"share",
            recorded_at=NOW,
            recorded_by="p1",
        )
        unit = Unit(
            writes=[consent.write(store.vault, 0)],
            entries=[an_entry(child=child)],
            moves=(("child", child),),
        )
        committer.commit(unit)

    assert [consent.id for consent in store.children.consents(child)] == ["s2", "s1"]
    assert store.children.stamp(child) == Stamp("child", child, 2)


def test_each_holders_newest_assessment_is_read(store, committer, child):
    for holder, version in (("hv", 1), ("hv", 2), ("school", 1)):
        one = StoredAssessment(
            id=f"{holder}{version}",
            child_id=child,
            holder=holder,
            version=version,
            content=f"{holder} {version}".encode(),
            created_at=NOW,
        )
        committer.commit(Unit(writes=[one.write(store.vault, 0)], entries=[an_entry(child=child)]))

    assert [one.content for one in store.children.assessments(child)] == [b"hv 2", b"school 1"]
    assert store.children.assessment("hv1").content == b"hv 1"
    assert store.children.assessment("none") is None


def test_a_version_of_an_assessment_is_written_once(store, committer, child):
    def unit(id_):
        one = StoredAssessment(
            id=id_, child_id=child, holder="hv", version=1, content=b"x", created_at=NOW
        )
        return Unit(writes=[one.write(store.vault, 0)], entries=[an_entry(child=child)])

    committer.commit(unit("a1"))
    with pytest.raises(DuplicateError):
        committer.commit(unit("a2"))


def test_an_episode_is_read_again(store, committer, child):
    episode = Episode(id="e1", child_id=child, holder="hv", opened_at=NOW)
    committer.commit(Unit(writes=[episode.write()], entries=[an_entry(child=child)]))

    assert store.children.episodes(child) == [episode]


class TestRecords:
    @pytest.fixture
    def record(self, store, committer, child):
        committer.commit(Unit(writes=[store.children.new("c2", NOW)], entries=[an_entry()]))
        record = ReceivedRecord(
            id="r1",
            sender="hv",
            adapter="bars",
            media_type="application/fhir+json",
            content=CANARY * 100,
            received_at=NOW,
        )
        writes = record.writes(store.vault, [child, "c2"], 0, Ports().random)
        committer.commit(Unit(writes=writes, entries=[an_entry(child=child)]))
        return record

    def test_a_record_of_siblings_opens_for_each_of_them(self, store, record, child):
        assert store.records.read("r1", child).content == record.content
        assert store.records.read("r1", "c2").content == record.content

    def test_a_record_does_not_open_for_another_child(self, store, record):
        with pytest.raises(StorageError):
            store.records.read(record.id, "c3")

    def test_a_record_without_a_child_is_not_kept(self, store, record):
        with pytest.raises(StorageError):
            record.writes(store.vault, [], 0, Ports().random)

    def test_a_record_whose_hash_was_changed_is_not_believed(self, store, record, child, database):
        change(database, "UPDATE record SET sha256 = :other", other=b"0")

        with pytest.raises(IntegrityError):
            store.records.read(record.id, child)

    def test_sealed_bytes_moved_to_another_row_do_not_open(self, store, record, child, database):
        kept = "sender, adapter, media_type, sha256, size, sealed, received_at, leaf"
        change(
            database,
            f"INSERT INTO record (id, {kept}) SELECT 'r9', {kept} FROM record",  # noqa: S608 - columns
            "UPDATE record_key SET record_id = 'r9'",
        )

        with pytest.raises(SealError):
            store.records.read("r9", child)
        assert record.id != "r9"


def test_the_registers_are_read_as_of_their_stamp(store, committer):
    def register(version, document):
        row = Registered(
            kind="service",
            id="school",
            version=version,
            document=document,
            recorded_at=NOW,
            recorded_by="p1",
        )
        return Unit(writes=[row.write(0)], entries=[an_entry()], moves=(registers.MOVE,))

    empty = store.registers.snapshot()
    committer.commit(register(1, "{}"))
    committer.commit(register(2, '{"name":"x"}'))
    snapshot = store.registers.snapshot()

    assert (empty.rows, empty.stamp.version) == ((), 0)
    assert [(row.version, row.document) for row in snapshot.rows] == [(2, '{"name":"x"}')]
    assert snapshot.stamp == Stamp("registers", "", 2)
    assert store.registers.snapshot() is snapshot
    assert [row.version for row in store.registers.versions("service", "school")] == [1, 2]


def test_a_task_is_open_until_it_is_resolved(store, committer, child):
    task = Task(
        id="t1",
        kind="refer",
        owner_role="duty-worker",
        due_at=NOW,
        content=b"who may see this",
        created_at=NOW,
        child_id=child,
    )
    committer.commit(Unit(writes=[task.write(store.vault, 0)], entries=[an_entry(child=child)]))
    (found,) = store.tasks.open()
    assert found.content == task.content

    unit = Unit(
        changes=[found.resolution(store.vault, NOW, "p1", 0)], entries=[an_entry(child=child)]
    )
    committer.commit(unit)

    assert store.tasks.open() == []
    resolved = store.tasks.find("t1")
    assert (resolved.state, resolved.resolved_by) == (TaskState.RESOLVED, "p1")
    assert store.tasks.of_child(child) == [resolved]


def test_an_answer_is_found_by_its_key(store, committer, child):
    answer = StoredAnswer(
        key=b"key",
        body_sha256=b"hash",
        status=200,
        content=b"accepted",
        created_at=NOW,
        child_id=child,
    )
    committer.commit(Unit(writes=[answer.write(store.vault, 0)], entries=[an_entry(child=child)]))

    assert store.requests.answer(b"key").content == b"accepted"
    assert store.requests.answer(b"other") is None


def test_a_token_is_used_once(committer):
    committer.commit(Unit(writes=[used_token("client", "jti", NOW)]))
    with pytest.raises(DuplicateError):
        committer.commit(Unit(writes=[used_token("client", "jti", NOW)]))


@pytest.mark.usefixtures("child")
class TestTheOrderOfTheOutbox:
    def queue(self, store, committer, *deliveries):
        for delivery in deliveries:
            unit = Unit(
                writes=[delivery.write(store.vault, 0)], entries=[an_entry(child=delivery.child_id)]
            )
            committer.commit(unit)

    def due(self, store, recipient="school", at=NOW):
        return [row.id for row in store.outbox.due(recipient, at, 10)]

    def test_a_childs_deliveries_wait_for_one_another(self, store, committer):
        self.queue(store, committer, a_delivery("o1"), a_delivery("o2"))
        assert self.due(store) == ["o1"]

        (first,) = store.outbox.due("school", NOW, 10)
        committer.commit(Unit(changes=[first.change({"state": "sending"})]))
        assert self.due(store) == []

        sending = store.outbox.find("o1")
        committer.commit(Unit(changes=[sending.change({"state": "delivered"})]))
        assert self.due(store) == ["o2"]

    def test_deliveries_to_others_do_not_wait(self, store, committer):
        committer.commit(Unit(writes=[store.children.new("c2", NOW)]))
        self.queue(
            store,
            committer,
            a_delivery("o1"),
            a_delivery("o2", child="c2"),
            a_delivery("o3", recipient="police"),
        )

        assert self.due(store) == ["o1", "o2"]
        assert self.due(store, "police") == ["o3"]
        assert sorted(store.outbox.recipients_due(NOW)) == ["police", "school"]

    def test_an_urgent_delivery_overtakes(self, store, committer):
        self.queue(store, committer, a_delivery("o1"), a_delivery("o2", urgent=True))

        assert self.due(store) == ["o2", "o1"]

    def test_a_delivery_is_not_due_before_its_time(self, store, committer):
        self.queue(store, committer, a_delivery("o1", at=NOW + timedelta(seconds=1)))

        assert self.due(store) == []
        assert store.outbox.recipients_due(NOW) == []

    def test_a_payload_is_what_was_queued(self, store, committer, child):
        self.queue(store, committer, a_delivery("o1"))
        (row,) = store.outbox.in_state(OutboxState.PENDING)

        assert row.payload(store.vault) == CANARY + b"o1"
        assert row.context(store.vault) == b"context"
        assert row.stamps(store.vault) == (Stamp("child", child, 0),)
        assert store.outbox.of_child(child) == [row]


@pytest.mark.usefixtures("child")
def test_nothing_of_a_child_is_in_the_database_in_the_clear(
    store, committer, database_url, tmp_path
):
    TestTheOrderOfTheOutbox().queue(store, committer, a_delivery("o1"))
    committer.close()

    if database_url.startswith("postgresql"):
        files = server().files(database_url)
    else:
        files = [file for file in tmp_path.iterdir() if file.is_file()]
    data = b"".join(file.read_bytes() for file in files)
    assert b"health-visiting" in data or b"school" in data
    assert CANARY not in data
    assert b"9990000018" not in data


def test_ids_made_later_sort_later():
    ids = [
        new_id(Ports(now=lambda moment=moment: NOW + timedelta(milliseconds=moment)))
        for moment in range(10)
    ]
    assert ids == sorted(ids)
