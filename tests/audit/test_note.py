"""Signed notes: what is accepted, and every way of being refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import encode_base64
from audit.errors import NoteError, UnknownKeyTypeError
from audit.note import (
    MAX_NOTE_BYTES,
    MAX_VKEYS_BYTES,
    KeyType,
    SigningKey,
    VerifierKey,
    join,
    open_note,
    parse_vkeys,
    split,
)
from tests.audit.builders import KEY, OTHER_KEY, WITNESSES

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


def test_a_log_that_changed_its_key_is_read_under_both():
    new = SigningKey.from_seed(KEY.name, bytes(32))
    both = (KEY.verifier, new.verifier)

    assert open_note(NOTE, both).signers == (KEY.verifier,)
    assert open_note(new.sign(TEXT), both).signers == (new.verifier,)
    twice = join(TEXT, split(NOTE)[1] + split(new.sign(TEXT))[1])
    assert open_note(twice, both).signers == both


def test_a_note_is_taken_apart_and_put_together_again():
    assert join(*split(NOTE)) == NOTE


def test_a_note_of_sixty_four_signatures_is_read():
    assert len(split(NOTE + 63 * _line())[1]) == 64


def test_a_witness_s_vkey_of_others_is_read():
    # A vkey that the tests of transparency-dev/formats read, too.
    vkey = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

    assert VerifierKey.parse(vkey).type is KeyType.COSIGNATURE
    assert VerifierKey.parse(vkey).vkey == vkey


def test_a_log_s_key_and_a_witness_s_are_not_mistaken_for_one_another():
    as_witness = VerifierKey(KEY.name, KEY.verifier.public, KeyType.COSIGNATURE)

    assert as_witness.id != KEY.verifier.id
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, (as_witness,))


def test_a_list_of_vkeys_leaves_out_what_is_of_types_that_are_not_read_here():
    ml_dsa = f"witness.example/pq+00000000+{encode_base64(bytes([6]) + bytes(1312))}"
    lines = [KEY.verifier.vkey, "", ml_dsa, WITNESSES[0].verifier.vkey, KEY.verifier.vkey]

    assert parse_vkeys("\r\n".join(lines)) == (KEY.verifier, WITNESSES[0].verifier)


def test_a_malformed_line_of_a_list_of_vkeys_is_named():
    with pytest.raises(NoteError, match="line `2`: not a verifier key"):
        parse_vkeys(f"{KEY.verifier.vkey}\nnonsense\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("a+00000000+/w==\n", id="unknown types alone"),
        pytest.param(" " * (MAX_VKEYS_BYTES + 1), id="too much"),
        pytest.param("a+00000000+\n", id="a key of no type"),
    ],
)
def test_a_list_of_vkeys_is_refused_for(text):
    with pytest.raises(NoteError):
        parse_vkeys(text)


def test_a_key_of_an_unknown_type_says_so():
    with pytest.raises(UnknownKeyTypeError, match="unknown type"):
        VerifierKey.parse(f"a+00000000+{encode_base64(bytes([2]) + bytes(32))}")


@given(st.text(max_size=200) | st.builds("a+{}+{}".format, st.text(), st.text()))
def test_any_text_is_a_vkey_or_refused(text):
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_are_a_note_or_refused(text, signatures):
    with pytest.raises(NoteError):
        open_note(text + b"\n\n" + signatures, KEYS)
