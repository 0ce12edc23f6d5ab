"""Access tokens: issued once, known again quickly, dead as soon as they should be."""

from datetime import timedelta

import pytest
from oauth import ClientSystem, Clock, MemoryRegister, sign, token_keys, tokens_for

from gateway.errors import AuthenticationError
from gateway.security.tokens import Tokens


@pytest.fixture
def system() -> ClientSystem:
    return ClientSystem()


@pytest.fixture
def register(system) -> MemoryRegister:
    register = MemoryRegister()
    register.add(system.registered())
    return register


@pytest.fixture
def tokens(register, system) -> Tokens:
    return tokens_for(register, system.clock.now)


def test_a_token_names_its_client_its_service_and_its_scopes(tokens, system):
    token = tokens.issue(system.registered(), frozenset({"system/records.c"}))
    caller = tokens.caller(token)
    assert caller.client_id == system.id
    assert caller.service_id == system.service_id
    assert caller.scopes == {"system/records.c"}


def test_a_token_holds_no_scope_that_its_client_is_not_granted(tokens, register, system):
    system.scopes = frozenset({"system/log.read"})
    register.add(system.registered())
    asked = frozenset({"system/records.c", "system/log.read"})
    assert tokens.caller(tokens.issue(system.registered(), asked)).scopes == {"system/log.read"}


def test_a_token_lives_for_five_minutes_cached_or_not(tokens, system):
    cached = tokens.issue(system.registered(), system.scopes)
    fresh = tokens.issue(system.registered(), system.scopes)
    tokens.caller(cached)
    system.clock.move(timedelta(seconds=299))
    assert tokens.caller(cached)
    system.clock.move(timedelta(seconds=1))
    for token in (cached, fresh):
        with pytest.raises(AuthenticationError, match="expired"):
            tokens.caller(token)


def test_a_revoked_client_is_out_at_once_though_its_token_was_cached(tokens, register, system):
    token = tokens.issue(system.registered(), system.scopes)
    tokens.caller(token)
    register.revoke(system.id)
    with pytest.raises(AuthenticationError, match="no longer registered"):
        tokens.caller(token)


def test_a_scope_taken_from_a_client_is_gone_at_once(tokens, register, system):
    token = tokens.issue(system.registered(), system.scopes)
    tokens.caller(token)
    system.scopes = frozenset({"system/children.r"})
    register.add(system.registered())
    assert tokens.caller(token).scopes == {"system/children.r"}


def test_a_client_moved_to_another_service_needs_a_new_token(tokens, register, system):
    token = tokens.issue(system.registered(), system.scopes)
    system.service_id = "another-service"
    register.add(system.registered())
    with pytest.raises(AuthenticationError):
        tokens.caller(token)


def test_a_token_by_a_key_that_was_replaced_is_dead(tokens, register, system):
    token = tokens.issue(system.registered(), system.scopes)
    replaced = tokens_for(register, system.clock.now, keys=token_keys(seed=2))
    with pytest.raises(AuthenticationError, match="not a token of this gateway"):
        replaced.caller(token)


def test_a_token_of_another_gateway_with_the_same_key_is_refused(tokens, register, system):
    elsewhere = tokens_for(register, system.clock.now, issuer="https://other.example")
    with pytest.raises(AuthenticationError, match="somebody else"):
        tokens.caller(elsewhere.issue(system.registered(), system.scopes))


def _claims(clock: Clock, **changes: object) -> dict[str, object]:
    now = int(clock.at.timestamp())
    return {
        "iss": "https://gateway.example",
        "aud": "https://gateway.example",
        "sub": "little-marsh-clinic",
        "service": "health-visiting",
        "scope": "system/records.c",
        "exp": now + 60,
    } | changes


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param({"typ": "JWT"}, {}, id="not an access token"),
        pytest.param({"alg": "EdDSA"}, {}, id="not our algorithm's name"),
        pytest.param({"kid": "other"}, {}, id="unknown key"),
        pytest.param({}, {"exp": None}, id="without expiry"),
        pytest.param({}, {"sub": "unknown"}, id="of an unknown client"),
        pytest.param({}, {"aud": "https://other.example"}, id="for another audience"),
    ],
)
def test_a_token_signed_by_us_but_not_as_ours_is_refused(tokens, system, header, claims):
    key = token_keys().signing
    good = {"alg": "Ed25519", "kid": key.kid, "typ": "at+jwt"}
    assert tokens.caller(sign(good, _claims(system.clock), key, "Ed25519"))
    with pytest.raises(AuthenticationError):
        tokens.caller(sign(good | header, _claims(system.clock, **claims), key, "Ed25519"))


def test_a_clients_own_signature_makes_no_access_token(tokens, system):
    header = {"alg": "ES384", "kid": "2026-1", "typ": "at+jwt"}
    with pytest.raises(AuthenticationError):
        tokens.caller(sign(header, _claims(system.clock), system.key, "ES384"))


def test_the_cache_is_bounded(tokens, system, monkeypatch):
    monkeypatch.setattr("gateway.security.tokens.MAX_CACHED", 3)
    for _ in range(10):
        tokens.caller(tokens.issue(system.registered(), system.scopes))
    assert len(tokens._known) <= 3  # noqa: SLF001 - its size is what is promised


def test_the_published_keys_are_public(tokens):
    assert b'"d"' not in tokens.keys.to_jwks()
