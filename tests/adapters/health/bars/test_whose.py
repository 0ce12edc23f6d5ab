"""Whose a resource of a BaRS message is, and what a mark of a restricted record leads to."""

import pytest
from bars_messages import REFERRAL, altered, message, resources

from mappings.fidelity import Fate

MOTHER = "urn:uuid:4f1c57e5-0000-4000-8000-0000000000ff"
KINDS = [("Consent", "patient"), ("CarePlan", "subject"), ("RelatedPerson", "patient")]
R = {"security": [{"code": "R"}]}


def _about(subject, kind, name):
    def alter(plain):
        patient = {"resourceType": "Patient", "name": [{"text": "Mother"}]}
        plain["entry"].append({"fullUrl": MOTHER, "resource": patient})
        for one in resources(plain, kind):
            one[name] = subject

    return altered(alter)


def _made_of(caf):
    return {
        "Consent": caf.consent.statements,
        "CarePlan": caf.plan.actions,
        "RelatedPerson": (*caf.people.carers, *caf.people.siblings, *caf.people.household),
    }


@pytest.mark.parametrize(("kind", "name"), KINDS)
@pytest.mark.parametrize(
    "subject",
    [
        {"reference": MOTHER},
        {"reference": "urn:uuid:nobody"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990009999"}},
    ],
    ids=["the mother", "nobody", "another number"],
)
def test_what_is_about_somebody_else_is_not_the_childs(kind, name, subject):
    received = _about(subject, kind, name)
    (reading,) = received.readings
    places = [one.where for one in received.findings if one.code == "another-subject"]

    assert len(places) == len(resources(message(), kind)) > 0
    assert _made_of(reading.assessment)[kind] == ()
    fates = [leaf for leaf in reading.ledger.leaves if leaf.place.startswith(tuple(places))]
    assert {leaf.fate for leaf in fates} == {Fate.UNMAPPED}


def test_what_names_the_child_by_its_number_or_nobody_is_the_childs():
    number = resources(message(), "Patient")[0]["identifier"][0]
    subject = {"identifier": {name: number[name] for name in ("system", "value")}}

    def alter(plain):
        resources(plain, "CarePlan")[0]["subject"] = subject
        del resources(plain, "Consent")[0]["patient"]

    received = altered(alter)
    caf = received.readings[0].assessment

    assert "another-subject" not in {one.code for one in received.findings}
    assert caf.plan.actions
    assert caf.consent.statements


def test_a_consent_of_a_person_of_another_family_is_doubtful():
    def alter(plain):
        for one in resources(plain, "RelatedPerson"):
            one["patient"] = {"reference": "urn:uuid:nobody"}

    (statement,) = altered(alter).readings[0].assessment.consent.statements

    assert statement.grantor.person is None
    assert "unknown-grantor" in statement.doubts


def test_of_a_child_whose_record_is_restricted_nothing_tells_where_the_child_is():
    def alter(plain):
        resources(plain, "Patient")[0]["meta"] = R

    plain = altered(lambda _: None, REFERRAL).readings[0].assessment
    received = altered(alter)
    (reading,) = received.readings
    caf = reading.assessment

    assert [(one.code, one.where) for one in received.findings] == [
        ("restricted-record", "Bundle.entry[2].resource.meta.security")
    ]
    assert plain.child.addresses
    assert caf.child.addresses == caf.child.contacts == caf.people.services == ()
    assert [one.name for one in caf.people.carers] == [one.name for one in plain.people.carers]
    assert not any(one.address or one.phone for one in caf.people.carers)
    assert caf.child.names
    at = "Bundle.entry[2].resource.address"
    fates = {leaf.fate for leaf in reading.ledger.leaves if leaf.place.startswith(at)}
    assert fates == {Fate.UNMAPPED}


def test_a_resource_that_is_restricted_by_itself_is_not_read():
    def alter(plain):
        resources(plain, "CarePlan")[0]["meta"] = R

    received = altered(alter)

    assert [one.code for one in received.findings] == ["restricted-record"]
    assert received.readings[0].assessment.plan.actions == ()


@pytest.mark.parametrize(
    ("subject", "held"),
    [
        (None, 1),
        ({"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990009999"}}, 0),
        ({"reference": MOTHER}, 0),
        ({"reference": "Patient/of-nobody"}, 0),
    ],
)
def test_a_document_about_somebody_else_is_not_held_for_the_child(subject, held):
    def alter(plain):
        patient = {"resourceType": "Patient", "name": [{"text": "Mother"}]}
        plain["entry"].append({"fullUrl": MOTHER, "resource": patient})
        attachment = {"contentType": "text/plain", "data": "aGVsbG8="}
        document = {
            "resourceType": "DocumentReference",
            "status": "current",
            "content": [{"attachment": attachment}],
        }
        if subject is not None:
            document["subject"] = subject
        plain["entry"].append({"fullUrl": f"{MOTHER[:-2]}d0", "resource": document})

    received = altered(alter)
    (reading,) = received.readings

    assert len(reading.attachments) == held
    found = [one.code for one in received.findings if one.code == "attachment-of-nobody"]
    assert len(found) == 1 - held
