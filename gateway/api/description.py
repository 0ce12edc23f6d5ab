"""The description of the API (OpenAPI): what each route takes and gives, and who may use it.

/api/v1/openapi.json
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI

from gateway.api.answers import FHIR_ROOT, PROBLEM_JSON
from gateway.api.guard import SCOPE_MARK, Endpoint
from gateway.fhir_documents import FHIR_JSON, FHIR_XML
from gateway.security.clients import SCOPES

TEXT: Final = ("text/plain",)
SCHEME: Final = "oauth2"

_PARAMETER: Final = re.compile(r"\{([a-z_]+)")

Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the route table: the media types that it *takes* in a body, and *gives*.

    *query* are the parameters that its address may have.
    """

    method: str
    path: str
    endpoint: Endpoint
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ("application/json",)
    query: tuple[str, ...] = ()

    def operation(self) -> Operation:
        """Return what OpenAPI says of the route, beside its address and its endpoint's words."""
        problem = (FHIR_JSON, FHIR_XML) if self.path.startswith(FHIR_ROOT) else (PROBLEM_JSON,)
        said: Operation = {
            "responses": {
                "200": {"description": "What was asked for", "content": _content(self.gives)},
                "default": {"description": "A problem", "content": _content(problem)},
            },
            "parameters": [
                *(_parameter(name, "path") for name in _PARAMETER.findall(self.path)),
                *(_parameter(name, "query") for name in self.query),
            ],
        }
        if self.takes:
            said["requestBody"] = {"required": True, "content": _content(self.takes)}
        scope = getattr(self.endpoint, SCOPE_MARK)
        return said | ({"security": [{SCHEME: [scope]}]} if scope else {})


def describe(app: FastAPI, token_endpoint: str) -> None:
    """Have the description of *app* say how a client gets a token."""
    plain = app.openapi

    def described() -> Operation:
        document = plain()
        document.setdefault("components", {})["securitySchemes"] = {
            SCHEME: {
                "type": "oauth2",
                "description": "Client credentials, proved by private_key_jwt (RFC 7523)",
                "flows": {
                    "clientCredentials": {"tokenUrl": token_endpoint, "scopes": dict(SCOPES)}
                },
            }
        }
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _parameter(name: str, place: str) -> Operation:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def _content(media_types: tuple[str, ...]) -> Operation:
    return {media_type: {} for media_type in media_types}
