"""`caf-gateway` for tests as its users run it: in processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_COMMAND = (sys.executable, "-c", "from gateway.cli import main; main()")
_SECONDS = 60


def environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the surroundings of a process for the gateway in *home*."""
    given = {f"CAF_GATEWAY_{name}": value for name, value in settings.items()}
    return dict(os.environ) | given | {"CAF_GATEWAY_HOME": str(home)}


def run(home: Path, *arguments: str, **settings: str) -> str:
    """Run one command to its end, and return what it prints."""
    done = subprocess.run(
        [*_COMMAND, *arguments],
        env=environment(home, settings),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(home: Path, *arguments: str, **settings: str) -> Iterator[Path]:
    """Run one command until the block ends, stop it as a service manager would; yield its log.

    It must end well: that is asserted.
    """
    said = home.parent / f"{arguments[0]}.log"
    with (
        said.open("wb") as log,
        subprocess.Popen(
            [*_COMMAND, *arguments],
            env=environment(home, settings),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield said
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(_SECONDS)
    assert ended == 0, said.read_text()


def await_port(port: int) -> None:
    """Return once something listens on *port* of the loopback interface."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = "nothing listens on the port"
    raise TimeoutError(message)


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
