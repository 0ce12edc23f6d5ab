"""Enquiries, shields, orders, judgements, competence: recorded by whom the law leaves them to."""

import pytest
from worlds import (
    EARLY_HELP,
    GP,
    HEALTH_VISITING,
    LAWYER,
    LEAD,
    OFFICER,
    SAFEGUARDING,
    SCHOOL,
    SOCIAL_CARE,
    TEACHER,
    VISITOR,
    WORKER,
)

from audit.events import EntryType
from audit.parts import Part
from gateway.casefile import SOURCES, Question, RecordedFact, noted
from gateway.days import uk_day
from gateway.errors import ConflictError, EntitlementError, GatewayError, RequestError
from gateway.facts.competence import assessed, record_competence
from gateway.facts.enquiries import close_enquiry, open_enquiry
from gateway.facts.judgements import considered, record_judgement
from gateway.facts.orders import Effect, discharge, record_order
from gateway.facts.shields import REVIEWED_AFTER, lift_shield, raise_shield
from gateway.facts.showing import show
from gateway.facts.team import leave
from gateway.facts.writing import withdraw
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search
from gateway.stored_log import stored_log
from gateway.verifying.verification import verify
from policies.errors import VocabularyError
from policies.vocabulary import Purpose


def facts(office, child, recipient=SCHOOL, holder=HEALTH_VISITING, purpose=Purpose.EARLY_HELP):
    """Return what is noted of the child for one question, by name."""
    now = office.ports.now()
    question = Question(
        holder=office.service(holder),
        recipient=office.service(recipient),
        purpose=purpose,
        asked_at=now,
    )
    return noted(question, office.archive.case_file(child), uk_day(now))


def entries(office, child, kind):
    criteria = Criteria(child=child, types=frozenset({kind}))
    found = search(office, Search(reader=Reader(user=OFFICER, reason="test"), criteria=criteria))
    return found.entries


def test_an_enquiry_is_opened_and_closed_by_a_social_worker(office, child):
    open_enquiry(office, child, by=WORKER, reason="strategy discussion", source="minutes")
    assert facts(office, child)["s47_open"] is True
    with pytest.raises(ConflictError, match="an enquiry is open"):
        open_enquiry(office, child, by=WORKER, reason="again")

    close_enquiry(office, child, by=WORKER, reason="no further action")
    assert facts(office, child)["s47_open"] is False
    with pytest.raises(ConflictError, match="no enquiry is open"):
        close_enquiry(office, child, by=WORKER, reason="again")
    history = show(office, child, OFFICER, ["s47_open"])
    assert [(one.value, one.reason) for one in history] == [
        (False, "no further action"),
        (True, "strategy discussion"),
    ]


@pytest.mark.parametrize("by", [LEAD, SAFEGUARDING, "nobody"])
def test_nobody_else_opens_an_enquiry(office, child, by):
    with pytest.raises(EntitlementError):
        open_enquiry(office, child, by=by, reason="worried")
    assert "s47_open" not in facts(office, child)


def test_a_shield_is_reviewed_every_six_months_until_it_is_lifted(world, office, child):
    def reviews():
        return [task for task in office.archive.open_tasks() if task.row.kind == "review"]

    raise_shield(office, child, by=SAFEGUARDING, reason="refuge")
    (first,) = reviews()
    assert facts(office, child)["shielded"] is True
    assert first.row.due_at - world.clock.now() > REVIEWED_AFTER - REVIEWED_AFTER / 100
    raise_shield(office, child, by=SAFEGUARDING, reason="still needed")
    (second,) = reviews()
    assert second.row.id != first.row.id

    lift_shield(office, child, by=SAFEGUARDING, reason="safe now")
    assert reviews() == []
    assert facts(office, child)["shielded"] is False
    with pytest.raises(EntitlementError, match="safeguarding_lead"):
        raise_shield(office, child, by=WORKER, reason="refuge")
    with pytest.raises(RequestError, match="written reason"):
        lift_shield(office, child, by=SAFEGUARDING, reason=" ")


def test_a_shield_is_shown_to_nobody_who_is_not_cleared(office, child):
    raise_shield(office, child, by=SAFEGUARDING, reason="refuge")
    for reader in (OFFICER, SAFEGUARDING, LEAD, TEACHER):
        assert "shielded" not in {one.name for one in show(office, child, reader)}


def test_the_strictest_of_several_orders_counts(office, child):
    record_order(office, child, "FD1", Effect.DISCLOSE, ["sen"], by=LAWYER)
    assert facts(office, child)["court_order"] == "disclose"
    record_order(office, child, "FD2", Effect.PROHIBIT, ["address", "contact"], by=LAWYER)
    found = facts(office, child)
    assert (found["court_order"], set(found["court_scope"])) == ("prohibit", {"address", "contact"})

    record_order(office, child, "FD3", Effect.UNVERIFIED, None, by=LAWYER)
    found = facts(office, child)
    assert found["court_order"] == "prohibit"
    assert "court_scope" not in found  # whether it covers more, the legal officer must say

    for reference in ("FD2", "FD3"):
        discharge(office, child, reference, by=LAWYER)
    found = facts(office, child)
    assert (found["court_order"], found["court_scope"]) == ("disclose", ("sen",))
    discharge(office, child, "FD1", by=LAWYER)
    assert facts(office, child)["court_order"] == "none"


def test_what_is_no_order_is_refused(office, child):
    with pytest.raises(VocabularyError, match="did you mean `address`"):
        record_order(office, child, "FD1", Effect.PROHIBIT, ["adress"], by=LAWYER)
    with pytest.raises(RequestError, match="reference"):
        record_order(office, child, " ", Effect.PROHIBIT, None, by=LAWYER)
    with pytest.raises(ConflictError, match="no order of this reference"):
        discharge(office, child, "FD1", by=LAWYER)
    with pytest.raises(EntitlementError, match="legal_officer"):
        record_order(office, child, "FD1", Effect.PROHIBIT, None, by=SAFEGUARDING)


def test_a_judgement_is_one_entry_with_who_decided_why_and_until_when(world, office, child):
    judged = considered(
        holder=HEALTH_VISITING,
        relevant="yes",
        detriment="no",
        reason="three missed appointments",
        recipient=SCHOOL,
        without_consent="would_prejudice_protection",
    )
    record_judgement(office, child, judged, by=VISITOR)

    assert (facts(office, child)["judgement"], facts(office, child)["detriment"]) == ("made", "no")
    (entry,) = entries(office, child, EntryType.JUDGEMENT)
    said = entry.part(Part.GATEWAY)
    assert (said["decided_by"], said["decision"]) == (VISITOR, "relevant")
    assert said["authority"] == "Children Act 2004 s16LA"
    assert said["justification"] == "three missed appointments"
    assert entry.part(Part.SENDER) == {"decision": "relevant", "recipient": SCHOOL}
    world.clock.advance(days=29)
    assert "judgement" not in facts(office, child)


def test_a_judgement_for_one_recipient_is_none_for_another(office, child):
    before = facts(office, child, recipient=GP).get("judgement")
    judged = considered(
        holder=HEALTH_VISITING,
        relevant="no",
        detriment="yes",
        reason="not theirs",
        recipient=SCHOOL,
    )
    record_judgement(office, child, judged, by=VISITOR)

    assert facts(office, child)["detriment"] == "yes"
    assert facts(office, child, recipient=GP).get("judgement") == before
    assert "detriment" not in facts(office, child, recipient=GP)
    assert "detriment" not in facts(office, child, holder=EARLY_HELP)


def test_that_sharing_harms_holds_until_it_is_considered_again(world, office, child):
    judged = considered(holder=HEALTH_VISITING, relevant="yes", detriment="yes", reason="a threat")
    record_judgement(office, child, judged, by=VISITOR)
    world.clock.advance(days=300)
    assert facts(office, child)["detriment"] == "yes"


def test_a_judgement_is_for_a_practitioner_at_the_holder(office, child):
    judged = considered(holder=HEALTH_VISITING, relevant="yes", detriment="no", reason="seen")
    for by in (TEACHER, SAFEGUARDING, "nobody"):
        with pytest.raises(EntitlementError):
            record_judgement(office, child, judged, by=by)
    with pytest.raises(RequestError, match="written reason"):
        record_judgement(
            office,
            child,
            considered(holder=HEALTH_VISITING, relevant="yes", detriment="no", reason=""),
            by=VISITOR,
        )
    with pytest.raises(VocabularyError):
        considered(holder=HEALTH_VISITING, relevant="maybe", detriment="no", reason="seen")


def test_competence_is_found_for_one_decision_by_who_works_with_the_child(office, child):
    found = assessed(competent="yes", reason="understood", recipient=SCHOOL, purpose="early_help")
    record_competence(office, child, found, by=TEACHER)  # the school was referred to

    assert facts(office, child)["competent"] == "yes"
    assert "competent" not in facts(office, child, recipient=GP)
    assert "competent" not in facts(office, child, purpose=Purpose.HOUSING)
    with pytest.raises(EntitlementError, match="works_with_child"):
        record_competence(office, child, found, by=WORKER)


def test_an_assessment_of_competence_is_for_a_time_and_then_asked_about_again(world, office, child):
    found = assessed(competent="yes", reason="understood")
    record_competence(office, child, found, by=VISITOR)
    assert facts(office, child)["competent"] == "yes"

    world.clock.advance(days=29)

    found = facts(office, child)
    assert found["competent"] is None
    assert SOURCES.gather(found, disputed=["competent"]).competent is None


def test_a_colleagues_general_judgement_does_not_release_what_was_found_to_do_harm(office, child):
    for harm, to in (("yes", EARLY_HELP), ("no", None), ("not_considered", None)):
        judged = considered(
            holder=HEALTH_VISITING, relevant="yes", detriment=harm, reason="seen", recipient=to
        )
        record_judgement(office, child, judged, by=VISITOR)

    assert facts(office, child, recipient=EARLY_HELP)["detriment"] == "yes"
    assert facts(office, child)["detriment"] == "no"


def refusal(act, *given, **more):
    """Return how *act* was refused: the class of the error, and its words."""
    with pytest.raises(GatewayError) as refused:
        act(*given, **more)
    return type(refused.value), str(refused.value)


def test_who_may_not_record_is_refused_alike_whatever_is_recorded(world, office, child):
    def refusals():
        why = {"by": TEACHER, "reason": "asked"}
        yield refusal(withdraw, office, child, "adopted", **why)
        yield refusal(withdraw, office, child, "parent_is_risk", **why)
        yield refusal(discharge, office, child, "FD1", **why)
        yield refusal(open_enquiry, office, child, **why)
        yield refusal(close_enquiry, office, child, **why)
        yield refusal(leave, office, child, GP, **why)
        yield refusal(leave, office, child, SOCIAL_CARE, **why)

    before = list(refusals())
    at = world.clock.now()
    known = {"adopted": True, "parent_is_risk": True, "s47_open": True}
    facts = [RecordedFact(name=name, value=value, at=at) for name, value in known.items()]
    world.gateway.recorder.facts(child, facts)
    record_order(office, child, "FD1", Effect.PROHIBIT, None, by=LAWYER)

    assert list(refusals()) == before
    assert {kind for kind, _ in before} == {EntitlementError}


def test_a_fact_that_there_is_not_cannot_be_withdrawn(office, child):
    with pytest.raises(VocabularyError, match="did you mean `adopted`"):
        withdraw(office, child, "adoptd", by=TEACHER, reason="asked")


def test_all_of_it_is_what_the_log_says(world, office, child):
    open_enquiry(office, child, by=WORKER, reason="strategy discussion")
    raise_shield(office, child, by=SAFEGUARDING, reason="refuge")
    judged = considered(holder=HEALTH_VISITING, relevant="yes", detriment="no", reason="seen")
    index = record_judgement(office, child, judged, by=VISITOR).indices[0]
    gateway = world.gateway
    stored = stored_log(gateway.settings, gateway.database, gateway.keys)
    assert verify(stored).faults == ()

    world.by_hand("DELETE FROM child_fact WHERE leaf = :leaf", leaf=index)
    assert f"entry {index}" in {fault.where for fault in verify(stored).faults}
