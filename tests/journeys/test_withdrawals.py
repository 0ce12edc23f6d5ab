"""A withdrawal takes effect when it is recorded, and on nobody but those it names."""

import json
from datetime import date

import pytest
from bars_messages import message, resources
from books import require_balanced
from msgspec.structs import replace
from worlds import EARLY_HELP, SCHOOL, Kind

from gateway.consenting.filing import record_statements
from gateway.consents import facts_for
from gateway.delivery import Fate
from gateway.registers import OPERATOR
from gateway.tasks import Kind as TaskKind

pytestmark = pytest.mark.parametrize("kind", Kind)


def referral(**consent):
    plain = message()
    resources(plain, "Consent")[0].update(consent)
    return json.dumps(plain).encode()


def test_consent_with_a_date_to_come_can_be_withdrawn(world):
    (child,) = world.take(referral(dateTime="2062-11-16T10:00:00+00:00")).children
    before = world.ask(child).content

    world.withdraw(child)

    assert len(world.ask(child).content) < len(before)


@pytest.mark.parametrize("change", ["undated", "unnamed"])
def test_a_message_that_may_be_older_or_anothers_does_not_undo_a_withdrawal(world, change):
    (child,) = world.take(referral()).children
    world.withdraw(child)
    world.dispatch()

    again = world.take(_sent_again(change))

    assert again.children == (child,)
    assert Fate.DELIVERED not in world.dispatch()
    (task,) = world.gateway.office.archive.waiting(TaskKind.CONSENT_DOUBT)
    assert task.subject.missing == ("child_consent", "parent_consent")
    require_balanced(world)


def _sent_again(change):
    """Return the referral under another id, in which the same mother agrees once more."""
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    (consent,) = resources(plain, "Consent")
    header["id"] = plain["id"] = "0e1f9b51-0c1d-4b7e-8f6c-5a2d6d1f9d10"
    plain["timestamp"] = "2026-11-20T10:00:00+00:00"
    if change == "undated":
        del consent["dateTime"]
    else:
        for person in resources(plain, "RelatedPerson"):
            person.pop("name", None)
        consent["dateTime"] = "2026-11-20T10:00:00+00:00"
    return json.dumps(plain).encode()


def test_withdrawing_from_one_service_leaves_others_of_its_kind(world):
    (child,) = world.take(referral()).children
    office = world.gateway.office
    (consent,) = world.case(child).consents
    school = office.service(SCHOOL)
    listing = _listing(consent, (school.type, EARLY_HELP))
    record_statements(office, child, lambda _: (listing,), by=OPERATOR)

    world.withdraw(child, SCHOOL)

    def said_of(service):
        on = world.clock.now().date()
        return facts_for(world.case(child).consents, service, "early_help", on).parent_consent

    another = type(school)(id="other", organisation="x", type=school.type, name="Other school")
    assert said_of(school) == "refused"
    assert said_of(another) == "given"
    assert said_of(office.service(EARLY_HELP)) == "given"


def _listing(consent, services):

    statement = replace(consent.statement, services=services, given_on=date(2026, 11, 20))
    return replace(consent, statement=statement)
