"""Checks against profiles: the table of ours says what the definitions say, and what is wrong."""

import msgspec
import pytest
from shared_data import shared

from adapters.health.fhir_r4.definitions import DEFINITIONS, from_folder, known_profiles
from adapters.health.fhir_r4.profiles import UK_CORE, Kind, shipped
from adapters.health.fhir_r4.reading import read_resource
from tests.tools.generate_profile_rules import TARGET, is_ours, render

NHS = "https://fhir.nhs.uk/Id/nhs-number"
STATUS = f"{UK_CORE}Extension-UKCore-NHSNumberVerificationStatus"
ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"


def _found(resource):
    kind = resource["resourceType"]
    return [(one.code, one.where) for one in shipped().check(resource, kind)]


def _patient(*identifiers, **elements: object):
    return {"resourceType": "Patient", "identifier": list(identifiers)} | elements


def _number(code, system=ENGLAND):
    concept = {"coding": [{"system": system, "code": code}]}
    extension = {"url": STATUS, "valueCodeableConcept": concept}
    return {"system": NHS, "value": "9990000018", "extension": [extension]}


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        pytest.param(_patient(_number("01")), [], id="as the profile has it"),
        pytest.param(
            _patient({"system": NHS}),
            [("profile-min", "Patient.identifier[0].value")],
            id="an NHS number without its value",
        ),
        pytest.param(
            _patient(_number("01"), _number("01")),
            [("profile-max", "Patient.identifier")],
            id="two NHS numbers",
        ),
        pytest.param(
            _patient(_number("99")),
            [("profile-codes", "Patient.identifier[0].extension[0].value[x]")],
            id="a status that is not in the required value set",
        ),
        pytest.param(
            _patient(_number("01", system="urn:other")),
            [("profile-codes", "Patient.identifier[0].extension[0].value[x]")],
            id="a status of another system",
        ),
        pytest.param(
            _patient(extension=[{"url": f"{UK_CORE}Extension-UKCore-BirthSex", "valueCode": "x"}]),
            [("profile-types", "Patient.extension[0].value[x]")],
            id="an extension whose value is of another type",
        ),
        pytest.param(
            _patient(meta={"profile": ["http://example.test/other"]}) | {"identifier": [{}]},
            [],
            id="a resource that claims another profile",
        ),
        pytest.param(
            _patient({"system": NHS}, meta={"profile": [f"{UK_CORE}UKCore-Patient|2.6.1"]}),
            [("profile-min", "Patient.identifier[0].value")],
            id="a profile that is claimed with its version",
        ),
    ],
)
def test_what_is_not_as_the_profile_has_it_is_found_at_its_place(resource, found):
    assert _found(resource) == found


def test_a_finding_says_who_must_act_and_nothing_of_what_the_record_holds():
    (finding,) = shipped().check(_patient(_number("canary")), "Patient")

    assert finding.message.startswith("the sender has to")
    assert "canary" not in finding.message


def test_the_table_of_ours_says_what_the_definitions_say():
    folder = shared("data/fhir-ukcore")
    defined = from_folder(folder)

    assert render(folder) == {
        name: (TARGET / name).read_text() for name in ("uk_core_rules.csv", "uk_core_codes.csv")
    }
    assert shipped().rules == {
        url: rules for url, rules in defined.rules.items() if rules and is_ours(url)
    }
    used = {
        one.value for rules in shipped().rules.values() for one in rules if one.kind is Kind.CODES
    }
    assert shipped().codes == {url: defined.codes[url] for url in used}


def test_the_definitions_are_used_where_a_folder_of_them_is_named(monkeypatch):
    monkeypatch.setenv(DEFINITIONS, str(shared("data/fhir-ukcore")))
    known_profiles.cache_clear()
    try:
        assert len(known_profiles().rules) > len(shipped().rules)
    finally:
        known_profiles.cache_clear()


def test_no_published_example_is_found_wanting_but_those_that_are(uk_core_findings):
    assert uk_core_findings == []


@pytest.fixture(scope="module")
def uk_core_findings():
    """Return the findings of all the definitions on all the published examples."""
    folder = shared("data/fhir-ukcore")
    profiles = from_folder(folder)
    return [
        (path.name, one.code, one.where)
        for path in sorted((folder / "examples").glob("*.xml"))
        for one in profiles.check(*_plain(path))
    ]


def _plain(path):
    read = read_resource(path.read_bytes(), "application/fhir+xml")
    return msgspec.json.decode(read.compact), read.resource.__struct_config__.tag
