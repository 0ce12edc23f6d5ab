"""What the register answers on a day, against the plainest reading of all its versions."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from policies.agreements import (
    SHIPPED,
    Agreement,
    AgreementFacts,
    Agreements,
    Article6,
    Controller,
    Party,
    PurposeTerms,
    Share,
    read,
)
from policies.vocabulary import AgreementState, Category, Purpose

ORGANISATIONS = ("ods:X9A01", "la:999", "urn:999001")
PURPOSES = (Purpose.EARLY_HELP, Purpose.S47)
days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 12))
organisations = st.sampled_from(ORGANISATIONS)
questions = st.tuples(organisations, organisations, st.sampled_from([*PURPOSES, None]))


@st.composite
def agreements(draw) -> Agreement:
    begins, until = sorted(draw(st.lists(days, min_size=2, max_size=2, unique=True)))
    parties = draw(st.lists(organisations, min_size=2, unique=True))
    shares = st.builds(
        Share,
        st.lists(st.sampled_from(parties), max_size=2).map(tuple),
        st.lists(st.sampled_from(parties), max_size=2).map(tuple),
        st.lists(st.sampled_from([*Category]), max_size=3).map(tuple),
    )
    return Agreement(
        id=draw(st.sampled_from("abc")),
        version=draw(st.integers(1, 4)),
        title="",
        effective_on=begins,
        until=until,
        review_on=until,
        parties=tuple(Party(each, "", Controller.INDEPENDENT, "") for each in parties),
        purposes=tuple(
            PurposeTerms(
                purpose=purpose,
                powers=(),
                article_6=(Article6.PUBLIC_TASK,),
                subjects="",
                retention_days=draw(st.integers(1, 3)),
                shares=tuple(draw(st.lists(shares, max_size=2))),
            )
            for purpose in draw(st.lists(st.sampled_from(PURPOSES), unique=True))
        ),
    )


registers = st.lists(agreements(), max_size=6, unique_by=lambda each: (each.id, each.version))


@given(
    registers,
    st.sets(st.tuples(st.sampled_from("abc"), st.integers(1, 4))),
    questions,
    days,
)
def test_the_register_answers_as_its_versions_read(versions, suspended, question, day) -> None:
    answer = Agreements(versions, suspended).between(*question, as_of=day)

    assert answer == read_aloud(versions, suspended, question, day)


@given(registers, questions, days, days)
def test_a_day_is_answered_the_same_whatever_was_asked_before(
    versions, question, day, before
) -> None:
    asked = Agreements(versions)
    asked.between(*question, as_of=before)

    assert asked.between(*question, as_of=day) == Agreements(versions).between(*question, as_of=day)


def read_aloud(versions, suspended, question, day) -> AgreementFacts:
    """Return what is answered by the best of the agreements that bind both on *day*."""
    holder, recipient, purpose = question
    answers = []
    for name in "abc":
        begun = [each for each in versions if each.id == name and each.effective_on <= day]
        if not begun:
            continue
        newest = max(begun, key=lambda each: each.version)
        parties = {party.organisation for party in newest.parties}
        if not {holder, recipient} <= parties:
            continue
        state = AgreementState.ACTIVE
        if (newest.id, newest.version) in suspended:
            state = AgreementState.SUSPENDED
        if day >= newest.until:
            state = AgreementState.EXPIRED
        terms = [each for each in newest.purposes if each.purpose == purpose]
        covers = {
            category
            for each in terms
            for share in each.shares
            if holder in share.from_ and recipient in share.to
            for category in share.categories
        }
        answers.append(
            AgreementFacts(
                agreement=state,
                agreement_purpose=bool(terms),
                agreement_covers=frozenset(covers),
                id=newest.id,
                version=newest.version,
                digest=newest.digest,
                retention_days=min(
                    (each.retention_days for each in terms or newest.purposes), default=None
                ),
                article_6=(Article6.PUBLIC_TASK,) if terms else (),
            )
        )
    order = ["active", "suspended", "expired"]
    answers.sort(key=lambda each: each.id)
    answers.sort(key=lambda each: len(each.agreement_covers), reverse=True)
    answers.sort(key=lambda each: each.agreement_purpose, reverse=True)
    answers.sort(key=lambda each: order.index(each.agreement))
    return answers[0] if answers else AgreementFacts(agreement=AgreementState.NONE)


def test_an_answer_names_the_version_it_rests_on() -> None:
    sample = read(SHIPPED / "little-marsh-early-help" / "1.yaml")
    answer = Agreements([sample]).between(
        "ods:X9A01", "la:999", Purpose.EARLY_HELP, as_of=sample.effective_on
    )

    assert (answer.id, answer.version, answer.digest) == (sample.id, 1, sample.digest)
