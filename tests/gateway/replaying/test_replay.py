"""Replaying decisions from their entries."""

from dataclasses import replace

import msgspec
import pytest
from worlds import EARLY_HELP, GP, SCHOOL

from audit.parts import PARTS, Part
from gateway.bundles import LAW, Bundles, History, build
from gateway.casefile import recorded_fact
from gateway.errors import UnknownDecisionError
from gateway.reconsidering import task_of
from gateway.registers import Policy
from gateway.replaying.decisions import TYPES, accounts_of, entries_of
from gateway.replaying.replay import replay, replay_all
from policies.errors import DocumentError


def history(world) -> History:
    versions = world.gateway.office.archive.store.registers.versions("policy", LAW)
    return History(versions, Bundles())


def decisions(world):
    return list(entries_of(world.gateway.office.details, range(world.size)))


def altered(entry, alter):
    """Return *entry* with its gateway's part as *alter* leaves it."""
    contents = list(entry.detail.contents)
    at = PARTS.index(Part.GATEWAY)
    fields = msgspec.json.decode(contents[at])
    alter(fields)
    contents[at] = msgspec.json.encode(fields)
    return replace(entry, detail=replace(entry.detail, contents=tuple(contents)))


def test_every_decision_of_a_referral_replays_to_the_same_answer(world):
    found = replay_all(decisions(world), history(world))

    assert found.decisions > 0
    assert (found.erased, found.differing) == (0, ())


def test_an_answer_to_somebody_who_asked_replays_holder_by_holder(world):
    (child,) = {one for (one,) in world.rows("SELECT id FROM child")}
    since = world.size
    world.ask(child, SCHOOL)

    found = replay(world.gateway.office.details.opened(since), history(world))

    assert (found.decisions, found.differences) == (1, ())


def test_what_a_person_decided_names_them_and_replays(world):
    office = world.gateway.office
    task = next(
        one
        for one in office.archive.open_tasks()
        if one.subject.recipient == GP and "training" in one.subject.missing
    )
    since = world.size
    at = world.clock.now()
    fact = recorded_fact("risk", "in_need", service=None, by="teacher-1", at=at)
    world.gateway.reconsidering.resolve(task_of(office, task.row.id), "ig-1", [fact])

    decided = [one for one in decisions(world) if one.index >= since]
    found = [replay(one, history(world)) for one in decided]

    assert {by for one in found for by in one.decided_by} == {"ig-1"}
    assert all(not one.differences for one in found)


@pytest.mark.parametrize(
    ("alter", "what"),
    [
        pytest.param(
            lambda fields: fields["basis"][0]["facts"].update(training="lapsed"),
            "caf_needs",
            id="a fact",
        ),
        pytest.param(
            lambda fields: fields["basis"][0]["rulings"][0].update(outcome="deny"),
            "identity",
            id="an outcome",
        ),
        pytest.param(
            lambda fields: fields["basis"][0]["rulings"][0].update(rules=["E15"]),
            "identity",
            id="a rule",
        ),
        pytest.param(
            lambda fields: fields.update(obligations=["account"]), "obligations", id="obligations"
        ),
        pytest.param(
            lambda fields: fields["basis"][0].update(obligations=[]),
            "obligations",
            id="one holder's obligations",
        ),
        pytest.param(
            lambda fields: fields["outcomes"][0].update(rules=["E3"]),
            None,
            id="what became of an element",
        ),
        pytest.param(
            lambda fields: fields["basis"][0]["facts"].update(role="wizard"),
            "the whole",
            id="a word that there is not",
        ),
    ],
)
def test_what_was_altered_is_found(world, alter, what):
    entry = next(one for one in decisions(world) if one.leaf.recipient == EARLY_HELP)

    found = replay(altered(entry, alter), history(world))

    assert found.differences
    assert what is None or what in {one.what for one in found.differences}


def test_a_law_that_is_not_kept_cannot_be_replayed(world):
    entry = decisions(world)[0]

    found = replay(entry, History([], Bundles()))

    assert "not in the register" in found.differences[0].decided


def test_a_law_whose_text_was_changed_is_not_the_law_that_decided(world):
    entry = decisions(world)[0]
    (version,) = world.gateway.office.archive.store.registers.versions("policy", LAW)
    changed = version.document.replace("outcome: deny", "outcome: permit")
    assert changed != version.document

    policy = msgspec.json.decode(changed, type=Policy)
    with pytest.raises(DocumentError, match="its text is not what its digest says"):
        build(policy.files, entry.leaf.policy)


def test_an_entry_that_records_no_decision_is_refused(world):
    index = next(i for i, kind in enumerate(world.types()) if kind not in TYPES)

    with pytest.raises(UnknownDecisionError, match="records no decision"):
        replay(world.gateway.office.details.opened(index), history(world))


def test_an_erased_entry_is_counted_and_cannot_be_replayed(world):
    entry = replace(decisions(world)[0], detail=None)

    assert replay_all([entry], history(world)).erased == 1
    with pytest.raises(UnknownDecisionError, match="was erased"):
        replay(entry, history(world))


def test_an_entry_of_before_rulings_were_written_down_replays_by_its_rules(world):
    def older(fields):
        for row in fields["basis"]:
            del row["rulings"], row["obligations"], row["from"], row["recorded"]

    entry = altered(next(iter(decisions(world))), older)

    assert accounts_of(entry)[0].decisions[0].rulings is None
    assert replay(entry, history(world)).differences == ()
