"""Opening a log: what a start costs does not grow with the log."""

import pytest

from gateway.errors import IntegrityError
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.log import Log

ORIGIN = "gateway.example/audit/2026"
STEPS_AT_ONCE = 10


@pytest.fixture
def database_url(sqlite_url):
    """Return that of the database that counts for us what it does."""
    return sqlite_url


@pytest.fixture
def grown(database, keys):
    """Return what makes the log hold so many entries, all alike but for their nonces."""
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    committer.close()
    log = Log(database, keys, ORIGIN)
    first = log.leaf(0)
    nonce = first[first.index(b'"nonce":"') :][: len('"nonce":"') + 32]

    def grow(size):
        connection = database.writer()
        connection.begin_writing()
        state = log.open(connection)
        numbers = range(state.edge.size, size)
        leaves = [first.replace(nonce, b'"nonce":"%032x' % number) for number in numbers]
        log.append(connection, state, leaves, state.last_at)
        connection.commit()
        connection.close()

    return grow


def cost_of_opening(database, keys):
    """Return how many instructions SQLite runs for a log that is opened, about."""
    counted = 0

    def count():
        nonlocal counted
        counted += STEPS_AT_ONCE

    with database.reading() as connection:
        connection.driver.set_progress_handler(count, STEPS_AT_ONCE)
        Log(database, keys, ORIGIN)
        connection.driver.set_progress_handler(None, 0)
    return counted


def test_opening_a_hundred_times_larger_log_costs_about_as_much(database, keys, grown):
    # Each has 200 entries after its last full tile, as a log has anything from 0 to 255.
    grown(3 * 256 + 200)
    small = cost_of_opening(database, keys)
    grown(300 * 256 + 200)
    large = cost_of_opening(database, keys)

    assert small > 200
    assert large < 2 * small


def test_a_tail_that_was_changed_is_found_at_the_start_however_large_the_log_is(
    database, keys, grown
):
    grown(10_000)
    connection = database.writer()
    connection.execute("DROP TRIGGER audit_leaf_update")
    connection.execute("UPDATE audit_leaf SET entry = x'00' WHERE seq = 9999")
    connection.close()

    with pytest.raises(IntegrityError, match="are not those of its head"):
        Log(database, keys, ORIGIN)
