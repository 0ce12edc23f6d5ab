"""The scanner: clamd's protocol, against a peer that speaks it, and against what does not."""

import socket
import threading
from contextlib import contextmanager

import pytest
from clamd import EICAR, MOST_BYTES, clamd

from gateway.attachments.scanner import ClamdScanner, Verdict
from gateway.errors import ScannerError


@pytest.fixture(params=["unix", "tcp"])
def scanner(request, tmp_path):
    with clamd(tmp_path if request.param == "unix" else None) as address:
        yield ClamdScanner(address, 5.0)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"%PDF-1.7 all is well", Verdict.CLEAN),
        (EICAR, Verdict.INFECTED),
        (b"x" * 200_000 + EICAR, Verdict.INFECTED),
        (b"", Verdict.CLEAN),
    ],
)
def test_a_scanner_says_whether_a_document_is_clean(scanner, content, verdict):
    scanner.require_answer()
    assert scanner.scan(content) is verdict


def test_a_document_beyond_the_scanners_own_limit_has_no_verdict(scanner):
    with pytest.raises(ScannerError):
        scanner.scan(b"x" * (MOST_BYTES + 1))


def test_a_scanner_that_is_not_there_gives_no_verdict(tmp_path):
    for address in (f"unix:{tmp_path}/nobody.ctl", "tcp:127.0.0.1:1"):
        with pytest.raises(ScannerError):
            ClamdScanner(address, 1.0).scan(b"x")


@pytest.mark.parametrize(
    "answer", [b"", b"stream: OK?\0", b"OK\0", b"stream: ERROR\0", b"x" * 9000]
)
def test_nothing_but_the_scanners_own_words_is_a_verdict(answer):
    with _saying(answer) as address, pytest.raises(ScannerError):
        ClamdScanner(address, 5.0).scan(b"x")


def test_a_scanner_that_says_nothing_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scanner = ClamdScanner(f"tcp:127.0.0.1:{silent.getsockname()[1]}", 0.1)
        with pytest.raises(ScannerError):
            scanner.scan(b"x")


@contextmanager
def _saying(answer):
    """Give the address of a peer that reads what it is sent and says one thing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run():
            peer, _ = server.accept()
            with peer:
                said = b""
                while not said.endswith(b"\0\0\0\0"):
                    said += peer.recv(4096)
                peer.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        yield f"tcp:127.0.0.1:{server.getsockname()[1]}"
        thread.join()
