"""Bringing a bundle of law into force: two officers, every node, no request stopped."""

import shutil
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, SCHOOL, Kind, a_home_on, a_world, by_element

from audit.events import EntryType
from audit.parts import Part
from gateway.activation import Examined, LawActivation
from gateway.bundles import LAW, Bundles, History
from gateway.composition import open_gateway
from gateway.errors import ActivationError, EntitlementError, RegisterError
from gateway.examining import rewritten
from gateway.ports import Ports
from gateway.registers import Practitioner
from gateway.replaying.decisions import entries_of
from gateway.replaying.replay import replay_all
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify
from policies import rules
from policies.errors import DocumentError
from policies.proving.difference import Difference, Version
from policies.vocabulary import Appointment

REFERRAL = payload_of("health-visitor-to-early-help")
ONE, OTHER, NOBODY = "ig-1", "ig-2", "clerk-1"


@contextmanager
def a_partnership(folder):
    """Open the partnership's gateway, with two officers and a clerk at early help."""
    office = (Appointment.INFORMATION_GOVERNANCE_OFFICER,)
    with a_world(folder) as world:
        world.gateway.recorder.documents(
            [
                Practitioner(id=ONE, service=EARLY_HELP, role="practitioner", appointments=office),
                Practitioner(
                    id=OTHER, service=EARLY_HELP, role="practitioner", appointments=office
                ),
                Practitioner(id=NOBODY, service=EARLY_HELP, role="admin"),
            ]
        )
        yield world


@pytest.fixture
def world(tmp_path):
    with a_home_on(Kind.SQLITE, tmp_path), a_partnership(tmp_path) as world:
        yield world


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder of law by which needs go to a person, by a rule that is new."""
    folder = shutil.copytree(rules.SHIPPED, tmp_path / "law")
    permits = folder / "permits.yaml"
    permits.write_text(
        permits.read_text().replace(
            "rules:\n",
            "rules:\n"
            "  - id: X1\n"
            "    source: A local protocol\n"
            "    when: category is caf_needs\n"
            "    outcome: refer\n"
            "    reads: a local protocol asks for a second look\n",
            1,
        )
    )
    return folder


def not_proved(old, new, on):
    """Examine a law but for the proof of what must always hold, which takes seconds."""
    difference = Difference(
        old=Version(old.id, old.digest),
        new=Version(new.id, new.digest),
        as_of=on,
        terms=tuple(rewritten(old, new)),
    )
    return Examined((), difference)


def quickly(world) -> LawActivation:
    return LawActivation(world.gateway.office, not_proved)


def activate(world, folder, first=ONE, second=OTHER):
    activation = quickly(world)
    proposed = activation.propose(rules.load(folder), first)
    return activation.approve(proposed.digest, second)


def law_entries(world, since=0):
    details = world.gateway.office.details
    return [
        details.opened(index).detail.open(Part.GATEWAY).fields()
        for index, kind in enumerate(world.types())
        if index >= since and kind is EntryType.POLICY_ACTIVATED
    ]


def test_a_new_gateway_starts_with_the_law_that_it_ships(world):
    assert world.gateway.office.rulebook.bundle.digest == rules.shipped().digest
    (first,) = law_entries(world)
    assert (first["digest"], first["kind"]) == (rules.shipped().digest, "in force")


def test_what_two_officers_activated_decides_from_then_on(world, folder):
    since = world.size
    policy = activate(world, folder)

    answer = by_element(world.take(REFERRAL), EARLY_HELP)

    referred = {element for element, found in answer.items() if "referred" in found}
    assert any(one.startswith("development.") for one in referred)
    assert world.gateway.office.rulebook.bundle.digest == policy.digest
    proposed, activated = law_entries(world, since)
    assert (proposed["kind"], proposed["user"]) == ("proposed", ONE)
    assert (activated["kind"], activated["approved_by"]) == ("in force", [ONE, OTHER])


def test_a_rule_that_is_new_is_told_in_its_own_words_and_asked_about(world, folder):
    activate(world, folder)

    world.take(REFERRAL)

    asked = [one.subject.question for one in world.gateway.office.archive.open_tasks()]
    assert any("a local protocol asks for a second look" in one for one in asked)


def test_the_digest_that_is_approved_is_shown_with_what_it_changes(world, folder):
    world.take(REFERRAL)

    proposed = quickly(world).propose(rules.load(folder), ONE)

    assert proposed.digest == rules.load(folder).digest
    assert "rule X1 is new" in proposed.difference.text
    assert proposed.rehearsal.changed > 0
    assert world.gateway.office.rulebook.bundle.digest == rules.shipped().digest


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        pytest.param(ONE, ONE, "nobody approves alone", id="one person"),
        pytest.param(NOBODY, OTHER, "this is for one of", id="no officer proposes"),
        pytest.param(ONE, NOBODY, "this is for one of", id="no officer approves"),
        pytest.param("ghost", OTHER, "not in the register", id="nobody whom we know"),
    ],
)
def test_it_takes_two_officers(world, folder, first, second, message):
    with pytest.raises(EntitlementError, match=message):
        activate(world, folder, first, second)

    assert world.gateway.office.rulebook.bundle.digest == rules.shipped().digest


def test_what_was_not_proposed_is_not_approved(world):
    with pytest.raises(ActivationError, match="no bundle with this digest"):
        quickly(world).approve("00" * 32, ONE)


def test_what_is_in_force_is_not_activated_again(world):
    with pytest.raises(ActivationError, match="in force already"):
        activate(world, rules.SHIPPED)


def test_a_bundle_that_keeps_what_must_always_hold_is_activated(world, folder):
    activation = world.gateway.law_activation()

    proposed = activation.propose(rules.load(folder), ONE)
    policy = activation.approve(proposed.digest, OTHER)

    assert "newly referred: caf_needs" in proposed.difference.text
    assert "permit by E17 becomes refer by X1" in proposed.difference.text
    assert world.gateway.office.rulebook.bundle.digest == policy.digest


def test_a_bundle_that_breaks_what_must_always_hold_is_refused(world, tmp_path):
    folder = shutil.copytree(rules.SHIPPED, tmp_path / "law")
    overlays = folder / "overlays.yaml"
    text = overlays.read_text()
    overlays.write_text(
        text.replace("shielded and not clearance has shield", "shielded and adopted")
    )

    with pytest.raises(ActivationError, match=r"breaks what must always hold: .*shield"):
        world.gateway.law_activation().propose(rules.load(folder), ONE)

    assert world.gateway.office.rulebook.bundle.digest == rules.shipped().digest


def test_a_proposal_that_was_overtaken_is_proposed_again(world, folder, tmp_path):
    other = shutil.copytree(rules.SHIPPED, tmp_path / "other")
    bundle = other / "bundle.yaml"
    bundle.write_text(bundle.read_text().replace('version: "1"', 'version: "1b"'))
    overtaken = quickly(world).propose(rules.load(other), ONE)
    activate(world, folder)

    with pytest.raises(ActivationError, match="propose it again"):
        quickly(world).approve(overtaken.digest, OTHER)


def test_rolling_back_is_to_activate_the_law_of_before(world, folder):
    activate(world, folder)
    activate(world, rules.SHIPPED, OTHER, ONE)

    answer = by_element(world.take(REFERRAL), EARLY_HELP)

    assert world.gateway.office.rulebook.bundle.digest == rules.shipped().digest
    assert not any("referred" in found for found in answer.values())


def test_another_node_takes_it_up_with_the_registers(world, folder):
    with open_gateway(world.gateway.settings, Ports(now=world.clock.now)) as other:
        activate(world, folder)
        other.office.refresh()

        assert other.office.rulebook.bundle.digest == rules.load(folder).digest


def test_a_node_makes_ready_what_is_proposed_and_takes_it_up_at_once(world, folder):
    with open_gateway(world.gateway.settings, Ports(now=world.clock.now)) as other:
        digest = quickly(world).propose(rules.load(folder), ONE).digest
        other.office.refresh()
        making_ready = [one for one in threading.enumerate() if "_make_ready" in one.name]
        for one in making_ready:
            one.join()
        quickly(world).approve(digest, OTHER)

        began = time.monotonic()
        other.office.refresh()

        assert other.office.rulebook.bundle.digest == digest
        assert making_ready
        assert time.monotonic() - began < 0.5


def test_what_was_decided_under_each_law_replays_under_it(world, folder):
    world.take(REFERRAL)
    (child,) = {one for (one,) in world.rows("SELECT id FROM child")}
    activate(world, folder)
    world.ask(child, SCHOOL)
    office = world.gateway.office
    history = History(office.archive.store.registers.versions("policy", LAW), Bundles())

    found = replay_all(entries_of(office.details, range(world.size)), history)

    assert found.decisions > 1
    assert found.differing == ()
    assert len({leaf.policy for leaf in world.leaves() if leaf.policy}) == 2


def test_the_log_holds_with_laws_that_came_and_went(world, folder):
    world.take(REFERRAL)
    activate(world, folder)
    world.take(payload_of("health-visitor-to-early-help").replace(b"0b0d8a2e", b"1b0d8a2e"))

    with open_stored_log(world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def test_a_law_in_the_register_that_was_changed_keeps_the_gateway_from_opening(tmp_path, folder):
    with a_home_on(Kind.SQLITE, tmp_path), a_partnership(tmp_path) as world:
        activate(world, folder)
        world.by_hand(
            "UPDATE register SET document = replace(document, 'outcome: refer', 'outcome: permit') "
            "WHERE kind = 'policy'"
        )

    with pytest.raises(DocumentError, match="its text is not what its digest says"):
        a_world(tmp_path).__enter__()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("document = replace(document, '\"name\"', '\"nome\"')", "nome"),
        ("document = 'no JSON'", "JSON is malformed"),
        ("kind = 'shop'", "no such register"),
    ],
)
def test_a_register_row_that_cannot_be_read_keeps_the_gateway_from_opening(
    tmp_path, damage, reason
):
    with a_home_on(Kind.SQLITE, tmp_path), a_partnership(tmp_path) as world:
        world.by_hand(f"UPDATE register SET {damage} WHERE id = '{SCHOOL}'")  # noqa: S608 - from the list above

    with pytest.raises(RegisterError, match=f"`{SCHOOL}`, version 1, cannot be read: .*{reason}"):
        a_world(tmp_path).__enter__()


def test_the_swap_takes_less_than_a_second_and_stops_no_request(world, folder):
    (child,) = world.take(REFERRAL).children
    activation = quickly(world)
    digest = activation.propose(rules.load(folder), ONE).digest
    answered, failed, done = [], [], threading.Event()

    def ask():
        while not done.is_set():
            try:
                world.ask(child, SCHOOL)
            except Exception as error:  # noqa: BLE001 - whatever it is, it stopped a request
                failed.append(error)
            answered.append(time.monotonic())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        began = time.monotonic()
        activation.approve(digest, OTHER)
        ended = time.monotonic()
        time.sleep(0.2)
    finally:
        done.set()
        asking.join()

    assert failed == []
    assert ended - began < 1
    assert any(at > ended for at in answered)
    gaps = [after - before for before, after in pairwise(answered)]
    assert max(gaps) < 1
    assert world.leaves()[-1].policy == digest
