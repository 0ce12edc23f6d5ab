"""The log under attack: for each row of the threat model's table, what it is caught by.

`docs/threat-model.md`, "The log under attack", names one test of this file for each.
"""

from hashlib import sha256

import pytest
from backups import back_up, put_back
from bars_messages import payload_of
from doors import a_door
from front_door import FHIR, MESSAGE
from tampering import edit_entry
from worlds import CHARITY, HEALTH_VISITING, SCHOOL, Kind, a_home_on, a_world

from audit.checkpoint import Checkpoint
from audit.errors import ProofError
from audit.parts import Part
from audit.quorum import Quorum
from audit.receipts import check_receipt, make_receipt
from gateway.composition import open_gateway
from gateway.errors import IntegrityError
from gateway.storage.tables import metadata
from gateway.stored_log import open_stored_log
from gateway.verifying.faults import Act
from gateway.verifying.verification import verify
from tests.audit.builders import KEY, WITNESSES, a_disclosure

REFERRAL = payload_of("health-visitor-to-early-help")
on_both = pytest.mark.parametrize("kind", Kind)


def take(world):
    world.take(REFERRAL)


def take_and_dispatch(world):
    world.take(REFERRAL)
    world.dispatch()


@pytest.fixture
def world(tmp_path, kind):
    """Return a gateway that has taken one referral in, and sent it on."""
    with a_home_on(kind, tmp_path, take_and_dispatch), a_world(tmp_path) as world:
        yield world


@pytest.fixture
def found(world):
    """Return what says which places are at fault."""

    def places(*older):
        with open_stored_log(world.gateway.settings) as stored:
            return {fault.where for fault in verify(stored, older).faults}

    assert places() == set()
    return places


def entry_of(world, kind, recipient=None):
    """Return the index of the last entry of this kind."""
    return max(
        index
        for index, leaf in enumerate(world.leaves())
        if leaf.type == kind and recipient in {None, leaf.recipient}
    )


# Edit, reorder or delete entries.


def edited(world, entry):
    edit_entry(world.gateway.database, entry, b'"disclosure"', b'"refusal"')


def deleted(world, entry):
    world.by_hand("DELETE FROM audit_leaf WHERE seq = :n", n=entry)


def reordered(world, entry):
    world.by_hand(
        "UPDATE audit_leaf SET entry = (SELECT entry FROM audit_leaf AS other"
        " WHERE other.seq = 2 * :n + 1 - audit_leaf.seq) WHERE seq IN (:n, :n + 1)",
        n=entry,
    )


@on_both
@pytest.mark.parametrize("attack", [edited, deleted, reordered])
def test_an_entry_that_was_edited_deleted_or_reordered_is_found(world, found, attack):
    entry = entry_of(world, "disclosure", SCHOOL) - 1

    attack(world, entry)

    assert found() & {f"entry {entry}", "head of the log"}


@on_both
def test_the_newest_entries_deleted_with_their_rows_halt_the_gateway(world, found):
    world.by_hand("DELETE FROM audit_leaf WHERE seq >= :n", n=world.size - 2)

    assert "head of the log" in found()
    with pytest.raises(IntegrityError), open_gateway(world.gateway.settings):
        pass


# Put an older copy of the whole database back.


@pytest.fixture
def rolled_back(tmp_path, kind):
    """Return the settings of a gateway whose database is, all of it, as it was some time ago."""
    with a_home_on(kind, tmp_path, take) as home:
        older = back_up(home, tmp_path / "older")
        with a_world(tmp_path) as world:
            world.clock.advance(hours=1)
            world.dispatch()
            entry = entry_of(world, "delivered", SCHOOL)
            receipt = world.gateway.office.details.receipt(entry, Part.RECIPIENT)
        put_back(home, older)
        yield world.gateway.settings, receipt


@on_both
def test_an_older_genuine_database_put_back_is_refused_at_the_start(rolled_back):
    settings, _ = rolled_back

    refused = pytest.raises(IntegrityError, match=r"rolled back.*audit restored")
    with refused, open_gateway(settings):
        pass
    with open_stored_log(settings) as stored:
        assert [fault.act for fault in verify(stored).faults] == [Act.RESTORE]


@on_both
def test_an_older_database_that_was_written_on_is_refused_too(rolled_back, tmp_path):
    settings, _ = rolled_back
    remembered = settings.home / "log" / "checkpoint"
    note = remembered.read_bytes()
    remembered.unlink()
    with a_world(tmp_path) as world:  # nothing remembered: it starts, and goes on past where it was
        for number in range(20):
            world.ask(f"{number:032x}")
    remembered.write_bytes(note)

    with pytest.raises(IntegrityError, match="written on"), open_gateway(settings):
        pass


@on_both
def test_an_older_database_is_found_by_any_receipt_where_nothing_was_remembered(rolled_back):
    settings, receipt = rolled_back
    (settings.home / "log" / "checkpoint").unlink()

    with open_stored_log(settings) as stored:
        assert verify(stored).holds
        assert [fault.where for fault in verify(stored, [receipt]).faults] == [
            "an older checkpoint"
        ]


@on_both
def test_a_node_that_is_running_notices_the_older_database(tmp_path, kind):
    with a_home_on(kind, tmp_path) as home, a_world(tmp_path) as world:
        older = back_up(home, tmp_path / "older")
        world.take(REFERRAL)
        put_back(home, older)

        with pytest.raises(IntegrityError):
            world.gateway.office.committer.log.refresh()
        with pytest.raises(IntegrityError):
            world.ask("0" * 32)


# Leak through the outbox: it is never sent (test_outbox.py), and it is found.


@on_both
@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param(
            "INSERT INTO outbox SELECT 'by-hand', message_id, :to, child_id, sealed,"
            " payload_sha256, media_type, leaf, 'pending', urgent, 0, 0, created_at, sealed_stamps,"
            " sealed_context, sealed_content, NULL, NULL FROM outbox WHERE recipient = :school",
            "outbox row by-hand",
            id="inserted",
        ),
        pytest.param(
            "UPDATE outbox SET recipient = :to WHERE recipient = :school", "entry {n}", id="edited"
        ),
        pytest.param("DELETE FROM outbox WHERE recipient = :school", "entry {n}", id="deleted"),
        pytest.param(
            "UPDATE outbox SET state = 'pending' WHERE recipient = :school",
            "entry {end}",
            id="to be sent once more",
        ),
        pytest.param(
            "UPDATE outbox SET closing_leaf = :n WHERE recipient = :school",
            "entry {end}",
            id="ended by another entry",
        ),
    ],
)
def test_a_row_of_the_outbox_inserted_edited_or_deleted_is_found(world, found, change, where):
    entry, end = (entry_of(world, kind, SCHOOL) for kind in ("disclosure", "delivered"))

    world.by_hand(change, to=CHARITY, school=SCHOOL, n=entry)

    assert where.format(n=entry, end=end) in found()


@on_both
def test_a_delivery_marked_as_done_that_never_was_is_found(tmp_path, kind):
    with a_home_on(kind, tmp_path, take), a_world(tmp_path) as world:
        world.by_hand("UPDATE outbox SET state = 'delivered' WHERE recipient = :to", to=SCHOOL)
        ((id_,),) = world.rows("SELECT id FROM outbox WHERE recipient = :to", to=SCHOOL)

        with open_stored_log(world.gateway.settings) as stored:
            assert [fault.where for fault in verify(stored).faults] == [f"outbox row {id_}"]


# Edit the head.


@on_both
def test_an_edited_head_halts_the_gateway(world, found):
    ((head,),) = world.rows("SELECT head FROM audit_head")
    forged = head[:-1] + bytes([head[-1] ^ 1])

    world.by_hand("UPDATE audit_head SET head = :head", head=forged)

    assert "head of the log" in found()
    with pytest.raises(IntegrityError):
        world.ask("0" * 32)


# Edit policies, agreements, registers; consents, facts, assessments, received records.


@on_both
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE register SET document = replace(document, :school, :to) WHERE kind = 'service'",
        (
            "UPDATE register SET document = replace(document, 'digest\":\"', 'digest\":\"a')"
            " WHERE kind = 'policy'"
        ),
        "UPDATE register SET id = 'other' WHERE kind = 'agreement' AND id = 'wexcombe-camhs/1'",
        "UPDATE register SET version = 9 WHERE kind = 'service' AND id = :school",
        "DELETE FROM register WHERE kind = 'service' AND id = :school",
        (
            "INSERT INTO register SELECT kind, id, 2, replace(document, 'school', 'police'),"
            " recorded_at, recorded_by, leaf FROM register WHERE kind = 'service' AND id = :school"
        ),
    ],
)
def test_a_policy_agreement_or_register_edited_or_deleted_is_found(world, found, change):
    world.by_hand(change, school=SCHOOL, to=CHARITY)

    assert found()
    assert all(where.startswith("entry ") for where in found())


@on_both
def test_a_withdrawal_that_was_taken_out_is_found(world, found):
    ((child,),) = world.rows("SELECT DISTINCT child_id FROM consent")
    world.withdraw(child)
    entry = entry_of(world, "consent-change")

    assert world.rows("SELECT count(*) FROM consent WHERE leaf = :n", n=entry) == [(1,)]
    world.by_hand("DELETE FROM consent WHERE leaf = :n", n=entry)

    assert found() == {f"entry {entry}"}


@on_both
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE child_fact SET expires_at = NULL WHERE expires_at IS NOT NULL",
        "UPDATE child_fact SET service_id = :to",
        "DELETE FROM child_fact",
        "UPDATE consent SET sealed = :junk",
        "UPDATE assessment SET version = version + 1",
        "UPDATE assessment SET holder = :to",
        "DELETE FROM assessment",
        "UPDATE record SET sealed = :junk",
        "UPDATE record SET sha256 = :junk",
        "DELETE FROM record_key",
    ],
)
def test_a_fact_consent_assessment_or_record_edited_or_deleted_is_found(world, found, change):
    entry = entry_of(world, "import")
    world.by_hand(change, to=CHARITY, junk=b"\0")

    assert found() == {f"entry {entry}"}


@on_both
@pytest.mark.parametrize("of", ["child", "registers"])
def test_a_stamp_that_was_set_back_so_that_stale_decisions_pass_is_found(world, found, of):
    world.by_hand("UPDATE stamp SET version = version - 1 WHERE kind = :of", of=of)

    (place,) = found()
    assert place.startswith("entry ")


@on_both
@pytest.mark.parametrize("table", ["consent", "child_fact", "assessment", "record"])
def test_a_row_that_no_entry_recorded_is_found(world, found, table):
    columns = metadata.tables[table].columns.keys()
    names = ", ".join(columns)
    new = {"id": "'by-hand'", "leaf": "1", "version": "version + 1"}
    values = ", ".join(new.get(name, name) for name in columns)

    world.by_hand(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} LIMIT 1")  # noqa: S608 - names of our own tables

    assert f"{table} row by-hand" in found()


# Delete rows of the index, so that a search misses entries (a child's: test_completeness.py).


@on_both
def test_a_row_of_the_index_that_was_deleted_is_found(world, found):
    world.ask("0" * 32)
    (kind, key, page), *_ = world.rows(
        "SELECT kind, key, seq FROM audit_index WHERE kind = 'request'"
    )

    world.by_hand("DELETE FROM audit_index WHERE kind = :kind AND key = :key", kind=kind, key=key)

    (place,) = found()
    assert place.startswith("entry ")
    assert int(place.removeprefix("entry ")) >= page


# Delete details, or the keys that open them.


@on_both
@pytest.mark.parametrize(
    "change", ["DELETE FROM audit_detail WHERE seq = :n", "UPDATE child SET wrapped_key = :none"]
)
def test_a_detail_removed_without_an_erasure_that_names_its_entry_is_found(world, found, change):
    entry = entry_of(world, "disclosure", SCHOOL)

    world.by_hand(change, n=entry, none=b"")

    assert f"entry {entry}" in found()


# Rewrite history and sign it anew; show two histories to two readers.


@on_both
def test_a_history_rewritten_with_the_log_s_own_key_is_found_by_any_older_checkpoint(world, found):
    log = world.gateway.office.committer.log
    other = Checkpoint(log.origin, world.size - 3, bytes(32)).sign(log.signing)

    assert found(other) == {"an older checkpoint"}
    assert found(log.published.note) == set()


def test_of_two_histories_one_at_most_has_the_quorum_s_word():
    first, second, third = WITNESSES
    true, other = a_disclosure(), a_disclosure(after=21)
    quorum = Quorum(tuple(one.verifier for one in WITNESSES), 2)
    shown = {
        "to most": receipt_in(true, first, second),
        "to one": receipt_in(other, third),
    }

    assert check_receipt(shown["to most"], [KEY.verifier], quorum).index == true.index
    with pytest.raises(ProofError, match="fewer than `2` witnesses"):
        check_receipt(shown["to one"], [KEY.verifier], quorum)


def receipt_in(disclosure, *witnesses):
    opening = disclosure.detail.open(Part.RECIPIENT)
    return make_receipt(disclosure.leaf, disclosure.cosigned(*witnesses), opening)


# Disclose outside the log: a recipient that asks for the receipt refuses it.


@on_both
def test_what_is_delivered_bears_a_receipt_for_these_very_bytes_and_no_others(world):
    keys = world.gateway.office.committer.log.verifiers
    payloads = {sha256(one).hexdigest() for one in world.delivered(SCHOOL)}

    receipts = [check_receipt(one, keys).fields for one in world.receipts(SCHOOL)]

    assert payloads
    assert {fields["payload_sha256"] for fields in receipts} == payloads
    assert {fields["recipient"] for fields in receipts} == {SCHOOL}


# Log false content: an entry names what the client itself signed.


def test_an_entry_names_the_client_s_own_signed_assertion(tmp_path):
    with a_door(tmp_path) as door:
        system, settings = door.systems[HEALTH_VISITING], door.world.gateway.settings
        system.clock.at = door.world.clock.now()
        assertion = system.assertion(aud=settings.token_endpoint)
        form = system.form(client_assertion=assertion)
        token = door.http.post("/oauth2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"} | FHIR

        answer = door.http.post(MESSAGE, content=REFERRAL, headers=headers)

        detail = door.world.gateway.office.details.detail(int(answer.headers["CAF-Entry"]))
        said = detail.open(Part.GATEWAY).fields()
        assert said["caller"] == system.id
        assert said["assertion_sha256"] == sha256(assertion.encode()).hexdigest()
