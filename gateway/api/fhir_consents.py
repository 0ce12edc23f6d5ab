"""`/FHIR/R4/Consent`: statements as FHIR Consents (IHE PCF), searched by child and taken in.

`CAF-Practitioner` names the person for whom a system records: the resource has no place for it.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import accept, bodies
from gateway.api.answers import problem_response
from gateway.api.audit_events import FORM, MAX_FORM_BYTES
from gateway.api.consents import CREATE, READ, visitor
from gateway.api.contract import ConsentDesk
from gateway.api.description import Route
from gateway.api.guard import Guard
from gateway.errors import MalformedRequestError, UnsupportedMediaTypeError
from gateway.fhir_documents import FHIR_JSON, FHIR_XML, encode
from gateway.observability import Event, log
from gateway.problems import rejection_of
from gateway.requests import Caller

MAX_BYTES: Final = 256 * 1024
ROOT: Final = "/FHIR/R4/Consent"

_PATIENT: Final = re.compile(r"(?:Patient/)?([A-Za-z0-9-]{1,64})")
_PERSON: Final = re.compile(r"[A-Za-z0-9._@-]{1,100}")


@dataclass(frozen=True, slots=True)
class FHIRConsents:
    """Gives out and takes in Consents at the *desk*."""

    desk: ConsentDesk

    async def search(self, request: Request, caller: Caller) -> Response:
        """Return the Consents of one child, one of each grantor: `?patient=Patient/{id}`."""
        return await self._search(request, caller, str(request.url.query))

    async def search_by_form(self, request: Request, caller: Caller) -> Response:
        """Search by the parameter in the body, a form: no address then names a child."""
        if request.url.query:
            raise MalformedRequestError(where="the address: parameters are taken in the body")
        if bodies.media_type(request) != FORM:
            raise UnsupportedMediaTypeError(where="Content-Type")
        body = await bodies.read(request, MAX_FORM_BYTES)
        return await self._search(request, caller, body.decode("ascii", "replace"))

    async def take_in(self, request: Request, caller: Caller) -> Response:
        """Record the statement of a Consent: 201, and in an outcome whatever made it doubtful."""
        kind = accept.require_fhir(request)
        who = visitor(request, caller, _person(request))
        payload = await bodies.read(request, MAX_BYTES)
        received, taken = await self.desk.take_in(payload, bodies.media_type(request), who)
        if taken is None:
            problem = rejection_of(received.findings)
            return problem_response(problem, request.scope, findings=received.findings)
        log(Event.CONSENT_RECORDED, request_id=who.request, entry=taken.entry)
        headers = {"CAF-Entry": str(taken.entry)}
        return Response(encode(_outcome(taken.doubts), kind), 201, headers, kind)

    async def _search(self, request: Request, caller: Caller, text: str) -> Response:
        kind = accept.require_fhir(request)
        found = await self.desk.write(_patient(text), FHIR_JSON, visitor(request, caller))
        consents = [msgspec.json.decode(one, type=dict[str, object]) for one in found]
        bundle = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(consents),
            "entry": [{"resource": one, "search": {"mode": "match"}} for one in consents],
        }
        if not consents:
            del bundle["entry"]
        return Response(encode(bundle, kind), 200, None, kind)


def routes(desk: ConsentDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of FHIR Consents."""
    consents, fhir = FHIRConsents(desk), (FHIR_JSON, FHIR_XML)
    return (
        Route("GET", ROOT, guard.needs(READ, consents.search), gives=fhir, query=("patient",)),
        Route(
            "POST",
            f"{ROOT}/_search",
            guard.needs(READ, consents.search_by_form),
            takes=(FORM,),
            gives=fhir,
        ),
        Route("POST", ROOT, guard.needs(CREATE, consents.take_in), takes=fhir, gives=fhir),
    )


def _patient(text: str) -> str:
    """Return the id of the child whom the parameters in *text* name.

    >>> _patient("patient=Patient/c-17")
    'c-17'
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    match = _PATIENT.fullmatch(pairs[0][1]) if len(pairs) == 1 else None
    if match is None or pairs[0][0] != "patient":
        raise MalformedRequestError(where="patient: the id of a child in this gateway")
    return match[1]


def _person(request: Request) -> str:
    values = request.headers.getlist("caf-practitioner")
    if len(values) != 1 or not _PERSON.fullmatch(values[0]):
        raise MalformedRequestError(where="CAF-Practitioner")
    return values[0]


def _outcome(doubts: tuple[str, ...]) -> dict[str, object]:
    """Return what is told of a statement that was taken in."""
    told = "recorded" if not doubts else "recorded, not believed until a person has looked at it"
    issues = [_issue("information", "informational", told)]
    issues += [_issue("warning", "business-rule", code) for code in doubts]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(severity: str, code: str, text: str) -> dict[str, object]:
    return {"severity": severity, "code": code, "details": {"text": text}}
