"""A modifier that is not known here: what stands with it is not believed, in BaRS and UK Core."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bars_messages import EXAMPLES, altered, message, resources

from adapters.contract import Envelope, Outcome
from adapters.health.uk_core import JSON, UKCoreAdapter
from mappings.caf.view import items_of
from mappings.fidelity import Fate

MODIFIER = {"url": "https://elsewhere.example/not-so", "valueBoolean": True}
ENVELOPE = Envelope(media_type=JSON, at=datetime(2026, 2, 5, tzinfo=UTC), record="ab" * 32)


def modify(element):
    element["modifierExtension"] = [MODIFIER]


def places(reading):
    return {item.source.place for _, item in items_of(reading.assessment)}


def found(received):
    return [one.where for one in received.findings if one.code == "unknown-modifier"]


def uk_core(alter=lambda _: None):
    plain = json.loads((EXAMPLES / "uk-core-record.json").read_bytes())
    alter(plain)
    return UKCoreAdapter().read(json.dumps(plain).encode(), replace(ENVELOPE))


def test_an_answer_with_one_is_not_believed_and_the_others_are():
    def alter(plain):
        items = resources(plain, "QuestionnaireResponse")[0]["item"]
        modify(next(one for one in items if one.get("answer"))["answer"][0])

    (whole,), received = altered(lambda _: None).readings, altered(alter)
    (reading,) = received.readings
    (where,) = found(received)

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert places(whole) - places(reading) == {where}
    assert all(leaf.fate is Fate.UNMAPPED for leaf in reading.ledger.leaves if where in leaf.place)
    assert "elsewhere" not in "".join(one.message + one.where for one in received.findings)


@pytest.mark.parametrize("kind", ["RelatedPerson", "CarePlan", "QuestionnaireResponse"])
def test_nothing_is_made_of_a_resource_with_one(kind):
    received = altered(lambda plain: modify(resources(plain, kind)[0]))
    (where,) = found(received)
    (reading,) = received.readings

    assert not [place for place in places(reading) if place.startswith(where)]


@pytest.mark.parametrize("kind", ["MessageHeader", "ServiceRequest"])
def test_what_is_asked_with_one_is_not_gone_on_with(kind):
    received = altered(lambda plain: modify(resources(plain, kind)[0]))

    assert received.outcome is Outcome.REJECT
    assert [one.code for one in received.findings] == ["unknown-modifier"]


def test_a_child_with_one_is_nobody_and_a_sibling_is_told_nothing_of_it():
    whole = altered(lambda _: None, "siblings-in-one-message")
    received = altered(
        lambda plain: modify(resources(plain, "Patient")[0]), "siblings-in-one-message"
    )

    (left,) = received.readings
    assert len(whole.readings) == 2
    assert places(left) == places(whole.readings[1])


def test_a_practitioner_with_one_is_nobody_s_name():
    received = altered(lambda plain: modify(resources(plain, "Practitioner")[0]))
    name = resources(message(), "Practitioner")[0]["name"][0]

    assert found(received)
    assert str(name.get("text", name.get("family"))) != received.message.practitioner


@pytest.mark.parametrize("kind", ["Consent", "RelatedPerson"])
def test_a_consent_stays_and_is_doubtful_as_is_one_of_a_person_with_one(kind):
    def alter(plain):
        for one in resources(plain, kind):
            modify(one)

    (whole,), (reading,) = altered(lambda _: None).readings, altered(alter).readings
    statements = reading.assessment.consent.statements

    assert len(statements) == len(whole.assessment.consent.statements)
    assert any("unknown-modifier" in one.doubts for one in statements)


@pytest.mark.parametrize("kind", ["RelatedPerson", "Goal", "Flag", "Condition"])
def test_nothing_is_made_of_a_resource_of_a_record_with_one(kind):
    received = uk_core(lambda plain: modify(resources(plain, kind)[0]))
    (where,) = found(received)
    (whole,), (reading,) = uk_core().readings, received.readings

    assert {one for one in places(whole) if one.startswith(where)}
    assert not {one for one in places(reading) if one.startswith(where)}
    assert {leaf.fate for leaf in reading.ledger.leaves if leaf.place.startswith(f"{where}.")} == {
        Fate.UNMAPPED
    }


def test_a_record_of_a_child_with_one_is_of_nobody():
    received = uk_core(lambda plain: modify(resources(plain, "Patient")[0]))

    assert received.readings == ()
    assert found(received)
