"""The checks inside the transaction: read by key, however many rows the tables have."""

import pytest

from gateway.storage import outbox, postgres, sqlite
from gateway.storage.prepared import CHANGED_TABLE, ONCE
from gateway.storage.tables import metadata

TABLES = [
    ("stamp", ("kind", "key")),
    *[(table, ("id",)) for table in CHANGED_TABLE.values()],
    *ONCE.items(),
]
VALUES = {"TEXT": "x", "BLOB": b"x", "BIGINT": 1, "BYTEA": b"x"}


@pytest.fixture
def full_tables(database):
    """Make PostgreSQL plan as it does for tables of many rows: an empty one it reads whole."""
    connection = database.writer()
    if database.engine.dialect.name == "postgresql":
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
    yield connection
    connection.close()


def plan_of(connection, text, values):
    if text.count("%s"):
        rows = connection.execute(f"EXPLAIN {text}", values).fetchall()
        return [row[0] for row in rows]
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()]


@pytest.mark.parametrize(("name", "columns"), TABLES)
def test_no_check_reads_a_whole_table(database, full_tables, name, columns):
    table = metadata.tables[name]
    lookup = database._lookup(table, columns, ())  # noqa: SLF001 - its plan is the subject
    key = tuple(VALUES[type_] for type_ in lookup.types)
    assert list(database.find(full_tables, table, columns, [key] * 3)) == []

    if database.engine.dialect.name == "sqlite":
        text, values = sqlite._finding(lookup, 4), key * 4  # noqa: SLF001 - the same
    else:
        text, values = postgres._finding(lookup), [[value] * 3 for value in key]  # noqa: SLF001 - the same
    plan = plan_of(full_tables, text, values)
    assert any("SEARCH" in step or "Index" in step for step in plan), plan
    assert not any(step.startswith(f"SCAN {name}") or "Seq Scan" in step for step in plan)


def test_the_outbox_is_claimed_by_its_indexes(database, full_tables):
    for statement in (outbox._DUE, outbox._RECIPIENTS):  # noqa: SLF001 - their plans are the subject
        compiled = database.compile(statement)
        given = compiled.arguments(dict.fromkeys(compiled.names, 1) | compiled.values)
        plan = plan_of(full_tables, compiled.text, given)
        assert not any(step in {"SCAN outbox", "SCAN earlier"} for step in plan)
        assert not any("Seq Scan" in step for step in plan)
