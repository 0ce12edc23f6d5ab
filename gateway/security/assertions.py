"""How a client proves who it is: private_key_jwt (RFC 7523, OpenID Connect Core section 9).

{"alg": "ES384", "kid": "2026-1", "typ": "JWT"}
{"iss": "school-17", "sub": "school-17", "aud": "https://…/oauth2/token",
 "jti": "…", "iat": 1790000000, "exp": 1790000240}
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Never

from joserfc.errors import JoseError

from gateway.errors import AuthenticationError
from gateway.security import compact
from gateway.security.clients import Client, ClientRegister
from gateway.security.compact import Compact

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE: Final = timedelta(minutes=5)  # SMART App Launch 2, section 5.2.1; NHS England: too
LEEWAY: Final = timedelta(seconds=10)
MAX_JTI_CHARACTERS: Final = 255

# A stranger learns nothing of which clients exist: one answer until the signature is proved.
_UNKNOWN: Final = "no registered client made this assertion"


@dataclass(frozen=True, slots=True)
class AssertionCheck:
    """What checks assertions: the *register*, our own names as *audiences*, and the time."""

    register: ClientRegister
    audiences: frozenset[str]
    now: Callable[[], datetime]

    async def client(self, assertion: str) -> Client:
        """Return the client that made *assertion*, or raise `AuthenticationError`.

        An assertion is good once: its `jti` is recorded last, so that a refused one costs nothing.
        """
        token = compact.parse(assertion)
        client = self._signer(token)
        expires_at = self._check_claims(token)
        jti = token.text("jti")
        if len(jti) > MAX_JTI_CHARACTERS:
            _refuse("claim `jti` is too long")
        if not await self.register.first_use(client.id, jti, expires_at + LEEWAY):
            _refuse("this assertion was used before")
        return client

    def _signer(self, token: Compact) -> Client:
        client_id = token.text("sub")
        client = self.register.find(client_id)
        if client is None or client.revoked or client.id != client_id:
            _refuse(_UNKNOWN)
        try:
            key = client.jwks.get_by_kid(token.key_id)
        except JoseError:
            _refuse(_UNKNOWN)
        if not token.is_signed_by(key):
            _refuse(_UNKNOWN)
        return client

    def _check_claims(self, token: Compact) -> datetime:
        """Return when the assertion expires, or refuse it."""
        if token.type not in {"", "jwt", "client-authentication+jwt"}:
            _refuse("the assertion is a token of another kind")
        if token.text("iss") != token.text("sub"):
            _refuse("claims `iss` and `sub` are not the same")
        if not self._is_for_us(token.claims.get("aud")):
            _refuse("claim `aud` is not this token endpoint")
        now = self.now().timestamp()
        leeway = LEEWAY.total_seconds()
        expires = token.time("exp")
        if expires <= now - leeway:
            _refuse("the assertion has expired")
        if expires > now + LONGEST_LIFE.total_seconds() + leeway:
            _refuse("the assertion lives longer than five minutes")
        for claim in ("iat", "nbf"):
            if claim in token.claims and token.time(claim) > now + leeway:
                _refuse(f"claim `{claim}` lies in the future")
        return datetime.fromtimestamp(expires, UTC)

    def _is_for_us(self, audience: object) -> bool:
        # A list of one is the same thing; a list of several could be played on to somebody else.
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        return isinstance(audience, str) and audience in self.audiences


def _refuse(message: str) -> Never:
    raise AuthenticationError(message) from None
