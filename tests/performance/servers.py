"""Servers under measurement: each a process of its own on the loopback, with its own folder."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.performance import home
from tests.performance.load import HOST

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 30.0

_SERVE: Final = "from gateway.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Server:
    """One server that answers on *port*; *token* lets the sender in."""

    port: int
    token: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Return the processor time that the server has used so far, user and system."""
        used = self.process.cpu_times()
        return used.user + used.system


@contextmanager
def gateway(folder: Path) -> Iterator[Server]:
    """Serve a gateway of its own in *folder*."""
    sender, port = home.make(folder), _free_port()
    command = [sys.executable, "-c", _SERVE, "serve", "--home", str(folder)]
    environment = {
        "CAF_GATEWAY_PORT": str(port),
        "CAF_GATEWAY_BASE_URL": f"http://{HOST}:{port}",
    }
    with _running(command, environment, port) as process:
        token = _token(port, sender)
        yield Server(port, token, process)


def _token(port: int, sender: home.Sender) -> str:
    endpoint = f"http://{HOST}:{port}/oauth2/token"
    form = urllib.parse.urlencode(sender.form(endpoint)).encode()
    with urllib.request.urlopen(endpoint, form) as answer:
        token: str = json.load(answer)["access_token"]
        return token


@contextmanager
def obvious(folder: Path) -> Iterator[Server]:
    """Serve the obvious implementation in *folder*."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.performance.obvious", str(folder), str(port)]
    with _running(command, {}, port) as process:
        yield Server(port, (folder / "token").read_text(), process)


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], port: int
) -> Iterator[psutil.Process]:
    """Run *command* until the block ends; it is ready once it takes connections on *port*."""
    surroundings = os.environ | environment | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await_port(process, port)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"the server did not start: {' '.join(process.args)}"  # type: ignore[arg-type]
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
