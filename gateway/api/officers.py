"""For whom a system acts: the person whom it names, at its own service."""

from starlette.requests import Request

from gateway.api import visit
from gateway.entries import act_of
from gateway.people import Officer
from gateway.requests import Caller


def officer_of(request: Request, caller: Caller, by: str) -> Officer:
    """Return the person *by*, for whom the *caller* acts by this *request*."""
    request_id = visit.of(request.scope).request_id
    return Officer(by, caller.service_id, act_of(caller, request_id, by))
