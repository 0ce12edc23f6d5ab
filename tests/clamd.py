"""A peer that speaks clamd's protocol on a socket of its own, and knows one virus: EICAR's.

It stands in for a scanner that no package here brings: the commands, the framing and the answers
are those of clamd(8), and a limit like its StreamMaxLength.
"""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# In two parts, so that no scanner takes this file for what it describes.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST_BYTES = 1_000_000


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = self._line()
        if command == b"zPING":
            self.wfile.write(b"PONG\0")
        elif command == b"zINSTREAM":
            self.wfile.write(self._scanned() + b"\0")
        else:
            self.wfile.write(b"UNKNOWN COMMAND\0")

    def _line(self) -> bytes:
        said = b""
        while not said.endswith(b"\0"):
            more = self.rfile.read(1)
            if not more:
                break
            said += more
        return said.rstrip(b"\0")

    def _scanned(self) -> bytes:
        content = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > MOST_BYTES:
                return b"INSTREAM size limit exceeded. ERROR"
        return b"stream: Eicar-Signature FOUND" if EICAR in content else b"stream: OK"


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class _TCPServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def clamd(folder: Path | None = None) -> Iterator[str]:
    """Give the address of a scanner: a socket in *folder*, or a port of this machine."""
    if folder is None:
        server: socketserver.BaseServer = _TCPServer(("127.0.0.1", 0), _Handler)
        address = f"tcp:127.0.0.1:{server.server_address[1]}"
    else:
        server = _UnixServer(str(folder / "clamd.ctl"), _Handler)
        address = f"unix:{folder / 'clamd.ctl'}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
