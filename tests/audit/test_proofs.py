"""Proof documents: strict reading, and what they prove."""

import pytest

from audit.errors import NoteError, ProofError
from audit.proofs import MAX_HASHES, Proof
from tests.audit.builders import KEY, OTHER_KEY, a_log

LOG = a_log(300)
PROOF = LOG.proof(7)
DATA = PROOF.encode()
KEYS = (KEY.verifier,)


def test_a_proof_leads_back():
    assert Proof.decode(DATA) == PROOF


def test_a_proof_proves_its_entry():
    assert PROOF.verify(LOG.leaves[7], KEYS) == LOG.checkpoint()


def test_a_proof_does_not_prove_another_entry():
    with pytest.raises(ProofError):
        PROOF.verify(LOG.leaves[8], KEYS)


def test_a_proof_does_not_prove_its_entry_at_another_index():
    moved = Proof(6, PROOF.hashes, PROOF.note)

    with pytest.raises(ProofError):
        moved.verify(LOG.leaves[7], KEYS)


def test_a_proof_of_an_unknown_log_proves_nothing():
    with pytest.raises(NoteError):
        PROOF.verify(LOG.leaves[7], (OTHER_KEY.verifier,))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(DATA.replace(b"@v1", b"@v2"), id="another version"),
        pytest.param(DATA.replace(b"index 7", b"index 07"), id="a leading zero"),
        pytest.param(DATA.replace(b"index 7", b"7"), id="no word before the index"),
        pytest.param(DATA.replace(b"index 7", b"extra YQ==\nindex 7"), id="extra data"),
        pytest.param(DATA.partition(b"\n\n")[0], id="no checkpoint"),
        pytest.param(DATA.replace(b"=\n", b"\n", 1), id="a hash that is not base64"),
        pytest.param(b"\xff" + DATA, id="not UTF-8"),
        pytest.param(Proof(7, (bytes(32),) * (MAX_HASHES + 1), b"n").encode(), id="many hashes"),
        pytest.param(DATA + b"x" * 30_000, id="too long"),
    ],
)
def test_a_proof_document_is_refused_for(data):
    with pytest.raises(ProofError, match="malformed"):
        Proof.decode(data)
