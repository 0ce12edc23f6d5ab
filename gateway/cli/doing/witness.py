"""What `caf-gateway witness` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway import observability
from gateway.ports import Ports
from gateway.serve import listening, run
from gateway.witness.app import open_app
from gateway.witness.home import WitnessHome

_CONCURRENT_REQUESTS: Final = 64


def init(home: Path, name: str) -> str:
    """Make a witness in *home*, and return its verifier key as text."""
    return WitnessHome(home).make(name).vkey


def trust(home: Path, vkeys: Sequence[str]) -> list[str]:
    """Have the witness follow these logs, too, and return the keys of all that it follows."""
    return [key.vkey for key in WitnessHome(home).trust(vkeys)]


def serve(home: Path, host: str, port: int) -> None:
    """Serve the witness in *home* until SIGTERM or SIGINT."""
    observability.configure()
    place, ports = WitnessHome(home), Ports()
    with place.open(lambda: int(ports.now().timestamp())) as witness:
        app = open_app(witness, place.keep_conflict)
        server = listening(app, host, port, concurrent_requests=_CONCURRENT_REQUESTS)
        run(server, witness.key.name)
