"""The token endpoint: OAuth 2 client credentials (RFC 6749), on Authlib's server.

Authlib chooses the grant, checks the scope and words the errors of RFC 6749 section 5.2. Its
client authentication reads JSON less strictly than we must, and cannot await the store of used
assertions; so the client is proved before (`assertions`), and handed over as proved or refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from gateway.errors import AuthenticationError, MalformedRequestError
from gateway.security.assertions import ASSERTION_TYPE, AssertionCheck
from gateway.security.clients import SCOPES, Client
from gateway.security.tokens import LIFE, Tokens

AUTH_METHOD: Final = "private_key_jwt"
MAX_PARAMETERS: Final = 16


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The token endpoint's answer, as RFC 6749 words it."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _ProvedClient(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A `Client` as Authlib asks of it, and the SHA-256 of the *assertion* that proved it."""

    def __init__(self, client: Client, assertion: str) -> None:
        self.client = client
        self.assertion = assertion

    def get_client_id(self) -> str:
        return self.client.id

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method, endpoint) == (AUTH_METHOD, "token")

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


class _TokenRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """The form at our door, and what became of its assertion."""

    def __init__(
        self, form: Mapping[str, str], proved: Client | AuthenticationError | None
    ) -> None:
        # Authlib wants to see TLS. Ours may end at a proxy: settings refuse a live gateway
        # whose public address is not https.
        super().__init__("POST", "https://token-endpoint.invalid")
        self.payload = BasicOAuth2Payload(form)
        self.proved = proved
        self.assertion = sha256(form.get("client_assertion", "").encode()).hexdigest()


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def validate_requested_scope(self) -> None:
        asked = (self.request.payload.scope or "").split()
        if not self.client.client.scopes.issuperset(asked):
            raise InvalidScopeError


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server, with nothing to look up and nothing to save: tokens carry themselves."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(scopes_supported=sorted(SCOPES))
        self._tokens = tokens
        self.register_grant(_Grant)
        self.register_client_auth_method(AUTH_METHOD, _hand_over)
        self.register_token_generator("default", self._issue)

    def query_client(self, client_id: str) -> None:
        """Nothing: clients come with their request."""

    def save_token(self, token: object, request: object) -> None:
        """Nothing."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _TokenRequest) -> _TokenRequest:
        return request

    def respond(self, request: _TokenRequest) -> TokenAnswer:
        answer: TokenAnswer = self.create_token_response(request)
        return answer

    def handle_response(
        self, status: int, body: Mapping[str, object], headers: list[tuple[str, str]]
    ) -> TokenAnswer:
        return TokenAnswer(status, msgspec.json.encode(body), dict(headers))

    def _issue(
        self, *, client: _ProvedClient, scope: str | None, **_unused: object
    ) -> dict[str, object]:
        granted = frozenset(scope.split()) if scope else client.client.scopes
        return {
            "access_token": self._tokens.issue(client.client, granted, client.assertion),
            "token_type": "Bearer",
            "expires_in": int(LIFE.total_seconds()),
            "scope": " ".join(sorted(granted)),
        }


def _hand_over(_query_client: object, request: _TokenRequest) -> _ProvedClient | None:
    if isinstance(request.proved, AuthenticationError):
        # RFC 6749 keeps `"` and the back-quoted place out of a description.
        raise InvalidClientError(description=str(request.proved).replace("`", "'"))
    if request.proved is None:
        return None
    return _ProvedClient(request.proved, request.assertion)


class AuthorizationEndpoint:
    """What `POST /oauth2/token` does."""

    def __init__(self, tokens: Tokens, check: AssertionCheck) -> None:
        self._server = _Server(tokens)
        self._check = check

    async def answer(self, body: bytes) -> TokenAnswer:
        """Return the token that the form *body* asks for, or the refusal that it earns."""
        try:
            form = read_form(body)
        except MalformedRequestError as error:
            refusal = InvalidRequestError(description=str(error))
            return self._server.handle_response(*refusal())
        return self._server.respond(_TokenRequest(form, await self._prove(form)))

    async def _prove(self, form: Mapping[str, str]) -> Client | AuthenticationError | None:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            client = await self._check.client(form.get("client_assertion", ""))
        except AuthenticationError as refusal:
            return refusal
        if form.get("client_id", client.id) != client.id:
            return AuthenticationError("parameter 'client_id' names another client")
        return client


def read_form(body: bytes) -> dict[str, str]:
    """Return the parameters in *body*, each once, or raise `MalformedRequestError`.

    RFC 6749 section 3.2: parameters must not be included more than once.

    >>> read_form(b"grant_type=client_credentials&scope=a")
    {'grant_type': 'client_credentials', 'scope': 'a'}
    >>> read_form(b"scope=a&scope=b")
    Traceback (most recent call last):
        ...
    gateway.errors.MalformedRequestError: a parameter is given twice
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        message = "the form cannot be read"
        raise MalformedRequestError(message) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        message = "a parameter is given twice"
        raise MalformedRequestError(message)
    return form
