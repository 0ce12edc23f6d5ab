"""Shards: a log that was sealed stays provable, and the next goes on from it."""

import asyncio
import threading
from dataclasses import replace

import pytest
from tampering import change
from units import an_entry, an_import

from audit.checkpoint import open_checkpoint
from audit.errors import TreeError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from audit.receipts import check_receipt
from audit.tiles import Bundle, Tile
from gateway.errors import IntegrityError, StampMovedError, StorageError
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.log import Log
from gateway.storage.pages import LogPages
from gateway.storage.succession import Ended, Next, log_seal
from gateway.storage.unit import Stamp, Unit

ORIGIN = "gateway.example/audit/2026"
NEXT = "gateway.example/audit/2027"


def a_committer(database, keys, **more):
    return Committer(database, keys, Ports(), node="n2", origin=ORIGIN, **more)


def seal(committer, following=NEXT):
    entry = log_seal(committer.log.origin, Next(following), Ports().random)
    return committer.commit(Unit(entries=[entry]))


def types(log):
    return [Leaf.decode(leaf).type for _, leaf in log.leaves(0, log.refresh().end)]


@pytest.fixture
def sealed(committer):
    """Return the committer of a log of 300 entries that was sealed, and has gone on with five."""
    committer.commit(Unit(entries=[an_entry() for _ in range(298)]))
    seal(committer)
    committer.commit(Unit(entries=[an_entry() for _ in range(4)]))
    return committer


def test_entries_are_numbered_on_through_shards(sealed):
    first, second = sealed.log.shards()

    assert (first.shard.origin, first.shard.base, first.size) == (ORIGIN, 0, 300)
    assert (second.shard.origin, second.shard.base, second.size) == (NEXT, 300, 5)
    assert sealed.log.origin == NEXT
    found = types(sealed.log)
    assert len(found) == 305
    assert found[299:301] == [EntryType.LOG_SEAL, EntryType.LOG_START]
    assert found.count(EntryType.LOG_START) == 2


def test_the_next_log_embeds_the_last_checkpoint_of_the_one_before(sealed):
    first, _ = sealed.log.shards()

    said = sealed.log.fields(300)

    assert said["previous_origin"] == ORIGIN
    assert said["previous_checkpoint"].encode() == first.note
    assert said["lost"] == 0


@pytest.mark.parametrize("index", [0, 7, 255, 256, 299, 300, 304])
def test_an_entry_of_any_shard_is_proved(sealed, index):
    leaf, proof = sealed.log.proved(index)

    checkpoint = proof.verify(leaf, sealed.log.verifiers)

    assert checkpoint.origin == (ORIGIN if index < 300 else NEXT)
    assert proof.index == (index if index < 300 else index - 300)
    receipt = check_receipt(
        sealed.details.receipt(index, Part.GATEWAY), sealed.log.verifiers_of(checkpoint.origin)
    )
    assert receipt.leaf == Leaf.decode(leaf)


def test_there_is_no_proof_of_an_entry_beyond_the_log(sealed):
    with pytest.raises(StorageError):
        sealed.log.proved(305)
    with pytest.raises(TreeError):
        sealed.log.published.proof(3)


def test_what_comes_in_one_batch_with_the_seal_begins_the_next_log(committer):
    entry = log_seal(ORIGIN, Next(NEXT), Ports().random)
    units = [Unit(entries=[an_entry()]), Unit(entries=[entry]), Unit(entries=[an_entry()])]

    indices = [answer.result().indices for answer in [committer.submit(unit) for unit in units]]

    # Whether they met in one transaction or not: entry 3 begins the next log.
    assert indices == [(1,), (2,), (4,)]
    assert types(committer.log)[2:4] == [EntryType.LOG_SEAL, EntryType.LOG_START]


def test_nothing_is_appended_to_a_log_that_was_sealed(database, committer):
    seal(committer)
    connection = database.writer()
    try:
        state = committer.log.open(connection)

        assert state.following == Next(NEXT)
        with pytest.raises(StorageError, match="sealed"):
            committer.log.append(connection, state, [committer.log.leaf(0)], state.last_at)
    finally:
        connection.close()


def test_a_log_that_was_sealed_and_no_more_is_gone_on_with_when_it_is_opened(
    database, committer, keys
):
    seal(committer)
    committer.close()

    again = a_committer(database, keys)

    assert again.log.origin == NEXT
    assert types(again.log) == [EntryType.LOG_START, EntryType.LOG_SEAL, EntryType.LOG_START]
    again.close()


def test_another_node_goes_on_where_the_log_was_sealed(database, committer, keys):
    other = a_committer(database, keys)
    other.commit(an_import("r1"))
    seal(committer)

    written = other.commit(an_import("r2"))

    assert written.published.shard.origin == NEXT
    assert committer.log.refresh().note == other.log.published.note
    assert committer.commit(an_import("r3")).indices == (written.indices[0] + 1,)
    other.close()


def test_of_two_nodes_that_seal_at_once_one_is_refused(database, committer, keys):
    other = a_committer(database, keys)
    answers = []

    def try_to_seal(node):
        unit = Unit(
            stamps=(Stamp("log", "sealed", 0),),
            moves=(("log", "sealed"),),
            entries=[log_seal(ORIGIN, Next(NEXT), Ports().random)],
        )
        try:
            answers.append(node.commit(unit))
        except StampMovedError as error:
            answers.append(error)

    threads = [threading.Thread(target=try_to_seal, args=[node]) for node in (committer, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(isinstance(answer, StampMovedError) for answer in answers) == 1
    assert len(committer.log.shards()) <= 2
    other.close()


def test_a_log_is_sealed_again_and_again(database, committer, keys):
    origins = [ORIGIN, *(f"gateway.example/log/{number}" for number in range(5))]
    for origin in origins[1:]:
        committer.commit(Unit(entries=[an_entry() for _ in range(3)]))
        seal(committer, origin)
        committer.commit(Unit())

    assert [published.shard.origin for published in committer.log.shards()] == origins
    assert committer.log.verify().holds
    committer.close()
    assert Log(database, keys, ORIGIN).verify().holds


def test_all_shards_and_their_chain_are_verified(sealed):
    report = sealed.log.verify()

    assert report.holds
    assert report.checkpoint == open_checkpoint(sealed.log.published.note, sealed.log.verifiers)


def change_leaf(database, committer, seq):
    """Change one byte of an entry."""
    leaf = committer.log.leaf(seq).replace(b"n", b"m", 1)
    change(database, "UPDATE audit_leaf SET entry = :leaf WHERE seq = :seq", leaf=leaf, seq=seq)


def test_a_changed_entry_of_a_sealed_shard_is_found(database, sealed):
    change_leaf(database, sealed, 17)

    report = sealed.log.verify()

    assert report.fault.where == "entry 17"


def test_a_changed_entry_of_a_later_shard_is_found_in_its_log(database, sealed):
    change_leaf(database, sealed, 302)

    assert sealed.log.verify().fault.where.startswith(f"log {NEXT}, ")


@pytest.mark.usefixtures("sealed")
def test_a_sealed_shard_with_another_head_is_refused(database, keys):
    change(
        database,
        "UPDATE audit_head SET head = (SELECT head FROM audit_head WHERE shard = 2) "
        "WHERE shard = 1",
    )

    with pytest.raises(IntegrityError, match="not written by this gateway"):
        Log(database, keys, ORIGIN).proved(3)


def test_the_head_of_one_shard_does_not_pass_for_that_of_another(database, sealed, keys):
    sealed.close()
    change(database, "UPDATE audit_head SET base = 299 WHERE shard = 2")

    with pytest.raises(IntegrityError, match="not written by this gateway"):
        Log(database, keys, ORIGIN)


@pytest.mark.usefixtures("sealed")
def test_a_sealed_shard_without_its_last_checkpoint_is_refused(database, keys):
    change(database, "DELETE FROM audit_checkpoint WHERE shard = 1 AND size = 300")

    with pytest.raises(IntegrityError, match="last checkpoint"):
        Log(database, keys, ORIGIN).proved(3)


def test_a_node_that_slept_through_two_seals_goes_on(database, committer, keys):
    other = a_committer(database, keys)
    for origin in ("a", "b"):
        seal(committer, origin)
        committer.commit(Unit())

    assert other.log.refresh().shard.origin == "b"
    assert other.commit(an_import("r")).published.shard.number == 3
    other.close()


def test_a_later_shard_that_is_gone_halts_a_node(database, sealed):
    change(database, "DELETE FROM audit_head WHERE shard = 2")

    with pytest.raises(IntegrityError, match="rolled back"):
        sealed.commit(an_import("r"))


def test_each_shard_has_pages_of_its_own(sealed):
    pages = LogPages(sealed.log)
    first, second = sealed.log.shards()

    def read(place, shard=None):
        return asyncio.run(pages.tile(place, shard))

    assert asyncio.run(pages.checkpoint(1)) == first.note
    assert asyncio.run(pages.checkpoint(2)) == asyncio.run(pages.checkpoint()) == second.note
    assert asyncio.run(pages.checkpoint(3)) is None
    assert len(read(Tile(0, 0), 1)) == 256 * 32
    assert len(read(Tile(0, 1, 44), 1)) == 44 * 32
    assert read(Tile(0, 0, 5)) == read(Tile(0, 0, 5), 2)
    assert read(Bundle(0, 5), 2).count(b'"type"') == 5
    assert read(Bundle(0, 6), 2) is None
    assert read(Bundle(0, 5), 0) is None


def test_numbers_of_lost_entries_are_not_given_again(database, committer, keys):
    committer.commit(Unit(entries=[an_entry()]))
    committer.close()

    again = a_committer(database, keys, restored=Next(NEXT, lost=10, reason="a disk broke"))

    assert again.log.origin == NEXT
    assert again.log.published.shard.base == 12
    assert again.commit(an_import("r")).indices == (13,)
    assert [seq for seq, _ in again.log.leaves(0, again.log.published.end)] == [0, 1, 12, 13]
    with pytest.raises(StorageError):
        again.log.proved(5)
    assert again.log.verify().holds
    again.close()
    assert Log(database, keys, ORIGIN).published.end == 14


def test_a_node_that_was_running_when_the_log_was_begun_anew_halts(database, committer, keys):
    again = a_committer(database, keys, restored=Next(NEXT, lost=1, reason="tried"))
    again.close()

    with pytest.raises(IntegrityError, match="begun anew"):
        committer.commit(an_import("r"))


def test_a_log_that_does_not_embed_the_one_before_is_found(database, committer, keys):
    committer.commit(Unit(entries=[an_entry()]))
    early = committer.log.published.note
    committer.commit(Unit(entries=[an_entry()]))
    committer.close()
    state = Next(NEXT, reason="a restore that lost nothing")
    wrong = replace(state, ended=Ended(ORIGIN, early))

    again = a_committer(database, keys, restored=wrong)

    assert "embed" in again.log.verify().fault.message
    again.close()
