"""`/oauth2/token` and the `/.well-known` documents by which clients find it."""

from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.errors import UnsupportedMediaTypeError
from gateway.observability import Event, log
from gateway.security.authorization import AUTH_METHOD, AuthorizationEndpoint
from gateway.security.clients import SCOPES
from gateway.security.compact import ALGORITHMS
from gateway.security.tokens import Tokens
from gateway.settings import Settings

MAX_BODY_BYTES: Final = 16 * 1024

_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}
_FIVE_MINUTES: Final = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True)
class Authorization:
    """Gives tokens, and says how to ask for one."""

    endpoint: AuthorizationEndpoint
    tokens: Tokens
    settings: Settings

    async def token(self, request: Request) -> Response:
        """Return an access token for a client's assertion (RFC 6749 section 4.4, RFC 7523)."""
        if bodies.media_type(request) != "application/x-www-form-urlencoded":
            raise UnsupportedMediaTypeError(where="Content-Type")
        answer = await self.endpoint.answer(await bodies.read(request, MAX_BODY_BYTES))
        issued = answer.status == 200  # noqa: PLR2004 - RFC 6749 section 5.1
        log(
            Event.TOKEN_ISSUED if issued else Event.TOKEN_REFUSED,
            request_id=visit.of(request.scope).request_id,
            status=answer.status,
        )
        return Response(answer.body, answer.status, answer.headers)

    async def jwks(self, _request: Request) -> Response:
        """Return the public keys of our access tokens (RFC 7517)."""
        return Response(self.tokens.keys.to_jwks(), 200, _FIVE_MINUTES, "application/jwk-set+json")

    async def smart_configuration(self, _request: Request) -> Response:
        """Return how to get a token (SMART App Launch 2, section 9)."""
        document = {
            "issuer": self.settings.issuer,
            "jwks_uri": f"{self.settings.issuer}/.well-known/jwks.json",
            "token_endpoint": self.settings.token_endpoint,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": [AUTH_METHOD],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": sorted(SCOPES),
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }
        return Response(msgspec.json.encode(document), 200, _AN_HOUR, "application/json")
