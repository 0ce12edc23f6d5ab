"""Signed notes (C2SP signed-note): a text, and lines that sign it.

    example.org/log
    7
    5PWbrGb6jTW3pnSlTzWAxvl2Lo5Wk2eXvhXoaEfXpYs=

    — example.org/log Y29udGVudC1pcy1hLW1hZGUtdXAtZXhhbXBsZQ==

A line names its key and carries, in base64, the first four bytes of the key's hash and the
signature of the text. Readers ignore lines of keys that they do not know, and refuse a note in
which a key that they know did not sign as it claims.

Keys are of two types here: a log's sign the text, a witness's sign the time with it, a
cosignature (C2SP tlog-cosignature).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.canonical import decode_base64, encode_base64
from audit.errors import EncodingError, NoteError, UnknownKeyTypeError

MAX_NOTE_BYTES: Final = 16 * 1024
MAX_SIGNATURES: Final = 64
"""The specification asks readers for at least 16."""

MAX_VKEYS_BYTES: Final = 64 * 1024
MAX_TIME: Final = 2**63 - 1
"""The latest time that a cosignature may claim, in POSIX seconds (C2SP tlog-cosignature)."""

_KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_DASH: Final = "— "


class KeyType(IntEnum):
    """What a key signs, by the byte that stands for it (C2SP signed-note, signature types)."""

    ED25519 = 0x01
    """The text of the note: how a log signs."""
    COSIGNATURE = 0x04
    """The time and the text, as `cosignature/v1`: how a witness signs."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key that signs notes under a *name*.

    Its text form, the vkey, is `<name>+<id in hexadecimal>+<base64 of type and key>`.
    """

    name: str
    public: bytes
    type: KeyType = KeyType.ED25519
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or not self.name.isprintable() or " " in self.name:
            message = "a key's name is empty, or has a space or plus in it"
            raise NoteError(message)
        if len(self.public) != _KEY_BYTES:
            message = f"an Ed25519 key is not `{_KEY_BYTES}` bytes long"
            raise NoteError(message)
        named = self.name.encode() + b"\n" + self._typed
        object.__setattr__(self, "id", sha256(named).digest()[:_ID_BYTES])

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Return the key in *vkey*, or raise `NoteError`: `UnknownKeyTypeError` for other types.

        >>> VerifierKey.parse("example.org/log+00000000+AQ==")
        Traceback (most recent call last):
            ...
        audit.errors.NoteError: an Ed25519 key is not `32` bytes long
        """
        name, *rest = vkey.split("+", 2)
        try:
            id_text, key_text = rest
            number, *key = decode_base64(key_text)
        except (ValueError, EncodingError):
            message = "not a verifier key: expected name, id and base64 with a plus between"
            raise NoteError(message) from None
        try:
            type_ = KeyType(number)
        except ValueError:
            raise UnknownKeyTypeError from None
        parsed = cls(name, bytes(key), type_)
        if parsed.id.hex() != id_text:
            message = "a verifier key's id is not that of its name and key"
            raise NoteError(message)
        return parsed

    @property
    def vkey(self) -> str:
        """The key's text form."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(self._typed)}"

    @property
    def _typed(self) -> bytes:
        return bytes([self.type]) + self.public

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """Raise `NoteError` unless *signature* is this key's of *text*.

        Returns the time that a cosignature states, in POSIX seconds; None for other signatures.
        """
        try:
            at, signed, proof = self._signed(text, signature)
            Ed25519PublicKey.from_public_bytes(self.public).verify(proof, signed)
        except (InvalidSignature, ValueError):
            message = "a known key did not sign this note"
            raise NoteError(message) from None
        return at

    def _signed(self, text: bytes, signature: bytes) -> tuple[int | None, bytes, bytes]:
        if self.type is KeyType.ED25519:
            return None, text, signature
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES or at > MAX_TIME:
            message = "not a cosignature"
            raise ValueError(message)
        return at, cosigned_message(text, at), signature[_TIME_BYTES:]


def cosigned_message(text: bytes, at: int) -> bytes:
    r"""Return what a witness signs who cosigns *text* *at* this time, in POSIX seconds.

    >>> cosigned_message(b"example.org/log\n", 1679315147)
    b'cosignature/v1\ntime 1679315147\nexample.org/log\n'
    """
    return b"cosignature/v1\ntime %d\n%b" % (at, text)


def parse_vkeys(text: str) -> tuple[VerifierKey, ...]:
    """Return the keys in *text*, one a line, in their order.

    Keys of types that are not read here are left out, as their signatures are ignored (C2SP
    signed-note). Raises `NoteError`, which names the line, where another is malformed, and where
    no key is left.

    >>> parse_vkeys("example.org/log")
    Traceback (most recent call last):
        ...
    audit.errors.NoteError: line `1`: not a verifier key: expected name, id and base64 with a plus between
    """  # noqa: E501 - a message is one line
    if len(text) > MAX_VKEYS_BYTES:
        message = f"the verifier keys are longer than `{MAX_VKEYS_BYTES}` characters"
        raise NoteError(message)
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                keys.append(VerifierKey.parse(line.strip()))
        except UnknownKeyTypeError:
            continue
        except NoteError as error:
            message = f"line `{number}`: {error}"
            raise NoteError(message) from None
    if not keys:
        message = "there is no verifier key of a known type"
        raise NoteError(message)
    return tuple(dict.fromkeys(keys))


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
        return cls(name, private_key(seed))

    def sign(self, text: str) -> bytes:
        """Return *text*, which ends with a line end, as a note that this key signed.

        Ed25519 is deterministic: the same text gives the same note, also after a crash.
        """
        return sign(text, (self,))


def sign(text: str, keys: Sequence[SigningKey]) -> bytes:
    """Return *text*, which ends with a line end, as a note that each of *keys* signed."""
    _require_text(text)
    signed = text.encode()
    return join(
        text,
        [SignatureLine(key.name, key.verifier.id, key.private.sign(signed)) for key in keys],
    )


def private_key(seed: bytes) -> Ed25519PrivateKey:
    """Return the Ed25519 key with this 32-byte *seed*, or raise `NoteError`."""
    if len(seed) != _KEY_BYTES:
        message = f"the seed of an Ed25519 key is not `{_KEY_BYTES}` bytes long"
        raise NoteError(message)
    return Ed25519PrivateKey.from_private_bytes(seed)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below the text of a note: whose it says it is, and the signature."""

    name: str
    id: bytes
    signature: bytes

    @classmethod
    def decode(cls, line: str) -> "SignatureLine":
        """Return what *line*, without its end, says, or raise `NoteError` where it is malformed."""
        try:
            name, encoded = line.removeprefix(_DASH).split(" ")
            data = decode_base64(encoded)
        except (ValueError, EncodingError):
            data = b""
        if not line.startswith(_DASH) or len(data) <= _ID_BYTES:
            message = "a signature line is malformed"
            raise NoteError(message)
        return cls(name, data[:_ID_BYTES], data[_ID_BYTES:])

    def encode(self) -> str:
        """Return the line, with its end."""
        return f"{_DASH}{self.name} {encode_base64(self.id + self.signature)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Return whether the line says that it is by *key*, which nothing proves yet."""
        return (self.name, self.id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Signature:
    """That *key* signed a note; a cosignature says when, *at*, in POSIX seconds."""

    key: VerifierKey
    at: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """The *text* of a note that was opened, and what known keys signed of it."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def signers(self) -> tuple[VerifierKey, ...]:
        """The known keys that signed the note, each once."""
        return tuple(dict.fromkeys(signature.key for signature in self.signatures))


def open_note(data: bytes, keys: Sequence[VerifierKey]) -> Note:
    """Return the note in *data* if one of *keys* signed it, or raise `NoteError`."""
    text, lines = split(data)
    signed = text.encode()
    signatures = tuple(
        Signature(key, key.verify(signed, line.signature))
        for line in lines
        for key in keys
        if line.is_by(key)
    )
    if not signatures:
        message = "no known key signed this note"
        raise NoteError(message)
    return Note(text, signatures)


def split(data: bytes) -> tuple[str, tuple[SignatureLine, ...]]:
    """Return the text of the note in *data* and its lines, which nothing proves yet.

    Raises `NoteError` where the note is malformed.
    """
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
    return f"{body}\n", tuple(map(SignatureLine.decode, lines))


def join(text: str, lines: Sequence[SignatureLine]) -> bytes:
    """Return the note of *text* and *lines*: what `split` takes apart."""
    return f"{text}\n{''.join(line.encode() for line in lines)}".encode()


def _require_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        message = "a note's text has control characters or no end of line"
        raise NoteError(message)
