"""Published agreements answer as the register does."""

import datetime as dt

import pytest
from msgspec.structs import replace

from policies.agreements import SHIPPED, Agreement, Agreements, Share, Status
from policies.cedar.agreements import agreement_policies
from policies.cedar.register import CedarAgreements
from policies.errors import DocumentError
from policies.vocabulary import AgreementState, Purpose

FIRST = next(iter(Agreements.of(SHIPPED)))
PARTIES = [party.organisation for party in FIRST.parties]
DAYS = [
    dt.date(2026, 1, 4),
    dt.date(2026, 1, 5),
    dt.date(2026, 11, 2),
    dt.date(2027, 3, 1),
    dt.date(2028, 1, 5),
]


def versions(*changes: dict[str, object]) -> list[Agreement]:
    """Return the shipped agreement in as many versions, each with its changes."""
    return [replace(FIRST, version=number, **each) for number, each in enumerate(changes, start=1)]


def narrowed(agreement: Agreement) -> Agreement:
    terms = agreement.purposes[0]
    share = Share((PARTIES[0],), (PARTIES[1],), "all")
    return replace(agreement, id="narrow", purposes=(replace(terms, shares=(share,)),))


REGISTERS = {
    "one version": versions({}),
    "a later version": versions({}, {"effective_on": dt.date(2027, 3, 1), "purposes": ()}),
    "a later draft": versions({}, {"status": Status.DRAFT, "purposes": ()}),
    "a version after a suspended one": versions(
        {"status": Status.SUSPENDED}, {"effective_on": dt.date(2027, 3, 1)}
    ),
    "two agreements": [FIRST, narrowed(FIRST)],
    "an active and a suspended one": [
        FIRST,
        replace(narrowed(FIRST), status=Status.SUSPENDED),
    ],
    "none": [],
}


@pytest.mark.parametrize("register", REGISTERS.values(), ids=REGISTERS.keys())
def test_published_agreements_answer_as_the_register_does(register: list[Agreement]) -> None:
    tables, cedar = Agreements(register), CedarAgreements.of(register)

    for holder in PARTIES[:3]:
        for recipient in [*PARTIES[:3], "ods:X9Z99"]:
            for purpose in (None, Purpose.EARLY_HELP, Purpose.EDUCATION, Purpose.S47):
                for day in DAYS:
                    expected = tables.between(holder, recipient, purpose, as_of=day)
                    answered = cedar.between(holder, recipient, purpose, as_of=day)
                    assert answered.recorded() == expected.recorded()
                    assert (answered.id, answered.version) == (expected.id, expected.version)


def test_an_altered_agreement_answers_otherwise() -> None:
    published = agreement_policies([FIRST])
    wider = CedarAgreements({FIRST.id: published.replace('"sen"', '"adoption"', 1)})
    asked = (PARTIES[0], PARTIES[2], Purpose.EARLY_HELP)

    covers = wider.between(*asked, as_of=DAYS[2]).agreement_covers
    assert covers != Agreements([FIRST]).between(*asked, as_of=DAYS[2]).agreement_covers


def test_a_name_with_signs_of_cedar_stays_a_name() -> None:
    odd = replace(FIRST, id='x"\n; permit (principal, action, resource)')
    register = CedarAgreements.of([odd])

    answered = register.between(PARTIES[0], "ods:X9Z99", Purpose.EARLY_HELP, as_of=DAYS[2])
    assert answered.agreement is AgreementState.NONE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('Purpose::"education"', 'Purpose::"educaton"', id="a word that is not"),
        pytest.param("context.day", "context.date", id="something not in the question"),
        pytest.param("permit (", "permit ((", id="no Cedar"),
    ],
)
def test_a_published_agreement_that_does_not_fit_is_refused(before: str, after: str) -> None:
    with pytest.raises(DocumentError, match="does not fit the schema"):
        CedarAgreements({FIRST.id: agreement_policies([FIRST]).replace(before, after)})


def test_an_error_is_no_answer() -> None:
    failing = agreement_policies([FIRST]).replace(
        "context.day >= 20260105", "context.day * 9223372036854775807 > 0"
    )
    register = CedarAgreements({FIRST.id: failing})

    with pytest.raises(DocumentError, match="is in error"):
        register.between(PARTIES[0], PARTIES[1], Purpose.EARLY_HELP, as_of=DAYS[2])
