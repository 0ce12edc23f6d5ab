"""Releasing what several holders hold: each holder's part on its own, the strictest of all."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from adapters.contract import Envelope
from adapters.registry import load
from gateway.casefile import CaseFile, Question, RecordedFact
from gateway.consents import GrantorKind, RecordedConsent
from gateway.disclosing import Writer, release
from gateway.registers import Organisation, Registers, Service
from gateway.requests import Ask, Caller
from gateway.rulebook import Rulebook
from mappings.caf.assessment import Assessment, Development, PreAssessment
from mappings.caf.items import About, AboutWhom, Checklist, ConsentStatement, Statement
from mappings.caf.view import survey
from mappings.caf.vocabulary import ConsentAnswer
from policies.agreements import SHIPPED, Agreements
from policies.decision import Bundle
from policies.reductions import Reductions
from policies.vocabulary import Purpose

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


def service(service_id, organisation, kind):
    return Service(
        id=service_id,
        organisation=organisation,
        type=kind,
        name=service_id,
        area="999",
        training_until=date(2027, 12, 31),
        identity_verified=True,
    )


HEALTH = service("health", "ods:X9A01", "community_health")
COUNCIL = service("council", "la:999", "la_early_help")
CLINIC = service("clinic", "ods:X9A01", "community_health")
STRANGER = service("stranger", "ods:X9Z99", "hospital")
REGISTERS = Registers.of(
    [
        Organisation(id="ods:X9A01", name="Trust"),
        Organisation(id="la:999", name="Council"),
        Organisation(id="ods:X9Z99", name="Elsewhere"),
        HEALTH,
        COUNCIL,
        CLINIC,
        STRANGER,
    ]
)
RULEBOOK = Rulebook(
    REGISTERS,
    Agreements.of(SHIPPED),
    Bundle.load(),
    Reductions.load(),
)
MOTHER = RecordedConsent(
    grantor="parent:a",
    kind=GrantorKind.PARENT,
    has_responsibility="yes",
    statement=ConsentStatement(
        grantor=About(AboutWhom.PARENT_OR_CARER),
        sharing=ConsentAnswer.GIVEN,
        services=("council",),
    ),
    recorded_at=NOW,
)
CASE = CaseFile(
    child_id="c1",
    version=0,
    born_on=date(2022, 5, 1),
    consents=(MOTHER,),
    facts=(
        RecordedFact(name="on_team", value=True, service="council", at=NOW),
        RecordedFact(name="risk", value="emerging", at=NOW),
        RecordedFact(name="judgement", value="not_made", service="health", at=NOW),
        RecordedFact(name="judgement", value="not_made", service="clinic", at=NOW),
        RecordedFact(name="judgement", value="not_made", service="stranger", at=NOW),
    ),
)
ASKED = Question(holder=HEALTH, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=NOW)


def said(holder):
    return Assessment(
        development=Development(
            self_care=(Statement(id="s1", text="dresses alone", holder=holder),)
        )
    )


@pytest.mark.parametrize(
    ("holder", "is_released"),
    [
        pytest.param(None, True, id="what names no holder is the sender's"),
        pytest.param("health", True, id="and so is what names the sender"),
        pytest.param("nobody", True, id="and what names nobody who is registered"),
        pytest.param("stranger", False, id="a holder without an agreement shares nothing"),
    ],
)
def test_an_item_is_decided_for_its_holder(holder, is_released):
    released = release(ASKED, survey(said(holder)), CASE, RULEBOOK)

    assert released.is_anything is is_released


def test_a_sender_gains_nothing_by_naming_another_holder():
    asked = Question(holder=STRANGER, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=NOW)

    released = release(asked, survey(said("health")), CASE, RULEBOOK)

    assert not released.is_anything


def test_a_holder_of_whom_nothing_is_released_leaves_no_mark():
    asked = Question(holder=STRANGER, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=NOW)

    held = release(asked, survey(said("health")), CASE, RULEBOOK)
    not_held = release(asked, survey(Assessment()), CASE, RULEBOOK)

    assert held.others["health"].agreement.obligations
    assert held.view == not_held.view


@pytest.mark.parametrize(
    ("purpose", "facts", "expected"),
    [
        pytest.param("s47", {"s47_open": True}, True, id="an open enquiry, asked about for it"),
        pytest.param("early_help", {"s47_open": True}, False, id="asked about for something else"),
        pytest.param("s47", {"s47_open": False}, False, id="no open enquiry"),
        pytest.param("s47", {}, False, id="nobody knows"),
        pytest.param("early_help", {"risk": "in_need"}, False, id="a child in need"),
        pytest.param("early_help", {"risk": "significant_harm"}, True, id="significant harm"),
        pytest.param("early_help", {"risk": "immediate"}, True, id="immediate danger"),
        pytest.param(
            "early_help",
            {"risk": "immediate", "court_order": "prohibit"},
            True,
            id="also where another rule decides",
        ),
    ],
)
def test_a_basis_is_protective_by_the_facts(purpose, facts, expected):
    recorded = tuple(RecordedFact(name=name, value=facts[name], at=NOW) for name in facts)
    case = CaseFile(child_id="c1", version=0, born_on=date(2022, 5, 1), facts=recorded)
    asked = Question(holder=HEALTH, recipient=COUNCIL, purpose=Purpose(purpose), asked_at=NOW)

    assert RULEBOOK.decide(asked, case).judgements.is_protective is expected


@pytest.mark.parametrize(
    ("holder", "stated_by", "is_released"),
    [
        pytest.param(None, "health", True, id="a sender's own, on its own concern"),
        pytest.param("clinic", "health", False, id="another holder's, on the sender's concern"),
        pytest.param("clinic", None, True, id="another holder's, on what is recorded for all"),
    ],
)
def test_a_checklist_that_is_not_agreed_is_private_but_for_its_holders_concern(
    holder, stated_by, is_released
):
    concern = RecordedFact(name="risk", value="significant_harm", service=stated_by, at=LATER)
    case = CASE.with_more(facts=[concern])
    checklist = Checklist(id="k", holder=holder)
    asked = Question(holder=HEALTH, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=NOW)

    released = release(
        asked, survey(Assessment(checklist=PreAssessment(checklists=(checklist,)))), case, RULEBOOK
    )

    assert released.is_anything is is_released


def test_the_view_of_a_refused_recipient_holds_nothing_at_all():
    released = release(ASKED, survey(said("stranger")), CASE, RULEBOOK)

    assert released.view.content.development == Development()


@pytest.mark.parametrize("media_type", ["application/fhir+json", "application/fhir+xml"])
def test_a_service_of_bars_is_sent_and_answered_in_bars(media_type):
    registry = load(["bars", "early-help"])
    writer, bars = Writer(registry), registry.named("bars")
    recipient = replace(COUNCIL, formats=("bars",))
    asked = Question(holder=HEALTH, recipient=recipient, purpose=Purpose.EARLY_HELP, asked_at=NOW)
    released = release(asked, survey(said("health")), CASE, RULEBOOK)
    ask = Ask(
        caller=Caller("council-1", "council"),
        child_id="c1",
        purpose="early_help",
        accept=media_type,
        request_id="r-1",
    )

    sent = writer.write(released, "m-1", NOW)
    answered = writer.answer(released.view, ask, recipient, NOW)

    assert writer.can_say_what_binds(recipient)
    for payload in (sent, answered):
        received = bars.read(payload.content, Envelope(media_type=payload.media_type, at=NOW))
        (told,) = received.readings[0].assessment.development.self_care
        assert told.text == "dresses alone"
    assert answered.media_type.startswith(media_type)
