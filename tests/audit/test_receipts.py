"""Receipts: what one proves, and every way of being refused."""

import json
import random

import pytest

from audit.errors import AuditError, NoteError, ProofError, ReceiptError
from audit.parts import Part
from audit.quorum import Quorum
from audit.receipts import (
    MAX_HEADER_BYTES,
    MAX_RECEIPT_BYTES,
    check_receipt,
    from_header,
    make_receipt,
    to_header,
)
from tests.audit.builders import KEY, NOON, OTHER_KEY, RECIPIENT, WITNESSES, a_detail, a_disclosure

DISCLOSURE = a_disclosure()
RECEIPT = DISCLOSURE.receipt()
KEYS = (KEY.verifier,)


def _changed(**changes: object):
    members = json.loads(RECEIPT) | changes
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize("part", Part)
def test_a_receipt_proves_the_entry_and_the_holder_s_part(part):
    checked = check_receipt(DISCLOSURE.receipt(part), KEYS)

    assert checked.index == DISCLOSURE.index
    assert checked.part is part
    assert checked.leaf.encode() == DISCLOSURE.leaf
    assert checked.fields["recipient"] == RECIPIENT
    assert checked.checkpoint == DISCLOSURE.log.checkpoint()


def test_a_receipt_holds_nothing_of_what_was_withheld():
    receipt = a_disclosure(detail=a_detail(withheld=("parents.canary",))).receipt()

    assert b"canary" not in receipt


def test_the_receipts_of_two_worlds_have_the_same_shape():
    much = a_disclosure(detail=a_detail(withheld=("parents.canary",) * 9)).receipt()
    nothing = a_disclosure(detail=a_detail(withheld=())).receipt()

    assert len(much) == len(nothing)


def test_a_receipt_says_which_known_witnesses_had_seen_the_log_and_when():
    opening = DISCLOSURE.detail.open(Part.RECIPIENT)
    receipt = make_receipt(DISCLOSURE.leaf, DISCLOSURE.cosigned(*WITNESSES), opening)
    known = [WITNESSES[0].verifier, WITNESSES[2].verifier]

    checked = check_receipt(receipt, [*KEYS, *known])

    seen = [(one.witness, one.at) for one in checked.cosignatures]
    assert seen == [(known[0], NOON), (known[1], NOON + 2)]
    assert check_receipt(receipt, KEYS).cosignatures == ()
    quorum = Quorum(tuple(known), 2)
    assert check_receipt(receipt, KEYS, quorum).cosignatures == checked.cosignatures


def test_a_receipt_without_the_quorum_that_is_asked_for_is_refused():
    quorum = Quorum((WITNESSES[0].verifier,), 1)

    with pytest.raises(ProofError, match="fewer than `1` witnesses"):
        check_receipt(RECEIPT, KEYS, quorum)


def test_a_receipt_with_a_flipped_bit_is_refused():
    dice = random.Random(20)  # noqa: S311 - which bits are tried need not be secret
    for bit in dice.sample(range(8 * len(RECEIPT)), 200):
        flipped = bytearray(RECEIPT)
        flipped[bit // 8] ^= 1 << bit % 8

        with pytest.raises(AuditError):
            check_receipt(bytes(flipped), KEYS)


def test_a_receipt_of_an_unknown_log_is_refused():
    with pytest.raises(NoteError):
        check_receipt(RECEIPT, (OTHER_KEY.verifier,))


def test_a_receipt_with_another_entry_s_part_is_refused():
    other = a_detail(seed=b"other").open(Part.RECIPIENT)
    receipt = make_receipt(DISCLOSURE.leaf, DISCLOSURE.proof, other)

    with pytest.raises(ProofError, match="not the one that the entry commits to"):
        check_receipt(receipt, KEYS)


def test_a_receipt_with_another_entry_s_proof_is_refused():
    opening = DISCLOSURE.detail.open(Part.RECIPIENT)
    receipt = make_receipt(DISCLOSURE.leaf, DISCLOSURE.log.proof(5), opening)

    with pytest.raises(ProofError, match="another root"):
        check_receipt(receipt, KEYS)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no members"),
        pytest.param(RECEIPT[:-1], id="half a document"),
        pytest.param(RECEIPT + b"\n", id="a line end"),
        pytest.param(_changed(v=2), id="another version"),
        pytest.param(_changed(v=True), id="a version that is no number"),
        pytest.param(_changed(more=1), id="a member more"),
        pytest.param(_changed(leaf={}), id="a leaf that is no text"),
        pytest.param(_changed(leaf="{}"), id="a leaf that is none"),
        pytest.param(_changed(proof=1), id="a proof that is no text"),
        pytest.param(_changed(proof=""), id="an empty proof"),
        pytest.param(_changed(opening=[]), id="an opening that is no object"),
        pytest.param(b"[" * MAX_RECEIPT_BYTES, id="deep nesting"),
        pytest.param(b" " * (MAX_RECEIPT_BYTES + 1), id="too long"),
    ],
)
def test_a_receipt_is_malformed_with(data):
    with pytest.raises(ReceiptError):
        check_receipt(data, KEYS)


def test_a_receipt_that_nobody_would_read_is_not_made():
    big = a_detail(withheld=["x" * 100] * 300).open(Part.SENDER)
    proof = DISCLOSURE.proof
    long = type(proof)(proof.index, proof.hashes, b"\n" * MAX_RECEIPT_BYTES)

    with pytest.raises(ReceiptError, match="longer than"):
        make_receipt(DISCLOSURE.leaf, long, big)


def test_a_receipt_travels_in_a_header():
    assert from_header(to_header(RECEIPT)) == RECEIPT


def test_a_receipt_of_a_log_of_a_million_entries_fits_a_header():
    # Twenty hashes instead of the nine of this log, and a size of seven digits.
    longest = RECEIPT + b"x" * (46 * (20 - len(DISCLOSURE.proof.hashes)) + 8)

    assert len(to_header(longest)) < MAX_HEADER_BYTES


@pytest.mark.parametrize("value", ["", "=", "eyJ2IjoxfQ=", "eyJ2Ijo xfQ", "eyJ2IjoxfR", "+/", "é"])
def test_a_header_without_a_receipt_is_refused(value):
    with pytest.raises(ReceiptError, match="header"):
        from_header(value)


def test_a_header_that_is_too_long_is_refused():
    with pytest.raises(ReceiptError):
        from_header("A" * 4 * MAX_RECEIPT_BYTES)
