"""Migrations, against the tables that the code knows."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from gateway.storage.migrations import downgrade, upgrade
from gateway.storage.tables import metadata


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_knows(engine):
    upgrade(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_make_the_checks_that_the_code_knows(engine, tmp_path):
    upgrade(engine)
    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    metadata.create_all(other)

    assert _checks(engine) == _checks(other)
    other.dispose()


def _checks(engine):
    found = inspect(engine)
    return {
        (table, check["name"], check["sqltext"])
        for table in metadata.tables
        for check in found.get_check_constraints(table)
    }


def test_upgrading_twice_changes_nothing(engine):
    upgrade(engine)
    upgrade(engine)


def test_a_downgrade_leaves_no_table(engine):
    upgrade(engine)
    downgrade(engine, "base")

    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


@pytest.mark.parametrize(
    "change", ["UPDATE audit_leaf SET entry = x'00'", "DELETE FROM audit_leaf"]
)
def test_a_leaf_is_neither_changed_nor_deleted_by_mistake(engine, change):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO audit_leaf VALUES (0, x'01')"))

    with engine.begin() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text(change))
