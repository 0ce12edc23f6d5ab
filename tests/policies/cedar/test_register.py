"""Published agreements answer as the register does."""

import datetime as dt

import pytest
from msgspec.structs import replace

from policies.agreements import SHIPPED, Agreements, Share
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


LATER = replace(FIRST, version=2, effective_on=dt.date(2027, 3, 1), purposes=())
NARROW = replace(
    FIRST,
    id="narrow",
    purposes=(replace(FIRST.purposes[0], shares=(Share((PARTIES[0],), (PARTIES[1],), "all"),)),),
)
REGISTERS = {
    "one version": Agreements([FIRST]),
    "a later version": Agreements([FIRST, LATER]),
    "a version suspended before a later one": Agreements([FIRST, LATER], [(FIRST.id, 1)]),
    "a later version suspended": Agreements([FIRST, LATER], [(FIRST.id, 2)]),
    "two agreements": Agreements([FIRST, NARROW]),
    "an active and a suspended one": Agreements([FIRST, NARROW], [(NARROW.id, 1)]),
    "none": Agreements([]),
}


@pytest.mark.parametrize("register", REGISTERS.values(), ids=REGISTERS.keys())
def test_published_agreements_answer_as_the_register_does(register: Agreements) -> None:
    cedar = CedarAgreements.of(register)

    for holder in PARTIES[:3]:
        for recipient in [*PARTIES[:3], "ods:X9Z99"]:
            for purpose in (None, Purpose.EARLY_HELP, Purpose.EDUCATION, Purpose.S47):
                for day in DAYS:
                    expected = register.between(holder, recipient, purpose, as_of=day)
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
    register = CedarAgreements.of(Agreements([odd]))

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
