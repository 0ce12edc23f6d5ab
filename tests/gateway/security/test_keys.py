"""The gateway's keys, and what is sealed under them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeysError, SealError
from gateway.security.key_encryption import KEY_ENCRYPTION_VARIABLE
from gateway.security.keys import Keys
from gateway.security.sealing import open_sealed, seal

KEY = bytes(range(32))


@given(st.binary(max_size=500), st.binary(max_size=20), st.booleans())
def test_what_is_sealed_opens_to_the_same_bytes(plaintext, context, compress):
    assert open_sealed(KEY, seal(KEY, plaintext, context, compress=compress), context) == plaintext


@given(st.data())
def test_a_changed_bit_anywhere_keeps_sealed_bytes_shut(data):
    sealed = bytearray(seal(KEY, b"the child's own words", b"record", compress=True))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(SealError):
        open_sealed(KEY, bytes(sealed), b"record")


@pytest.mark.parametrize("sealed", [b"", b"\x01", bytes(13), bytes(40)])
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(SealError):
        open_sealed(KEY, sealed, b"")


def test_the_same_words_are_sealed_differently_each_time():
    assert seal(KEY, b"words", b"") != seal(KEY, b"words", b"")


def test_keys_that_were_made_load_and_open_what_they_wrapped(tmp_path):
    made = Keys.make(tmp_path / "keys")
    child = made.new_key(b"child 1")

    loaded = Keys.load(tmp_path / "keys", {})

    assert loaded.unwrap(child.wrapped, b"child 1") == child.key
    assert loaded.index_value("nhs", "x") == made.index_value("nhs", "x")
    with pytest.raises(SealError):
        loaded.unwrap(child.wrapped, b"child 2")


def test_key_files_are_for_their_owner_alone(tmp_path):
    Keys.make(tmp_path / "keys")

    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}


def test_keys_are_never_overwritten(tmp_path):
    Keys.make(tmp_path)

    with pytest.raises(KeysError, match="already a key"):
        Keys.make(tmp_path)


def test_the_key_encryption_key_may_come_from_the_environment(tmp_path):
    child = Keys.make(tmp_path).new_key(b"child")
    file = tmp_path / "key-encryption.key"
    environment = {KEY_ENCRYPTION_VARIABLE: file.read_text()}
    file.unlink()

    assert Keys.load(tmp_path, environment).unwrap(child.wrapped, b"child") == child.key


def spoil_mode(file):
    file.chmod(0o640)


def spoil_length(file):
    file.write_text("abcd")


def spoil_text(file):
    file.write_text("not hexadecimal")


@pytest.mark.parametrize(
    "spoil", [spoil_mode, spoil_length, spoil_text, lambda file: file.unlink()]
)
def test_keys_that_others_may_read_or_that_are_no_keys_are_refused(tmp_path, spoil):
    Keys.make(tmp_path)
    spoil(tmp_path / "head.key")

    with pytest.raises(KeysError, match=r"head\.key"):
        Keys.load(tmp_path, {})


def test_keys_do_not_show_themselves(tmp_path):
    keys = Keys.make(tmp_path)

    assert repr(keys) == "Keys(...)"


def test_an_index_value_depends_on_its_kind(tmp_path):
    keys = Keys.make(tmp_path)

    assert keys.index_value("nhs", "a") != keys.index_value("upn", "a")
