"""Delivery: nothing is sent that the log does not prove, and what is due reaches its recipient."""

import ast
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import tampering
from units import a_child, an_entry

from audit.events import EntryType
from audit.leaf import Leaf
from audit.receipts import check_receipt
from gateway.closing import Retries
from gateway.delivery import Changed, Dispatcher, Fate, Same
from gateway.errors import DeliveryError, UndeliverableError
from gateway.ports import Ports
from gateway.registers import Endpoint
from gateway.storage.committer import Committer
from gateway.storage.outbox import Delivery, OutboxState
from gateway.storage.store import Store
from gateway.storage.unit import Stamp, Unit
from gateway.transport.contract import Acknowledgement
from gateway.transport.folder import FolderTransport
from gateway.witnessing.assurance import Assurance, Policies
from gateway.witnessing.sections import Witnesses

ORIGIN = "gateway.example/audit/2026"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
PAYLOAD = b'{"view":"what the school may see"}'


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = START

    def now(self):
        return self.time

    def advance(self, **by: float):
        self.time += timedelta(**by)


class Recorder:
    """A transport that keeps what it is sent, or fails as it is told to."""

    def __init__(self) -> None:
        self.sent = []
        self.errors = []

    def send(self, released, address):
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((released.recipient, released.message_id, released.payload, address))
        return Acknowledgement("200", sha256(b"thank you").digest())

    @property
    def messages(self):
        return [message_id for _, message_id, _, _ in self.sent]


class Gateway:
    """A committer, a store and a dispatcher, wired as the service wires them."""

    def __init__(self, database, keys, step=lambda _name: None) -> None:
        self.clock = Clock()
        self.ports = Ports(now=self.clock.now, step=step)
        self.database = database
        self.committer = Committer(database, keys, self.ports, node="n1", origin=ORIGIN)
        self.store = Store(database, keys, self.committer.child_keys)
        self.transport = Recorder()
        self.decisions = []
        self.told = []
        self.verdict = None
        self.endpoints = {
            name: Endpoint(transport="t", address=name) for name in ("school", "slow")
        }
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self):
        return Dispatcher(
            store=self.store,
            committer=self.committer,
            ports=self.ports,
            transports={"t": self.transport},
            endpoint_of=self.endpoints.get,
            decide_again=self.decide_again,
            is_still_due=lambda _: Same(()),
            tell_sender=lambda _unit, ended: self.told.append((ended.row.id, ended.kind)),
            assurance=Assurance(self.committer.log, Policies(Witnesses(), dict), self.ports.now),
            retries=Retries(give_up_after=timedelta(hours=1)),
        )

    def decide_again(self, row):
        self.decisions.append(row.id)
        return self.verdict

    def queue(self, id_, *, recipient="school", child="c1", payload=PAYLOAD, urgent=False):
        """Commit a disclosure and queue it, as the exchange does."""
        delivery = Delivery(
            id=id_,
            message_id=f"m-{id_}",
            recipient=recipient,
            child_id=child,
            payload=payload,
            media_type="application/json",
            created_at=self.clock.time,
            stamps=(Stamp("child", child, 0),),
            context=b"context",
            urgent=urgent,
        )
        digest = sha256(payload).hexdigest()
        entry = an_entry(
            EntryType.DISCLOSURE, child=child, recipient=recipient, payload_sha256=digest
        )
        unit = Unit(writes=[delivery.write(self.store.vault, 0)], entries=[entry])
        self.committer.commit(unit)

    def state(self, id_):
        return self.store.outbox.find(id_).state

    def entry_types(self):
        size = self.committer.log.refresh().size
        return [Leaf.decode(leaf).type for _, leaf in self.committer.log.leaves(1, size)]

    def write_by_hand(self, statement, **values):
        """Change the database as somebody does who has its password and none of our keys."""
        tampering.change(self.database, statement, **values)


@pytest.fixture
def gateway(database, keys):
    gateway = Gateway(database, keys)
    gateway.committer.commit(
        Unit(writes=[a_child(gateway.committer, "c1"), a_child(gateway.committer, "c2")])
    )
    yield gateway
    gateway.committer.close()


def test_what_is_due_reaches_its_recipient_with_a_receipt_that_verifies(gateway, tmp_path):
    gateway.transport = FolderTransport(tmp_path / "out")
    gateway.dispatcher = gateway.new_dispatcher()
    gateway.queue("o1")

    assert gateway.dispatcher.run_once() == Counter({Fate.DELIVERED: 1})

    assert (tmp_path / "out/school/m-o1.json").read_bytes() == PAYLOAD
    receipt = (tmp_path / "out/school/m-o1.json.receipt.json").read_bytes()
    checked = check_receipt(receipt, [gateway.committer.log.signing.verifier])
    assert checked.fields["payload_sha256"] == sha256(PAYLOAD).hexdigest()
    assert b"housing" not in receipt


def test_a_delivery_is_recorded_with_the_hash_of_the_acknowledgement(gateway):
    gateway.queue("o1")
    gateway.dispatcher.run_once()

    row = gateway.store.outbox.find("o1")
    assert row.state is OutboxState.DELIVERED
    assert row.answer_sha256 == sha256(b"thank you").digest()
    assert gateway.entry_types()[-1] is EntryType.DELIVERED


def test_a_payload_is_not_kept_beyond_its_delivery(gateway):
    gateway.queue("o1")
    gateway.dispatcher.run_once()

    row = gateway.store.outbox.find("o1")
    assert (row.sealed, row.sealed_content, row.sealed_stamps) == (b"", b"", b"")


class TestARowThatTheLogDoesNotProve:
    """Somebody wrote into the outbox who has the database and no key, or not every key."""

    def is_never_sent(self, gateway):
        gateway.dispatcher.run_once()
        gateway.clock.advance(days=1)
        gateway.dispatcher.run_once()

        assert gateway.transport.sent == []
        assert gateway.entry_types()[-1] is EntryType.DELIVERY_FAILED
        (task,) = gateway.store.tasks.open()
        assert task.kind == "not-delivered"
        assert task.due_at <= gateway.clock.time

    @pytest.mark.parametrize(
        "change",
        [
            "recipient = 'slow'",
            "message_id = 'another'",
            "media_type = 'text/plain'",
            "leaf = leaf - 1",
            "leaf = 10000",
            "leaf = -1",
            "child_id = 'c2'",
            "child_id = 'nobody'",
            "id = 'o9'",
            "sealed = :zero",
            "sealed = 'text'",
            "sealed_stamps = :empty",
        ],
    )
    def test_a_row_that_was_edited_is_not_sent(self, gateway, change):
        self.queue_a_true_row(gateway)
        values = {"zero": b"\0", "empty": b""}
        named = {name: value for name, value in values.items() if f":{name}" in change}
        gateway.write_by_hand(f"UPDATE outbox SET {change} WHERE id = 'o1'", **named)  # noqa: S608 - from the list above

        self.is_never_sent(gateway)

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_a_row_with_text_for_a_number_is_not_sent(self, gateway):
        self.queue_a_true_row(gateway)
        gateway.write_by_hand("UPDATE outbox SET leaf = 'text' WHERE id = 'o1'")

        self.is_never_sent(gateway)

    def queue_a_true_row(self, gateway):
        gateway.queue("o0", child="c2")
        gateway.dispatcher.run_once()
        gateway.transport.sent.clear()
        entry = an_entry(
            EntryType.DISCLOSURE,
            child="c1",
            recipient="school",
            payload_sha256=sha256(PAYLOAD).hexdigest(),
            message_id="m-o1",
            media_type="application/json",
        )
        delivery = Delivery(
            id="o1",
            message_id="m-o1",
            recipient="school",
            child_id="c1",
            payload=PAYLOAD,
            media_type="application/json",
            created_at=gateway.clock.time,
            stamps=(),
            context=b"",
        )
        unit = Unit(writes=[delivery.write(gateway.store.vault, 0)], entries=[entry])
        gateway.committer.commit(unit)

    def test_a_row_that_was_inserted_by_hand_is_not_sent(self, gateway):
        gateway.write_by_hand(
            "INSERT INTO outbox (id, message_id, recipient, child_id, sealed, payload_sha256,"
            " media_type, leaf, state, urgent, attempts, next_at, created_at, sealed_stamps,"
            " sealed_context, sealed_content) VALUES ('x', 'm', 'school', 'c1', :sealed, :hash,"
            " 'text/plain', 0, 'pending', 1, 0, 0, 0, :empty, :empty, :empty)",
            sealed=b"1",
            hash=b"2",
            empty=b"",
        )

        self.is_never_sent(gateway)

    def test_a_copy_of_a_true_row_is_not_sent(self, gateway):
        gateway.queue("o1")
        gateway.write_by_hand("UPDATE outbox SET id = 'o2'")

        self.is_never_sent(gateway)

    def test_another_payload_under_a_true_entry_is_not_sent_even_with_the_childs_key(self, gateway):
        gateway.queue("o1")
        sealed = gateway.store.vault.seal("c1", "outbox:o1", b"everything that is held")
        gateway.write_by_hand("UPDATE outbox SET sealed = :sealed", sealed=sealed)

        self.is_never_sent(gateway)

    def test_an_entry_that_is_no_disclosure_permits_nothing(self, gateway):
        delivery = Delivery(
            id="o1",
            message_id="m",
            recipient="school",
            child_id="c1",
            payload=PAYLOAD,
            media_type="text/plain",
            created_at=gateway.clock.time,
            stamps=(),
            context=b"",
        )
        unit = Unit(
            writes=[delivery.write(gateway.store.vault, 0)],
            entries=[an_entry(EntryType.IMPORT, child="c1")],
        )
        gateway.committer.commit(unit)

        self.is_never_sent(gateway)

    def test_a_row_that_was_delivered_is_not_made_due_again(self, gateway):
        gateway.queue("o1")
        gateway.dispatcher.run_once()
        gateway.transport.sent.clear()
        gateway.write_by_hand("UPDATE outbox SET state = 'pending', next_at = 0")

        self.is_never_sent(gateway)


def test_what_cannot_be_read_just_now_is_left_where_it_is_and_sent_later(gateway):
    gateway.queue("o1")
    gateway.write_by_hand("ALTER TABLE audit_detail RENAME TO away")

    assert gateway.dispatcher.run_once() == Counter({Fate.HELD: 1})
    gateway.write_by_hand("ALTER TABLE away RENAME TO audit_detail")
    row = gateway.store.outbox.find("o1")
    assert (row.state, row.attempts) == (OutboxState.PENDING, 0)

    assert gateway.dispatcher.run_once() == Counter({Fate.DELIVERED: 1})


class TestWhatItRestedOnMoved:
    @pytest.fixture
    def moved(self, gateway):
        gateway.queue("o1")
        gateway.committer.commit(Unit(moves=(("child", "c1"),)))
        return gateway

    def test_it_is_decided_again_and_sent_where_it_still_may_be(self, moved):
        moved.verdict = Same((Stamp("child", "c1", 1),))

        assert moved.dispatcher.run_once() == Counter({Fate.DELIVERED: 1})
        assert moved.decisions == ["o1"]
        assert moved.transport.messages == ["m-o1"]

    def test_it_is_recalled_where_it_may_not_be_any_more(self, moved):
        moved.verdict = Changed(Unit(stamps=(Stamp("child", "c1", 1),)), "consent-withdrawn")

        assert moved.dispatcher.run_once() == Counter({Fate.RECALLED: 1})
        assert moved.transport.sent == []
        assert moved.entry_types()[-1] is EntryType.RECALLED
        assert moved.store.outbox.find("o1").sealed == b""

    def test_what_the_exchange_decided_instead_is_committed_with_the_recall(self, moved):
        instead = Unit(entries=[an_entry(EntryType.IMPORT, child="c1")])
        moved.verdict = Changed(instead, "consent-withdrawn")
        moved.dispatcher.run_once()

        assert moved.entry_types()[-2:] == [EntryType.IMPORT, EntryType.RECALLED]

    def test_an_error_while_deciding_sends_nothing(self, moved):
        assert moved.verdict is None  # which is no verdict

        assert moved.dispatcher.run_once() == Counter()
        assert moved.transport.sent == []
        assert moved.state("o1") is OutboxState.PENDING

    def test_what_moves_faster_than_it_is_decided_waits_for_a_quieter_moment(self, moved):
        moved.verdict = Same((Stamp("child", "c1", 7),))

        assert moved.dispatcher.run_once() == Counter({Fate.LATER: 1})
        assert moved.transport.sent == []


class TestARecipientThatCannotBeReached:
    def test_it_is_tried_again_after_a_pause_that_doubles(self, gateway):
        gateway.queue("o1")
        gateway.transport.errors = [DeliveryError("down")] * 3
        pauses = []
        for _ in range(3):
            assert gateway.dispatcher.run_once() == Counter({Fate.LATER: 1})
            next_at = gateway.store.outbox.find("o1").next_at
            pauses.append((next_at - gateway.clock.time).total_seconds())
            gateway.clock.time = next_at

        assert gateway.dispatcher.run_once() == Counter({Fate.DELIVERED: 1})
        for pause, whole in zip(pauses, (2, 4, 8), strict=True):
            assert whole / 2 <= pause <= whole

    def test_nothing_is_sent_during_the_pause(self, gateway):
        gateway.queue("o1")
        gateway.queue("o2")
        gateway.transport.errors = [DeliveryError("down")]
        gateway.dispatcher.run_once()

        assert gateway.dispatcher.run_once() == Counter()
        gateway.clock.advance(seconds=3)
        gateway.dispatcher.run_once()
        assert gateway.transport.messages == ["m-o1", "m-o2"]

    def test_it_is_given_up_in_the_end_and_a_person_is_asked(self, gateway):
        gateway.queue("o1")
        gateway.clock.advance(hours=1)
        gateway.transport.errors = [DeliveryError("down")]

        assert gateway.dispatcher.run_once() == Counter({Fate.FAILED: 1})
        assert gateway.state("o1") is OutboxState.FAILED
        (task,) = gateway.store.tasks.open()
        assert (task.child_id, task.kind) == ("c1", "not-delivered")
        assert gateway.told == [("o1", "not-delivered")]

    def test_it_is_given_up_at_once_where_the_recipient_will_not_take_it(self, gateway):
        gateway.queue("o1")
        gateway.transport.errors = [UndeliverableError("refused")]

        assert gateway.dispatcher.run_once() == Counter({Fate.FAILED: 1})

    def test_a_recipient_without_an_endpoint_is_a_task(self, gateway):
        gateway.queue("o1", recipient="nowhere")

        assert gateway.dispatcher.run_once() == Counter({Fate.FAILED: 1})
        assert len(gateway.store.tasks.open()) == 1


def test_an_urgent_message_overtakes_and_the_rest_keeps_its_order(gateway):
    for id_ in ("o1", "o2", "o3"):
        gateway.queue(id_)
    gateway.queue("o4", urgent=True)

    gateway.dispatcher.run_once()

    assert gateway.transport.messages == ["m-o4", "m-o1", "m-o2", "m-o3"]


def test_a_slow_recipient_delays_nobody_else(gateway):
    release, delivered = threading.Event(), threading.Event()

    class Slow(Recorder):
        def send(self, released, address):
            if released.recipient == "slow":
                assert release.wait(10)
            else:
                delivered.set()
            return super().send(released, address)

    gateway.transport = Slow()
    dispatcher = gateway.new_dispatcher()
    gateway.queue("o1", recipient="slow")
    gateway.queue("o2", recipient="school", child="c2")
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run_forever, args=(stop,))
    thread.start()

    assert delivered.wait(10)
    assert gateway.transport.messages == ["m-o2"]
    release.set()
    stop.set()
    dispatcher.wake()
    thread.join()
    assert gateway.transport.messages == ["m-o2", "m-o1"]


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("place", ["delivery:verify", "delivery:send", "delivery:sent"])
def test_what_was_being_sent_at_a_crash_is_sent_again_under_the_same_id(
    database, keys, tmp_path, place
):
    crash = [True]

    def step(name):
        if name == place and crash:
            raise Crash

    gateway = Gateway(database, keys, step)
    gateway.transport = FolderTransport(tmp_path / "out")
    gateway.committer.commit(Unit(writes=[a_child(gateway.committer, "c1")]))
    gateway.queue("o1")
    with pytest.raises(Crash):
        gateway.new_dispatcher().run_once()
    crash.clear()

    dispatcher = gateway.new_dispatcher()
    dispatcher.recover()
    dispatcher.run_once()

    assert gateway.state("o1") is OutboxState.DELIVERED
    names = sorted(file.name for file in (tmp_path / "out/school").iterdir())
    assert names == ["m-o1.json", "m-o1.json.receipt.json"]
    gateway.committer.close()


def test_a_released_payload_is_made_in_one_place_alone():
    made = {
        file.name
        for file in Path(__file__).parents[2].glob("gateway/**/*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Released"
    }
    assert made == {"delivery.py"}
