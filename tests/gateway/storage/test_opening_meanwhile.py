"""Opening the log while another node writes: what is read is of one moment."""

import threading

from units import an_entry

from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.unit import Unit

ORIGIN = "gateway.example/audit/2026"


def test_a_node_that_starts_while_another_writes_finds_nothing_wrong(database, keys, committer):
    stop = threading.Event()

    def write():
        while not stop.is_set():
            committer.commit(Unit(entries=[an_entry()]))

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for _ in range(25):
            Committer(database, keys, Ports(), node="n2", origin=ORIGIN).close()
    finally:
        stop.set()
        writing.join()
