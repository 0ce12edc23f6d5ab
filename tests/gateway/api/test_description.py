"""The description of the API: how one gets in, and what goes in and out of each address."""

import re

import pytest
from oauth import ISSUER

from gateway.api.app import PUBLIC
from gateway.api.audit_parameters import KNOWN
from gateway.security.clients import SCOPES

_MESSAGE = "/FHIR/R4/$process-message"


@pytest.fixture
def described(door):
    return door.http.get("/api/v1/openapi.json").json()


def operations(described):
    for path, item in described["paths"].items():
        yield from ((path, operation) for operation in item.values())


def test_a_client_learns_where_its_tokens_are_and_which_scopes_there_are(described):
    flow = described["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow == {"tokenUrl": f"{ISSUER}/oauth2/token", "scopes": dict(SCOPES)}


def test_each_address_that_is_not_public_names_its_scope(described):
    secured = {path for path, operation in operations(described) if "security" in operation}
    assert secured == described["paths"].keys() - {re.sub(r":\w+}", "}", path) for path in PUBLIC}
    asked = {
        scope
        for _, operation in operations(described)
        for requirement in operation.get("security", ())
        for scope in requirement["oauth2"]
    }
    assert asked == SCOPES.keys()


def test_each_address_says_what_it_takes_gives_and_how_it_fails(described):
    for path, operation in operations(described):
        problem = operation["responses"]["default"]["content"].keys()
        fhir = {"application/fhir+json", "application/fhir+xml"}
        assert problem == (fhir if path.startswith("/FHIR/") else {"application/problem+json"})
        assert operation["responses"]["200"]["content"]
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert all(f"{{{name}}}" in path for name in named)
        assert len(named) == path.count("{")
    message = described["paths"][_MESSAGE]["post"]
    assert message["requestBody"]["content"].keys() == fhir
    assert message["responses"]["200"]["content"].keys() == fhir


def test_a_search_says_which_parameters_it_takes(described):
    parameters = described["paths"]["/FHIR/R4/AuditEvent"]["get"]["parameters"]
    assert [one["name"] for one in parameters] == list(KNOWN)
    assert not any(one["required"] for one in parameters)
