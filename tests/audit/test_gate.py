"""The gate: a payload goes out only if the log proves that it may, to this recipient."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import encode_part, seal
from audit.errors import AuditError, CheckpointError, NoteError, ProofError
from audit.events import EntryType
from audit.gate import Gate
from audit.parts import Part
from audit.proofs import Proof
from audit.quorum import Quorum
from tests.audit.builders import (
    KEY,
    ORIGIN,
    OTHER_KEY,
    PAYLOAD,
    RECIPIENT,
    WITNESSES,
    a_detail,
    a_disclosure,
    a_log,
    stream,
)

DISCLOSURE = a_disclosure()


def _verify(disclosure=DISCLOSURE, gate=None, **changes: object):
    evidence = {
        "proof": disclosure.proof,
        "leaf": disclosure.leaf,
        "opening": disclosure.detail.open(Part.RECIPIENT),
        "payload": PAYLOAD,
        "recipient": RECIPIENT,
    }
    return (gate or Gate((KEY.verifier,))).verify(**(evidence | changes))


def test_what_the_log_permits_goes_out():
    verified = _verify()

    assert verified.index == DISCLOSURE.index
    assert verified.recipient == RECIPIENT
    assert verified.payload_sha256 == sha256(PAYLOAD).hexdigest()
    assert verified.checkpoint.origin == ORIGIN


def test_another_payload_does_not_go_out():
    with pytest.raises(ProofError, match="another payload"):
        _verify(payload=PAYLOAD + b" ")


def test_the_payload_does_not_go_to_another_recipient():
    with pytest.raises(ProofError, match="another recipient"):
        _verify(recipient="school")


def test_nothing_goes_to_nobody():
    with pytest.raises(ProofError, match="the entry is for another recipient"):
        _verify(a_disclosure(recipient="", detail=a_detail(recipient="")), recipient="")


def test_an_entry_for_one_recipient_with_a_part_for_another_lets_nothing_out():
    with pytest.raises(ProofError, match="the part names another recipient"):
        _verify(a_disclosure(detail=a_detail(recipient="school")))


def test_an_entry_that_is_not_in_the_log_lets_nothing_out():
    forged = a_disclosure(detail=a_detail(payload=b"forged"))

    with pytest.raises(ProofError, match="another root"):
        _verify(forged, proof=DISCLOSURE.proof, payload=b"forged")


def test_the_sender_s_part_lets_nothing_out():
    with pytest.raises(ProofError, match="not the recipient's"):
        _verify(opening=DISCLOSURE.detail.open(Part.SENDER))


def test_the_part_of_another_entry_lets_nothing_out():
    other = a_detail(seed=b"other").open(Part.RECIPIENT)

    with pytest.raises(ProofError, match="not the one that the entry commits to"):
        _verify(opening=other)


def test_a_part_without_a_payload_s_hash_lets_nothing_out():
    detail = seal({Part.RECIPIENT: b'{"recipient":"early-help"}'}, stream(b"x"))

    with pytest.raises(ProofError, match="another payload"):
        _verify(a_disclosure(detail=detail))


def test_a_notice_is_let_out_as_one():
    notice = a_disclosure(before=3, after=0, type=EntryType.NOTICE)
    assert _verify(notice).leaf.type is EntryType.NOTICE


@pytest.mark.parametrize(
    "entry_type", [type_ for type_ in EntryType if type_ not in {"disclosure", "notice"}]
)
def test_no_other_entry_than_a_disclosure_or_a_notice_lets_anything_out(entry_type):
    with pytest.raises(ProofError, match="not a disclosure"):
        _verify(a_disclosure(before=3, after=0, type=entry_type))


def test_a_log_that_somebody_else_signed_lets_nothing_out():
    disclosure = a_disclosure()
    note = disclosure.log.checkpoint()
    forged = OTHER_KEY.sign(note.encode())
    proof = Proof(disclosure.index, disclosure.proof.hashes, forged)

    with pytest.raises(NoteError):
        _verify(proof=proof)
    with pytest.raises(CheckpointError):
        _verify(proof=proof, gate=Gate((OTHER_KEY.verifier,)))


def test_a_remembered_checkpoint_does_not_vouch_for_another():
    gate = Gate((KEY.verifier,))
    _verify(gate=gate)
    other = a_log(400)
    forged = OTHER_KEY.sign(other.checkpoint().encode())

    for _ in range(2):
        with pytest.raises(NoteError):
            _verify(gate=gate, proof=Proof(0, (), forged))
    _verify(gate=gate)


def test_an_entry_that_is_not_a_leaf_lets_nothing_out():
    log = a_log(10)

    with pytest.raises(AuditError):
        _verify(leaf=log.leaves[3], proof=log.proof(3))


TWO_OF_THREE = Quorum(tuple(witness.verifier for witness in WITNESSES), 2)


def test_where_a_quorum_is_asked_for_what_it_cosigned_goes_out():
    verified = _verify(proof=DISCLOSURE.cosigned(*WITNESSES[1:]), quorum=TWO_OF_THREE)

    assert verified.index == DISCLOSURE.index


def test_where_a_quorum_is_asked_for_nothing_goes_out_without_it():
    gate = Gate((KEY.verifier,))

    for witnesses in ([], WITNESSES[:1]):
        with pytest.raises(ProofError, match="fewer than `2` witnesses"):
            _verify(gate=gate, proof=DISCLOSURE.cosigned(*witnesses), quorum=TWO_OF_THREE)


def test_a_quorum_that_was_met_does_not_vouch_for_another_quorum_or_checkpoint():
    gate = Gate((KEY.verifier,))
    proof = DISCLOSURE.cosigned(*WITNESSES[:2])
    _verify(gate=gate, proof=proof, quorum=TWO_OF_THREE)

    with pytest.raises(ProofError, match="fewer than `3`"):
        _verify(gate=gate, proof=proof, quorum=Quorum(TWO_OF_THREE.witnesses, 3))
    with pytest.raises(ProofError, match="fewer than `2`"):
        _verify(gate=gate, quorum=TWO_OF_THREE)
    _verify(gate=gate, proof=proof, quorum=TWO_OF_THREE)


def test_a_forged_cosignature_lets_nothing_out():
    proof = DISCLOSURE.cosigned(*WITNESSES[:2])
    other = a_log(5).checkpoint()
    forged = WITNESSES[2].cosign(other, 1).encode().encode()

    with pytest.raises(NoteError):
        _verify(proof=Proof(proof.index, proof.hashes, proof.note + forged), quorum=TWO_OF_THREE)


@given(st.data())
def test_a_flipped_bit_anywhere_lets_nothing_out(data):
    leaf, payload = bytearray(DISCLOSURE.leaf), bytearray(PAYLOAD)
    changed = data.draw(st.sampled_from([leaf, payload]))
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(AuditError):
        _verify(leaf=bytes(leaf), payload=bytes(payload))


def test_the_catalogue_makes_a_disclosure_name_what_the_gate_asks_for():
    with pytest.raises(AuditError):
        encode_part(EntryType.DISCLOSURE, Part.RECIPIENT, {"recipient": RECIPIENT})
