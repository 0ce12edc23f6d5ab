"""`caf-gateway work`: deliveries, and two processes on one database."""

import signal
import subprocess
import sys
import time

import pytest
from worlds import EARLY_HELP, GP, HV_MANAGER, SCHOOL

COMMAND = [sys.executable, "-c", "from gateway.cli import main; main()"]


def _payloads(home, service):
    folder = home / "deliveries" / service
    return [file for file in folder.glob("*") if "receipt" not in file.name]


def test_what_is_due_is_delivered_once_with_its_receipt(run, home):
    ran = run("work", "--once", "--json")
    assert (ran.code, set(ran.json)) == (0, {"delivered"})
    assert len(_payloads(home, EARLY_HELP)) == 1
    assert len(list((home / "deliveries" / EARLY_HELP).glob("*receipt*"))) == 1
    assert run("work", "--once").out == "nothing was due\n"


def test_a_running_worker_delivers_to_where_another_process_registered_a_service(run, opened, home):
    (task,) = run("task", "list", "--json").json["tasks"]
    with opened() as gateway:
        dispatcher = gateway.dispatcher()
        dispatcher.run_once()
        run("service", "add", GP, "--endpoint", "folder:moved")
        answer = ("--fact", "training=current", "--until", "2027-05-01")
        assert run("task", "resolve", task["id"], "--by", HV_MANAGER, *answer).code == 0
        dispatcher.run_once()
    assert _payloads(home, "moved")
    assert not _payloads(home, GP)


def test_two_processes_write_one_log(run, opened):
    with opened() as gateway:
        before = gateway.office.committer.log.refresh().size
        assert run("organisation", "add", "urn:999009", "--name", "A school").code == 0
        gateway.office.refresh()
        gateway.recorder.documents([gateway.office.rulebook.registers.organisations["la:999"]])
        assert gateway.office.committer.log.refresh().size == before + 1
        assert run("organisation", "add", "urn:999010", "--name", "A school").code == 0
        assert gateway.office.committer.log.verify().checkpoint.size == before + 2
    assert run("audit", "verify").code == 0


@pytest.fixture
def worker(home):
    """Start a worker in a process of its own."""
    command = [*COMMAND, "work", "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "delivering; stop with SIGTERM\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_delivers_while_others_record_and_ends_when_told(run, home, worker, number):
    recorded = run("organisation", "add", "urn:999009", "--name", "A school")
    assert (recorded.code, recorded.err) == (0, "")
    _wait_for(lambda: _payloads(home, EARLY_HELP) and _payloads(home, SCHOOL))
    worker.send_signal(number)
    assert worker.wait(timeout=20) == 0
    assert run("audit", "verify").code == 0


def _wait_for(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not come about in ten seconds")
