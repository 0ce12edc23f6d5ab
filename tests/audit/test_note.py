"""Signed notes: what is accepted, and every way of being refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import encode_base64
from audit.errors import NoteError
from audit.note import MAX_NOTE_BYTES, SigningKey, VerifierKey, open_note
from tests.audit.builders import KEY, OTHER_KEY

TEXT = "a text\nof two lines\n"
NOTE = KEY.sign(TEXT)
KEYS = (KEY.verifier,)


def _line(name="unknown.example", data=bytes(68)):
    return f"— {name} {encode_base64(data)}\n".encode()


def test_a_note_is_opened_by_the_key_that_signed_it():
    note = open_note(NOTE, (OTHER_KEY.verifier, KEY.verifier))

    assert note.text == TEXT
    assert note.signers == (KEY.verifier,)


def test_signing_again_gives_the_same_bytes():
    assert KEY.sign(TEXT) == NOTE


def test_a_text_may_hold_empty_lines():
    assert open_note(KEY.sign("a\n\n\nb\n"), KEYS).text == "a\n\n\nb\n"


def test_lines_of_unknown_keys_are_ignored():
    assert open_note(NOTE + 40 * _line(), KEYS).signers == KEYS


def test_a_known_key_that_did_not_sign_spoils_the_note_although_another_did():
    forged = _line(OTHER_KEY.name, OTHER_KEY.verifier.id + bytes(64))

    with pytest.raises(NoteError, match="a known key did not sign"):
        open_note(NOTE + forged, (KEY.verifier, OTHER_KEY.verifier))


def test_a_note_that_only_strangers_signed_is_refused():
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, (OTHER_KEY.verifier,))


def test_a_key_of_the_same_name_is_another_key():
    namesake = SigningKey.from_seed(KEY.name, bytes(32))

    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, (namesake.verifier,))


@given(st.integers(0, 8 * len(NOTE) - 1))
def test_a_note_with_a_flipped_bit_is_refused(bit):
    flipped = bytearray(NOTE)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(NoteError):
        open_note(bytes(flipped), KEYS)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(TEXT.encode(), id="no signature"),
        pytest.param(TEXT.encode() + b"\n", id="no signature after the empty line"),
        pytest.param(NOTE[:-1], id="no line end at the end"),
        pytest.param(NOTE + b"x", id="half a line after the end"),
        pytest.param(NOTE + b"\n", id="an empty line after the end"),
        pytest.param(NOTE.replace(b"\n", b"\r\n"), id="line ends of another system"),
        pytest.param(NOTE.replace("—".encode(), b"-"), id="a hyphen for the dash"),
        pytest.param(NOTE + _line("a b"), id="a name with a space"),
        pytest.param(NOTE + _line(data=b"1234"), id="a signature of no bytes"),
        pytest.param(NOTE[:-2] + b"A\n", id="a signature that is not base64"),
        pytest.param(b"\xff" + NOTE, id="not UTF-8"),
        pytest.param(NOTE.replace(b"two", b"t\0o"), id="a control character"),
        pytest.param(NOTE + 64 * _line(), id="too many signatures"),
        pytest.param(b"x" * MAX_NOTE_BYTES + NOTE, id="too long"),
    ],
)
def test_a_note_is_refused_for(data):
    with pytest.raises(NoteError):
        open_note(data, KEYS)


@pytest.mark.parametrize("text", ["", "no line end", "tab\t\n"])
def test_a_text_is_not_signed(text):
    with pytest.raises(NoteError, match="control characters or no end of line"):
        KEY.sign(text)


def test_a_vkey_leads_back_to_its_key():
    assert VerifierKey.parse(KEY.verifier.vkey) == KEY.verifier


def test_the_specification_s_vkey_is_read():
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    assert VerifierKey.parse(vkey).vkey == vkey


@pytest.mark.parametrize(
    "vkey",
    [
        pytest.param("", id="nothing"),
        pytest.param("name", id="a name alone"),
        pytest.param("name+00000000", id="no key"),
        pytest.param(KEY.verifier.vkey + "\n", id="a line end"),
        pytest.param(KEY.verifier.vkey.upper(), id="in capitals"),
        pytest.param(KEY.verifier.vkey.replace("gateway", "getaway"), id="another name"),
        pytest.param("+00000000+" + KEY.verifier.vkey.split("+", 2)[2], id="no name"),
        pytest.param("a b+00000000+" + KEY.verifier.vkey.split("+", 2)[2], id="a space"),
        pytest.param("a\u00a0b+00000000+" + KEY.verifier.vkey.split("+", 2)[2], id="any space"),
        pytest.param("a+00000000+" + encode_base64(bytes([7]) + bytes(32)), id="an unknown type"),
        pytest.param("a+00000000+" + encode_base64(bytes([1]) + bytes(31)), id="a short key"),
    ],
)
def test_not_a_vkey_is(vkey):
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


def test_a_seed_of_another_length_is_refused():
    with pytest.raises(NoteError, match="not `32` bytes"):
        SigningKey.from_seed("a", bytes(31))


def test_a_signing_key_does_not_show_itself():
    assert "private" not in repr(KEY)
