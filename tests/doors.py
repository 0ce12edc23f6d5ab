"""The real door before a whole gateway of the fictional partnership: HTTP in, the log behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from oauth import ClientSystem
from starlette.testclient import TestClient
from worlds import SERVICES, World, a_world

from gateway.front_door import open_front_door
from gateway.ports import Ports


@dataclass(frozen=True, slots=True)
class Door:
    """A gateway with its door open, and a system of each service that has a key to it."""

    world: World
    http: TestClient
    systems: dict[str, ClientSystem]

    def authorised(self, service: str) -> dict[str, str]:
        """Return headers with a token of the service's one system."""
        system = self.systems[service]
        system.clock.at = self.world.clock.now()
        endpoint = self.world.gateway.settings.token_endpoint
        form = system.form(client_assertion=system.assertion(aud=endpoint))
        answer = self.http.post("/oauth2/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@contextmanager
def a_door(folder: Path, ports: Ports | None = None, **settings: object) -> Iterator[Door]:
    """Open the partnership's gateway in *folder*, with a key registered for each service."""
    systems = {one: ClientSystem(id=f"client-{one}", service_id=one) for one in SERVICES}
    with a_world(folder, ports, **settings) as world:
        known = world.gateway.office.rulebook.registers.clients
        world.gateway.recorder.documents(
            replace(known[system.id], jwks=_public(system), scopes=tuple(sorted(system.scopes)))
            for system in systems.values()
        )
        with TestClient(open_front_door(world.gateway)) as http:
            yield Door(world, http, systems)


def _public(system: ClientSystem) -> dict[str, list[dict[str, str]]]:
    public = system.key.as_dict(private=False)
    return {"keys": [{name: str(value) for name, value in public.items()}]}
