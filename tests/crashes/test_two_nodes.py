"""Two nodes on one database: one log, whoever dies at whichever step of its commit."""

from contextlib import contextmanager
from itertools import pairwise

import nodes
import pytest
from postgres import server
from units import an_import
from worlds import Kind

from audit.checkpoint import open_checkpoint
from audit.events import EntryType
from audit.leaf import Leaf
from audit.merkle import leaf_hash
from audit.tree import Edge
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.migrations import upgrade


@contextmanager
def an_empty(kind, folder):
    if kind is Kind.POSTGRESQL:
        with server().database() as url:
            yield url
        return
    url = f"sqlite:///{folder / 'gateway.db'}"
    database = Database(url)
    upgrade(database.engine)
    database.close()
    yield url


@pytest.fixture(params=Kind)
def database(request, tmp_path):
    with an_empty(request.param, tmp_path) as url:
        database = Database(url)
        database.url = url
        yield database
        database.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys") / "keys"
    return folder, Keys.make(folder)


def open_committer(database, keys):
    return Committer(database, keys[1], Ports(), node="survivor", origin=nodes.ORIGIN)


def require_one_log(database, keys, promised, notes):
    """Fail unless the log is whole, row for entry, and continues all that was ever signed of it."""
    committer = open_committer(database, keys)
    log = committer.log
    assert log.verify().holds
    leaves = [leaf for _, leaf in log.leaves(0, log.published.size)]
    with database.reading() as connection:
        stored = dict(connection.execute("SELECT id, leaf FROM record").fetchall())
        (details,) = connection.execute("SELECT count(*) FROM audit_detail").fetchone()
    imports = [i for i, leaf in enumerate(leaves) if Leaf.decode(leaf).type is EntryType.IMPORT]
    assert sorted(stored.values()) == imports
    assert details == len(leaves)
    assert promised.items() <= stored.items()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for note in notes:
        checkpoint = open_checkpoint(note, [log.signing.verifier])
        root = Edge.empty().extend(hashes[: checkpoint.size]).edge.root()
        assert checkpoint.root == root, checkpoint.size
    committer.close()
    return leaves


def answered(heard):
    return {one["id"]: one["indices"][0] for one in heard if "id" in one}


def signed(heard):
    return [one["note"].encode() for one in heard if "note" in one]


def test_two_processes_that_append_at_once_make_one_log(database, keys):
    # Without a pause one of them may hold SQLite's lock until it is done: nothing promises turns.
    options = ("--count", "200", "--pause", "0.005")
    both = [nodes.start(database.url, keys[0], name, *options) for name in "ab"]
    nodes.go(*both)
    heard = [nodes.said(node) for node in both]

    promised = answered(heard[0]) | answered(heard[1])
    leaves = require_one_log(database, keys, promised, signed(heard[0]) + signed(heard[1]))

    assert len(promised) == 400
    starts = [leaf for leaf in leaves if Leaf.decode(leaf).type is EntryType.LOG_START]
    assert starts == leaves[:1]
    wrote = [Leaf.decode(leaf).node for leaf in leaves[1:]]
    changes = sum(one != other for one, other in pairwise(wrote))
    assert changes > 1, "they took turns"


@pytest.mark.parametrize("step", nodes.STEPS)
def test_one_that_is_killed_amid_a_commit_stops_nobody(database, keys, step):
    survivor = open_committer(database, keys)
    victim = nodes.start(database.url, keys[0], "victim", "--fatal", step, "--times", "3")
    nodes.go(victim)

    promised, notes, number = {}, [], 0
    after = 5
    while after:
        id_ = f"s-{number}"
        promised[id_] = survivor.commit(an_import(id_)).indices[0]
        notes.append(survivor.log.published.note)
        number += 1
        after -= victim.poll() is not None
    survivor.close()

    heard = nodes.said(victim)
    assert victim.returncode == -9
    leaves = require_one_log(database, keys, promised | answered(heard), notes + signed(heard))
    assert {Leaf.decode(leaf).node for leaf in leaves} == {"victim", "survivor"}
