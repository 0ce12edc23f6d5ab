"""What decisions rely on: what all signed and two activated, and no row written by hand."""

import pytest
from bars_messages import payload_of
from signatories import OFFICERS, samples, signatures
from worlds import EARLY_HELP, a_world, fates

from gateway.agreements.relying import is_whole, relied_on
from gateway.composition import open_gateway
from gateway.errors import IntegrityError
from gateway.registers import Agreement, Registers, Stage
from gateway.storage.registers import MOVE
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
(SAMPLE,) = samples()
NAME = "little-marsh-early-help/1"


def a_document(**changes):
    fields = {
        "id": NAME,
        "content": SAMPLE,
        "stage": Stage.ACTIVE,
        "signatures": signatures(SAMPLE),
        "approved_by": OFFICERS,
    }
    return Agreement(**(fields | changes))


def relied(document):
    return [one.id for one in relied_on(Registers.of([document]))]


@pytest.mark.parametrize("stage", [Stage.ACTIVE, Stage.SUSPENDED, Stage.ENDED])
def test_what_was_activated_is_relied_on_as_it_stands(stage):
    assert relied(a_document(stage=stage)) == [SAMPLE.id]


@pytest.mark.parametrize("stage", [Stage.REGISTERED, Stage.SIGNED])
def test_what_was_not_activated_is_not_relied_on(stage):
    assert relied(a_document(stage=stage)) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"signatures": signatures(SAMPLE)[1:]}, id="one has not signed"),
        pytest.param({"approved_by": ()}, id="nobody activated it"),
        pytest.param({"approved_by": OFFICERS[:1]}, id="one activated it"),
        pytest.param({"approved_by": (OFFICERS[0],) * 2}, id="the same one twice"),
        pytest.param({"id": "little-marsh-early-help/2"}, id="another version's name"),
    ],
)
def test_a_row_written_by_hand_is_relied_on_for_nothing(changes):
    assert relied(a_document(**changes)) == []
    assert not is_whole(a_document(**changes))


def test_an_agreement_that_is_widened_in_the_database_carries_nothing(tmp_path):
    with a_world(tmp_path) as world:
        world.by_hand(
            "UPDATE register SET document = replace(document, :before, :after) WHERE id = :id",
            before='"retention_days":730',
            after='"retention_days":9999',
            id=NAME,
        )
        kind, key = MOVE
        world.by_hand(
            "UPDATE stamp SET version = version + 1 WHERE kind = :kind AND key = :key",
            kind=kind,
            key=key,
        )
        answer = world.take(REFERRAL)

        assert fates(answer)[EARLY_HELP] == "nothing-released"
        with open_stored_log(world.gateway.settings) as stored:
            assert verify(stored).faults != ()
        with pytest.raises(IntegrityError, match=NAME), open_gateway(world.gateway.settings):
            pass
