"""A client's side of OAuth 2 for tests: its keys, its assertions, and a register that knows it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, Key, KeySet

from gateway.ports import Ports
from gateway.security.assertions import ASSERTION_TYPE, AssertionCheck
from gateway.security.clients import SCOPES, Client, ClientRegister
from gateway.security.tokens import TokenKeys, Tokens

ISSUER = "https://gateway.example"
TOKEN_ENDPOINT = f"{ISSUER}/oauth2/token"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


def part(value: object) -> str:
    """Return *value* as one part of a compact token: text as it stands, else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def sign(header: object, claims: object, key: Key, algorithm: str) -> str:
    """Return a token over any *header* and *claims* (texts too), really signed with *key*."""
    signed = f"{part(header)}.{part(claims)}"
    model = jws.JWSRegistry.algorithms["Ed25519" if algorithm == "EdDSA" else algorithm]
    signature = model.sign(signed.encode(), key)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@dataclass(slots=True)
class ClientSystem:
    """An agency's system: it holds a private key and asks for tokens."""

    id: str = "little-marsh-clinic"
    service_id: str = "health-visiting"
    scopes: frozenset[str] = frozenset(SCOPES)
    algorithm: str = "ES384"
    key: Key = field(
        default_factory=lambda: ECKey.generate_key("P-384", {"kid": "2026-1"}, private=True)
    )
    clock: Clock = field(default_factory=Clock)
    _made: int = 0

    def registered(self) -> Client:
        """Return how the gateway's register knows this client."""
        public = KeySet.import_key_set({"keys": [self.key.as_dict(private=False)]})
        return Client(self.id, self.service_id, public, self.scopes)

    def header(self, **changes: object) -> dict[str, object]:
        return {"alg": self.algorithm, "kid": self.key.kid, "typ": "JWT"} | changes

    def claims(self, **changes: object) -> dict[str, object]:
        self._made += 1
        now = int(self.clock.at.timestamp())
        return {
            "iss": self.id,
            "sub": self.id,
            "aud": TOKEN_ENDPOINT,
            "jti": f"assertion-{self._made}",
            "iat": now,
            "exp": now + 240,
        } | changes

    def assertion(self, **changes: object) -> str:
        """Return an assertion that is good, but for the *changes* to its claims."""
        return sign(self.header(), self.claims(**changes), self.key, self.algorithm)

    def form(self, **changes: str) -> dict[str, str]:
        """Return the form for the token endpoint."""
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        } | changes


@dataclass(slots=True)
class MemoryRegister:
    """A client register in memory."""

    clients: dict[str, Client] = field(default_factory=dict)
    version: int = 1
    used: set[tuple[str, str]] = field(default_factory=set)

    def add(self, client: Client) -> None:
        self.clients[client.id] = client
        self.version += 1

    def revoke(self, client_id: str) -> None:
        self.add(replace(self.clients[client_id], revoked=True))

    async def _first_use(self, client_id: str, jti: str, _until: datetime) -> bool:
        is_new = (client_id, jti) not in self.used
        self.used.add((client_id, jti))
        return is_new

    def port(self) -> ClientRegister:
        """Return this register as the gateway asks for it."""
        return ClientRegister(self.clients.get, lambda: self.version, self._first_use)


def token_keys(seed: int = 1) -> TokenKeys:
    """Return the gateway's token keys, the same for the same *seed*."""
    return TokenKeys(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def tokens_for(
    register: MemoryRegister,
    now: Callable[[], datetime],
    issuer: str = ISSUER,
    keys: TokenKeys | None = None,
) -> Tokens:
    """Return what issues and checks tokens for the clients in *register*."""
    keys = keys or token_keys()
    return Tokens(issuer=issuer, keys=keys, register=register.port(), ports=Ports(now=now))


def check_for(register: MemoryRegister, now: Callable[[], datetime]) -> AssertionCheck:
    """Return what checks the assertions of the clients in *register*."""
    return AssertionCheck(register.port(), frozenset({ISSUER, TOKEN_ENDPOINT}), now)
