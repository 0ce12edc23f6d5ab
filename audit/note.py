"""Signed notes (C2SP signed-note): a text, and lines that sign it.

    example.org/log
    7
    5PWbrGb6jTW3pnSlTzWAxvl2Lo5Wk2eXvhXoaEfXpYs=

    — example.org/log Y29udGVudC1pcy1hLW1hZGUtdXAtZXhhbXBsZQ==

A line names its key and carries, in base64, the first four bytes of the key's hash and the
signature of the text. Readers ignore lines of keys that they do not know, and refuse a note in
which a key that they know did not sign as it claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.canonical import decode_base64, encode_base64
from audit.errors import EncodingError, NoteError

ED25519 = 0x01
"""The signature type of plain Ed25519 (C2SP signed-note, signature types)."""

MAX_NOTE_BYTES = 16 * 1024
MAX_SIGNATURES = 64
"""The specification asks readers for at least 16."""

_KEY_BYTES = 32
_ID_BYTES = 4
_DASH = "— "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key that signs notes under a *name*.

    Its text form, the vkey, is `<name>+<id in hexadecimal>+<base64 of type and key>`.
    """

    name: str
    public: bytes
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or not self.name.isprintable() or " " in self.name:
            message = "a key's name is empty, or has a space or plus in it"
            raise NoteError(message)
        if len(self.public) != _KEY_BYTES:
            message = f"an Ed25519 key is not `{_KEY_BYTES}` bytes long"
            raise NoteError(message)
        named = self.name.encode() + b"\n" + bytes([ED25519]) + self.public
        object.__setattr__(self, "id", sha256(named).digest()[:_ID_BYTES])

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Return the key in *vkey*, or raise `NoteError`.

        >>> VerifierKey.parse("example.org/log+00000000+AQ==")
        Traceback (most recent call last):
            ...
        audit.errors.NoteError: an Ed25519 key is not `32` bytes long
        """
        name, *rest = vkey.split("+", 2)
        try:
            id_text, key_text = rest
            key = decode_base64(key_text)
        except (ValueError, EncodingError):
            message = "not a verifier key: expected name, id and base64 with a plus between"
            raise NoteError(message) from None
        if key[:1] != bytes([ED25519]):
            message = "a verifier key is of an unknown type"
            raise NoteError(message)
        parsed = cls(name, key[1:])
        if parsed.id.hex() != id_text:
            message = "a verifier key's id is not that of its name and key"
            raise NoteError(message)
        return parsed

    @property
    def vkey(self) -> str:
        """The key's text form."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([ED25519]) + self.public)}"

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raise `NoteError` unless *signature* is this key's of *text*."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            message = "a known key did not sign this note"
            raise NoteError(message) from None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half of a key that signs notes under a *name*."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    verifier: VerifierKey = field(init=False)

    def __post_init__(self) -> None:
        public = self.private.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", VerifierKey(self.name, public))

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "SigningKey":
        """Return the key of *name* with this 32-byte *seed* (RFC 8032, section 5.1.5)."""
        if len(seed) != _KEY_BYTES:
            message = f"the seed of an Ed25519 key is not `{_KEY_BYTES}` bytes long"
            raise NoteError(message)
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, text: str) -> bytes:
        """Return *text*, which ends with a line end, as a note that this key signed.

        Ed25519 is deterministic: the same text gives the same note, also after a crash.
        """
        _require_text(text)
        signature = self.verifier.id + self.private.sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {encode_base64(signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """The *text* of a note that was opened, and the known keys that signed it, *signers*."""

    text: str
    signers: tuple[VerifierKey, ...]


def open_note(data: bytes, keys: Sequence[VerifierKey]) -> Note:
    """Return the note in *data* if one of *keys* signed it, or raise `NoteError`."""
    text, lines = _split(data)
    signers = []
    for line in lines:
        name, id_, signature = _parse_line(line)
        for key in keys:
            if (key.name, key.id) == (name, id_):
                key.verify(text.encode(), signature)
                signers.append(key)
    if not signers:
        message = "no known key signed this note"
        raise NoteError(message)
    return Note(text, tuple(dict.fromkeys(signers)))


def _split(data: bytes) -> tuple[str, list[str]]:
    if len(data) > MAX_NOTE_BYTES:
        message = f"a note is longer than `{MAX_NOTE_BYTES}` bytes"
        raise NoteError(message)
    try:
        body, blank, signatures = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        message = "a note is not UTF-8 text"
        raise NoteError(message) from None
    if not blank or not signatures.endswith("\n"):
        message = "a note has no signature lines after its text"
        raise NoteError(message)
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        message = f"a note has more than `{MAX_SIGNATURES}` signatures"
        raise NoteError(message)
    _require_text(f"{body}\n")
    return f"{body}\n", lines


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    try:
        name, encoded = line.removeprefix(_DASH).split(" ")
        data = decode_base64(encoded)
    except (ValueError, EncodingError):
        data = b""
    if not line.startswith(_DASH) or len(data) <= _ID_BYTES:
        message = "a signature line is malformed"
        raise NoteError(message)
    return name, data[:_ID_BYTES], data[_ID_BYTES:]


def _require_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        message = "a note's text has control characters or no end of line"
        raise NoteError(message)
