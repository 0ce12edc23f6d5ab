"""Clients: one system's credential, and what the register of clients is asked.

{"keys": [{"kty": "EC", "crv": "P-256", "kid": "2026-1", "x": "...", "y": "..."}]}
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OKPKey, RSAKey

from gateway.errors import SettingsError
from gateway.registers import Registers

SCOPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "system/ServiceRequest.c": "send BaRS messages",
        "system/records.c": "send records in any allowed format",
        "system/children.r": "look a child up, and ask what may be seen of it",
        "system/receipts.r": "fetch receipts, and accounts of records, of the service's own",
        "system/agreements.rs": "read the register of agreements",
        "system/agreements.c": "register agreements, for an officer of the service",
        "system/agreements.u": "sign, activate, suspend and resume agreements, for such an officer",
        "system/tasks.ru": "handle the tasks of the service's own people, and review break-glass",
        "system/log.read": "read the log's entries, as a monitor",
        "system/consents.c": "record what a family agrees to",
        "system/consents.r": "read and preview what a family agreed to",
        "system/consents.u": "withdraw it for them",
        "system/attachments.r": "ask what became of the documents that the service sent",
        "system/notices.u": "answer the notices that the service was given",
        "system/policies.u": "propose, rehearse and approve bundles of law, for such an officer",
        "system/facts.c": "record facts about a child, for a person who may",
        "system/facts.r": "read what is recorded about a child, for a person who may",
        "system/practitioners.u": "record who is accredited and cleared, for a person who may",
        "system/AuditEvent.rs": "search all that is logged, as an information governance officer's",
    }
)
"""What a client may be granted, in the form of SMART App Launch 2, and what it is for."""

MIN_RSA_BITS = 2048
"""NIST SP 800-131A revision 2, section 3."""

_CURVES = frozenset({"P-256", "P-384", "Ed25519"})


@dataclass(frozen=True, slots=True)
class Client:
    """One system of one service: its public keys, and the *scopes* that it may ask for."""

    id: str
    service_id: str
    jwks: KeySet
    scopes: frozenset[str]
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class ClientRegister:
    """What authentication asks of storage.

    *find* gives the client of an id. *version* grows with every change of the registers, so that
    a revoked client is out at once. *first_use* records (client id, jti, until when), and answers
    whether it was new: it is durable, and shared by all nodes.
    """

    find: Callable[[str], Client | None]
    version: Callable[[], int]
    first_use: Callable[[str, str, datetime], Awaitable[bool]]


class _KeyDocument(msgspec.Struct, frozen=True):
    keys: list[dict[str, str | list[str]]]


def read_jwks(document: bytes | str) -> KeySet:
    """Return the public keys in *document*, a JWK Set (RFC 7517), or raise `SettingsError`.

    Each key has a `kid` of its own and is RSA of at least 2048 bits, P-256, P-384 or Ed25519;
    a private or symmetric key has no business here.

    >>> read_jwks('{"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]}')
    Traceback (most recent call last):
        ...
    gateway.errors.SettingsError: key `0` of the set is not a public RSA, EC or Ed25519 key
    """
    try:
        members = msgspec.json.decode(document, type=_KeyDocument).keys
    except msgspec.DecodeError:
        message = "not a JWK set: a JSON object with a list `keys` of keys"
        raise SettingsError(message) from None
    keys = [_read_key(position, member) for position, member in enumerate(members)]
    if len({key.kid for key in keys}) != len(keys):
        message = "two keys of the set have the same `kid`"
        raise SettingsError(message)
    return KeySet(keys)


def _read_key(position: int, member: dict[str, str | list[str]]) -> Key:
    if member.get("kty") not in {"RSA", "EC", "OKP"} or "d" in member:
        message = f"key `{position}` of the set is not a public RSA, EC or Ed25519 key"
        raise SettingsError(message)
    try:
        key = JWKRegistry.import_key(member)
    except (JoseError, ValueError, TypeError):
        message = f"key `{position}` of the set cannot be read"
        raise SettingsError(message) from None
    if not key.kid or not _is_strong(key):
        message = f"key `{position}` of the set has no `kid`, or is weaker than we accept"
        raise SettingsError(message)
    return key


def _is_strong(key: Key) -> bool:
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= MIN_RSA_BITS
    return isinstance(key, ECKey | OKPKey) and key.curve_name in _CURVES


def register_of(
    snapshot: Callable[[], Registers],
    first_use: Callable[[str, str, datetime], Awaitable[bool]],
) -> ClientRegister:
    """Return the client register of the newest *snapshot* of all registers.

    A client whose keys cannot be read is nobody: it authenticates with nothing.
    """

    def find(client_id: str) -> Client | None:
        document = snapshot().clients.get(client_id)
        if document is None:
            return None
        try:
            jwks = read_jwks(msgspec.json.encode(document.jwks))
        except SettingsError:
            return None
        scopes = frozenset(SCOPES).intersection(document.scopes)
        return Client(document.id, document.service, jwks, scopes, document.revoked)

    return ClientRegister(find, lambda: snapshot().version, first_use)
