"""A gateway's database, keys and committer, each test its own."""

import pytest

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
def database(tmp_path, empty_database):
    path = tmp_path / "gateway.db"
    path.write_bytes(empty_database)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def committer(database, keys):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    yield committer
    committer.close()
