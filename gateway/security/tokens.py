"""Access tokens: signed by the gateway, short, and known again at the price of one hash.

{"alg": "Ed25519", "kid": "…", "typ": "at+jwt"}                              (RFC 9068)
{"iss", "sub": client id, "aud", "service", "scope", "jti", "iat", "exp", "assertion"}

`assertion` is the SHA-256 of what the client signed to get the token. Every entry of the log about
what it does with the token names it: the operator cannot say that a client asked which never did.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Never

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from gateway.errors import AuthenticationError
from gateway.ports import Ports
from gateway.requests import Caller
from gateway.security import compact
from gateway.security.clients import Client, ClientRegister

LIFE: Final = timedelta(minutes=5)
TYPE: Final = "at+jwt"
ALGORITHM: Final = "Ed25519"
MAX_CACHED: Final = 10_000

_JTI_BYTES: Final = 16


class TokenKeys:
    """The key that signs access tokens, and its public half, which verifies them."""

    def __init__(self, signing: Ed25519PrivateKey) -> None:
        self._signing = _with_id(signing)
        self._verifying = _with_id(signing.public_key())

    @property
    def signing(self) -> OKPKey:
        """The key that signs, with its thumbprint (RFC 7638) as `kid`."""
        return self._signing

    def verifying(self, key_id: str) -> OKPKey | None:
        """Return the public key, if this is its id."""
        return self._verifying if key_id == self._verifying.kid else None

    def to_jwks(self) -> bytes:
        """Return the public key as a JWK Set."""
        keys = KeySet([self._verifying])
        return msgspec.json.encode(keys.as_dict(private=False))


def _with_id(key: Ed25519PrivateKey | Ed25519PublicKey) -> OKPKey:
    bare = OKPKey.import_key(key)
    return OKPKey.import_key(key, {"kid": bare.thumbprint(), "use": "sig", "alg": ALGORITHM})


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was verified: under which *version* of the registers, and until when."""

    caller: Caller
    version: int
    expires: float


class Tokens:
    """Issues access tokens and knows its own again.

    A verified token is remembered by its SHA-256, until it expires or the registers change: a
    client may have been revoked.
    """

    def __init__(
        self, *, issuer: str, keys: TokenKeys, register: ClientRegister, ports: Ports
    ) -> None:
        self.issuer = issuer
        self._keys = keys
        self.register = register
        self._ports = ports
        self._known: dict[bytes, _Known] = {}

    @property
    def keys(self) -> TokenKeys:
        """The keys in use."""
        return self._keys

    def issue(self, client: Client, scopes: frozenset[str], assertion: str = "") -> str:
        """Return a token for *client* with those of *scopes* that it is granted.

        *assertion* is the SHA-256 of what the client signed to get it, in hexadecimal.
        """
        now = int(self._ports.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": client.id,
            "aud": self.issuer,
            "service": client.service_id,
            "scope": " ".join(sorted(scopes & client.scopes)),
            "jti": self._ports.random(_JTI_BYTES).hex(),
            "iat": now,
            "exp": now + int(LIFE.total_seconds()),
        }
        if assertion:
            claims["assertion"] = assertion
        header = {"alg": ALGORITHM, "kid": self._keys.signing.kid, "typ": TYPE}
        return jwt.encode(header, claims, self._keys.signing, [ALGORITHM])

    def caller(self, token: str) -> Caller:
        """Return who calls with *token*, or raise `AuthenticationError`."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        now = self._ports.now()
        version = self.register.version()
        known = self._known.get(digest)
        if known and known.version == version and now.timestamp() < known.expires:
            return known.caller
        self._known.pop(digest, None)
        verified = self._verify(token, now, version)
        if len(self._known) >= MAX_CACHED:
            del self._known[next(iter(self._known))]
        self._known[digest] = verified
        return verified.caller

    def _verify(self, token: str, now: datetime, version: int) -> _Known:
        parsed = compact.parse(token)
        key = self._keys.verifying(parsed.key_id)
        if parsed.type != TYPE or parsed.algorithm != ALGORITHM or key is None:
            _refuse("not a token of this gateway")
        if not parsed.is_signed_by(key):
            _refuse("not a token of this gateway")
        if parsed.text("iss") != self.issuer or parsed.text("aud") != self.issuer:
            _refuse("a token for somebody else")
        expires = parsed.time("exp")
        if expires <= now.timestamp():
            _refuse("the token has expired")
        client = self.register.find(parsed.text("sub"))
        if client is None or client.revoked or client.service_id != parsed.text("service"):
            _refuse("the token's client is no longer registered")
        scope = parsed.claims.get("scope")
        # The register may have taken a scope away since: what counts is what both grant.
        granted = client.scopes.intersection(scope.split() if isinstance(scope, str) else ())
        assertion = parsed.claims.get("assertion", "")
        caller = Caller(client.id, client.service_id, granted, str(assertion))
        return _Known(caller, version, expires)


def bearer(authorization: str | None) -> str:
    """Return the token in the header `Authorization`, or raise `AuthenticationError`.

    >>> bearer("Bearer abc")
    'abc'
    >>> bearer("Basic dXNlcjpwYXNz")
    Traceback (most recent call last):
        ...
    gateway.errors.AuthenticationError: header `Authorization` holds no bearer token
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        _refuse("header `Authorization` holds no bearer token")
    return token


def _refuse(message: str) -> Never:
    raise AuthenticationError(message) from None
