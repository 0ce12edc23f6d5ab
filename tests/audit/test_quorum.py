"""Quorums: how many witnesses must have seen a checkpoint, and until when they vouch for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.cosignature import Cosignature, CosigningKey
from audit.errors import CheckpointError, NoteError, ProofError, QuorumError
from audit.note import KeyType, VerifierKey
from audit.quorum import Quorum
from tests.audit.builders import KEY, NOON, OTHER_KEY, WITNESSES, a_log, cosigned

LOG = a_log(5)
NOTE = LOG.note()
KEYS = (KEY.verifier,)
ONE, TWO, THREE = WITNESSES
ALL = tuple(witness.verifier for witness in WITNESSES)
QUORUM = Quorum(ALL, 2)


def test_a_quorum_vouches_until_the_time_that_enough_witnesses_state():
    note = cosigned(NOTE, ONE, TWO, THREE)

    assert [Quorum(ALL, needed).cosigned_at(note, KEYS) for needed in (1, 2, 3)] == [
        NOON + 2,
        NOON + 1,
        NOON,
    ]
    assert QUORUM.require(note, KEYS) == NOON + 1


def test_too_few_cosignatures_are_no_quorum():
    note = cosigned(NOTE, THREE)

    assert QUORUM.cosigned_at(note, KEYS) is None
    with pytest.raises(ProofError, match="fewer than `2` witnesses cosigned"):
        QUORUM.require(note, KEYS)
    assert QUORUM.cosigned_at(NOTE, KEYS) is None


def test_witnesses_that_are_not_of_the_quorum_do_not_count():
    outsider = CosigningKey.from_seed("witness.example/w9", bytes([9]) * 32)

    with pytest.raises(ProofError):
        QUORUM.require(cosigned(NOTE, ONE, outsider), (*KEYS, outsider.verifier))


def test_a_witness_that_changed_its_key_counts_once():
    old = CosigningKey.from_seed(ONE.name, bytes(32))
    quorum = Quorum((old.verifier, *ALL), 2)

    assert quorum.cosigned_at(cosigned(NOTE, old, ONE), KEYS) is None
    assert quorum.cosigned_at(cosigned(NOTE, old, TWO), KEYS) == NOON


def test_the_log_itself_must_have_signed():
    note = cosigned(OTHER_KEY.sign(LOG.checkpoint().encode()), ONE, TWO)

    with pytest.raises(CheckpointError):
        QUORUM.require(note, KEYS)
    with pytest.raises(CheckpointError):
        QUORUM.require(note, (*KEYS, OTHER_KEY.verifier))


def test_a_forged_cosignature_spoils_the_note_although_others_are_enough():
    forged = THREE.cosign(a_log(6).checkpoint(), NOON).encode().encode()

    with pytest.raises(NoteError, match="a known key did not sign"):
        QUORUM.require(cosigned(NOTE, ONE, TWO) + forged, KEYS)


@pytest.mark.parametrize(
    ("witnesses", "needed", "why"),
    [
        pytest.param(ALL, 4, "cannot be `4`", id="more than there are"),
        pytest.param(ALL, 0, "cannot be `0`", id="nobody needed"),
        pytest.param((), 1, "cannot be `1`", id="no witnesses"),
        pytest.param((ALL[0], ALL[0]), 2, "cannot be `2`", id="one witness twice"),
        pytest.param(
            (ALL[0], CosigningKey.from_seed(ONE.name, bytes(32)).verifier),
            2,
            "cannot be `2`",
            id="two keys of one witness",
        ),
        pytest.param(
            (ALL[0], KEY.verifier), 1, "does not make cosignatures", id="a log as a witness"
        ),
        pytest.param(
            (ALL[0], VerifierKey("other", ALL[0].public, KeyType.COSIGNATURE)),
            2,
            "goes by two names",
            id="one key under two names",
        ),
    ],
)
def test_a_quorum_is_not_made_of(witnesses, needed, why):
    with pytest.raises(QuorumError, match=why):
        Quorum(witnesses, needed)


times = st.integers(0, 2**40)


@given(st.lists(st.tuples(st.integers(0, 2), times)), st.integers(1, 3))
def test_the_time_is_one_that_enough_witnesses_reach_and_no_later_one_is(said, needed):
    quorum = Quorum(ALL, needed)
    cosignatures = [Cosignature(ALL[number], at) for number, at in said]

    def reaching(at):
        return {number for number, stated in said if stated >= at}

    found = quorum.agreed_at(cosignatures)

    if found is None:
        assert len(reaching(0)) < needed
    else:
        assert len(reaching(found)) >= needed > len(reaching(found + 1))


@given(st.lists(times, min_size=2, max_size=2), times)
def test_one_witness_with_a_wrong_clock_does_not_move_the_time_past_the_honest_ones(honest, lie):
    cosignatures = [Cosignature(key, at) for key, at in zip(ALL, [*honest, lie], strict=True)]

    assert min(honest) <= QUORUM.agreed_at(cosignatures) <= max(honest)
