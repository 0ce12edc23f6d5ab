"""What is recorded about a child says nothing to who has the database, and no key."""

from bars_messages import REFERRAL, payload_of

from gateway.casefile import RecordedFact

FACTS = {"shielded": True, "police_handling": "restricted", "s47_open": True}


def record(world, child):
    at = world.clock.now()
    facts = [RecordedFact(name=name, value=value, at=at) for name, value in FACTS.items()]
    world.gateway.recorder.facts(child, facts)


def test_the_name_of_no_fact_is_in_the_database(world):
    (child,) = world.take(payload_of(REFERRAL)).children

    record(world, child)

    assert {fact.name for fact in world.case(child).facts} >= FACTS.keys()
    files = list(world.gateway.settings.home.glob("gateway.db*"))
    assert files
    for path in files:
        content = path.read_bytes()
        assert not [name for name in FACTS if name.encode() in content], path.name


def test_the_same_facts_about_two_children_look_different(world):
    children = world.take(payload_of("siblings-in-one-message")).children
    for child in children:
        record(world, child)

    stored = world.rows("SELECT fact FROM child_fact WHERE recorded_by = 'operator'")

    assert len(set(stored)) == len(children) * len(FACTS)
