"""A gateway's database, keys and committer, each test its own; on both databases."""

from contextlib import contextmanager

import pytest
from postgres import server

from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.migrations import upgrade

ORIGIN = "gateway.example/audit/2026"


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return Keys.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "gateway.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database.engine)
    database.close()
    return path.read_bytes()


@pytest.fixture
def sqlite_url(tmp_path, empty_database):
    path = tmp_path / "gateway.db"
    path.write_bytes(empty_database)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url():
    with server().database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """Return the address of a database with our tables, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def committer(database, keys):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    yield committer
    committer.close()


@pytest.fixture(scope="session")
def a_new_one(empty_database, tmp_path_factory):
    """Return what makes a database of its own for each example, of the kind that is asked for."""

    @contextmanager
    def make(kind):
        if kind == "postgresql":
            with server().database() as url:
                yield url
            return
        path = tmp_path_factory.mktemp("crash") / "gateway.db"
        path.write_bytes(empty_database)
        yield f"sqlite:///{path}"

    return make
