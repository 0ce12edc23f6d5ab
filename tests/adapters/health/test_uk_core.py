"""The UK Core adapter: what is read of a record, what is refused and where, what is written."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

import msgspec
import pytest
from bars_carried import outline
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from msgspec.structs import replace as replace_fields
from shared_data import shared
from strategies import assessments

from adapters.contract import Envelope, Outcome
from adapters.health.uk_core import JSON, XML, UKCoreAdapter
from adapters.social_care.early_help import EarlyHelpAdapter
from mappings.bars.answers import ASKED
from mappings.caf.assessment import Assessment, Information
from mappings.caf.categories import Category
from mappings.caf.items import About, AboutWhom, Coded, Coding, Statement
from mappings.caf.view import View, items_of
from mappings.fidelity import Fate
from mappings.language.translation import bare

EXAMPLES = files("adapters.health") / "examples"
WHOLE = (EXAMPLES / "uk-core-record.json").read_bytes()
ENVELOPE = Envelope(media_type=JSON, at=datetime(2026, 2, 5, 9, tzinfo=UTC), record="ab" * 32)
ADAPTER = UKCoreAdapter()
MOTHER, CHILD = "urn:uuid:4f1c57e5-0000-4000-8000-000000000002", "Patient/a"


def _read(payload, media_type=JSON):
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return ADAPTER.read(content, replace(ENVELOPE, media_type=media_type))


def _bundle(*resources, kind="collection"):
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": one} for number, one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def _patient(**elements: object):
    return {"resourceType": "Patient", "id": "a"} | elements


def _about(kind, **elements: object):
    return {"resourceType": kind, "subject": {"reference": CHILD}} | elements


def _written(assessment, media_type=JSON):
    envelope = replace(ENVELOPE, media_type=media_type, message_id="m-1")
    return ADAPTER.write(View(content=assessment, purpose="early_help"), envelope)


def _codes(received):
    return {finding.code for finding in received.findings}


@cache
def _whole():
    (reading,) = _read(WHOLE).readings
    return reading


def test_every_type_of_resource_of_a_record_is_read_and_a_letter_is_kept_as_it_came():
    received = _read(WHOLE)
    caf = _whole().assessment

    assert received.outcome is Outcome.ACCEPT
    assert [(one.code, one.where) for one in received.findings] == [
        ("unmapped-resource", "Bundle.entry[16].resource")
    ]
    assert [one.text for one in caf.child.names] == ["Ada Wren Larch", "Addie"]
    assert caf.child.birth[0].born_on == date(2019, 3, 14)
    assert (caf.child.identifiers[0].value, caf.child.identifiers[0].is_verified) == (
        "9990000018",
        True,
    )
    assert caf.child.addresses[0].uprn == "100012345678"
    assert [one.name for one in caf.people.carers] == ["Rose Larch"]
    assert [one.name for one in caf.plan.lead_professional] == ["Ivy Rowan"]
    assert [one.name for one in caf.plan.team] == ["Exampleton Surgery"]
    assert [one.who for one in caf.plan.actions] == ["Ivy Rowan", "Exampleton Surgery"]
    assert [one.text for one in caf.development.physical_development] == ["Body weight: 21.5 kg"]
    assert [one.words for one in caf.voice.views] == ["I like it when the light stays on."]
    assert caf.consent.statements[0].services == ("la_early_help",)


def test_whoever_gave_a_consent_is_the_person_of_the_family_that_the_record_names():
    caf = _whole().assessment
    (mother,) = caf.people.carers

    assert caf.consent.statements[0].grantor.person == mother.id == mother.about[0].person
    assert mother.about[0].whom is AboutWhom.PARENT_OR_CARER


def test_xml_is_read_as_the_same_record_as_json():
    (reading,) = _read((EXAMPLES / "uk-core-record.xml").read_bytes(), XML).readings

    assert bare(reading.assessment) == bare(_whole().assessment)


def test_every_item_has_an_id_of_its_own_and_says_where_in_the_payload_it_came_from():
    items = [item for _, item in items_of(_whole().assessment)]

    assert len({item.id for item in items}) == len(items) > 25
    assert all(item.source.place.startswith("Bundle.entry[") for item in items)


def test_every_leaf_is_accounted_for_once_and_what_is_shared_is_not_unmapped():
    ledger = _whole().ledger
    places = [leaf.place for leaf in ledger.leaves]

    assert len(set(places)) == len(places)
    assert ledger.count()[Fate.KEPT] > 80
    unmapped = {leaf.place for leaf in ledger.leaves if leaf.fate is Fate.UNMAPPED}
    assert "Bundle.entry[16].resource.content[0].attachment.data" in unmapped
    assert "Bundle.entry[0].resource.name[0].family" not in unmapped


def test_a_diagnosis_that_nobody_sorted_may_be_of_any_kind_and_is_labelled_with_each():
    (said,) = _whole().assessment.development.general_health

    assert {one.value for one in said.labels} == {"mental_health", "sexual_health", "substance_use"}


SENSITIVE = {"mental_health", "sexual_health", "substance_use"}
CODED = {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}


@pytest.mark.parametrize("kind", ["ServiceRequest", "Encounter"])
def test_a_coded_reason_that_nobody_sorted_is_labelled_with_each_kind(kind):
    asked = {"status": "active", "intent": "order"}
    met = {"status": "finished", "class": {"code": "HH"}}
    reason = _about(kind, **(asked if kind == "ServiceRequest" else met), reasonCode=[CODED])
    (said,) = _read(_bundle((1, _patient()), (2, reason))).readings[0].assessment.information.led_to

    assert {one.value for one in said.labels} == SENSITIVE


@pytest.mark.parametrize("code", [CODED, {"text": "see the file"}], ids=["coded", "text"])
def test_a_flag_that_nobody_sorted_is_of_social_care_and_of_each_sensitive_kind(code):
    flag = _about("Flag", status="active", code=code)
    (said,) = _read(_bundle((1, _patient()), (2, flag))).readings[0].assessment.information.concern

    assert {one.value for one in said.labels} == SENSITIVE | {"social_care"}


def test_what_we_wrote_ourselves_comes_back_with_the_labels_that_it_had():
    said = Statement(text="a", codes=(Coding("urn:x", "1"),), about=(About(AboutWhom.CHILD),))
    labelled = replace_fields(said, labels=(Category.SEN,))
    concern = Coded(text="b", labels=(Category.SOCIAL_CARE,))
    held = Information(led_to=(said, labelled), concern=(concern,))
    written = _written(Assessment(information=held)).content
    (reading,) = _read(written).readings
    back = reading.assessment.information

    assert [one.labels for one in back.led_to] == [(), (Category.SEN,)]
    assert [one.labels for one in back.concern] == [(Category.SOCIAL_CARE,)]
    assert b"reasonCode" in written
    assert b'"Flag"' in written


def test_each_patient_of_a_bundle_is_a_child_of_its_own_with_nothing_of_the_others():
    payload = _bundle(
        (1, _patient(birthDate="2019-01-01")),
        (2, _patient(id="b", birthDate="2020-01-01")),
        (3, _about("Goal", lifecycleStatus="active", description={"text": "for a"})),
        (4, {"resourceType": "Flag", "status": "active", "code": {"text": "for nobody"}}
            | {"subject": {"reference": "Patient/elsewhere"}}),
    )  # fmt: skip
    first, second = _read(payload).readings

    assert [one.text for one in first.assessment.plan.goals] == ["for a"]
    assert second.assessment.plan.goals == ()
    assert first.assessment.information.concern == second.assessment.information.concern == ()


def _nhs(value):
    return {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}


def _alerts(received):
    return [(one.code, one.where) for one in received.findings if "code" not in one.code]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/brother-b"},
        {"reference": "https://other.example/Patient/a"},
        {"reference": "urn:uuid:nobody"},
        {"identifier": _nhs("9990000026")},
        {"reference": "Patient/a", "identifier": _nhs("9990000026")},
        {"display": "a brother"},
    ],
    ids=["another id", "another server", "dangling", "another number", "both", "a name"],
)
def test_what_is_about_somebody_else_is_never_taken_for_the_child(subject):
    goal = _about("Goal", lifecycleStatus="active", description={"text": "x"})
    child = _patient(identifier=[_nhs("9990000018")])
    received = _read(_bundle((1, child), (2, goal | {"subject": subject})))
    (reading,) = received.readings

    assert reading.assessment.plan.goals == ()
    assert ("another-subject", "Bundle.entry[1].resource") in _alerts(received)
    fates = {leaf.fate for leaf in reading.ledger.leaves if "[1].resource.desc" in leaf.place}
    assert fates == {Fate.UNMAPPED}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "urn:uuid:1"},
        {"reference": "Patient/a/_history/2"},
        {"identifier": _nhs("999 000 0018")},
        {"reference": "Patient/a", "identifier": _nhs("9990000018")},
    ],
)
def test_whatever_means_the_childs_patient_is_about_the_child(subject):
    goal = _about("Goal", lifecycleStatus="active", description={"text": "x"})
    child = _patient(identifier=[_nhs("9990000018")])
    received = _read(_bundle((1, child), (2, goal | {"subject": subject})))

    assert [one.text for one in received.readings[0].assessment.plan.goals] == ["x"]
    assert "another-subject" not in _codes(received)


def test_an_absolute_reference_is_of_its_own_server_alone():
    at = "https://one.example/fhir"
    goal = {"lifecycleStatus": "active", "description": {"text": "x"}, "id": "g"}
    entries = [
        {"fullUrl": f"{at}/Patient/a", "resource": _patient()},
        {"fullUrl": f"{at}/Goal/g", "resource": _about("Goal", **goal)},
        {"fullUrl": "https://two.example/Goal/g", "resource": _about("Goal", **goal)},
    ]
    received = _read({"resourceType": "Bundle", "type": "collection", "entry": entries})

    assert len(received.readings[0].assessment.plan.goals) == 1
    assert _alerts(received) == [("another-subject", "Bundle.entry[2].resource")]


def test_a_relative_of_another_patient_is_no_family_of_the_child():
    related = {"resourceType": "RelatedPerson", "patient": {"reference": "Patient/zzz"}}
    received = _read(_bundle((1, _patient()), (2, related | {"name": [{"text": "X"}]})))

    assert received.readings[0].assessment.people.household == ()
    assert "another-subject" in _codes(received)


def test_without_a_patient_two_subjects_are_two_children():
    goals = [
        _about("Goal", lifecycleStatus="active", description={"text": one})
        | {"subject": {"reference": f"Patient/{one}"}}
        for one in "ab"
    ]
    received = _read(_bundle(*enumerate(goals)))

    assert [[one.text for one in each.assessment.plan.goals] for each in received.readings] == [
        ["a"],
        ["b"],
    ]


def test_of_a_child_whose_record_is_restricted_nothing_tells_where_the_child_is():
    address = [{"line": ["1 Canary Lane"], "postalCode": "LS1 1AA"}]
    telecom = [{"system": "phone", "value": "0113 canary"}]
    whereabouts = {"address": address, "telecom": telecom}
    contact = [{"name": {"text": "Aunt"}, "address": address[0], "telecom": telecom}]
    practice = [{"display": "Canary Surgery"}]
    child = _patient(contact=contact, generalPractitioner=practice, birthDate="2019-01-01")
    related = {"resourceType": "RelatedPerson", "patient": {"reference": CHILD}}
    related |= {"name": [{"text": "Mother"}]} | whereabouts
    marked = child | whereabouts | {"meta": {"security": [{"code": "R"}]}}
    received = _read(_bundle((1, marked), (2, related)))
    caf = received.readings[0].assessment

    assert ("restricted-record", "Bundle.entry[0].resource.meta.security") in _alerts(received)
    assert [one.name for one in caf.people.household] == ["Mother", "Aunt"]
    assert caf.child.birth
    assert "anary" not in str(caf)
    fates = {leaf.place: leaf.fate for leaf in received.readings[0].ledger.leaves}
    assert fates["Bundle.entry[0].resource.address[0].postalCode"] is Fate.UNMAPPED
    assert fates["Bundle.entry[0].resource.generalPractitioner[0].display"] is Fate.UNMAPPED
    assert fates["Bundle.entry[1].resource.address[0].line[0]"] is Fate.UNMAPPED


def test_a_resource_that_is_restricted_by_itself_is_not_read():
    goal = _about("Goal", lifecycleStatus="active", description={"text": "x"})
    marked = goal | {"meta": {"security": [{"display": "very restricted"}]}}
    received = _read(_bundle((1, _patient()), (2, marked)))

    assert received.readings[0].assessment.plan.goals == ()
    assert _alerts(received) == [("restricted-record", "Bundle.entry[1].resource.meta.security")]


def test_a_record_without_its_patient_is_read_and_a_finding_says_whose_it_is_not_known():
    received = _read(_about("Goal", lifecycleStatus="active", description={"text": "sleep"}))

    assert _codes(received) == {"no-child"}
    assert [one.text for one in received.readings[0].assessment.plan.goals] == ["sleep"]


@pytest.mark.parametrize(
    "withdrawn",
    [
        _about("Observation", status="entered-in-error", code={"text": "x"}),
        _about("Condition", code={"text": "x"})
        | {"verificationStatus": {"coding": [{"code": "refuted"}]}},
        _about("Flag", status="inactive", code={"text": "x"}),
        _about("Flag", status="entered-in-error", code={"text": "x"}),
        _about("ServiceRequest", status="revoked", intent="order", reasonCode=[{"text": "x"}]),
        _about("ServiceRequest", status="active", intent="order", reasonCode=[{"text": "x"}])
        | {"doNotPerform": True},
    ],
    ids=["entered in error", "refuted", "over", "a flag in error", "revoked", "not to be done"],
)
def test_what_its_sender_says_does_not_hold_is_not_read(withdrawn):
    received = _read(_bundle((1, _patient()), (2, withdrawn)))

    assert "withdrawn-resource" in _codes(received)
    assert received.readings[0].assessment.development.general_health == ()
    assert received.readings[0].assessment.information == Information()


def test_a_label_that_is_not_known_here_may_mean_any_category():
    url = "https://caf-gateway.example/fhir/StructureDefinition/caf-label-set"
    labels = [{"url": "label", "valueCode": "new-in-2031"}]
    name = {"text": "A", "extension": [{"url": url, "extension": labels}]}
    (reading,) = _read(_patient(name=[name])).readings

    assert len(reading.assessment.child.names[0].labels) == 25


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch-response"])
def test_the_type_of_a_bundle_changes_nothing_of_what_is_read(kind):
    assert len(_read(_bundle((1, _patient()), kind=kind)).readings) == 1


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(_bundle((1, _patient()), kind="message"), "no-message-header",
                     "Bundle.entry[0]", id="a message without its header"),
        pytest.param(_bundle((1, _patient()), kind="document"), "no-composition",
                     "Bundle.entry[0]", id="a document without its composition"),
        pytest.param(_patient(gender="nonsense"), "unknown-code", "Patient.gender", id="a code"),
    ],
)  # fmt: skip
def test_what_breaks_fhir_is_refused_with_its_place(payload, code, where):
    received = _read(payload)

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.where) for one in received.findings] == [(code, where)]


def test_a_null_in_a_list_of_names_is_a_finding_and_no_name():
    received = _read(_patient(name=[{"given": [None, "B"]}]))

    assert [(one.code, one.where) for one in received.findings] == [
        ("empty-element", "Patient.name[0].given[0]")
    ]
    assert received.readings[0].assessment.child.names[0].given == ("B",)


def test_a_comment_before_a_primitive_does_not_matter_in_xml():
    xml = b'<Patient xmlns="http://hl7.org/fhir"><!-- c --><id value="a"/><!-- d -->'
    received = _read(xml + b'<gender value="male"/></Patient>', XML)

    assert received.outcome is Outcome.ACCEPT


def test_a_moment_of_seven_digits_is_read_and_its_text_is_not_touched():
    said = _whole().assessment.development.physical_development[0]

    assert said.recorded_at == datetime(2026, 2, 3, 10, 15, 0, 818533, tzinfo=UTC)
    assert b"00.8185338+00:00" in WHOLE


def test_a_narrative_with_a_script_is_a_finding_and_is_never_read():
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><script>canary()</script></div>'
    received = _read(_patient(text={"status": "generated", "div": div}))

    assert "active-narrative" in _codes(received)
    assert "canary" not in str(received.readings[0].assessment)


def test_an_nhs_number_with_a_wrong_check_digit_is_kept_and_matches_nobody():
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}
    received = _read(_patient(identifier=[number]))
    (identifier,) = received.readings[0].assessment.child.identifiers

    assert (identifier.is_valid, identifier.is_verified) == (False, False)
    assert [(one.code, one.where) for one in received.findings] == [
        ("invalid-nhs-number", "Patient.identifier[0]")
    ]


def test_a_reference_within_the_payload_that_leads_nowhere_is_a_finding():
    lost = _about("Goal", lifecycleStatus="active", description={"text": "x"})
    lost["expressedBy"] = {"reference": "urn:uuid:none"}
    received = _read(_bundle((1, _patient()), (2, lost)))

    assert [(one.code, one.where) for one in received.findings] == [
        ("dangling-reference", "Bundle.entry[1].resource.expressedBy.reference")
    ]


@settings(max_examples=40, deadline=None)
@given(assessments())
def test_whatever_a_caf_holds_is_written_in_both_forms_and_what_was_carried_stays(caf):
    as_json, as_xml = _written(caf), _written(caf, XML)
    (once,) = _read(as_json.content).readings
    (again,) = _read(_written(once.assessment).content).readings

    (from_xml,) = _read(as_xml.content, XML).readings
    assert outline(from_xml.assessment) == outline(once.assessment)
    assert outline(again.assessment) == outline(once.assessment)
    get_fhir_model_class("Bundle").model_validate(json.loads(as_json.content))


def test_all_that_an_answer_may_say_comes_back_whole_whatever_a_resource_has_a_place_for():
    every_part = files("adapters.social_care") / "examples" / "every_part.json"
    early_help = EarlyHelpAdapter()
    envelope = replace(ENVELOPE, media_type=early_help.media_types[0])
    caf = early_help.read(every_part.read_bytes(), envelope).readings[0].assessment
    (reading,) = _read(_written(caf).content).readings

    assert _asked(reading.assessment) == _asked(caf)
    assert len(_asked(caf)) > 40
    assert [_consented(one) for one in reading.assessment.consent.statements] == [
        _consented(one) for one in caf.consent.statements
    ]


def _consented(said):
    return said.sharing, said.services, said.except_services, said.may_store, said.given_on


def _asked(caf):
    """Return what answers may say, without ids and who holds it, in no order of elements."""
    paths = {element.path for element in ASKED.values()}
    found = [(path.path, _told(item)) for path, item in items_of(bare(caf)) if path.path in paths]
    return sorted(found)


def _told(item):
    plain = msgspec.to_builtins(replace_fields(item, holder=None, recorded_at=None))
    said = json.dumps({name: plain[name] for name in plain if name not in {"on", "evidence"}})
    return re.sub(r'"person": "[^"]*"', '"person"', said)


def test_the_same_view_is_written_to_the_same_bytes():
    assert _written(_whole().assessment) == _written(_whole().assessment)


@pytest.mark.parametrize(
    "folder", ["fhir-ukcore/examples", "fhir-r4-core", "fhir-test-cases", "fhir-synthea"]
)
def test_published_examples_are_read_or_refused_with_a_place_and_never_fail(folder):
    refused = []
    for path in sorted(shared(f"data/{folder}").rglob("*.*")):
        if path.suffix in {".json", ".xml"}:
            media_type = JSON if path.suffix == ".json" else XML
            received = _read(path.read_bytes(), media_type)
            for reading in received.readings:
                assert reading.ledger.leaves
            if received.outcome is Outcome.REJECT:
                assert received.findings[0].where
                refused.append(path.name)

    assert refused == REFUSED.get(folder, [])


REFUSED = {
    "fhir-r4-core": [
        "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json",  # a message
        "Questionnaire-qs1.json",  # an item without its linkId
    ]
}


def _letter(subject, data="aGk=", **elements):
    attachment = {"contentType": "text/plain", "data": data}
    letter = {"resourceType": "DocumentReference", "status": "current"}
    about = {"subject": {"reference": subject}} if subject else {}
    return {**letter, **about, "content": [{"attachment": attachment}]} | elements


def _two_children(letter):
    return _read(_bundle((1, _patient()), (2, _patient(id="b")), (3, letter)))


@pytest.mark.parametrize(
    ("subject", "held"),
    [
        pytest.param("Patient/b", [0, 1], id="of one child"),
        pytest.param("urn:uuid:1", [1, 0], id="of the other"),
        pytest.param(None, [1, 1], id="of none that is told"),
        pytest.param("Patient/elsewhere", [0, 0], id="of somebody else"),
    ],
)
def test_a_document_is_held_for_the_child_whom_its_resource_names(subject, held):
    received = _two_children(_letter(subject))

    assert [len(one.attachments) for one in received.readings] == held
    assert ("attachment-of-nobody" in _codes(received)) is (held == [0, 0])


def test_a_document_comes_out_byte_for_byte_and_a_binary_follows_what_points_at_it():
    binary = {"resourceType": "Binary", "contentType": "application/pdf", "data": "AP8="}
    pointing = _letter("Patient/b")
    pointing["content"] = [{"attachment": {"contentType": "application/pdf", "url": "urn:uuid:4"}}]
    received = _read(_bundle((1, _patient()), (2, _patient(id="b")), (3, pointing), (4, binary)))

    none, (found,) = (one.attachments for one in received.readings)
    assert none == ()
    assert (found.content, found.media_type) == (b"\x00\xff", "application/pdf")
    assert found.where == "Bundle.entry[3].resource"


def test_a_broken_or_withdrawn_document_costs_no_more_than_itself():
    broken = _two_children(_letter("Patient/a", "canary!"))
    withdrawn = _two_children(_letter("Patient/a", status="entered-in-error"))

    assert broken.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert "attachment-unreadable" in _codes(broken)
    assert "withdrawn-resource" in _codes(withdrawn)
    for received in (broken, withdrawn):
        assert [one.attachments for one in received.readings] == [(), ()]
