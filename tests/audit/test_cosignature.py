"""Cosignatures: what a witness signs, and how its line gets into a checkpoint's note."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.cosignature import CosigningKey, add_cosignatures, open_cosigned
from audit.errors import AuditError, CheckpointError, NoteError
from audit.note import MAX_TIME, KeyType, SignatureLine, VerifierKey, cosigned_message
from tests.audit.builders import KEY, NOON, OTHER_KEY, WITNESSES, a_log, cosigned

LOG = a_log(5)
NOTE = LOG.note()
ONE, TWO, THREE = WITNESSES
ALL = [witness.verifier for witness in WITNESSES]


def _line(witness, at=NOON, checkpoint=None):
    return witness.cosign(checkpoint or LOG.checkpoint(), at).encode().encode()


def _seen(note, *keys):
    found = open_cosigned(note, (KEY.verifier, *keys))
    return [(one.witness, one.at) for one in found.cosignatures]


def test_a_cosignature_says_who_saw_the_checkpoint_and_when():
    note = cosigned(NOTE, ONE, TWO)

    assert _seen(note, *ALL) == [(ONE.verifier, NOON), (TWO.verifier, NOON + 1)]
    assert open_cosigned(note, (KEY.verifier,)).checkpoint == LOG.checkpoint()
    assert note.startswith(NOTE)


def test_the_specification_s_example_is_what_is_signed():
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    assert cosigned_message(text, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + text


def test_the_specification_s_example_line_has_its_time_in_front():
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl"
        "rDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    decoded = SignatureLine.decode(line)

    assert decoded.id.hex() == "8d66cf3f"
    assert int.from_bytes(decoded.signature[:8], "big") == 1679315147
    assert decoded.encode() == f"{line}\n"


# A checkpoint of a log of others, and the signature of a witness of others, as published.
TEXT = (
    b"developers.google.com/android/binary_transparency/google1p/0\n"
    b"5\nxqaCEZhTGZUuKNA7MpSyxe1WXiiESB2p+crAyzM+Vxo=\n"
)
PUBLIC = "pTPPKyRu6Q3PoMkeY+/sNni0biF4vnVTYRHbVNA31mY="
SIGNATURE = (
    "AAAAAGeTKgu4eA3kqUhRSllX2G6XCwVyCpXm/ULJ4iEFlZ2R84lPSKazUuptjKA7kwSX3UIaFrmw/v0rns/u"
    "UgavPtC3Hx4H"
)


def test_a_witness_of_others_is_verified():
    key = VerifierKey("witness", base64.b64decode(PUBLIC), KeyType.COSIGNATURE)
    signature = base64.b64decode(SIGNATURE)

    assert key.verify(TEXT, signature) == 1737697803
    with pytest.raises(NoteError):
        key.verify(TEXT.replace(b"\n5\n", b"\n6\n"), signature)


def test_a_cosignature_without_the_log_s_own_signature_is_nothing():
    alone = LOG.checkpoint().encode().encode() + b"\n" + _line(ONE)

    with pytest.raises(CheckpointError, match="not signed by its own log"):
        open_cosigned(alone, (KEY.verifier, ONE.verifier))


def test_a_line_of_a_known_witness_that_it_did_not_sign_spoils_the_note():
    for forged in (_line(ONE, checkpoint=a_log(6).checkpoint()), _line(ONE)[:-9] + b"AAAAAA==\n"):
        with pytest.raises(NoteError, match="a known key did not sign"):
            _seen(NOTE + forged, ONE.verifier)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(bytes(64), id="a plain signature"),
        pytest.param(bytes(7), id="half a time"),
        pytest.param(bytes(73), id="a byte too many"),
        pytest.param((MAX_TIME + 1).to_bytes(8, "big") + bytes(64), id="a time out of bounds"),
    ],
)
def test_a_cosignature_is_refused_for_being(signature):
    line = SignatureLine(ONE.name, ONE.verifier.id, signature).encode().encode()

    with pytest.raises(NoteError, match="a known key did not sign"):
        _seen(NOTE + line, ONE.verifier)


@pytest.mark.parametrize("at", [-1, MAX_TIME + 1])
def test_nothing_is_cosigned_at(at):
    with pytest.raises(NoteError, match="time is out of bounds"):
        ONE.cosign(LOG.checkpoint(), at)


def test_a_later_cosignature_of_the_same_witness_takes_the_place_of_the_earlier():
    once = cosigned(NOTE, ONE, TWO)
    again = add_cosignatures(once, _line(ONE, NOON + 60), ALL)

    assert _seen(again, *ALL) == [(TWO.verifier, NOON + 1), (ONE.verifier, NOON + 60)]
    assert len(again) == len(once)


def test_an_answer_s_lines_of_unknown_keys_are_left_behind():
    answer = _line(TWO) + _line(ONE) + OTHER_KEY.sign("x\n").partition(b"\n\n")[2]

    assert add_cosignatures(NOTE, answer, [ONE.verifier]) == NOTE + _line(ONE)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n", id="an empty line"),
        pytest.param(b"no line\n", id="no signature line"),
        pytest.param(_line(ONE)[:-1], id="half a line"),
        pytest.param(b"\n" + _line(ONE), id="an empty line before"),
        pytest.param(_line(TWO), id="somebody else's line"),
        pytest.param(_line(ONE, checkpoint=a_log(6).checkpoint()), id="another checkpoint's line"),
        pytest.param(b"other text\n\n" + _line(ONE), id="a note of its own"),
        pytest.param(_line(ONE) * 65, id="too many lines"),
        pytest.param(b"x" * 20_000, id="too much"),
    ],
)
def test_an_answer_is_refused_for(answer):
    with pytest.raises(NoteError):
        add_cosignatures(NOTE, answer, [ONE.verifier])


def test_no_log_s_key_is_taken_for_a_witness():
    with pytest.raises(NoteError, match="no known key"):
        add_cosignatures(NOTE, NOTE.partition(b"\n\n")[2], [KEY.verifier])


def test_a_note_is_not_made_too_long_to_be_read():
    full = NOTE + 63 * _line(TWO)

    with pytest.raises(NoteError, match="more than `64` signatures"):
        add_cosignatures(full, _line(ONE), [ONE.verifier])


@given(st.integers(0, 8 * len(cosigned(NOTE, ONE)) - 1))
def test_a_flipped_bit_anywhere_in_a_cosigned_note_is_noticed(bit):
    good = cosigned(NOTE, ONE)
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8

    try:
        found = open_cosigned(bytes(flipped), (KEY.verifier, ONE.verifier))
    except AuditError:
        return
    # What was flipped made a line one of an unknown key, which is ignored.
    assert found.checkpoint == LOG.checkpoint()
    assert found.cosignatures == ()


@given(st.integers(0, MAX_TIME), st.integers(0, 2**40), st.binary(min_size=32, max_size=32))
def test_whatever_is_cosigned_is_verified(at, size, root):
    checkpoint = Checkpoint(KEY.name, size, root)
    note = cosigned(checkpoint.sign(KEY), ONE, at=at)

    assert _seen(note, ONE.verifier) == [(ONE.verifier, at)]


def test_a_cosigning_key_does_not_show_itself():
    assert "private" not in repr(CosigningKey.from_seed("a", bytes(32)))
