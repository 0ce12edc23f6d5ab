"""Consent statements as FHIR R4 Consents and back; what is not known makes them doubtful."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from fhir.resources.R4B.consent import Consent as Reference
from hypothesis import given
from hypothesis import strategies as st

from mappings.caf.categories import Category
from mappings.caf.consents import ConsentDocument
from mappings.caf.items import About, AboutWhom, ConsentStatement, Exclusion
from mappings.caf.vocabulary import ConsentAnswer, ConsentManner, ParentalResponsibility
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.codec import DECODER, ENCODER
from mappings.fhir_r4.consent import from_fhir, to_fhir

TYPES = frozenset({"school", "police", "gp"})
_NAMES = st.sampled_from(
    ["school", "police", "s-17", "https://fhir.nhs.uk/Id/dos-service-id|20001"]
)
_SOME = st.lists(_NAMES, unique=True, max_size=3).map(tuple)
_CATEGORIES = st.lists(st.sampled_from(Category), unique=True, max_size=4).map(tuple)
_DAYS = st.dates(date(2020, 1, 2), date(2030, 12, 30))


@st.composite
def documents(draw):
    """Return the document of somebody who gave, refused or withdrew."""
    is_of_child = draw(st.booleans())
    answer = draw(st.sampled_from(list(ConsentAnswer)[:3]))
    given_on = draw(_DAYS if answer is ConsentAnswer.GIVEN else st.none() | _DAYS)
    terms = {}
    if answer is ConsentAnswer.GIVEN:
        exclusion = st.builds(
            Exclusion,
            st.lists(_NAMES, min_size=1, max_size=2, unique=True).map(tuple),
            st.lists(st.sampled_from(Category), min_size=1, max_size=2, unique=True).map(tuple),
        )
        terms = {
            "services": draw(_SOME),
            "except_services": draw(_SOME),
            "scope": draw(st.none() | _CATEGORIES.filter(bool)),
            "refused_categories": draw(_CATEGORIES),
            "exclusions": draw(st.lists(exclusion, max_size=2).map(tuple)),
            "purposes": draw(st.sampled_from([(), ("early_help",), ("education", "transfer")])),
            "begins_on": draw(st.none() | _DAYS),
            "expires_on": draw(st.none() | _DAYS),
        }
    return ConsentDocument(
        child="c-17",
        is_of_child=is_of_child,
        grantor_name="" if is_of_child else "example parent",
        has_responsibility=ParentalResponsibility.UNKNOWN
        if is_of_child
        else draw(st.sampled_from(ParentalResponsibility)),
        statement=ConsentStatement(
            grantor=About(AboutWhom.CHILD if is_of_child else AboutWhom.PARENT_OR_CARER),
            sharing=answer,
            how=draw(st.none() | st.sampled_from(ConsentManner)),
            understood=draw(st.none() | st.booleans()),
            given_on=given_on,
            **terms,
        ),
    )


@given(documents())
def test_what_is_written_is_read_back(document):
    written = ENCODER.encode(to_fhir(document, TYPES))
    read = DECODER.decode(written)
    assert from_fhir(read) == document


@given(documents())
def test_what_is_written_is_fhir(document):
    document = msgspec.structs.replace(
        document,
        id="grantor-1",
        version=3,
        recorded_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        organisation="la:999",
        policy="0" * 64,
        entry=17,
    )
    Reference.model_validate_json(ENCODER.encode(to_fhir(document, TYPES)))


def test_it_has_the_shape_of_ihe_pcf():
    document = ConsentDocument(
        child="c-17",
        is_of_child=False,
        grantor_name="example parent",
        organisation="la:999",
        entry=17,
        statement=ConsentStatement(
            grantor=About(AboutWhom.PARENT_OR_CARER),
            sharing=ConsentAnswer.GIVEN,
            services=("school",),
            exclusions=(Exclusion(("school",), (Category.MENTAL_HEALTH,)),),
            how=ConsentManner.SIGNED,
        ),
    )
    consent = to_fhir(document, TYPES)

    assert len(consent.performer) == len(consent.organization) == len(consent.policy) == 1
    assert consent.sourceReference.identifier.value == "17"
    assert consent.verification[0].verified is True
    (exception,) = consent.provision.provision
    assert exception.type == "deny"
    assert exception.provision is None
    assert exception.actor[0].role.coding[0].code == "IRCP"
    assert exception.securityLabel[0].code == "mental_health"


def test_of_nothing_answered_there_is_no_consent():
    statement = ConsentStatement(grantor=About(AboutWhom.CHILD))
    with pytest.raises(ValueError, match="nothing was answered"):
        to_fhir(ConsentDocument(child="c", is_of_child=True, statement=statement), TYPES)


def a_consent(change=lambda _: None) -> ConsentDocument | None:
    """Return what is read of a Consent in which *change* altered the plain JSON."""
    document = ConsentDocument(
        child="c-17",
        is_of_child=True,
        statement=ConsentStatement(
            grantor=About(AboutWhom.CHILD),
            sharing=ConsentAnswer.GIVEN,
            given_on=date(2026, 11, 2),
            services=("school",),
            refused_categories=(Category.MENTAL_HEALTH,),
        ),
    )
    plain = msgspec.json.decode(ENCODER.encode(to_fhir(document, TYPES)))
    change(plain)
    read = DECODER.decode(msgspec.json.encode(plain))
    assert isinstance(read, fhir.Consent)
    return from_fhir(read)


def exception(plain):
    return plain["provision"]["provision"][0]


_MODIFIER = [{"url": "urn:x", "valueBoolean": True}]
_LABEL = [{"system": "urn:y", "code": "SECRET"}]
_CODE = [{"coding": [{"code": "x"}]}]
_RESEARCH = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}


_DOUBTFUL = [
    (lambda plain: plain.update(modifierExtension=_MODIFIER), "unknown-modifier"),
    (lambda plain: plain.update(implicitRules="urn:rules"), "unknown-modifier"),
    (
        lambda plain: plain["provision"].update(modifierExtension=_MODIFIER),
        "unknown-modifier",
    ),
    (lambda plain: exception(plain).update(modifierExtension=_MODIFIER), "unknown-modifier"),
    (
        lambda plain: exception(plain).update(provision=[{"type": "permit"}]),
        "nested-exception",
    ),
    (lambda plain: exception(plain).update(type="permit"), "exception-that-permits"),
    (lambda plain: exception(plain).update(securityLabel=_LABEL), "unmatched-code"),
    (lambda plain: plain["provision"].update(securityLabel=_LABEL), "unmatched-code"),
    (lambda plain: plain["provision"].update(purpose=_LABEL), "unmatched-code"),
    (lambda plain: plain["provision"].update(action=_CODE), "unread-limit"),
    (lambda plain: plain["provision"].update({"class": _LABEL}), "unread-limit"),
    (lambda plain: exception(plain).update(code=_CODE), "unread-limit"),
    (lambda plain: exception(plain).update(period={"end": "2027-01-01"}), "unread-limit"),
    (lambda plain: exception(plain).pop("securityLabel"), "exception-of-nothing-known"),
    (lambda plain: plain["provision"].update(type="deny"), "exceptions-to-a-refusal"),
    (lambda plain: plain["provision"].update(period={"end": "2027"}), "imprecise-date"),
    (lambda plain: plain["provision"]["actor"][0].pop("reference"), "unmatched-actor"),
    (
        lambda plain: plain["provision"]["actor"][0]["role"].update(coding=[{"code": "AUT"}]),
        "unmatched-role",
    ),
    (lambda plain: plain.update(policyRule={"text": "our rule"}), "unmatched-rule"),
    (lambda plain: plain.update(verification=[{"verified": False}]), "not-verified"),
    (lambda plain: plain.pop("provision"), "no-provision"),
    (lambda plain: plain.pop("dateTime"), "undated"),
    (lambda plain: plain.update(dateTime="2026-11"), "undated"),
    (lambda plain: plain["scope"]["coding"].append(_RESEARCH), "unmatched-scope"),
    (lambda plain: plain.update(category=[{"coding": [_RESEARCH]}]), "unmatched-category"),
    (lambda plain: plain["category"].append({"text": "research"}), "unmatched-category"),
    (
        lambda plain: plain["provision"].update(period={"start": "2026-11-30T23:59:60Z"}),
        "imprecise-date",
    ),
]


@pytest.mark.parametrize(
    ("change", "doubt"),
    _DOUBTFUL,
    ids=[f"{doubt}-{number}" for number, (_, doubt) in enumerate(_DOUBTFUL)],
)
def test_what_is_not_known_makes_the_statement_doubtful(change, doubt):
    def altered(plain):
        change(plain)
        for actor in plain.get("provision", {}).get("actor", ()):
            actor.setdefault("reference", {"display": "the school"})

    assert doubt in a_consent(altered).statement.doubts


@pytest.mark.parametrize(
    ("start", "begins_on"),
    [
        ("2026-11-30", date(2026, 11, 30)),
        ("2026-11-30T00:00:00+00:00", date(2026, 11, 30)),
        ("2026-11-30T23:59:00+00:00", date(2026, 12, 1)),
        ("2026-06-30T23:00:00Z", date(2026, 7, 1)),
        ("2026-06-30T23:30:00Z", date(2026, 7, 2)),
        ("9999-12-31T12:00:00Z", date.max),
    ],
)
def test_what_begins_within_a_day_counts_from_the_next(start, begins_on):
    statement = a_consent(
        lambda plain: plain["provision"].update(period={"start": start})
    ).statement

    assert statement.begins_on == begins_on


@pytest.mark.parametrize(
    ("end", "expires_on"),
    [
        ("2026-11-30", date(2026, 12, 1)),
        ("2026-11-30T15:00:00+00:00", date(2026, 11, 30)),
        ("2026-12-01T00:30:00+05:00", date(2026, 11, 30)),
        ("9999-12-31", date.max),
    ],
)
def test_what_ends_within_a_day_ends_with_the_day_before(end, expires_on):
    statement = a_consent(lambda plain: plain["provision"].update(period={"end": end})).statement

    assert (statement.expires_on, statement.doubts) == (expires_on, ())


def test_a_label_of_hl7_excepts_the_category_that_holds_it():
    def label(plain):
        system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        exception(plain)["securityLabel"] = [{"system": system, "code": "ETH"}]

    statement = a_consent(label).statement
    assert (statement.refused_categories, statement.doubts) == ((Category.SUBSTANCE_USE,), ())


def test_an_extension_that_modifies_nothing_is_passed_over():
    def extend(plain):
        plain.setdefault("extension", []).append({"url": "urn:x", "valueString": "note"})

    assert a_consent(extend).statement.doubts == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(status="draft"),
        lambda plain: plain.update(status="entered-in-error"),
        lambda plain: plain.pop("patient"),
        lambda plain: plain.pop("performer"),
        lambda plain: plain.update(performer=plain["performer"] * 2),
        lambda plain: plain.update(performer=[{"reference": "RelatedPerson/7"}]),
        lambda plain: plain["scope"]["coding"][0].update(code="research"),
        lambda plain: plain.update(policyRule={"coding": [{"code": "IMPLIED"}]}),
    ],
    ids=range(8),
)
def test_what_nobody_said_about_sharing_is_no_statement(change):
    assert a_consent(change) is None
