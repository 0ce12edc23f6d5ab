"""The door over a real socket, under the server that production uses."""

import socket
import threading
from time import sleep

import httpx2
import pytest
from front_door import FHIR, MESSAGE, FrontDoor, front_door
from oauth import ISSUER

from gateway.serve import server
from gateway.settings import Settings


@pytest.fixture
def door(tmp_path):
    return front_door(Settings(home=tmp_path, base_url=ISSUER))


@pytest.fixture
def address(door: FrontDoor, tmp_path):
    """Yield the address of a server that runs in a thread, and stop it as a signal would."""
    running = server(door.app, Settings(home=tmp_path))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        while not running.started:
            sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_message_is_taken_and_the_server_says_nothing_of_itself(address, door):
    answer = httpx2.post(address + MESSAGE, content=b"{}", headers=door.authorised(**FHIR))
    assert answer.status_code == 200
    assert "server" not in answer.headers


@pytest.mark.parametrize("how", ["declared", "chunked"])
def test_twenty_megabytes_are_refused_and_the_sender_hears_it(address, door, how):
    chunk = b"x" * 2**20
    content = chunk * 20 if how == "declared" else iter([chunk] * 20)
    headers = door.authorised(**FHIR)
    answer = httpx2.post(address + MESSAGE, content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-long"
    assert door.exchange.received == []


def test_what_is_not_http_is_refused(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 400")
