"""Signed tokens read strictly, before any library sees them (JWS compact form, RFC 7515).

    BASE64URL(header) . BASE64URL(claims) . BASE64URL(signature)

The libraries accept what must not pass: the same claim twice, a second `alg`, a `typ` of another
protocol. So header and claims are read here, by one narrow grammar, and only the signature is
left to the library: with the algorithm that the key allows, never one that the token brings.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Never

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from gateway.errors import AuthenticationError

MAX_TOKEN_CHARACTERS: Final = 8192

_LAST_SECOND: Final = 253402300799  # 9999-12-31T23:59:59Z, the last that a `datetime` holds

# EdDSA is read as Ed25519 (RFC 9864), so that the name decides the curve.
_ALGORITHM_NAMES: Final = {
    name: name for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
} | {"EdDSA": "Ed25519", "Ed25519": "Ed25519"}
ALGORITHMS: Final = tuple(_ALGORITHM_NAMES)
"""What a client may sign its assertion with."""

_HEADER: Final = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class Compact:
    """A token taken apart, of which nothing is proved yet."""

    algorithm: str
    key_id: str
    type: str
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: Key) -> bool:
        """Tell whether *key* made the signature, with an algorithm that is its own."""
        name = _ALGORITHM_NAMES[self.algorithm]
        if key.get("alg") not in {None, self.algorithm, name} or key.get("use") not in {
            None,
            "sig",
        }:
            return False
        algorithm = JWSRegistry.algorithms[name]
        try:
            algorithm.check_key(key)
            return algorithm.verify(self.signed, self.signature, key)
        except (JoseError, ValueError):
            return False

    def text(self, claim: str) -> str:
        """Return the string *claim*, or raise `AuthenticationError`."""
        value = self.claims.get(claim)
        # What JSON can say and a database's text cannot: NUL, half of a surrogate pair.
        if not isinstance(value, str) or not value or not value.isprintable():
            _refuse(f"claim `{claim}` is not a string")
        return value

    def time(self, claim: str) -> float:
        """Return *claim* as seconds since 1970, or raise `AuthenticationError`."""
        value = self.claims.get(claim)
        # `True` is an int to Python, and a hundred digits are one to JSON.
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(f"claim `{claim}` is not a time")
        if not 0 <= value <= _LAST_SECOND:
            _refuse(f"claim `{claim}` is not a time")
        return float(value)


def parse(token: str) -> Compact:
    """Return *token* taken apart, or raise `AuthenticationError` where it is not exactly one.

    >>> parse("eyJhbGciOiJub25lIn0.e30.")
    Traceback (most recent call last):
        ...
    gateway.errors.AuthenticationError: the token's algorithm is not one that we accept
    """
    if len(token) > MAX_TOKEN_CHARACTERS or token.count(".") != 2:  # noqa: PLR2004 - three parts
        _refuse("not a signed token")
    header_part, claims_part, signature_part = token.split(".")
    header = _object(header_part)
    if not header.keys() <= _HEADER:
        _refuse("the token's header has a member that we do not accept")
    algorithm, key_id, kind = (header.get(name, "") for name in ("alg", "kid", "typ"))
    if algorithm not in ALGORITHMS or not isinstance(algorithm, str):
        _refuse("the token's algorithm is not one that we accept")
    if not isinstance(key_id, str) or not key_id or not isinstance(kind, str):
        _refuse("the token's header names no key")
    return Compact(
        algorithm=algorithm,
        key_id=key_id,
        type=kind.lower(),
        claims=_object(claims_part),
        signed=f"{header_part}.{claims_part}".encode("ascii"),
        signature=_decode(signature_part),
    )


def _refuse(message: str) -> Never:
    raise AuthenticationError(message) from None


def _decode(part: str) -> bytes:
    """Return the bytes of *part*, which is base64url without padding and has no second spelling."""
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        _refuse("the token is not base64url")
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode("utf-8", "replace"):
        _refuse("the token is not base64url")
    return decoded


def _object(part: str) -> dict[str, object]:
    try:
        value = json.loads(
            _decode(part).decode("utf-8"),
            object_pairs_hook=_members_once,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        _refuse("the token does not hold JSON")
    if not isinstance(value, dict):
        _refuse("the token does not hold a JSON object")
    return value


def _members_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("the token has a member twice")
    return members


def _no_constant(_name: str) -> Never:
    _refuse("the token has a number that JSON does not know")
