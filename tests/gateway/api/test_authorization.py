"""The token endpoint over HTTP, and how clients find it."""

import json

import pytest

TOKEN = "/oauth2/token"  # noqa: S105 - an address


def test_a_client_gets_a_token_for_five_minutes(door):
    answer = door.http.post(TOKEN, data=door.system.form(scope="system/records.c"))
    body = answer.json()
    assert answer.status_code == 200
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert body["scope"] == "system/records.c"
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_scope_a_client_gets_all_that_it_is_granted(door):
    answer = door.http.post(TOKEN, data=door.system.form())
    assert set(answer.json()["scope"].split()) == door.system.scopes


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"scope": "system/everything"}, "invalid_scope"),
        ({"client_assertion": "nonsense"}, "invalid_client"),
        ({"client_assertion_type": "something"}, "invalid_client"),
        ({"client_id": "somebody-else"}, "invalid_client"),
    ],
)
def test_a_wrong_form_earns_the_error_of_rfc_6749(door, changes, error):
    answer = door.http.post(TOKEN, data=door.system.form(**changes))
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error
    assert "access_token" not in answer.json()


def test_a_scope_that_the_client_is_not_granted_is_refused(door):
    door.system.scopes = frozenset({"system/log.read"})
    door.register.add(door.system.registered())
    answer = door.http.post(TOKEN, data=door.system.form(scope="system/children.r"))
    assert answer.json()["error"] == "invalid_scope"


def test_a_replayed_form_is_refused(door):
    form = door.system.form()
    assert door.http.post(TOKEN, data=form).status_code == 200
    answer = door.http.post(TOKEN, data=form)
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"p%d=1" % n for n in range(99)), "application/x-www-form-urlencoded", 400),
        (b"scope=\xff%ff", "application/x-www-form-urlencoded", 400),
        (b"a=" + b"b" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"", "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_form_that_is_none_is_refused(door, content, content_type, status):
    answer = door.http.post(TOKEN, content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status


def test_clients_find_the_token_endpoint_and_the_keys(door):
    document = door.http.get("/.well-known/smart-configuration").json()
    assert document["token_endpoint"] == "https://gateway.example/oauth2/token"  # noqa: S105
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    (key,) = json.loads(door.http.get("/.well-known/jwks.json").content)["keys"]
    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")
    assert "d" not in key
