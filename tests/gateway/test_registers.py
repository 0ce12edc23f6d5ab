"""The registers: what a document is, and how documents hold together."""

import pytest

from adapters.contract import Destination
from gateway.errors import RegisterError
from gateway.registers import Organisation, Practitioner, Registers, Service, parse

COUNCIL = Organisation(id="la:999", name="Council")
DOS = "https://fhir.nhs.uk/Id/dos-service-id"


def service(**more):
    return Service(
        **{"id": "s2", "organisation": "la:999", "type": "la_early_help", "name": "Help"} | more
    )


def test_a_service_is_found_by_the_identifier_that_a_message_names():
    registers = Registers.of([COUNCIL, service(identifiers=(f"{DOS}|2000099902",))])

    assert registers.addressed(Destination(DOS, "2000099902")).id == "s2"
    assert registers.addressed(Destination(DOS, "2000099909")) is None
    assert registers.addressed(Destination("urn:other", "2000099902")) is None


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        pytest.param(
            [service()], "organisation that is not registered", id="an organisation is missing"
        ),
        pytest.param(
            [COUNCIL, service(identifiers=("a|1",)), service(id="s3", identifiers=("a|1",))],
            "two services have the identifier",
            id="an identifier names two services",
        ),
        pytest.param(
            [Practitioner(id="p1", service="s9", role="clinician")],
            "service that is not registered",
            id="a practitioner's service is missing",
        ),
    ],
)
def test_registers_that_do_not_hold_together_are_refused(documents, message):
    with pytest.raises(RegisterError, match=message):
        Registers.of(documents)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        pytest.param("organization", {}, "not a register", id="an unknown register"),
        pytest.param("service", {"id": "s1"}, "missing required field", id="a missing member"),
        pytest.param(
            "organisation", {"id": "a", "name": "b", "nome": "c"}, "nome", id="a misspelt member"
        ),
        pytest.param(
            "practitioner",
            {"id": "p", "service": "s", "role": "clinician", "training_until": "2026-02-30"},
            "training_until",
            id="an impossible date",
        ),
    ],
)
def test_a_document_that_is_malformed_is_refused_with_its_place(kind, fields, message):
    with pytest.raises(RegisterError, match=message):
        parse(kind, fields)
