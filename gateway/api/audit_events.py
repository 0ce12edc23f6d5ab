"""`/FHIR/R4/AuditEvent`: the log, searched and read as AuditEvents (IHE BALP).

For the systems of information governance officers, who may read all of it: scope
`system/AuditEvent.rs`. Every search, and every page of one, is itself an entry of the log.
"""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.api import accept, audit_parameters, bodies, visit
from gateway.api.audit_parameters import Asked
from gateway.api.contract import AuditDesk
from gateway.audit_events.bundle import Bundler
from gateway.audit_events.projection import project
from gateway.errors import MalformedRequestError, UnknownRouteError, UnsupportedMediaTypeError
from gateway.fhir_documents import encode
from gateway.observability import Event, log
from gateway.requests import Caller
from gateway.searching.search import Answer, Reader, Search

FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM_BYTES: Final = 16 * 1024

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class AuditEvents:
    """Gives what the *desk* finds, in Bundles of the *bundler*."""

    desk: AuditDesk
    bundler: Bundler

    async def search(self, request: Request, caller: Caller) -> Response:
        """Search by the parameters in the address; `_search` takes them in the body instead."""
        return await self._search(request, caller, str(request.url.query))

    async def search_by_form(self, request: Request, caller: Caller) -> Response:
        """Search by the parameters in the body, a form: no address then names a child."""
        if request.url.query:
            raise MalformedRequestError(where="the address: parameters are taken in the body")
        if bodies.media_type(request) != FORM:
            raise UnsupportedMediaTypeError(where="Content-Type")
        body = await bodies.read(request, MAX_FORM_BYTES)
        try:
            text = body.decode("ascii")
        except UnicodeDecodeError:
            raise MalformedRequestError(where="the parameters") from None
        return await self._search(request, caller, text)

    async def read(self, request: Request, caller: Caller) -> Response:
        """Return one entry of the log as an AuditEvent."""
        kind = accept.require_fhir(request)
        index = request.path_params["index"]
        found = None
        if _INDEX.fullmatch(index):
            found = await self.desk.entry(int(index), reader_of(request, caller))
        if found is None:
            raise UnknownRouteError
        return Response(encode(project(found, self.bundler.observer), kind), 200, None, kind)

    async def _search(self, request: Request, caller: Caller, text: str) -> Response:
        kind = accept.require_fhir(request)
        asked = audit_parameters.read(text)
        page = asked.page
        wanted = Search(
            reader=reader_of(request, caller),
            criteria=asked.criteria,
            skip=page.skip,
            most=page.most,
            size=page.size,
        )
        answer = await self.desk.search(wanted)
        note(wanted.reader, answer)
        bundle = self.bundler.bundle(answer, self._links(asked, answer))
        return Response(encode(bundle, kind), 200, None, kind)

    def _links(self, asked: Asked, answer: Answer) -> dict[str, str]:
        """Return the addresses of this page and the next, of the log as it was searched."""
        page, address = asked.page, f"{self.bundler.root}/AuditEvent?"
        links = {"self": address + asked.link(answer.size, page.skip)}
        if page.most and page.skip + page.most < answer.total:
            links["next"] = address + asked.link(answer.size, page.skip + page.most)
        return links


def reader_of(request: Request, caller: Caller, *, user: str = "", reason: str = "") -> Reader:
    """Return who reads: the caller's system, and the person for whom it says it does."""
    return Reader(
        user=user,
        caller=caller.client_id,
        request=visit.of(request.scope).request_id,
        service=caller.service_id,
        reason=reason,
    )


def note(reader: Reader, answer: Answer) -> None:
    """Log that there was a search, by ids."""
    log(
        Event.AUDIT_SEARCHED,
        request_id=reader.request,
        client=reader.caller,
        service=reader.service,
        findings=len(answer.discrepancies),
    )
