"""Migrations, against the tables that the code knows; on both databases."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import server
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from gateway.storage.database import Database
from gateway.storage.migrations import downgrade, upgrade
from gateway.storage.tables import metadata


@pytest.fixture
def new_url(tmp_path):
    """Return what makes empty databases, of the kind that is asked for."""
    pg, made = server(), []

    def make(kind):
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'{len(made)}.db'}"
        made.append(pg.copy("template0"))
        return made[-1]

    yield make
    for url in made:
        pg.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def database_url(new_url, kind):
    return new_url(kind)


@pytest.fixture
def engine(database):
    return database.engine


def test_the_migrations_make_the_tables_that_the_code_knows(engine):
    upgrade(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_make_the_checks_that_the_code_knows(engine, new_url, kind, tmp_path):
    upgrade(engine)
    other = Database(new_url(kind) if kind == "postgresql" else f"sqlite:///{tmp_path / 'o.db'}")
    metadata.create_all(other.engine)

    assert _checks(engine) == _checks(other.engine)
    other.close()


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


@pytest.mark.parametrize("kind", ["postgresql"])
def test_nodes_that_start_together_upgrade_one_after_the_other(database_url):
    failed = []

    def start():
        engine = Database(database_url).engine
        try:
            upgrade(engine)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to say so
            failed.append(error)
        engine.dispose()

    nodes = [threading.Thread(target=start) for _ in range(3)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert failed == []


def test_a_downgrade_leaves_no_table(engine):
    upgrade(engine)
    downgrade(engine, "base")

    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)


@pytest.mark.parametrize("change", ["UPDATE audit_leaf SET seq = 1", "DELETE FROM audit_leaf"])
def test_a_leaf_is_neither_changed_nor_deleted_by_mistake(engine, change):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO audit_leaf VALUES (0, :leaf)"), {"leaf": b"\x01"})

    with engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(change))
