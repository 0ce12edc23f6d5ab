"""Checkpoints: strict reading, signing by the log itself, growth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, open_checkpoint, require_growth
from audit.cosignature import CosigningKey
from audit.errors import CheckpointError, ForkError, NoteError
from audit.note import join
from tests.audit.builders import KEY, ORIGIN, OTHER_KEY, a_log

ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TEXT = f"{ORIGIN}\n0\n{ROOT}\n"


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_leads_back(size, root):
    checkpoint = Checkpoint(ORIGIN, size, root)

    assert Checkpoint.decode(checkpoint.encode()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(TEXT[:-1], id="no line end"),
        pytest.param(f"{TEXT}more\n", id="an extension line"),
        pytest.param(f"{TEXT}\n", id="an empty line after it"),
        pytest.param(TEXT.replace(ORIGIN, ""), id="no origin"),
        pytest.param(TEXT.replace("\n0\n", "\n00\n"), id="a leading zero"),
        pytest.param(TEXT.replace("\n0\n", "\n-1\n"), id="a negative size"),
        pytest.param(TEXT.replace("\n0\n", "\n1e3\n"), id="an exponent"),
        pytest.param(TEXT.replace("\n0\n", f"\n{2**63}\n"), id="a size that nobody can count"),
        pytest.param(TEXT.replace(ROOT, ROOT[:-4]), id="a short root"),
        pytest.param(TEXT.replace("FU=", "FV="), id="a root in another spelling"),
        pytest.param(TEXT.replace(ROOT, ""), id="no root"),
    ],
)
def test_a_checkpoint_is_refused_for(text):
    with pytest.raises(CheckpointError):
        Checkpoint.decode(text)


def test_a_checkpoint_is_opened_with_the_key_of_its_log():
    checkpoint = Checkpoint.decode(TEXT)

    assert open_checkpoint(checkpoint.sign(KEY), (OTHER_KEY.verifier, KEY.verifier)) == checkpoint


def test_a_checkpoint_that_another_log_signed_is_refused():
    note = OTHER_KEY.sign(TEXT)

    with pytest.raises(CheckpointError, match="not signed by its own log"):
        open_checkpoint(note, (OTHER_KEY.verifier, KEY.verifier))


def test_a_witness_of_the_log_s_own_name_does_not_sign_for_the_log():
    namesake = CosigningKey.from_seed(ORIGIN, bytes(32))
    note = join(TEXT, [namesake.cosign(Checkpoint.decode(TEXT), 7)])

    with pytest.raises(CheckpointError, match="not signed by its own log"):
        open_checkpoint(note, (KEY.verifier, namesake.verifier))


def test_a_checkpoint_that_nobody_known_signed_is_refused():
    with pytest.raises(NoteError):
        open_checkpoint(OTHER_KEY.sign(TEXT), (KEY.verifier,))


def test_a_key_signs_for_its_own_log_only():
    with pytest.raises(CheckpointError, match="another log"):
        Checkpoint.decode(TEXT).sign(OTHER_KEY)


def test_a_log_that_only_grew_has_grown():
    log = a_log(300)
    older = log.checkpoint()
    log.append(b"more")
    proof = log.edge.consistency_proof(300, 301, log.read_tile)

    require_growth(older, log.checkpoint(), proof)


def test_two_checkpoints_of_one_size_with_different_roots_are_a_fork():
    one, other = a_log(5).append(b"a"), a_log(5).append(b"b")

    with pytest.raises(ForkError):
        require_growth(one.checkpoint(), other.checkpoint(), [])


def test_a_rewritten_history_is_a_fork():
    older, newer = a_log(5).append(b"a"), a_log(5).append(b"b", b"c")
    proof = newer.edge.consistency_proof(6, 7, newer.read_tile)

    with pytest.raises(ForkError):
        require_growth(older.checkpoint(), newer.checkpoint(), proof)


def test_a_log_that_shrank_is_a_fork():
    with pytest.raises(ForkError):
        require_growth(a_log(6).checkpoint(), a_log(5).checkpoint(), [])


def test_checkpoints_of_different_logs_are_not_compared():
    with pytest.raises(CheckpointError, match="different logs"):
        require_growth(a_log(5).checkpoint(), a_log(5, OTHER_KEY).checkpoint(), [])
