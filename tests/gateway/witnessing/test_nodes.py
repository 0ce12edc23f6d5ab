"""Two nodes on one PostgreSQL, each of which asks the same witnesses, at once and in turn."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from bars_messages import payload_of
from books import require_balanced
from worlds import EARLY_HELP, SCHOOL, Kind, a_home_on, another_node

from audit.checkpoint import open_checkpoint
from audit.leaf import Leaf
from audit.note import VerifierKey
from audit.quorum import Quorum
from audit.receipts import check_receipt
from gateway.errors import WitnessesBehindError
from gateway.keeping.succession import seal

REFERRAL = payload_of("health-visitor-to-early-help")
SIBLINGS = payload_of("siblings-in-one-message")
NEXT = "next.example/log"
EACH = 6


@pytest.fixture
def nodes(tmp_path, watched):
    """Return two nodes that release nothing that a quorum of witnesses has not seen."""
    with a_home_on(Kind.POSTGRESQL, tmp_path) as home:
        far = another_node(home, tmp_path / "far")
        with (
            watched(policy="strict") as one,
            watched(far.parent, policy="strict", node="node-2") as other,
        ):
            yield one, other


def dispatch_all(node, seconds=20.0):
    """Deliver until nothing is left that waits, for witnesses or for the other node."""
    ends = time.monotonic() + seconds
    while node.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending')"):
        assert time.monotonic() < ends, "it was not delivered"
        node.gateway.rounds.wake()
        node.dispatcher.run_once()
        time.sleep(0.02)


def ask_again(node, seconds=20.0):
    """Ask, and come again for as long as the witnesses have yet to see the end of a log."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return node.ask("0" * 32)
        except WitnessesBehindError:
            assert time.monotonic() < ends, "it was not answered"


def require_one_log(nodes):
    """Fail unless both nodes know one log that holds, and no witness has said otherwise."""
    one, other = nodes
    assert one.leaves() == other.leaves()
    assert {leaf.node for leaf in one.leaves()} == {"node-1", "node-2"}
    assert {node.gateway.rounds.contradiction for node in nodes} == {None}
    kinds = {task.row.kind for task in one.gateway.office.archive.open_tasks()}
    assert not kinds & {"witness-refuses", "witnesses-silent", "not-delivered"}
    require_balanced(one)


def test_what_either_releases_bears_a_quorum_s_word_whoever_appended_meanwhile(nodes, witnesses):
    quorum = Quorum(tuple(witness.key.verifier for witness in witnesses), 2)
    together = threading.Barrier(2)

    def work(node, message):
        together.wait()
        taken = node.take(message)
        return [taken.receipt, *(node.ask(f"{number:032x}").receipt for number in range(EACH))]

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work, *one) for one in zip(nodes, (REFERRAL, SIBLINGS), strict=True)]
        receipts = [receipt for one in working for receipt in one.result()]
        for one in [pool.submit(dispatch_all, node) for node in nodes]:
            one.result()

    require_one_log(nodes)
    log = nodes[0].gateway.office.committer.log
    delivered = [
        receipt for node in nodes for to in (SCHOOL, EARLY_HELP) for receipt in node.receipts(to)
    ]
    indices = [
        check_receipt(receipt, log.verifiers, quorum).index
        for receipt in (*receipts[1 : EACH + 1], *receipts[EACH + 2 :], *delivered)
    ]
    assert len(set(indices)) == len(indices)
    assert len(delivered) >= 4
    assert {Leaf.decode(log.leaf(index)).node for index in indices} == {"node-1", "node-2"}


def test_a_log_that_one_seals_while_the_other_writes_goes_on_for_both(nodes, witnesses):
    (own,) = nodes[0].gateway.office.committer.log.verifiers
    for witness in witnesses:
        witness.witness.logs += (VerifierKey(NEXT, own.public),)
    one, other = nodes
    begun, stop = threading.Event(), threading.Event()

    def go_on():
        entries = []
        while not stop.is_set():
            entries.append(ask_again(other).entry)
            begun.set()
        return [*entries, ask_again(other).entry]

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(go_on)
        one.take(REFERRAL)
        assert begun.wait(20)
        done = seal(
            one.gateway.office, NEXT, by="operator", ask_witnesses=one.gateway.rounds.ask_all
        )
        stop.set()
        entries = writing.result()

    one.take(SIBLINGS)
    dispatch_all(one)
    require_one_log(nodes)
    assert entries[0] < done.first_entry < entries[-1]
    assert {node.gateway.office.committer.log.origin for node in nodes} == {NEXT}
    quorum = Quorum(tuple(witness.key.verifier for witness in witnesses), 2)
    log = other.gateway.office.committer.log
    end = str(log.fields(done.first_entry)["previous_checkpoint"]).encode()
    quorum.require(end, log.verifiers)
    assert open_checkpoint(end, log.verifiers).size == done.size
