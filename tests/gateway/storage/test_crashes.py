"""The committer dies at any step: units together with their entries, or not at all."""

from hypothesis import given, settings
from hypothesis import strategies as st
from units import an_import

from audit.events import EntryType
from audit.leaf import Leaf
from gateway.errors import (
    StorageError,
)
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.database import Database

ORIGIN = "gateway.example/audit/2026"


def rows(database, text):
    with database.reading() as connection:
        return connection.execute(text).fetchall()


class Crash(BaseException):
    """The process dies here, as far as the committer can tell."""


STEPS = ["begin", "written", "appended", "before-commit", "after-commit", "signed", "answered"]


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["sqlite", "postgresql"]),
    waits=st.lists(st.booleans(), min_size=4, max_size=12),
    place=st.tuples(st.sampled_from(STEPS), st.integers(1, 4)),
)
def test_a_crash_at_any_step_leaves_no_row_without_entry_and_no_entry_without_row(
    a_new_one, keys, kind, waits, place
):
    step, left = place[0], [place[1]]

    def crash(name):
        if name == f"committer:{step}":
            left[0] -= 1
            if left[0] < 0:
                raise Crash

    with a_new_one(kind) as url:
        database = Database(url)
        promised = run_until_crash(database, keys, Ports(step=crash), waits)
        database.close()
        require_whole(url, keys, promised)


def require_whole(url, keys, promised):
    """Fail unless the log goes on, and has an entry for each row, and a row for each entry."""
    database = Database(url)
    again = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    stored = dict(rows(database, "SELECT id, leaf FROM record"))
    imports = {
        index
        for index, leaf in again.log.leaves(0, again.log.published.size)
        if Leaf.decode(leaf).type is EntryType.IMPORT
    }
    assert set(stored.values()) == imports
    assert len(stored) == len(imports)
    assert promised.items() <= stored.items()
    again.commit(an_import("after"))
    again.close()
    database.close()


def run_until_crash(database, keys, ports, waits):
    """Submit units until the committer dies; return the records it answered for.

    *waits* says after which of them to wait for the answer.
    """
    committer = Committer(database, keys, ports, node="n1", origin=ORIGIN)
    answers = {}
    for number, wait in enumerate(waits):
        try:
            answers[f"r{number}"] = committer.submit(an_import(f"r{number}"))
            if wait:
                answers[f"r{number}"].result()
        except (Crash, StorageError):
            break
    committer.close()
    return {
        id_: answer.result().indices[0]
        for id_, answer in answers.items()
        if answer.exception() is None
    }
