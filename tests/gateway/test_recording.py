"""Recording in the registers, while other nodes and threads record in them, too."""

from contextlib import contextmanager
from datetime import date

import pytest
from msgspec.structs import replace
from signatories import OFFICERS, nothing_changed, samples, signatures, with_keys
from worlds import CHARITY, SCHOOL, TRAINER, VISITOR, Clock, a_world

from gateway.accrediting import accredit
from gateway.agreements.activating import Activation
from gateway.agreements.register import AgreementRegister
from gateway.agreements.reviews import Reviews
from gateway.composition import open_gateway
from gateway.errors import BusyError
from gateway.ports import Ports
from gateway.recording import Recorder
from gateway.registers import OPERATOR, Organisation
from policies.vocabulary import Accreditation

LAST = date(2027, 6, 30)


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def school(number):
    return Organisation(id=f"urn:99900{number}", name="A school")


@contextmanager
def another_node(world):
    with open_gateway(world.gateway.settings, Ports(now=Clock().now)) as gateway:
        yield gateway


def registered(world):
    office = world.gateway.office
    office.refresh()
    return office.rulebook.registers


def test_what_another_node_records_meanwhile_stands_beside_what_is_recorded_here(world):
    attempts = []
    with another_node(world) as elsewhere:

        def revising(registers):
            attempts.append(registers.version)
            if len(attempts) == 1:
                elsewhere.recorder.documents([school(7)])
            return [school(8)]

        (recorded,) = world.gateway.recorder.revise(revising)

    assert recorded == school(8)
    assert len(attempts) == 2
    assert {"urn:999007", "urn:999008"} <= set(registered(world).organisations)


def test_a_row_is_made_anew_of_what_another_node_made_of_it(world):
    with another_node(world) as elsewhere:
        accredited = []

        def revising(registers):
            if not accredited:
                lead = Accreditation.LEAD_PROFESSIONAL
                accredited.append(accredit(elsewhere.office, VISITOR, lead, LAST, by=TRAINER))
            return [replace(registers.practitioners[VISITOR], training_until=LAST)]

        world.gateway.recorder.revise(revising)

    visitor = registered(world).practitioners[VISITOR]
    assert visitor.training_until == LAST
    assert [one.what for one in visitor.grants] == [Accreditation.LEAD_PROFESSIONAL]


def test_registers_that_never_stand_still_are_busy_and_nothing_is_recorded(world):
    with another_node(world) as elsewhere:
        numbers = iter(range(10, 99))

        def revising(_registers):
            elsewhere.recorder.documents([school(next(numbers))])
            return [school(8)]

        with pytest.raises(BusyError, match="keeps changing"):
            world.gateway.recorder.revise(revising)

    assert "urn:999008" not in registered(world).organisations


def test_what_was_proved_while_another_node_recorded_is_proved_anew(world):
    proofs = []
    (sample,) = samples()
    second = with_keys(replace(sample, version=2))
    office = world.gateway.office
    AgreementRegister(office, OFFICERS[0]).register(second, signatures(second))
    with another_node(world) as elsewhere:

        def prove(*_law_and_agreements):
            if not proofs:
                elsewhere.recorder.documents([school(7)])
            proofs.append(office.rulebook.registers.version)
            return ()

        activation = Activation(office, prove, nothing_changed)
        proposed = activation.propose("little-marsh-early-help/2", OFFICERS[0])

    assert proposed.document.proposal is not None
    first, again = proofs
    assert again > first


def test_reviews_are_looked_after_once_by_two_workers(world):
    with another_node(world) as elsewhere:
        world.clock.advance(days=60)
        first = Reviews(world.gateway.office).look()
        elsewhere.office.ports.now.__self__.advance(days=60)
        second = Reviews(elsewhere.office).look()

    assert (first > 0, second) == (True, 0)


def test_what_is_decided_in_several_steps_is_decided_on_one_rulebook(world):
    office = world.gateway.office
    still = office.still()
    before = still.stamp

    Recorder(office, OPERATOR).documents([school(7)])

    assert office.stamp != before
    assert still.stamp == before
    assert "urn:999007" not in still.rulebook.registers.organisations


def test_what_is_decided_while_the_registers_move_in_this_process_is_not_committed(world):
    office = world.gateway.office
    services = []

    def act(still):
        if not services:
            moved = replace(office.service(SCHOOL), training_until=None)
            world.gateway.recorder.documents([moved])
        services.append(still.service(SCHOOL))
        name = f"trained like the school, to {services[-1].training_until}"
        return Recorder(still, OPERATOR).write([replace(still.service(CHARITY), name=name)])

    office.settle(act)

    assert [one.training_until is None for one in services] == [False, True]
    assert registered(world).services[CHARITY].name.endswith("None")
