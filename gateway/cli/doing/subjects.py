"""Children and services as commands name them: by their ids in this gateway."""

from gateway.errors import RequestError, StorageError
from gateway.office import Office


def require_child(office: Office, child_id: str) -> None:
    """Raise `RequestError` where this gateway knows no child with this id."""
    try:
        office.archive.store.vault.key(child_id)
    except StorageError:
        message = "there is no child with this id"
        raise RequestError(message) from None


def require_service(office: Office, service_id: str | None) -> None:
    """Raise `RequestError` where a service is named that is not registered."""
    if service_id is not None and service_id not in office.rulebook.registers.services:
        message = "there is no service with this id"
        raise RequestError(message)
