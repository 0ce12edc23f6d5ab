"""Witnesses for tests: real servers on the loopback interface that speak C2SP tlog-witness.

with a_witness(clock) as witness:
    ... settings that name witness.vkey and witness.url ...
    witness.mood = Mood.DEAD
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import Checkpoint
from audit.cosignature import CosigningKey
from audit.errors import ProofError
from audit.merkle import verify_consistency
from audit.note import split
from audit.witness import PATH, SIZE_TYPE, decode_request


class Mood(Enum):
    """What becomes of a request."""

    WELL = auto()
    DEAD = auto()
    SLOW = auto()
    BROKEN = auto()
    """Answers what is no cosignature."""
    LYING = auto()
    """Says that it knows a larger log, and shows nothing."""


class Witness(ThreadingHTTPServer):
    """One witness that cosigns whatever log grows before it; its clock is *now*."""

    daemon_threads = True

    def __init__(self, name, now) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.key = CosigningKey(name, Ed25519PrivateKey.generate())
        self.now = now
        self.mood = Mood.WELL
        self.awake = threading.Event()
        self.lock = threading.Lock()
        self.size, self.root, self.note = 0, b"", b""
        self.asked = []

    @property
    def settings(self):
        """What names it in the settings of a gateway."""
        url = f"http://127.0.0.1:{self.server_address[1]}"
        return {"vkey": self.key.verifier.vkey, "url": url}

    def add(self, body):
        """Return status, media type and body of the answer."""
        request = decode_request(body)
        checkpoint = Checkpoint.decode(split(request.note)[0])
        with self.lock:
            self.asked.append(checkpoint.size)
            if self.mood is Mood.LYING:
                return 409, SIZE_TYPE, b"%d\n" % (checkpoint.size + 1000)
            same_size = request.old == checkpoint.size
            if request.old != self.size or (same_size and checkpoint.root != self.root):
                return 409, SIZE_TYPE, b"%d\n" % self.size
            try:
                if self.size:
                    verify_consistency(
                        self.size, self.root, checkpoint.size, checkpoint.root, request.proof
                    )
            except ProofError:
                return 422, "text/plain", b""
            line = self.key.cosign(checkpoint, int(self.now().timestamp())).encode().encode()
            self.size, self.root = checkpoint.size, checkpoint.root
            self.note = request.note + line
        return 200, "text/plain", b"no note" if self.mood is Mood.BROKEN else line

    def shown(self, path):
        """Return what a monitor reads at *path*, if anything."""
        origin = self.note.split(b"\n", 1)[0]
        known = self.note and path == f"/{sha256(origin).hexdigest()}/checkpoint"
        return self.note if known and self.mood is not Mood.LYING else None

    def handle_error(self, request, client_address):
        """Say nothing of callers that give up."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.mood is Mood.DEAD:
            self.close_connection = True
            return
        if self.server.mood is Mood.SLOW:
            self.server.awake.wait(10)
        if self.path == PATH:
            self._answer(*self.server.add(body))
        else:
            self._answer(404, "text/plain", b"")

    def do_GET(self):
        note = self.server.shown(self.path)
        self._answer(200 if note else 404, "text/plain", note or b"")

    def _answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object):
        """Keep the test's output clean."""


@contextmanager
def a_witness(now, name="w1.example") -> Iterator[Witness]:
    """Run a witness for as long as the block lasts."""
    server = Witness(name, now)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.awake.set()
        server.shutdown()
        thread.join()
        server.server_close()
