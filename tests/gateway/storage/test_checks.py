"""The checks inside the transaction: read by key, however many rows the tables have."""

import pytest

from gateway.storage import outbox
from gateway.storage.checks import _select
from gateway.storage.prepared import CHANGED_TABLE, ONCE

TABLES = [
    ("stamp", ("kind", "key")),
    *[(table, ("id",)) for table in CHANGED_TABLE.values()],
    *ONCE.items(),
]


@pytest.mark.parametrize(("table", "columns"), TABLES)
def test_no_check_reads_a_whole_table(database, table, columns):
    connection = database.writer()
    statements = []
    connection.set_trace_callback(statements.append)
    assert list(_select(connection, table, columns, [("x",) * len(columns)] * 3)) == []
    connection.set_trace_callback(None)

    (statement,) = statements
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    connection.close()
    assert any(step.startswith(f"SEARCH {table} ") for step in plan)
    assert not any(step.startswith(f"SCAN {table}") for step in plan)


def test_the_outbox_is_claimed_by_its_indexes(database):
    for statement in (outbox._DUE, outbox._RECIPIENTS):  # noqa: SLF001 - their plans are the subject
        compiled = database.compile(statement)
        given = compiled.arguments(dict.fromkeys(compiled.names, 1) | compiled.values)
        with database.reading() as connection:
            rows = connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", given).fetchall()
        assert not any(row[3] in {"SCAN outbox", "SCAN earlier"} for row in rows)
