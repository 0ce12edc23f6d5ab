"""What is remembered of the log outside of the database, and written beside the callers."""

import os
import time

import pytest
from durability import noted
from units import an_entry

from audit.checkpoint import open_checkpoint
from gateway.errors import IntegrityError
from gateway.storage.log import Log
from gateway.storage.memory import Memory, Remembering
from gateway.storage.unit import Unit


@pytest.fixture
def memory(tmp_path):
    return Memory(tmp_path / "log" / "checkpoint")


def unheard(error):
    raise error


def size(memory, log):
    return open_checkpoint(memory.recall(), log.verifiers).size


def test_what_is_remembered_is_durable_with_its_name(memory, monkeypatch):
    memory.keep(b"older")
    done = noted(monkeypatch)

    memory.keep(b"newer")

    unfinished = f"checkpoint.{os.getpid()}.new"
    assert done == [("fsync", unfinished), ("replace", "checkpoint"), ("fsync", "log")]


def test_what_is_newest_is_remembered_when_it_is_closed(committer, memory):
    remembering = Remembering(memory, committer.log, unheard)
    committer.commit(Unit(entries=[an_entry(), an_entry()]))

    remembering.close()

    assert size(memory, committer.log) == 3
    memory.require(committer.log)


def test_it_is_remembered_while_it_runs_within_about_a_second(committer, memory):
    remembering = Remembering(memory, committer.log, unheard)
    committer.commit(Unit(entries=[an_entry()]))

    deadline = time.monotonic() + 20
    while memory.recall() is None and time.monotonic() < deadline:
        time.sleep(0.05)

    assert size(memory, committer.log) == 2
    remembering.close()


def test_a_process_that_is_behind_leaves_what_one_ahead_wrote(database, keys, committer, memory):
    behind = Remembering(memory, Log(database, keys, committer.log.origin), unheard)
    committer.commit(Unit(entries=[an_entry()]))
    Remembering(memory, committer.log, unheard).close()

    behind.close()

    assert size(memory, committer.log) == 2


def test_nothing_is_required_where_nothing_is_remembered_yet(committer, memory):
    memory.require(committer.log)
    assert memory.recall() is None


@pytest.mark.parametrize("note", [b"", b"nothing of the kind", b"another.example/log\n1\n\n\n"])
def test_what_is_no_checkpoint_of_this_log_is_refused(committer, memory, note):
    memory.keep(note)

    with pytest.raises(IntegrityError, match="is not one of this log"):
        memory.require(committer.log)


def test_a_fault_that_cannot_be_read_condemns_the_log_like_one_that_can(committer, memory):
    memory.condemn("entry 3")
    fault = memory.path.with_name("fault")
    fault.write_bytes(b"\xff\xfe")

    with pytest.raises(IntegrityError, match=r"fault` cannot be read\): nothing is taken"):
        memory.require(committer.log)

    memory.acquit()
    memory.require(committer.log)


def test_what_cannot_be_read_is_refused(committer, memory):
    memory.path.mkdir(parents=True)

    with pytest.raises(IntegrityError, match="cannot be read"):
        memory.require(committer.log)
