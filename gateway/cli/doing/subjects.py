"""Children and services as commands name them: by their ids in this gateway."""

from gateway.errors import RequestError
from gateway.office import Office


def require_child(office: Office, child_id: str) -> None:
    """Raise `RequestError` where this gateway knows no child with this id, or not any more."""
    children = office.archive.store.children
    if not children.is_known(child_id):
        entry = children.erasure(child_id)
        erased = f"this child was erased: see entry `{entry}` of the log"
        raise RequestError("there is no child with this id" if entry is None else erased)


def require_service(office: Office, service_id: str | None) -> None:
    """Raise `RequestError` where a service is named that is not registered."""
    if service_id is not None and service_id not in office.rulebook.registers.services:
        message = "there is no service with this id"
        raise RequestError(message)
