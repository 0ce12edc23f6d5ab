"""A CAF to a BaRS message and back: the same CAF, as far as FHIR can say it."""

import json

import pytest
from bars_carried import carried, outline
from bars_messages import AT, NAMES, payload_of, read, resources
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import assessments

from adapters.contract import Envelope, Outcome
from adapters.health.bars import BaRSAdapter
from mappings.caf.assessment import Assessment, Child, Consent
from mappings.caf.items import About, AboutWhom, ConsentStatement, Name
from mappings.caf.view import View
from mappings.caf.vocabulary import ConsentAnswer
from mappings.fidelity import Fate

JSON, XML = "application/fhir+json", "application/fhir+xml"
SENDER = "fernbrook"
WORDS = st.text("abcdefgé中", min_size=1, max_size=6)
ODD = {"invalid-nhs-number"}
# What the national message definition of a referral demands, and how often.
DEMANDED = {
    "ServiceRequest": (1, 1),
    "Patient": (1, 1),
    "Encounter": (1, 1),
    "CarePlan": (1, 1),
    "Organization": (2, 99),
    "Practitioner": (1, 99),
    "PractitionerRole": (1, 99),
    "Consent": (1, 99),
    "HealthcareService": (1, 99),
}


def written(content, media_type=JSON):
    envelope = Envelope(media_type=media_type, at=AT, sender=SENDER, recipient="school-1")
    view = View(content=content, purpose="early_help")
    return BaRSAdapter().write(view, envelope).content


def back(content, media_type=JSON):
    return read(written(content, media_type), media_type)


@pytest.mark.parametrize("media_type", [JSON, XML])
@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_says_comes_back_whole(name, media_type):
    for reading in read(payload_of(name)).readings:
        received = back(reading.assessment, media_type)

        assert received.findings == ()
        assert outline(received.readings[0].assessment) == outline(reading.assessment)


@settings(max_examples=100, deadline=None)
@given(assessments(WORDS))
def test_all_of_any_caf_that_fhir_can_say_comes_back(whole):
    received = back(whole)

    assert {one.code for one in received.findings} <= ODD
    assert outline(received.readings[0].assessment) == outline(carried(whole, SENDER))


@settings(max_examples=60, deadline=None)
@given(assessments(st.text(max_size=6)), st.sampled_from([JSON, XML]))
def test_whatever_a_caf_holds_is_written_and_what_was_carried_once_is_carried_again(whole, kind):
    once = back(whole, kind)
    assert once.outcome is not Outcome.REJECT

    again = back(once.readings[0].assessment, kind)

    assert outline(again.readings[0].assessment) == outline(once.readings[0].assessment)


@settings(max_examples=15, deadline=None)
@given(assessments(WORDS))
def test_the_reference_model_reads_what_is_written(whole):
    Bundle.model_validate_json(written(whole))
    Bundle.model_validate_xml(written(whole, XML))


@settings(max_examples=30, deadline=None)
@given(assessments(WORDS))
def test_a_message_has_what_its_definition_demands_and_no_reference_leads_out_of_it(whole):
    content = written(whole)
    plain = json.loads(content)
    urls = [entry["fullUrl"] for entry in plain["entry"]]

    assert plain["entry"][0]["resource"]["resourceType"] == "MessageHeader"
    assert len(urls) == len(set(urls))
    assert {one for one in references(plain) if one not in urls} == set()
    for kind, (least, most) in DEMANDED.items():
        assert least <= len(resources(plain, kind)) <= most, kind


def references(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "reference" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_same_view_is_the_same_bytes_and_another_is_another_message():
    one = Assessment(child=Child(names=(Name(id="n", text="Posy"),)))
    other = Assessment(child=Child(names=(Name(id="n", text="Bram"),)))

    assert written(one) == written(one)
    assert json.loads(written(one))["id"] != json.loads(written(other))["id"]


def test_which_resources_there_are_does_not_tell_that_consent_or_names_are_withheld():
    kinds = [
        [entry["resource"]["resourceType"] for entry in json.loads(written(content))["entry"]]
        for content in (Assessment(), Assessment(child=Child(names=(Name(id="n", text="Posy"),))))
    ]

    assert kinds[0] == kinds[1]


def consent(**said):
    statement = ConsentStatement(id="c", grantor=About(AboutWhom.CHILD), **said)
    received = back(Assessment(consent=Consent(statements=(statement,))))
    (found,) = received.readings[0].assessment.consent.statements
    return found


def test_a_message_without_a_statement_states_no_consent_of_anybody():
    received = back(Assessment())

    assert received.readings[0].assessment.consent.statements == ()
    (said,) = resources(json.loads(written(Assessment())), "Consent")
    assert said["status"] == "draft"
    assert "IMPLIED" not in json.dumps(said)


def test_a_doubtful_statement_stays_doubtful():
    assert consent(sharing=ConsentAnswer.GIVEN, doubts=("unmatched-code",)).doubts == (
        "unmatched-code",
    )


def test_a_statement_of_no_category_is_not_read_as_one_of_all():
    found = consent(sharing=ConsentAnswer.GIVEN, scope=(), services=("school",))

    assert found.doubts == ("empty-scope",)


def test_a_refusal_names_no_service_that_it_could_be_taken_to_permit():
    found = consent(sharing=ConsentAnswer.REFUSED, services=("school",))

    assert (found.sharing, found.services) == (ConsentAnswer.REFUSED, ())


@pytest.mark.parametrize("name", NAMES)
def test_the_account_of_what_we_write_leaves_nothing_of_the_child_unmapped(name):
    for reading in read(payload_of(name)).readings:
        ledger = back(reading.assessment).readings[0].ledger

        unmapped = [leaf.place for leaf in ledger.leaves if leaf.fate is Fate.UNMAPPED]
        assert not [place for place in unmapped if "extension" in place]
