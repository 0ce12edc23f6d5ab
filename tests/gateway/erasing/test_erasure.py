"""Erasure: what is left of a child, and what of the log, when a child was erased."""

import json
import shutil

import pytest
from backups import back_up, put_back
from bars_messages import payload_of
from sqlalchemy import select
from worlds import (
    EARLY_HELP,
    HEALTH_VISITING,
    NUMBER,
    POSYS_BIRTH,
    SCHOOL,
    Fate,
    Kind,
    a_home_on,
    a_world,
)

from audit.events import EntryType
from audit.merkle import verify_consistency
from audit.parts import Part
from audit.receipts import check_receipt
from gateway import entries
from gateway.cli.doing.work import daily
from gateway.erasing import erasure, holds
from gateway.erasing.erasure import Order, replay_erasures
from gateway.erasing.listing import FILE, ErasureList
from gateway.errors import ErasureRefusedError, RequestError, StampMovedError, StorageError
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search
from gateway.storage.erasures import erased_entries
from gateway.storage.tables import metadata
from gateway.storage.unit import Unit
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
SIBLINGS = payload_of("siblings-in-one-message")
ORDER = Order(authority="UK GDPR art. 17(1)(b)", reason="request of the family", by="ig-1")


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
    """Return a child of whom everything is kept that can be: delivered, asked about, searched."""
    (child,) = world.take(REFERRAL).children
    world.dispatch()
    world.ask(child)
    world.look_up(NUMBER, POSYS_BIRTH)
    holds.hold(world.gateway.office, child, authority="court", by="lead-1")
    holds.release(world.gateway.office, child, authority="court", by="lead-1")
    return child


def erase(world, child, order=ORDER):
    return world.gateway.eraser().erase(child, order)


def files(world) -> bytes:
    """Return all that the database's files hold."""
    found = sorted(world.gateway.settings.home.glob("gateway.db*"))
    return b"".join(path.read_bytes() for path in found)


def kept_of(world, child) -> list[bytes]:
    """Return the child's id, wrapped key, and every value that is sealed under it or indexes it."""
    own = world.rows("SELECT wrapped_key FROM child WHERE id = :child", child=child)
    keys = world.rows("SELECT key FROM child_index WHERE child_id = :child", child=child)
    details = world.rows("SELECT sealed FROM audit_detail WHERE key_id = :child", child=child)
    sealed = [
        row
        for table in ("child_fact", "consent", "assessment", "outbox", "task")
        for row in world.rows(
            f"SELECT sealed FROM {table} WHERE child_id = :child",  # noqa: S608 - our own tables
            child=child,
        )
    ]
    records = world.rows(
        "SELECT sealed, wrapped, sha256 FROM record JOIN record_key ON record_id = record.id"
        " WHERE child_id = :child",
        child=child,
    )
    values = [value for row in (*own, *keys, *details, *sealed, *records) for value in row]
    # Of what is longer than a page a piece stands in one: that is looked for.
    return [child.encode(), *(value[:200] for value in values if value)]


def faults(world):
    with open_stored_log(world.gateway.settings) as stored:
        return verify(stored).faults


def test_nothing_of_the_child_is_left_in_the_files_of_the_database(world, child):
    kept = kept_of(world, child)
    before = files(world)
    assert all(value in before for value in kept)

    assert erase(world, child).is_purged

    after = files(world)
    assert [value for value in kept if value in after] == []


def test_no_row_of_any_table_names_the_child(world, child):
    erase(world, child)

    for name, table in metadata.tables.items():
        for row in world.rows(str(select(table))):
            said = dict(zip(table.c.keys(), row, strict=True))
            assert child not in said.values(), (name, said)


@pytest.mark.parametrize("kind", Kind)
def test_the_log_has_the_same_roots_and_its_receipts_verify_as_before(world, child):
    log = world.gateway.office.committer.log
    before, leaves = log.refresh(), world.leaves()
    receipts = world.receipts(SCHOOL) + world.receipts(EARLY_HELP)

    erase(world, child)

    assert faults(world) == ()
    after = log.refresh()
    assert world.leaves()[:-1] == leaves
    proof = after.edge.consistency_proof(before.size, after.size, log.published.read_tile)
    verify_consistency(before.size, before.edge.root(), after.size, after.edge.root(), proof)
    assert receipts
    for receipt in receipts:
        checked = check_receipt(receipt, (log.signing.verifier,))
        assert checked.fields["recipient"] in {SCHOOL, EARLY_HELP}


def test_the_erasure_s_entry_says_who_on_which_authority_and_which_entries(world, child):
    details = world.gateway.office.details
    about = [entry.index for entry in details.of_child(child, range(world.size))]

    erased = erase(world, child)

    said = details.detail(erased.entry).open(Part.GATEWAY).fields()
    assert said["authority"] == ORDER.authority
    assert said["user"] == "ig-1"
    assert child not in json.dumps(said)
    with open_stored_log(world.gateway.settings) as stored:
        gone = erased_entries(stored.database, stored.vault)
    assert [index for index in range(world.size) if index in gone] == about


@pytest.mark.parametrize("kind", Kind)
def test_the_child_s_details_are_unreadable_and_a_search_finds_nothing(world, child):
    office = world.gateway.office
    about = [entry.index for entry in office.details.of_child(child, range(world.size))]

    erase(world, child)

    assert {office.details.opened(index).detail for index in about} == {None}
    assert (
        search(office, Search(reader=Reader(user="ig-1"), criteria=Criteria(child=child))).total
        == 0
    )
    assert world.look_up(NUMBER, POSYS_BIRTH).child_id is None


def test_whoever_asks_gets_what_is_given_for_a_child_who_never_was(world, child):
    erase(world, child)
    world.clock.stop(world.clock.now())

    assert world.ask(child).content == world.ask("nobody").content


def test_the_same_child_may_come_again_and_is_new(world, child):
    erase(world, child)

    (again,) = world.take(REFERRAL).children

    assert again != child
    assert world.dispatch()[Fate.DELIVERED] > 0


def test_a_record_of_siblings_loses_one_key_and_opens_for_the_other(world):
    first, second = world.take(SIBLINGS).children
    world.dispatch()
    (record,) = (id_ for (id_,) in world.rows("SELECT id FROM record"))
    records = world.gateway.office.archive.store.records

    erase(world, first)

    with pytest.raises(StorageError):
        records.read(record, first)
    assert records.read(record, second).content == SIBLINGS
    assert world.case(second).consents
    erase(world, second)
    assert world.rows("SELECT id FROM record") == []
    assert faults(world) == ()


def test_who_was_told_of_the_child_is_told_to_whoever_erases(world, child):
    assert {SCHOOL, EARLY_HELP} <= set(erase(world, child).recipients)


def test_a_child_whom_nobody_knows_is_not_erased(world):
    size = world.size
    with pytest.raises(RequestError, match="no child"):
        erase(world, "nobody")
    assert world.size == size


def test_a_child_on_legal_hold_is_not_erased_until_it_is_released(world, child):
    office = world.gateway.office
    holds.hold(office, child, authority="order of the court", by="legal-1")

    with pytest.raises(ErasureRefusedError, match="legal hold"):
        erase(world, child)
    assert faults(world) == ()

    holds.release(office, child, authority="order of the court", by="legal-1")
    erase(world, child)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param("UPDATE outbox SET urgent = 1", "urgent", id="urgent"),
        pytest.param("UPDATE outbox SET state = 'sending'", "being sent", id="on its way"),
    ],
)
def test_what_must_arrive_or_is_on_its_way_is_seen_to_first(world, change, sentence):
    (child,) = world.take(REFERRAL).children
    world.by_hand(change)

    with pytest.raises(ErasureRefusedError, match=sentence):
        erase(world, child)

    world.dispatch()
    assert world.delivered(SCHOOL) != []
    erase(world, child)


def test_what_waits_is_recalled_and_never_sent(world):
    (child,) = world.take(REFERRAL).children

    erased = erase(world, child)

    assert erased.recalled == 2
    assert world.types().count(EntryType.RECALLED) == 2
    assert not world.dispatch()
    assert world.delivered(SCHOOL) == []


def test_a_unit_that_was_made_ready_before_the_erasure_is_refused_after_it(world, child):
    office = world.gateway.office
    late = office.committer.prepare(Unit(entries=[_about(office, child)]))

    erase(world, child)

    with pytest.raises(StampMovedError):
        office.committer.enqueue(late).result()
    assert world.rows("SELECT seq FROM audit_detail WHERE key_id = :child", child=child) == []


def test_another_process_forgets_the_key_with_its_next_commit(tmp_path, world, child):
    with a_world(tmp_path) as other:
        keys = other.gateway.office.archive.store.vault.child_keys
        assert keys.key(child)
        late = other.gateway.office.committer.prepare(
            Unit(entries=[_about(other.gateway.office, child)])
        )

        erase(world, child)

        with pytest.raises(StampMovedError):
            other.gateway.office.committer.enqueue(late).result()
        with pytest.raises(StorageError):
            keys.key(child)
        other.clock.stop(other.clock.now())
        assert other.ask(child).content == other.ask("nobody").content


def test_another_process_that_does_nothing_forgets_the_key_too(tmp_path, world, child):
    with a_world(tmp_path) as other:
        keys = other.gateway.office.archive.store.vault.child_keys
        assert keys.key(child)

        erase(world, child)
        keys.follow()  # as the committer does when it has been idle

        with pytest.raises(StorageError):
            keys.key(child)


def test_a_key_that_was_just_made_is_kept_though_a_child_is_erased(world, child):
    keys = world.gateway.office.archive.store.vault.child_keys
    keys.make("c-new")

    erase(world, child)

    assert keys.key("c-new")


def test_an_entry_that_comes_in_between_is_erased_too(world, child, monkeypatch):
    office = world.gateway.office
    eraser = world.gateway.eraser()
    came = []

    def come_between(*_):
        if not came:
            came.append(office.committer.commit(Unit(entries=[_about(office, child)])))
        return ()

    monkeypatch.setattr(type(eraser), "_recipients", come_between)
    erased = eraser.erase(child, ORDER)

    (index,) = came[0].indices
    with open_stored_log(world.gateway.settings) as stored:
        assert index in erased_entries(stored.database, stored.vault)
    assert erased.entry == index + 1


def _about(office, child):
    return entries.looked_up(
        office.ports.random, entries.Act(), recipient=SCHOOL, child_id=child, kinds=["nhs-number"]
    )


@pytest.fixture
def restored(tmp_path, world, child):
    """Return a gateway on a backup from before the child was erased, and that erasure.

    The list of erasures came when it was open: otherwise it would have opened without the child.
    """
    home = world.gateway.settings.home
    backup = back_up(home, tmp_path / "backup")
    first = erase(world, child)
    world.gateway.office.committer.close()
    other = tmp_path / "restored"
    shutil.copytree(home, other / "home", ignore=shutil.ignore_patterns("gateway.db*", FILE))
    put_back(other / "home", backup)
    with a_world(other) as again:
        shutil.copy(home / FILE, other / "home")
        yield again, first


def test_a_restored_backup_is_purged_of_whoever_was_erased(restored, child):
    world, first = restored
    assert world.case(child).consents
    kept = kept_of(world, child)

    (erased,) = replay_erasures(world.gateway.eraser())

    assert erased.subject == first.subject
    after = files(world)
    assert [value for value in kept if value in after] == []
    assert faults(world) == ()


def test_a_restored_backup_is_purged_once(restored):
    world, _ = restored
    replay_erasures(world.gateway.eraser())
    assert replay_erasures(world.gateway.eraser()) == ()


def test_of_two_processes_that_purge_a_restored_backup_one_finds_nothing_left_to_do(
    restored, monkeypatch
):
    world, _ = restored
    eraser = world.gateway.eraser()
    looked = erasure.all_of

    def come_first(database, child_id):
        monkeypatch.setattr(erasure, "all_of", looked)
        assert len(replay_erasures(eraser)) == 1
        return looked(database, child_id)

    monkeypatch.setattr(erasure, "all_of", come_first)
    assert replay_erasures(eraser) == ()
    assert faults(world) == ()


def test_a_hold_that_a_restored_backup_shows_stops_nothing(restored, child):
    world, _ = restored
    holds.hold(world.gateway.office, child, authority="old", by="legal-1")
    assert len(replay_erasures(world.gateway.eraser())) == 1


def test_what_a_process_that_died_left_over_is_done_by_the_worker(world, child, monkeypatch):
    kept = kept_of(world, child)
    eraser = world.gateway.eraser()
    with monkeypatch.context() as dying:
        dying.setattr(ErasureList, "add", _die)
        with pytest.raises(SystemExit):
            eraser.erase(child, ORDER)
    assert eraser.listed.read() == ()

    daily(world.gateway, world.clock.now().date())

    assert len(eraser.listed.read()) == 1
    after = files(world)
    assert [value for value in kept if value in after] == []


def _die(*_):
    raise SystemExit


def test_the_list_outlives_a_line_that_was_not_written_to_its_end(tmp_path):
    path = tmp_path / "erasures.jsonl"
    ErasureList(path).add({b"one": 3})
    path.write_bytes(path.read_bytes() + b'{"subject": "to')

    ErasureList(path).add({b"one": 3, b"two": 5})

    assert [one.entry for one in ErasureList(path).read()] == [3, 5]
    path.write_text("something else\n")
    with pytest.raises(StorageError, match="line `1`"):
        ErasureList(path).read()


def test_a_sender_s_repeat_of_an_erased_message_is_a_new_message(world, child):
    size = world.size
    erase(world, child)
    answer = world.take(REFERRAL, HEALTH_VISITING)
    assert not answer.is_repeat
    assert world.size > size + 1


@pytest.mark.parametrize("line", [b"nonsense", b"\xff", b'{"subject":"zz","entry":3}'])
def test_a_gateway_does_not_open_where_the_list_of_erasures_cannot_be_read(tmp_path, line):
    with a_world(tmp_path):
        pass
    (tmp_path / "home" / FILE).write_bytes(line + b"\n")

    with pytest.raises(StorageError, match="list of erasures"), a_world(tmp_path):
        pass
