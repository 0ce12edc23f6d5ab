"""Fail closed (invariant 3): what raises, is missing or is not wired never widens a release."""

import re

import pytest
from bars_messages import payload_of
from signatories import OFFICERS
from worlds import CHARITY, EARLY_HELP, GP, SCHOOL, Kind, a_home, a_home_on, a_world, fates, outcome

import gateway.storage.sqlite
import policies.decision_table
from adapters.errors import AdapterError
from audit.events import EntryType
from gateway.agreements.register import AgreementRegister
from gateway.casefile import RecordedFact
from gateway.errors import DurabilityError, IntegrityError, KeysError, RegisterError, StorageError
from gateway.registers import OPERATOR
from policies.errors import VocabularyError

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def broken_rule(monkeypatch):
    """Have one rule of the law raise whenever it is asked."""
    good = policies.decision_table.write

    def write(phases, definitions):
        text, settlements = good(phases, definitions)
        number = next(at for at, how in enumerate(settlements) if how.rule == "E9")
        raising = re.sub(rf"(?m)^( *)at = {number}$", r"\g<0>\n\1raise ValueError", text)
        assert raising != text
        return raising, settlements

    monkeypatch.setattr(policies.decision_table, "write", write)
    return "E9"


def test_a_rule_that_raises_refers_to_a_person_and_alerts(broken_rule, tmp_path):
    with a_world(tmp_path) as world:
        answer = world.take(REFERRAL)
        world.dispatch()

        assert world.delivered(EARLY_HELP) == world.delivered(SCHOOL) == []
        decided = outcome(answer, EARLY_HELP)
        assert decided.fate == "with-a-person"
        assert {each.outcome for each in decided.elements} == {"referred"}
        assert {each.rules for each in decided.elements} == {(broken_rule,)}
        assert "alert_ig" in decided.obligations
        asked = {task.subject.recipient for task in world.gateway.office.archive.open_tasks()}
        assert {EARLY_HELP, SCHOOL} <= asked
        assert fates(answer)[CHARITY] == "nothing-released"


@pytest.mark.usefixtures("broken_rule")
def test_who_asks_while_a_rule_raises_gets_nothing_and_no_word_of_it(tmp_path):
    with a_world(tmp_path) as world:
        child = world.take(REFERRAL).children[0]
        before = world.size
        world.clock.stop(world.clock.time)

        assert b"released" not in world.ask(child, SCHOOL).content
        assert world.ask(child, SCHOOL).content == world.ask("0" * 32, SCHOOL).content
        assert set(world.types(before)) == {EntryType.REFUSAL}


def test_while_agreements_are_suspended_nothing_is_released(tmp_path):
    with a_world(tmp_path) as world:
        for name in ("little-marsh-early-help/1", "wexcombe-camhs/1"):
            AgreementRegister(world.gateway.office, OFFICERS[0]).suspend(name, "for review")
        answer = world.take(REFERRAL)

    assert "queued" not in fates(answer).values()
    assert fates(answer)[EARLY_HELP] == "nothing-released"


def test_a_fact_that_nobody_recorded_waits_for_a_person(world):
    answer = world.take(REFERRAL)

    assert fates(answer)[GP] == "with-a-person"
    (task,) = world.gateway.office.archive.open_tasks()
    assert (task.subject.recipient, task.subject.missing) == (GP, ("training",))
    assert task.row.owner_role
    assert task.row.due_at > world.clock.time


@pytest.mark.parametrize("adapters", [("fax",), ("bars", "early-help", "fax")])
def test_an_adapter_that_is_not_there_refuses_to_start(tmp_path, adapters):
    with pytest.raises(AdapterError), a_world(tmp_path, adapters=adapters):
        pytest.fail("it started")


def test_a_format_in_which_a_service_receives_but_that_is_not_allowed_refuses_to_start(tmp_path):
    with pytest.raises(RegisterError), a_world(tmp_path, adapters=("bars",)):
        pytest.fail("it started")


def test_keys_that_others_may_read_refuse_to_start(tmp_path):
    for key in (a_home(tmp_path) / "keys").iterdir():
        key.chmod(0o644)

    with pytest.raises(KeysError), a_world(tmp_path):
        pytest.fail("it started")


def test_a_missing_key_refuses_to_start_and_none_is_made_in_its_place(tmp_path):
    (a_home(tmp_path) / "keys" / "log-signing.key").unlink()

    with pytest.raises(KeysError), a_world(tmp_path):
        pytest.fail("it started")


def test_a_database_that_cannot_be_made_durable_refuses_to_start(tmp_path, monkeypatch):
    weak = gateway.storage.sqlite._SETTINGS | {"synchronous": ("OFF", 2)}  # noqa: SLF001 - a database that does not take a setting cannot be had otherwise
    monkeypatch.setattr(gateway.storage.sqlite, "_SETTINGS", weak)

    with pytest.raises(DurabilityError), a_world(tmp_path):
        pytest.fail("it started")


@pytest.mark.parametrize("url", ["sqlite://", "mysql://somewhere/gateway"])
def test_a_database_of_another_kind_or_in_memory_refuses_to_start(tmp_path, url):
    with pytest.raises(StorageError), a_world(tmp_path, database_url=url):
        pytest.fail("it started")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_leaf SET entry = :junk WHERE seq = (SELECT max(seq) FROM audit_leaf)",
        "DELETE FROM audit_leaf WHERE seq = (SELECT max(seq) FROM audit_leaf)",
        "UPDATE audit_head SET head = :junk",
        "DELETE FROM audit_head",
    ],
)
def test_a_log_that_was_changed_behind_its_back_refuses_to_start(tmp_path, kind, change):
    with a_home_on(kind, tmp_path):
        with a_world(tmp_path) as world:
            world.by_hand(change, junk=b"{}")

        with pytest.raises(IntegrityError), a_world(tmp_path):
            pytest.fail("it started")


def test_a_fact_that_no_decision_could_read_is_not_recorded(world):
    child = world.take(REFERRAL).children[0]
    recorder, before = world.gateway.recorder, world.size
    for name, value in (("competent", "perhaps"), ("mood", "fair")):
        fact = RecordedFact(name=name, value=value, by=OPERATOR, at=world.clock.now())
        with pytest.raises(VocabularyError):
            recorder.facts(child, [fact])

    assert world.size == before
