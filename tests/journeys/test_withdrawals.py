"""A withdrawal takes effect when it is recorded, and on nobody but those it names."""

import json
from datetime import date

import pytest
from bars_messages import message, resources
from msgspec.structs import replace
from worlds import EARLY_HELP, SCHOOL, Kind

from gateway.consenting.filing import record_statements
from gateway.consents import facts_for
from gateway.registers import OPERATOR

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
