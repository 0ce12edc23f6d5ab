"""Searching the log: what each criterion finds, and when a list is proved complete."""

import asyncio
from datetime import timedelta

import pytest
from bars_messages import payload_of
from logs import all_logs
from worlds import (
    EARLY_HELP,
    EARLY_HELP_FORMAT,
    GP,
    HEALTH_VISITING,
    SCHOOL,
    START,
    TEACHER,
    Kind,
    a_home_on,
    a_world,
    caller,
)

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cosignature import CosigningKey, add_cosignatures
from audit.events import EntryType
from audit.leaf import Leaf
from gateway.audit_events.bundle import Bundler
from gateway.errors import RequestError
from gateway.keeping.succession import go_on_restored, seal
from gateway.observability import Event
from gateway.requests import Ask
from gateway.searching.criteria import Criteria
from gateway.searching.found import to_document
from gateway.searching.search import Reader, Search, search
from gateway.settings import load

REFERRAL = "health-visitor-to-early-help"
SINCE = START + timedelta(hours=1)
UNTIL = START + timedelta(days=10)
OFFICER = Reader(user="ig-1", reason="subject access")


def _story(world):
    """Let a referral be received and delivered, and the school's teacher ask a day later."""
    world.clock.advance(hours=2)
    (child,) = world.take(payload_of(REFERRAL)).children
    world.dispatch()
    world.clock.advance(days=1)
    ask = Ask(
        caller=caller(SCHOOL),
        child_id=child,
        purpose="early_help",
        accept=EARLY_HELP_FORMAT,
        request_id="request-of-the-teacher",
        practitioner=TEACHER,
    )
    asyncio.run(world.gateway.exchange.disclose(ask))
    return child


@pytest.fixture(scope="module", params=Kind)
def told(request, tmp_path_factory):
    """Return a gateway in which this happened, and the child's id; tests only read it."""
    folder = tmp_path_factory.mktemp("told")
    with (
        a_home_on(request.param, folder) as home,
        a_world(folder, database_url=load(home).database_url) as world,
    ):
        yield world, _story(world)


@pytest.fixture
def changed(tmp_path):
    """Return the same for a test that changes the database by hand."""
    with a_world(tmp_path) as world:
        yield world, _story(world)


def look(world, criteria, **how):
    return search(world.gateway.office, Search(reader=OFFICER, criteria=criteria, **how))


def types(answer):
    return [entry.type.value for entry in answer.entries if entry.type is not EntryType.AUDIT_READ]


REFERRED = ["import", "disclosure", "disclosure", "refusal", "refusal", "delivered", "delivered"]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"user": TEACHER}, ["disclosure"]),
        ({"request": "request-of-the-teacher"}, ["disclosure"]),
        ({"request": "nobody-s"}, []),
        ({"services": frozenset({GP})}, ["refusal"]),
        ({"services": frozenset({EARLY_HELP, GP})}, ["disclosure", "refusal", "delivered"]),
        ({"services": frozenset({HEALTH_VISITING})}, [*REFERRED, "disclosure"]),
        (
            {"purpose": "early_help"},
            ["disclosure", "disclosure", "refusal", "refusal", "disclosure"],
        ),
        ({"types": frozenset({EntryType.REFUSAL})}, ["refusal", "refusal"]),
        ({"since": START + timedelta(days=1)}, ["disclosure"]),
        ({"until": START + timedelta(days=1)}, REFERRED),
        ({"since": UNTIL}, []),
    ],
)
@pytest.mark.parametrize("is_about_the_child", [True, False])
def test_each_criterion_finds_its_entries(told, criteria, expected, is_about_the_child):
    world, child = told
    of = {"child": child} if is_about_the_child else {"since": SINCE}
    found = look(world, Criteria(**(of | criteria)))
    if "until" in criteria and not is_about_the_child:
        assert types(found) == expected
    assert [one for one in types(found) if one in set(expected)] == expected


def test_criteria_must_all_hold(told):
    world, child = told
    together = Criteria(
        child=child,
        services=frozenset({SCHOOL}),
        user=TEACHER,
        request="request-of-the-teacher",
        purpose="early_help",
        types=frozenset({EntryType.DISCLOSURE}),
        since=SINCE,
        until=UNTIL,
    )
    assert types(look(world, together)) == ["disclosure"]
    assert types(look(world, Criteria(child=child, user=TEACHER, services=frozenset({GP})))) == []


def test_an_answer_to_who_asked_is_found_for_those_who_held_what_it_told(told):
    world, _ = told
    found = look(world, Criteria(services=frozenset({HEALTH_VISITING}), user=TEACHER))
    (entry,) = found.entries
    assert entry.sender == ""


def test_a_list_about_a_child_is_proved_complete_up_to_the_last_entry(told):
    world, child = told
    found = look(world, Criteria(child=child), complete=True)
    assert found.complete
    assert found.discrepancies == ()
    assert found.checked.size == found.size == world.size - 1
    assert found.statement.startswith(f"complete up to entry {found.size - 1}: checkpoint ")
    assert types(found) == [*REFERRED, "disclosure"]


def test_without_the_proof_it_is_said_that_there_is_none(told):
    world, child = told
    found = look(world, Criteria(child=child))
    assert not found.complete
    assert found.statement.startswith("not proved complete")


def test_nothing_but_a_list_about_one_child_is_proved_complete(told):
    world, _ = told
    with pytest.raises(RequestError, match="one child"):
        look(world, Criteria(user=TEACHER), complete=True)


def test_pages_of_one_search_fit_together_while_the_log_grows(told):
    world, child = told
    whole = look(world, Criteria(child=child))
    pages = [
        look(world, Criteria(child=child), skip=skip, most=3, size=whole.size)
        for skip in range(0, whole.total, 3)
    ]
    assert [one.index for page in pages for one in page.entries] == [
        one.index for one in whole.entries
    ]
    assert {page.total for page in pages} == {whole.total}


def test_a_search_is_an_entry_that_says_who_looked_for_what_and_how_much_there_was(told):
    world, child = told
    found = look(world, Criteria(child=child, purpose="early_help"))
    (entry,) = look(world, Criteria(since=SINCE), skip=0).entries[-1:]
    said = entry.detail["gateway"]
    assert (said["user"], said["justification"]) == ("ig-1", "subject access")
    assert (said["query"], said["child"]) == (["child", "purpose early_help"], child)
    assert (said["results"], said["size"]) == (found.total, found.size)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_detail WHERE seq = :seq",
        "UPDATE audit_detail SET key_id = '' WHERE seq = :seq",
        "UPDATE audit_detail SET key_id = 'another' WHERE seq = :seq",
    ],
)
def test_an_entry_that_the_index_lacks_is_found_by_the_proof_and_raises_an_alarm(changed, change):
    world, child = changed
    (entry,) = look(world, Criteria(child=child, user=TEACHER)).entries
    world.by_hand(change, seq=entry.index)
    assert entry.index not in [one.index for one in look(world, Criteria(child=child)).entries]

    with all_logs() as logged:
        found = look(world, Criteria(child=child), complete=True)
    assert found.complete
    assert not found.is_sound
    assert entry.index in [one.index for one in found.entries]
    assert [one.entry for one in found.discrepancies] == [entry.index]
    assert f'"event":"{Event.LOG_DISAGREES}"' in logged.getvalue()


def test_an_entry_that_was_filed_under_the_child_by_hand_is_not_believed(changed):
    world, child = changed
    world.by_hand("UPDATE audit_detail SET key_id = :child WHERE seq = 2", child=child)
    found = look(world, Criteria(child=child), complete=True)
    assert [one.entry for one in found.discrepancies] == [2]
    assert 2 not in [one.index for one in found.entries]


def test_a_detail_that_was_changed_is_named_and_the_others_are_shown(changed):
    world, child = changed
    (entry,) = look(world, Criteria(child=child, user=TEACHER)).entries
    world.by_hand("UPDATE audit_detail SET sealed = zeroblob(99) WHERE seq = :n", n=entry.index)
    found = look(world, Criteria(child=child))
    assert [one.entry for one in found.discrepancies] == [entry.index]
    assert [one.index for one in found.entries if one.detail is None] == [entry.index]
    assert types(found) == [*REFERRED, "disclosure"]


def test_a_log_that_was_changed_proves_nothing(changed):
    world, child = changed
    # Another entry that is a leaf like any other: it breaks nothing but the tree.
    leaf = world.gateway.office.committer.log.leaf(1)
    other = leaf.replace(Leaf.decode(leaf).commit.encode(), b"0" * 64)
    world.by_hand("UPDATE audit_leaf SET entry = :other WHERE seq = 1", other=other)
    found = look(world, Criteria(child=child), complete=True)
    assert not found.complete
    assert not found.is_sound
    assert found.statement.startswith("not proved complete: ")
    assert types(found) == [*REFERRED, "disclosure"]


def _cosigned(log):
    """Have a witness cosign the newest checkpoint of *log*."""
    witness = CosigningKey.from_seed("council", bytes(32))
    published = log.refresh()
    keys = log.verifiers_of(published.shard.origin)
    line = witness.cosign(open_checkpoint(published.note, keys), 1_800_000_000)
    note = add_cosignatures(published.note, line.encode().encode(), [witness.verifier])
    return published.under(note, published.size)


def test_it_is_said_how_far_witnesses_vouch_for_a_list(changed):
    world, child = changed
    log = world.gateway.office.committer.log
    unwitnessed = look(world, Criteria(child=child), complete=True)
    assert unwitnessed.statement.endswith("; no witness vouches for it")
    log.witnessed(_cosigned(log))
    last = world.size - 1
    look(world, Criteria(child=child))
    found = look(world, Criteria(child=child), complete=True)
    assert found.complete
    assert found.checked.last > last
    assert found.statement.endswith(f"; vouched for up to entry {last} by council")


def test_a_log_that_does_not_continue_what_witnesses_saw_proves_nothing(changed):
    world, child = changed
    log = world.gateway.office.committer.log
    published = log.refresh()
    other = Checkpoint(log.origin, published.size, bytes(32)).sign(log.signing)
    log.witnessed(published.under(other, published.size))
    found = look(world, Criteria(child=child), complete=True)
    assert (found.complete, found.is_sound) == (False, False)


def test_a_list_goes_on_through_logs_that_were_sealed(changed):
    world, child = changed
    office = world.gateway.office
    last = world.size - 1
    seal(office, "caf-gateway.example/next", by="operator")
    look(world, Criteria(child=child))
    found = look(world, Criteria(child=child), complete=True)
    assert found.complete
    assert found.checked.origin == "caf-gateway.example/next"
    assert found.checked.last == office.committer.log.refresh().end - 2
    indices = [one.index for one in found.entries]
    assert indices[0] < last < indices[-1]


def test_a_list_is_not_proved_complete_over_entries_that_were_lost_with_a_database(tmp_path):
    with a_world(tmp_path) as world:
        child = _story(world)
        base = world.size
    go_on_restored(
        load(tmp_path / "home"), "log/2", lost=7, note=None, by="operator", reason="a disk failed"
    )

    with a_world(tmp_path) as world:
        found = look(world, Criteria(child=child), complete=True)
        bundle = Bundler.of(world.gateway.settings).bundle(found, {})

    assert (found.complete, found.is_sound) == (False, True)
    lost = f"{base}-{base + 6}"
    assert to_document(found)["checked"].lost == (lost,)
    assert found.statement.startswith(
        f"complete but for entries {lost}, lost with a database, up to entry {found.checked.last}: "
    )
    warned = [
        one for one in bundle["entry"][-1]["resource"]["issue"] if one["code"] == "incomplete"
    ]
    assert [one["details"]["text"] for one in warned] == [f"entries {lost}: lost with a database"]


def test_each_child_of_one_message_has_the_import_in_its_own_list(tmp_path):
    with a_world(tmp_path) as world:
        children = world.take(payload_of("siblings-in-one-message")).children
        assert len(children) > 1
        for child in children:
            found = look(world, Criteria(child=child), complete=True)
            assert found.discrepancies == ()
            assert types(found)[0] == "import"


def test_a_referral_costs_the_index_few_rows(told):
    world, _ = told
    rows = dict(world.rows("SELECT kind, count(*) FROM audit_index GROUP BY kind"))
    assert rows["request"] <= 3
    assert rows["service"] <= 8
