"""A decision of the log in plain English."""

from dataclasses import replace

import pytest
from worlds import EARLY_HELP, SCHOOL

from gateway.bundles import LAW, Bundles, History
from gateway.casefile import recorded_fact
from gateway.replaying.decisions import entries_of
from gateway.replaying.telling import told
from policies.explain import Reader


def of(world, entry, reader):
    registers = world.gateway.office.archive.store.registers
    history = History(registers.versions("policy", LAW), Bundles())
    return told(entry, history, world.gateway.office.rulebook.registers, reader)


def decisions(world, recipient, since=0):
    found = entries_of(world.gateway.office.details, range(since, world.size))
    return [one for one in found if one.leaf.recipient == recipient]


def test_a_decision_is_told_under_its_own_law_and_by_its_services_names(world):
    (found,) = of(world, decisions(world, EARLY_HELP)[0], Reader.OFFICER)

    assert "From service 2000099901 to service 2000099902" in found.explanation.text
    assert world.gateway.office.rulebook.bundle.digest in found.explanation.text


@pytest.mark.parametrize("reader", [Reader.PRACTITIONER, Reader.FAMILY])
def test_a_shield_changes_nothing_of_what_is_told_but_what_was_shared(world, reader):
    (child,) = {one for (one,) in world.rows("SELECT id FROM child")}
    before = decisions(world, SCHOOL)[0]
    at = world.clock.now()
    shield = recorded_fact("shielded", "true", service=None, by="sl-1", at=at)
    world.gateway.recorder.facts(child, [shield])
    since = world.size
    world.ask(child, SCHOOL)

    (told_before,) = of(world, before, reader)
    (told_after,) = of(world, decisions(world, SCHOOL, since)[0], reader)

    assert "shield" not in told_after.explanation.text.casefold()
    if reader is Reader.FAMILY:
        assert told_before.explanation == told_after.explanation


def test_an_entry_that_was_erased_tells_nothing(world):
    entry = replace(decisions(world, EARLY_HELP)[0], detail=None)

    assert of(world, entry, Reader.FAMILY) == ()
