"""A BaRS message to a CAF: what each part of it becomes, and what is never made of it."""

from datetime import date

from bars_messages import NAMES, REFERRAL, altered, payload_of, read, resources

from mappings.caf.categories import Category
from mappings.caf.elements import element
from mappings.caf.items import AboutWhom, Kind, Nature
from mappings.caf.view import categories_of, items_of
from mappings.caf.vocabulary import (
    ConsentAnswer,
    FamilyRefusal,
    NameUse,
    ParentalResponsibility,
    StorageAnswer,
)


def assessment(name=REFERRAL, number=0):
    return read(payload_of(name)).readings[number].assessment


def test_every_item_says_where_it_came_from():
    for name in NAMES:
        for reading in read(payload_of(name)).readings:
            for _, item in items_of(reading.assessment):
                assert item.id
                assert item.holder == read(payload_of(name)).message.sender.value
                assert item.source.place.startswith("Bundle.entry[")


def test_no_two_items_have_the_same_id():
    for name in NAMES:
        for reading in read(payload_of(name)).readings:
            ids = [item.id for path, item in items_of(reading.assessment)]
            assert len(ids) == len(set(ids))


def test_the_child_is_who_the_patient_is():
    child = assessment().child

    assert [name.text for name in child.names] == ["Posy Tamblyn"]
    assert child.birth[0].born_on == date(2022, 6, 14)
    assert child.identifiers[0].is_verified
    assert child.addresses[0].postcode == "ZZ99 4TA"


def test_an_unborn_child_has_an_expected_date_and_no_birth_date():
    child = assessment("unborn-child-to-social-care").child

    assert child.birth[0].born_on is None
    assert child.birth[0].expected_on == date(2027, 2, 20)
    assert child.names[0].use is NameUse.UNBORN


def test_siblings_in_one_message_have_a_caf_each_and_nothing_of_each_others():
    received = read(payload_of("siblings-in-one-message"))
    older, younger = (reading.assessment for reading in received.readings)

    assert [older.child.names[0].text, younger.child.names[0].text] == [
        "Bram Oakhanger",
        "Tansy Oakhanger",
    ]
    assert [person.name for person in older.people.siblings] == ["Tansy Oakhanger"]
    assert older.voice.views[0].words != younger.voice.views[0].words
    assert not younger.development.progress
    assert len(older.consent.statements) == len(younger.consent.statements) == 1


def test_the_childs_own_words_and_why_they_are_absent():
    assert assessment().voice.views[0].words.startswith("I like the water table")
    assert assessment("unborn-child-to-social-care").voice.views[0].why_absent == "Not yet born"


def test_a_statement_carries_all_that_its_author_gave_it():
    need, strength = assessment().development.speech_language_communication

    assert (need.kind, need.nature, need.level_of_need) == (Kind.NEED, Nature.FACT, 2)
    assert need.codes[0].code == "229721007"
    assert need.recorded_at.isoformat() == "2026-11-16T09:30:00+00:00"
    assert strength.kind is Kind.STRENGTH


def test_no_concern_and_not_assessed_are_different():
    development = assessment().development

    assert development.behavioural[0].kind is Kind.NO_CONCERN
    assert development.progress[0].kind is Kind.NOT_ASSESSED


def test_a_statement_about_the_father_is_about_a_third_party():
    whole = assessment()
    mother, father = whole.people.carers
    (said,) = whole.environment.family_history

    assert said.about[0].person == father.id
    assert (
        said.summary
        == "There are worries about what happens at contact visits; support for contact is wanted."
    )
    consenting = frozenset({whole.consent.statements[0].grantor.person})
    assert consenting == {mother.id}
    assert Category.THIRD_PARTY in categories_of(
        said, element("environment.family_history"), consenting
    )
    (by_mother,) = whole.carers.warmth
    assert Category.THIRD_PARTY not in categories_of(
        by_mother, element("carers.warmth"), consenting
    )


def test_the_sources_labels_are_policy_categories():
    (said,) = assessment().development.emotional_social

    assert said.labels == (Category.MENTAL_HEALTH,)


def test_a_dissent_travels_with_its_conclusion():
    analysis = assessment().analysis

    assert analysis.dissents[0].on == analysis.conclusions[0].id
    assert analysis.dissents[0].by.whom is AboutWhom.PARENT_OR_CARER


def test_consent_names_services_and_who_gave_it():
    (consent,) = assessment().consent.statements

    assert consent.sharing is ConsentAnswer.GIVEN
    assert consent.may_store is StorageAnswer.YES
    assert consent.services == ("2000099902", "2000099903", "2000099904", "2000099905")
    assert (consent.given_on, consent.expires_on) == (date(2026, 11, 16), date(2027, 11, 16))


def test_a_young_person_gives_consent_and_excepts_the_school():
    (consent,) = assessment("camhs-with-refusal").consent.statements

    assert consent.grantor.whom is AboutWhom.CHILD
    assert consent.except_services == ("2000099903",)
    assert consent.refusals[0].of is FamilyRefusal.INFORMATION_SHARING


def test_a_rejected_consent_is_a_refusal():
    (consent,) = assessment("unborn-child-to-social-care").consent.statements

    assert consent.sharing is ConsentAnswer.REFUSED


def test_what_was_entered_in_error_says_nothing():
    def take_back(plain):
        resources(plain, "Consent")[0]["status"] = "entered-in-error"
        resources(plain, "QuestionnaireResponse")[0]["status"] = "entered-in-error"

    taken_back = altered(take_back).readings[0].assessment

    assert taken_back.consent.statements == ()
    assert taken_back.voice.views == ()


def test_implied_consent_is_no_consent():
    def imply(plain):
        consent = resources(plain, "Consent")[0]
        del consent["performer"]
        consent["policyRule"]["coding"][0]["code"] = "IMPLIED"

    assert altered(imply).readings[0].assessment.consent.statements == ()


def test_a_consent_that_permits_nothing_is_not_given():
    def empty(plain):
        del resources(plain, "Consent")[0]["provision"]

    (consent,) = altered(empty).readings[0].assessment.consent.statements

    assert consent.sharing is ConsentAnswer.NOT_ASKED


def test_parental_responsibility_is_never_inferred():
    def forget(plain):
        resources(plain, "RelatedPerson")[0]["extension"] = []

    def drop(plain):
        del resources(plain, "RelatedPerson")[0]["extension"]

    mother = altered(drop).readings[0].assessment.people.carers[0]

    assert mother.parental_responsibility is ParentalResponsibility.UNKNOWN


def test_an_answer_that_fits_no_element_stays_out_with_a_finding():
    def stray(plain):
        item = resources(plain, "QuestionnaireResponse")[0]["item"][0]
        item["linkId"] = "family.wealth"

    received = altered(stray)

    assert [one.code for one in received.findings] == ["unknown-element"]
    assert received.readings[0].assessment.voice.views == ()


def test_an_answer_with_a_code_that_is_not_ours_stays_out_with_its_place():
    def spoil(plain):
        answer = resources(plain, "QuestionnaireResponse")[0]["item"][3]["item"][1]["answer"][0]
        answer["extension"][0]["valueCode"] = "Zebedee"

    received = altered(spoil)

    (finding,) = received.findings
    assert finding.code == "unmappable-answer"
    assert finding.where.startswith("Bundle.entry[20].resource.item[3].item[1].answer[0]")
    assert "Zebedee" not in str(finding)


def test_a_verified_number_cannot_come_from_an_answer():
    def pretend(plain):
        item = resources(plain, "QuestionnaireResponse")[0]["item"][0]
        item["linkId"] = "child-identifiers"

    received = altered(pretend)

    assert len(received.readings[0].assessment.child.identifiers) == 2
    assert [one.code for one in received.findings] == ["unknown-element"]


def test_the_lead_of_a_plan_owes_its_actions():
    actions = assessment().plan.actions

    assert (actions[0].who, actions[0].by_when) == ("Alma Whitlow", date(2026, 12, 11))
    assert actions[1].owed_by == "2000099902"


def test_a_patients_id_is_no_id_of_the_child():
    def name(plain):
        patient = resources(plain, "Patient")[0]
        patient["id"] = "patient-1"
        del patient["identifier"]

    assert altered(name).readings[0].sender_child_id is None
    assert read(payload_of(REFERRAL)).readings[0].sender_child_id.startswith("https://records.")


def test_a_coded_reason_that_nobody_sorted_is_of_each_sensitive_kind():
    coding = {"system": "http://snomed.info/sct", "code": "86406008"}

    def alter(plain):
        resources(plain, "ServiceRequest")[0]["reasonCode"] = [
            {"coding": [coding]},
            {"text": "asks for help at home"},
        ]

    coded, said = altered(alter).readings[0].assessment.information.led_to[:2]

    assert set(coded.labels) == {
        Category.MENTAL_HEALTH,
        Category.SEXUAL_HEALTH,
        Category.SUBSTANCE_USE,
    }
    assert said.labels == ()
