"""What a disclosure stands on is written with it, for the holder and for the gateway."""

import pytest
from bars_messages import REFERRAL, payload_of
from worlds import HEALTH_VISITING, OFFICER, SCHOOL, VISITOR, a_world

from audit.events import EntryType
from audit.parts import Part
from gateway.facts.judgements import considered, record_judgement
from gateway.facts.writing import Written, write
from gateway.searching.accounting import Accounting
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search

AGREED = {
    "agreement": "little-marsh-early-help/1",
    "article_6": ["public_task"],
    "article_9": ["substantial_public_interest"],
    "schedule_1": "paragraph 18, safeguarding of children",
    "provisions": ["Children Act 2004 s10", "Children Act 2004 s11"],
}


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def disclosures(world):
    criteria = Criteria(types=frozenset({EntryType.DISCLOSURE}))
    wanted = Search(reader=Reader(user=OFFICER, reason="test"), criteria=criteria)
    return search(world.gateway.office, wanted).entries


def test_what_goes_under_an_agreement_with_consent_says_so_and_no_more(world):
    world.take(payload_of(REFERRAL))
    for entry in disclosures(world):
        for part in (Part.SENDER, Part.GATEWAY):
            assert entry.part(part)["lawful_basis"] == [AGREED]
            assert "without_consent" not in entry.part(part)
        assert "lawful_basis" not in entry.part(Part.RECIPIENT)


def test_an_answer_says_for_each_holder_what_it_stands_on(world):
    (child,) = world.take(payload_of(REFERRAL)).children
    world.ask(child, SCHOOL)

    entry = disclosures(world)[-1]
    (account,) = entry.part(Part.GATEWAY)["accounts"]
    assert account["lawful_basis"] == entry.part(Part.SENDER)["lawful_basis"] == [AGREED]


def test_what_protects_a_child_says_why_it_went_without_consent_as_it_was_judged(world):
    office = world.gateway.office
    (child,) = world.take(payload_of(REFERRAL)).children
    write(office, child, Written(name="risk", value="immediate"), by=VISITOR)
    judged = considered(
        holder=HEALTH_VISITING,
        relevant="yes",
        detriment="no",
        reason="the father is in the house",
        without_consent="cannot_be_expected_to_obtain",
    )
    record_judgement(office, child, judged, by=VISITOR)

    world.ask(child, SCHOOL)

    entry = disclosures(world)[-1]
    said = entry.part(Part.SENDER)
    assert said["without_consent"] == ["cannot_be_expected_to_obtain"]
    assert said["lawful_basis"][0]["provisions"] == ["Children Act 2004 s11"]
    registers = office.rulebook.registers
    officers = Accounting([entry], registers).to_csv(with_withheld=True)
    familys = Accounting([entry], registers).to_csv(with_withheld=False)
    assert "cannot_be_expected_to_obtain" in officers
    assert "Children Act 2004 s11" in familys
    assert "cannot_be_expected_to_obtain" not in familys
