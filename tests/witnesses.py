"""Witnesses for tests: servers on the loopback interface, with the moods that witnesses have.

with a_witness(clock.now, "w1.example") as witness:
    ... settings that hold witness.settings ...
    witness.mood = Mood.DEAD
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from worlds import the_log

from audit.cosignature import CosigningKey
from audit.witness import PATH, SIZE_TYPE, Answer, Witness


class Mood(Enum):
    """What becomes of a request."""

    WELL = auto()
    DEAD = auto()
    SLOW = auto()
    BROKEN = auto()
    """Answers what is no cosignature."""
    LYING = auto()
    """Says that it knows a larger log, and shows nothing."""


class Remembered:
    """What a witness remembers, for as long as a test lasts."""

    def __init__(self) -> None:
        self.notes = ()

    def read(self):
        return self.notes

    def write(self, notes):
        self.notes = tuple(notes)


class WitnessServer(ThreadingHTTPServer):
    """A witness of the partnership's log; its clock is *now*."""

    daemon_threads = True

    def __init__(self, name, now) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.key = CosigningKey(name, Ed25519PrivateKey.generate())
        self.memory = Remembered()
        self.witness = Witness(
            key=self.key,
            logs=(the_log(),),
            memory=self.memory,
            now=lambda: int(now().timestamp()),
        )
        self.mood = Mood.WELL
        self.awake = threading.Event()
        self.asked = 0

    @property
    def settings(self):
        """What names it in the settings of a gateway."""
        url = f"http://127.0.0.1:{self.server_address[1]}"
        return {"vkey": self.key.verifier.vkey, "url": url}

    @property
    def size(self):
        """How many entries of the log it has cosigned."""
        return int(self.memory.notes[0].split(b"\n")[1]) if self.memory.notes else 0

    def add(self, body):
        self.asked += 1
        if self.mood is Mood.LYING:
            return Answer(409, b"%d\n" % (self.size + 1000), SIZE_TYPE)
        answer = self.witness.add_checkpoint(body)
        return Answer(200, b"no note") if self.mood is Mood.BROKEN else answer

    def shown(self, path):
        """Return what a monitor reads at *path*."""
        if self.mood is Mood.LYING:
            return Answer(404, b"")
        return self.witness.latest(path.removesuffix("/checkpoint").strip("/"))

    def handle_error(self, request, client_address):
        """Say nothing of callers that give up."""


def name_in_settings(home, witnesses, **more):
    """Write *witnesses* into the settings of the gateway in *home*, and *more* about them."""
    file = home / "settings.toml"
    said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in more.items())
    settings = file.read_text().replace("\n[witnesses]", f"\n[witnesses]\n{said}#")
    for one in witnesses:
        settings += f'\n[[witnesses.witness]]\nvkey = "{one["vkey"]}"\nurl = "{one["url"]}"\n'
    file.write_text(settings)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.mood is Mood.DEAD:
            self.close_connection = True
            return
        if self.server.mood is Mood.SLOW:
            self.server.awake.wait(10)
        self._give(self.server.add(body) if self.path == PATH else Answer(404, b""))

    def do_GET(self):
        self._give(self.server.shown(self.path))

    def _give(self, answer):
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_arguments: object):
        """Keep the test's output clean."""


@contextmanager
def a_witness(now, name) -> Iterator[WitnessServer]:
    """Run a witness for as long as the block lasts."""
    server = WitnessServer(name, now)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.awake.set()
        server.shutdown()
        thread.join()
        server.server_close()
