"""What an entry says of where the facts of its decision come from."""

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, HEALTH_VISITING, Kind, a_home_on, a_world

from audit.events import EntryType
from audit.parts import Part
from gateway.casefile import recorded_fact
from gateway.consenting.filing import take_back
from gateway.registers import OPERATOR, Practitioner
from policies import tables


@pytest.fixture
def world(tmp_path):
    with a_home_on(Kind.SQLITE, tmp_path), a_world(tmp_path) as world:
        yield world


def basis(world, recipient, since=0):
    """Return what the first decision about *recipient* rested on."""
    details = world.gateway.office.details
    (entry, *_) = (
        one
        for one in map(details.opened, range(since, world.size))
        if one.leaf.recipient == recipient
        and one.leaf.type in {EntryType.DISCLOSURE, EntryType.REFUSAL}
    )
    (found,) = entry.detail.open(Part.GATEWAY).fields()["basis"]
    return found


def test_an_entry_names_the_registers_the_law_and_the_agreement_that_gave_facts(world):
    world.take(payload_of("health-visitor-to-early-help"))

    known = basis(world, EARLY_HELP)["from"]

    rulebook = world.gateway.office.rulebook
    (agreement,) = (one for one in rulebook.agreements if one.id == "little-marsh-early-help")
    assert known == {
        "agreement": "little-marsh-early-help/1",
        "agreement_sha256": agreement.digest,
        "law": rulebook.bundle.digest,
        "registers": rulebook.registers.version,
        "tables": tables.digest(),
    }


def test_an_entry_says_who_recorded_each_fact_and_when(world):
    world.take(payload_of("health-visitor-to-early-help"))

    rows = {one["fact"]: one for one in basis(world, EARLY_HELP)["recorded"]}

    assert rows["on_team"]["by"] == HEALTH_VISITING
    assert rows["on_team"]["service"] == EARLY_HELP
    assert rows["on_team"]["at"].startswith("2026-11-20T09:00:")
    assert rows["consent"]["grantor"] == "parent"
    assert rows["consent"]["version"] == 1


def test_whom_a_message_names_is_not_named_again(world):
    world.take(payload_of("health-visitor-to-early-help"))

    rows = {one["fact"]: one for one in basis(world, EARLY_HELP)["recorded"]}

    assert rows["risk"]["source"] == "record"
    assert "by" not in rows["risk"]


def test_a_newer_fact_takes_the_place_of_the_one_before(world):
    (child,) = world.take(payload_of("health-visitor-to-early-help")).children
    office = world.gateway.office
    at = world.clock.now()
    fact = recorded_fact("risk", "in_need", service=None, by="teacher-1", at=at)
    world.gateway.recorder.facts(child, [fact])
    since = world.size

    world.ask(child, EARLY_HELP)

    entry = office.details.opened(since)
    (account,) = entry.detail.open(Part.GATEWAY).fields()["accounts"]
    (risk,) = (one for one in account["basis"][0]["recorded"] if one["fact"] == "risk")
    assert risk["by"] == "teacher-1"
    assert account["basis"][0]["facts"]["risk"] == "in_need"


def test_a_withdrawal_is_the_next_version_of_the_same_grantors_statement(world):
    (child,) = world.take(payload_of("health-visitor-to-early-help")).children
    (grantor,) = {one.grantor for one in world.case(child).consents}
    take_back(world.gateway.office, child, grantor, None, by=OPERATOR)
    since = world.size

    world.ask(child, EARLY_HELP)

    entry = world.gateway.office.details.opened(since)
    (account,) = entry.detail.open(Part.GATEWAY).fields()["accounts"]
    (said,) = (one for one in account["basis"][0]["recorded"] if one["fact"] == "consent")
    assert (said["grantor"], said["version"]) == ("parent", 2)


def test_a_name_that_is_not_in_unicodes_normal_form_is_composed(world):
    (child,) = world.take(payload_of("health-visitor-to-early-help")).children
    decomposed = "Ame\u0301lie"
    world.gateway.recorder.documents(
        [Practitioner(id=decomposed, service=EARLY_HELP, role="practitioner")]
    )
    at = world.clock.now()
    fact = recorded_fact("risk", "in_need", service=None, by=decomposed, at=at)
    world.gateway.recorder.facts(child, [fact])
    since = world.size

    world.ask(child, EARLY_HELP)

    entry = world.gateway.office.details.opened(since)
    (account,) = entry.detail.open(Part.GATEWAY).fields()["accounts"]
    (risk,) = (one for one in account["basis"][0]["recorded"] if one["fact"] == "risk")
    assert risk["by"] == "Am\u00e9lie"
