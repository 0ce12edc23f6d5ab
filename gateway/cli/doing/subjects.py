"""Children and services as commands name them: by their ids in this gateway."""

from collections.abc import Callable
from pathlib import Path

from gateway import settings
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.office import Office
from gateway.storage.unit import Committed
from gateway.working import require_known


def require_service(office: Office, service_id: str | None) -> None:
    """Raise `RequestError` where a service is named that is not registered."""
    if service_id is not None and service_id not in office.rulebook.registers.services:
        message = (
            f"no service `{service_id}` is registered here: give the id of one, "
            "as `service list` shows them"
        )
        raise RequestError(message)


def recorded_about(home: Path | None, child_id: str, act: Callable[[Office], Committed]) -> int:
    """Open the gateway at *home*, *act* on a child in it, and return the index of the entry."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return act(gateway.office).indices[0]
