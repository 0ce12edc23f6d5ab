"""What a commit costs: how often it waits for the disk."""

import shutil
import time

import nodes
import psycopg
import pytest
from postgres import name_of, server

from gateway.security.keys import Keys

_COMMITS = 20


def test_the_log_costs_no_commit_of_its_own(database_url, tmp_path):
    """Rows with entries wait for the disk once a commit, as those without do."""
    keys = tmp_path / "keys"
    Keys.make(keys)
    count = syncs_of_server if database_url.startswith("postgresql") else syncs_of_thread
    run_node(database_url, keys, "unaudited", 0)  # the log's beginning

    for tokens in ("unaudited", "audited"):
        waits = count(database_url, keys, tmp_path, tokens)
        # SQLite waits for a new header too, each time that its write-ahead log begins anew.
        assert _COMMITS <= waits <= _COMMITS + 3, tokens


def syncs_of_server(url, keys, _folder, tokens):
    """Return how often the server waited for the disk on behalf of a node that commits."""
    asked = "SELECT sum(fsyncs) FROM pg_stat_io WHERE backend_type = 'client backend'"
    with psycopg.connect(server().url(), autocommit=True) as connection:
        ((before,),) = connection.execute(asked).fetchall()
        run_node(url, keys, tokens, _COMMITS)
        # A connection that ends says what it did; the node's are not the only ones that end.
        gone = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name_of(url)}'"  # noqa: S608 - a name of our own
        while connection.execute(gone).fetchall() != [(0,)]:
            time.sleep(0.01)
        ((after,),) = connection.execute(asked).fetchall()
    return after - before


def syncs_of_thread(url, keys, folder, tokens):
    """Return how often the thread that commits waited for the disk."""
    trace = folder / "trace"
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    calls = "trace=fsync,fdatasync"
    heard = run_node(
        url, keys, tokens, _COMMITS, before=[strace, "-f", "-qq", "-o", trace, "-e", calls]
    )
    (thread,) = (str(one["thread"]) for one in heard if "thread" in one)
    return sum(line.split(maxsplit=1)[0] == thread for line in trace.read_text().splitlines())


def run_node(url, keys, tokens, count, before=()):
    node = nodes.start(
        url, keys, "n1", "--tokens", tokens, "--count", str(count), "--group", "1", before=before
    )
    nodes.go(node)
    heard = nodes.said(node)
    assert node.returncode == 0
    return heard
