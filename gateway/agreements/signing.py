"""Signatures: each party's designated person signs the digest of what is agreed, with Ed25519.

    caf-gateway agreement v1
    ods:X9A01
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

These three lines are what is signed: the use of the key, the party that it is signed for, and the
SHA-256 of the agreement's canonical JSON (RFC 8785). Private keys stay with their owners: signing
needs the document and no gateway.
"""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct, json

from gateway.errors import KeysError, SignatureError
from gateway.registers import Signature
from gateway.security.key_files import read_private, write_private
from policies import documents
from policies.agreements import Agreement, Party

_USE: Final = "caf-gateway agreement v1"
_SUFFIX: Final = ".signatures.yaml"


class SignatureFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The signatures beside an agreement's document, and the digest that they are made over."""

    digest: str
    signatures: tuple[Signature, ...] = ()


def to_be_signed(agreement: Agreement, party: str) -> bytes:
    """Return what is signed for *party*."""
    return _text(agreement.digest, party)


def _text(digest: str, party: str) -> bytes:
    return f"{_USE}\n{party}\n{digest}\n".encode()


def make_key(file: Path, passphrase: str = "") -> str:
    """Make a signatory's key in a new *file* (PKCS #8, PEM); return the verifying key, in base64.

    The file is readable by its owner alone, and encrypted where there is a *passphrase*. Raises
    `KeysError` where the file exists: nothing is ever overwritten.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption(),
    )
    write_private(file, pem.decode())
    return verifying_key(key)


def read_key(file: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """Return the signatory's key in *file*, or raise `KeysError`."""
    try:
        key = serialization.load_pem_private_key(
            read_private(file).encode(), passphrase.encode() or None
        )
    except (ValueError, TypeError):
        message = f"`{file}` holds no private key in PEM, or has another passphrase"
        raise KeysError(message) from None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"the key in `{file}` is not an Ed25519 key"
        raise KeysError(message)
    return key


def verifying_key(key: Ed25519PrivateKey) -> str:
    """Return the public half of *key*, as an agreement names it: 32 bytes, in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(agreement: Agreement, key: Ed25519PrivateKey) -> tuple[Signature, ...]:
    """Return the signature with *key* for each party that names it.

    Raises `SignatureError` where no party does.
    """
    own = verifying_key(key)
    signed = tuple(
        Signature(
            party.organisation,
            base64.b64encode(key.sign(to_be_signed(agreement, party.organisation))).decode(),
        )
        for party in agreement.parties
        if party.key == own
    )
    if not signed:
        message = "this key is the designated person's of no party to the agreement"
        raise SignatureError(message)
    return signed


def verified(agreement: Agreement, signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """Return *signatures*, each of which is that of its party's designated person.

    Raises `SignatureError`, which names the party, for one that is not.
    """
    known = tuple(signatures)
    parties = {party.organisation: party for party in agreement.parties}
    digest = agreement.digest  # reckoned once: thousands of agreements are verified at start-up
    for signature in known:
        party = parties.get(signature.party)
        if party is None:
            message = "a signature is for an organisation that is no party to the agreement"
            raise SignatureError(message)
        if not _holds(digest, party, signature.signature):
            message = (
                f"the signature for `{party.organisation}` is not its designated person's "
                f"({party.signatory}), or is over another text"
            )
            raise SignatureError(message, party.organisation)
    return known


def require_signed(agreement: Agreement, signatures: Iterable[Signature]) -> None:
    """Raise `SignatureError`, which names the party, unless every party has signed *agreement*."""
    signed = {signature.party for signature in verified(agreement, signatures)}
    for party in agreement.parties:
        if party.organisation not in signed:
            message = f"nobody has signed for `{party.organisation}` ({party.signatory})"
            raise SignatureError(message, party.organisation)


def unsigned(agreement: Agreement, signatures: Iterable[Signature]) -> tuple[str, ...]:
    """Return the parties to *agreement* for which there is none of these *signatures*."""
    signed = {signature.party for signature in signatures}
    parties = (party.organisation for party in agreement.parties)
    return tuple(party for party in parties if party not in signed)


def _holds(digest: str, party: Party, signature: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(party.key, validate=True))
        key.verify(
            base64.b64decode(signature, validate=True),
            _text(digest, party.organisation),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def signatures_beside(file: Path) -> Path:
    """Return the file of the signatures of the agreement in *file*.

    >>> signatures_beside(Path("little-marsh/1.yaml")).name
    '1.signatures.yaml'
    """
    return file.with_name(f"{file.stem}{_SUFFIX}")


def read_signatures(file: Path, agreement: Agreement) -> tuple[Signature, ...]:
    """Return the signatures beside the *agreement* in *file*: none, where nobody has signed yet.

    Raises `DocumentError` with the line of a fault, `SignatureError` where they are over another
    text than what the file says now.
    """
    place = signatures_beside(file)
    if not place.exists():
        return ()
    found = documents.load(place, SignatureFile)
    if found.digest != agreement.digest:
        message = (
            f"{place}: what was signed is not what `{file.name}` says now: have it signed anew"
        )
        raise SignatureError(message)
    return found.signatures


def write_signatures(
    file: Path, agreement: Agreement, signatures: Iterable[Signature]
) -> tuple[Signature, ...]:
    """Add *signatures* to those beside the *agreement* in *file*; return all of them."""
    try:
        known = read_signatures(file, agreement)
    except SignatureError:
        known = ()  # over another text: they are worth nothing any more
    merged = merge(known, signatures)
    signatures_beside(file).write_text(rendered(agreement, merged), encoding="utf-8")
    return merged


def merge(known: Iterable[Signature], more: Iterable[Signature]) -> tuple[Signature, ...]:
    """Return one signature for each party, in the order of the parties' ids: the newer counts."""
    by_party = {one.party: one for one in (*known, *more)}
    return tuple(by_party[party] for party in sorted(by_party))


def rendered(agreement: Agreement, signatures: Iterable[Signature]) -> str:
    """Return the text of a file of *signatures*."""
    return "".join(_lines(agreement, signatures))


def _lines(agreement: Agreement, signatures: Iterable[Signature]) -> Iterator[str]:
    yield f"# Signatures over version {agreement.version} of {agreement.id}.\n"
    yield f"digest: {_quoted(agreement.digest)}\n"
    yield "signatures:\n"
    for one in signatures:
        yield f"  - party: {_quoted(one.party)}\n    signature: {_quoted(one.signature)}\n"


def _quoted(text: str) -> str:
    return json.encode(text).decode()
