"""Offices that nobody holds are seen before anything waits for them."""

from worlds import HV_MANAGER, a_world

from gateway.registers import Client, Organisation, Practitioner, Registers, Service
from gateway.worklists.unheld import unheld

COUNCIL, TRUST = "la:999", "ods:X9A01"


def partnership(*people):
    return Registers.of(
        [
            Organisation(id=COUNCIL, name="Council"),
            Organisation(id=TRUST, name="Trust"),
            Service(id="s1", organisation=COUNCIL, type="la_early_help", name="Early help"),
            Service(id="s2", organisation=TRUST, type="camhs", name="Mental health"),
            Client(id="c1", service="s1", jwks={}),
            Client(id="c2", service="s2", jwks={}, revoked=True),
            *people,
        ]
    )


def holding(office, service="s2", **more):
    return Practitioner(
        id=office, service=service, role="practitioner", appointments=(office,), **more
    )


def test_an_office_of_the_partnership_is_held_by_anybody_and_others_where_something_is_held():
    assert unheld(partnership())["police_originator"] == ("anywhere",)
    assert "police_originator" not in unheld(partnership(holding("police_originator")))

    assert unheld(partnership())["legal_officer"] == (COUNCIL,)
    assert unheld(partnership(holding("legal_officer")))["legal_officer"] == (COUNCIL,)
    assert "legal_officer" not in unheld(partnership(holding("legal_officer", "s1")))


def test_a_role_holds_the_office_of_its_name_and_who_left_holds_none():
    lead = Practitioner(id="p", service="s1", role="safeguarding_lead")
    assert "safeguarding_lead" not in unheld(partnership(lead))
    gone = holding("police_originator", left=True)
    assert unheld(partnership(gone))["police_originator"] == ("anywhere",)


def test_operators_see_it_at_each_scrape(tmp_path):
    with a_world(tmp_path) as world:
        page = world.gateway.metrics.page().decode()
        assert 'caf_gateway_offices_unheld{office="police_originator"} 1.0' in page
        assert "adoption_agency" in page
        known = world.gateway.office.rulebook.registers.practitioners[HV_MANAGER]
        held = Practitioner(
            id="force", service=known.service, role="practitioner",
            appointments=("police_originator",),
        )  # fmt: skip
        world.gateway.recorder.documents([held])
        assert 'office="police_originator"' not in world.gateway.metrics.page().decode()
