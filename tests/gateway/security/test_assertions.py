"""Client assertions (RFC 7523): the good ones are known, and every attack is refused."""

import asyncio
import base64
import hmac
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from oauth import ISSUER, NOW, TOKEN_ENDPOINT, ClientSystem, MemoryRegister, check_for, part, sign

from gateway.errors import AuthenticationError

_RSA = RSAKey.generate_key(2048, {"kid": "2026-1"}, private=True)
_SECONDS = int(NOW.timestamp())


def _register(system: ClientSystem) -> MemoryRegister:
    register = MemoryRegister()
    register.add(system.registered())
    return register


def _authenticate(system: ClientSystem, assertion: str, register: MemoryRegister | None = None):
    check = check_for(register or _register(system), system.clock.now)
    return asyncio.run(check.client(assertion))


def _key(algorithm: str) -> Key:
    if algorithm.startswith(("RS", "PS")):
        return _RSA
    if algorithm.startswith("ES"):
        return ECKey.generate_key(f"P-{algorithm[2:]}", {"kid": "2026-1"}, private=True)
    return OKPKey.generate_key("Ed25519", {"kid": "2026-1"}, private=True)


@pytest.mark.parametrize(
    "algorithm",
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"],
)
def test_a_client_is_known_by_its_signature_in_each_algorithm_that_we_accept(algorithm):
    system = ClientSystem(algorithm=algorithm, key=_key(algorithm))
    assert _authenticate(system, system.assertion()).id == system.id


@pytest.mark.parametrize("audience", [TOKEN_ENDPOINT, ISSUER, [TOKEN_ENDPOINT]])
def test_an_assertion_is_for_the_token_endpoint_or_its_issuer(audience):
    system = ClientSystem()
    assert _authenticate(system, system.assertion(aud=audience)).id == system.id


def test_an_assertion_is_good_once():
    system = ClientSystem()
    register = _register(system)
    assertion = system.assertion()
    _authenticate(system, assertion, register)
    with pytest.raises(AuthenticationError, match="used before"):
        _authenticate(system, assertion, register)


def test_an_assertion_signed_anew_with_a_used_jti_is_a_replay():
    system = ClientSystem()
    register = _register(system)
    _authenticate(system, system.assertion(jti="same"), register)
    with pytest.raises(AuthenticationError, match="used before"):
        _authenticate(system, system.assertion(jti="same", exp=_SECONDS + 100), register)


def test_two_clients_may_use_the_same_jti():
    one, other = ClientSystem(), ClientSystem(id="other-clinic")
    register = _register(one)
    register.add(other.registered())
    _authenticate(one, one.assertion(jti="same"), register)
    assert _authenticate(other, other.assertion(jti="same"), register).id == "other-clinic"


def test_a_revoked_client_is_nobody():
    system = ClientSystem()
    register = _register(system)
    register.revoke(system.id)
    with pytest.raises(AuthenticationError, match="no registered client"):
        _authenticate(system, system.assertion(), register)


def test_a_client_cannot_sign_for_another():
    one, other = ClientSystem(), ClientSystem(id="other-clinic")
    register = _register(one)
    register.add(other.registered())
    forged = sign(one.header(), other.claims(), one.key, one.algorithm)
    with pytest.raises(AuthenticationError, match="no registered client"):
        _authenticate(one, forged, register)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "https://elsewhere.example"}, id="for another audience"),
        pytest.param({"aud": [TOKEN_ENDPOINT, "https://elsewhere.example"]}, id="for two"),
        pytest.param({"aud": None}, id="for nobody"),
        pytest.param({"iss": "somebody-else"}, id="issuer is not the subject"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"sub": "unknown-client", "iss": "unknown-client"}, id="unknown client"),
        pytest.param({"sub": ["little-marsh-clinic"]}, id="subject is a list"),
        pytest.param({"exp": _SECONDS - 60}, id="expired"),
        pytest.param({"exp": _SECONDS + 3600}, id="lives for an hour"),
        pytest.param({"exp": None}, id="lives for ever"),
        pytest.param({"exp": str(_SECONDS + 60)}, id="expiry is text"),
        pytest.param({"exp": True}, id="expiry is true"),
        pytest.param({"exp": 10**400}, id="expiry beyond numbers"),
        pytest.param({"nbf": _SECONDS + 120}, id="not yet valid"),
        pytest.param({"iat": _SECONDS + 120}, id="made in the future"),
        pytest.param({"iat": "now"}, id="made at a word"),
        pytest.param({"jti": None}, id="no jti"),
        pytest.param({"jti": 7}, id="jti is a number"),
        pytest.param({"jti": "j" * 300}, id="jti without end"),
        pytest.param({"jti": "a\0b"}, id="jti with a NUL"),
        pytest.param({"jti": "\ud800"}, id="jti with half a character"),
    ],
)
def test_a_well_signed_assertion_with_wrong_claims_is_refused(changes):
    system = ClientSystem()
    with pytest.raises(AuthenticationError):
        _authenticate(system, system.assertion(**changes))


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param({"typ": "logout+jwt"}, {}, id="a token of another protocol"),
        pytest.param({"typ": "at+jwt"}, {}, id="an access token as assertion"),
        pytest.param({"kid": None}, {}, id="key id is null"),
        pytest.param({"kid": "2025-9"}, {}, id="unknown key id"),
        pytest.param({"kid": "../../etc/passwd"}, {}, id="key id is a path"),
        pytest.param({"kid": "' OR 1=1 --"}, {}, id="key id is SQL"),
        pytest.param({"kid": ["2026-1"]}, {}, id="key id is a list"),
        pytest.param({"crit": ["exp"]}, {}, id="critical extension"),
        pytest.param({"jku": "https://evil.example/jwks"}, {}, id="key from an address"),
        pytest.param({"x5u": "https://evil.example/cert"}, {}, id="certificate from an address"),
        pytest.param({"b64": False}, {}, id="unencoded payload"),
        pytest.param({"zip": "DEF"}, {}, id="compressed"),
    ],
)
def test_a_well_signed_assertion_with_a_wrong_header_is_refused(header, claims):
    system = ClientSystem()
    assertion = sign(system.header(**header), system.claims(**claims), system.key, system.algorithm)
    with pytest.raises(AuthenticationError):
        _authenticate(system, assertion)


def test_a_key_in_the_header_does_not_verify_its_own_token():
    system, attacker = ClientSystem(), ClientSystem()
    header = system.header(jwk=attacker.key.as_dict(private=False))
    forged = sign(header, system.claims(), attacker.key, attacker.algorithm)
    with pytest.raises(AuthenticationError):
        _authenticate(system, forged)


def test_the_public_key_is_no_shared_secret():
    system = ClientSystem(algorithm="RS256", key=_RSA)
    signed = f"{part(system.header(alg='HS256'))}.{part(system.claims())}"
    mac = hmac.digest(_RSA.as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    with pytest.raises(AuthenticationError):
        _authenticate(system, forged)


def test_a_key_verifies_only_the_algorithms_of_its_kind():
    system = ClientSystem()
    forged = sign(system.header(alg="RS256"), system.claims(), _RSA, "RS256")
    with pytest.raises(AuthenticationError):
        _authenticate(system, forged)


def _text(system: ClientSystem, header: str, claims: str) -> str:
    return sign(header, claims, system.key, system.algorithm)


_HEADER = '{"alg":"ES384","kid":"2026-1","typ":"JWT"}'
_CLAIMS = (
    '{"iss":"little-marsh-clinic","sub":"little-marsh-clinic","jti":"a",'
    f'"aud":"{TOKEN_ENDPOINT}","exp":%s}}'
)
_GOOD = _CLAIMS % (_SECONDS + 60)


def test_the_texts_below_are_good_until_they_are_spoiled():
    system = ClientSystem()
    assert _authenticate(system, _text(system, _HEADER, _GOOD)).id == system.id


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param(_HEADER, _GOOD.replace("{", '{"sub":"other",', 1), id="claim twice"),
        pytest.param(_HEADER, _GOOD[:-1] + ',"x":{"a":1,"a":2}}', id="claim twice, deep"),
        pytest.param(_HEADER.replace("{", '{"alg":"none",'), _GOOD, id="algorithm twice"),
        pytest.param(_HEADER, _CLAIMS % "NaN", id="expiry is NaN"),
        pytest.param(_HEADER, _CLAIMS % "Infinity", id="expiry is infinite"),
        pytest.param(_HEADER, _CLAIMS % "1e999", id="expiry overflows"),
        pytest.param(_HEADER, _CLAIMS % "-1", id="expiry before time"),
        pytest.param(_HEADER, _CLAIMS % ("9" * 5000), id="expiry of 5,000 digits"),
        pytest.param(_HEADER, "[]", id="claims are a list"),
        pytest.param("[]", _GOOD, id="header is a list"),
        pytest.param(_HEADER, "[" * 4000, id="claims 4,000 deep"),
        pytest.param('{"alg":' + "[" * 3000 + "}", _GOOD, id="header 3,000 deep"),
        pytest.param('{"alg":{"a":1},"kid":"2026-1"}', _GOOD, id="algorithm is an object"),
        pytest.param(_HEADER, "", id="no claims"),
    ],
)
def test_a_token_that_libraries_read_in_two_ways_is_refused(header, claims):
    system = ClientSystem()
    with pytest.raises(AuthenticationError):
        _authenticate(system, _text(system, header, claims))


def _spoiled(name: str, assertion: str) -> str:
    header, claims, signature = assertion.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other_spelling = last[last.index(claims[-1]) ^ 1]
    return {
        "signature stripped": f"{header}.{claims}.",
        "two parts": f"{header}.{claims}",
        "four parts": f"{assertion}.{signature}",
        "algorithm none": f"{part({'alg': 'none', 'kid': '2026-1'})}.{claims}.",
        "algorithm None": f"{part({'alg': 'None', 'kid': '2026-1'})}.{claims}.{signature}",
        "padded": f"{header}.{claims}.{signature}==",
        "other alphabet": f"{header}.{claims}.+/{signature[2:]}",
        "white space": f"{header}.{claims}.{signature[:4]} {signature[4:]}",
        "line end": f"{assertion}\n",
        "second spelling": f"{header}.{claims[:-1]}{other_spelling}.{signature}",
        "not ASCII": f"{header}.{claims}.é{signature[1:]}",
        "surrogate": f"{header}.{claims}.\udcff{signature[1:]}",
        "zero signature": f"{header}.{claims}.{'A' * len(signature)}",
        "oversized": f"{header}.{claims}{'A' * 9000}.{signature}",
        "empty": "",
        "dots": "..",
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "signature stripped",
        "two parts",
        "four parts",
        "algorithm none",
        "algorithm None",
        "padded",
        "other alphabet",
        "white space",
        "line end",
        "second spelling",
        "not ASCII",
        "surrogate",
        "zero signature",
        "oversized",
        "empty",
        "dots",
    ],
)
def test_a_token_that_is_not_exactly_one_is_refused(name):
    system = ClientSystem()
    with pytest.raises(AuthenticationError):
        _authenticate(system, _spoiled(name, system.assertion()))


def test_a_refused_assertion_uses_nothing_up():
    system = ClientSystem()
    register = _register(system)
    with pytest.raises(AuthenticationError):
        _authenticate(system, system.assertion(jti="mine", aud="elsewhere"), register)
    assert register.used == set()


def test_clocks_may_differ_by_ten_seconds():
    system = ClientSystem()
    assertion = system.assertion(iat=_SECONDS + 9, nbf=_SECONDS + 9)
    assert _authenticate(system, assertion).id == system.id
    late = system.assertion()
    system.clock.move(timedelta(seconds=240 + 11))
    with pytest.raises(AuthenticationError, match="expired"):
        _authenticate(system, late)
