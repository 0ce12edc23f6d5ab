"""A request on a basis that the case does not bear out is refused before any other agency hears.

The fault in AB v London Borough of Haringey [2013] EWHC 416 (Admin): agencies were asked about a
family for an enquiry that nobody had opened.
"""

import json

import pytest
from bars_messages import message, payload_of, resources
from worlds import EARLY_HELP, HEALTH_VISITING, SCHOOL, SOCIAL_CARE, VISITOR, WORKER, World, a_world

from audit.events import EntryType
from audit.parts import Part
from gateway.facts.enquiries import open_enquiry
from gateway.facts.judgements import considered, record_judgement
from gateway.facts.team import Member, add
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search
from policies.vocabulary import Purpose

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def quiet_referral() -> bytes:
    """Return the referral, to the council alone, without a level of concern."""
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = header["destination"][:1]
    return json.dumps(plain).encode()


def a_child(world: World) -> str:
    """Return a child whom the health visitors and social care work with."""
    (child,) = world.take(quiet_referral()).children
    add(world.gateway.office, child, Member(service=SOCIAL_CARE), by="lead-1")
    return child


def last_entry(world: World):
    wanted = Search(
        reader=Reader(user="ig-1", reason="test"),
        criteria=Criteria(types=frozenset({EntryType.DISCLOSURE, EntryType.REFUSAL})),
    )
    return max(search(world.gateway.office, wanted).entries, key=lambda one: one.index)


def tasks(world: World):
    return world.gateway.office.archive.open_tasks()


def test_a_request_that_speaks_of_an_enquiry_that_is_not_open_reaches_no_other_agency(world):
    child = a_child(world)
    before = {one.row.id for one in tasks(world)}

    world.ask(child, SOCIAL_CARE, purpose="s47")

    entry = last_entry(world)
    assert entry.type is EntryType.REFUSAL
    assert not entry.part(Part.SENDER)
    assert entry.part(Part.GATEWAY)["reason"] == "basis-not-supported"
    (task,) = (one for one in tasks(world) if one.row.id not in before)
    assert (task.row.owner_role, task.subject.service) == ("safeguarding_lead", SOCIAL_CARE)
    assert task.subject.holder is None
    assert task.subject.assessment is None


def test_the_same_request_in_an_open_enquiry_is_answered_and_its_holder_has_a_part(world):
    child = a_child(world)
    office = world.gateway.office
    open_enquiry(office, child, by=WORKER, reason="strategy discussion today")
    judged = considered(
        holder=HEALTH_VISITING, relevant="yes", detriment="no", reason="seen at the last visit"
    )
    record_judgement(office, child, judged, by=VISITOR)

    answer = world.ask(child, SOCIAL_CARE, purpose="s47")

    entry = last_entry(world)
    assert entry.type is EntryType.DISCLOSURE
    assert entry.part(Part.SENDER)
    assert len(answer.content) > 1_000


def test_the_asker_gets_the_same_answer_as_about_a_child_who_is_not_there(world):
    child, seen = a_child(world), []
    for one in (child, "0" * 32):
        before = world.size
        answer = world.ask(one, SOCIAL_CARE, purpose="s47")
        document = json.loads(answer.content)
        opening = json.loads(answer.receipt)[
            "opening"
        ]  # how long the proof is, the log's size says
        seen.append((document.keys(), len(answer.content), opening.keys(), len(str(opening))))
        assert [leaf.type for leaf in world.leaves(before)] == [EntryType.REFUSAL]
        assert not world.leaves(before)[0].sender
    assert seen[0] == seen[1]


def test_whoever_asks_twice_puts_one_question(world):
    child = a_child(world)
    world.ask(child, SOCIAL_CARE, purpose="s47")
    count = len(tasks(world))

    world.ask(child, SOCIAL_CARE, purpose="s47")

    assert len(tasks(world)) == count


def test_a_message_on_such_a_basis_is_not_heard_of_by_its_destinations(world, monkeypatch):
    _as_section_47(monkeypatch)
    before = world.size

    world.take(quiet_referral())
    world.dispatch()

    assert not world.delivered(EARLY_HELP)
    entry = last_entry(world)
    assert entry.type is EntryType.REFUSAL
    assert not entry.part(Part.RECIPIENT)
    assert EARLY_HELP not in {leaf.recipient for leaf in world.leaves(before)}
    (task,) = tasks(world)
    assert (task.row.owner_role, task.subject.service) == ("safeguarding_lead", HEALTH_VISITING)


def test_a_message_on_such_a_basis_goes_once_an_enquiry_is_open(world, monkeypatch):
    _as_section_47(monkeypatch)
    (child,) = world.take(quiet_referral()).children
    (task,) = tasks(world)
    open_enquiry(world.gateway.office, child, by=WORKER, reason="strategy discussion today")

    world.gateway.reconsidering.resolve(task, "safeguarding-1", [], "an enquiry is open")

    assert "basis-not-supported" not in str(last_entry(world).part(Part.GATEWAY))
    assert SCHOOL not in {task.subject.service for task in tasks(world)}


def _as_section_47(monkeypatch):
    """Have every message be about an enquiry, and none state a level of risk."""
    monkeypatch.setattr("gateway.intake._PURPOSES", _Always(Purpose.S47))
    monkeypatch.setattr("gateway.intake._THRESHOLDS", _Always(None))


class _Always:
    def __init__(self, value) -> None:
        self._value = value

    def of(self, _):
        return self._value
