"""What is recorded about a child says nothing to who has the database, and no key."""

from bars_messages import REFERRAL, payload_of

from gateway.casefile import RecordedFact
from gateway.storage.tables import metadata

FACTS = {"shielded": True, "police_handling": "restricted", "s47_open": True}


def record(world, child):
    at = world.clock.now()
    facts = [RecordedFact(name=name, value=value, at=at) for name, value in FACTS.items()]
    world.gateway.recorder.facts(child, facts)


def test_no_row_but_the_law_names_a_fact(world):
    (child,) = world.take(payload_of(REFERRAL)).children

    record(world, child)

    assert {fact.name for fact in world.case(child).facts} >= FACTS.keys()
    tables = [name for name in metadata.tables if name != "register"]
    assert "child_fact" in tables
    for table in tables:
        rows = world.rows(f"SELECT * FROM {table}")  # noqa: S608 - a name of our own
        said = b"|".join(
            one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row
        )
        assert not [name for name in FACTS if name.encode() in said], table


def test_the_same_facts_about_two_children_look_different(world):
    children = world.take(payload_of("siblings-in-one-message")).children
    for child in children:
        record(world, child)

    stored = world.rows("SELECT fact FROM child_fact WHERE recorded_by = 'operator'")

    assert len(set(stored)) == len(children) * len(FACTS)
