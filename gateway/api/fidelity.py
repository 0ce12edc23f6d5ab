"""`GET /api/v1/records/{entry}/fidelity`: what became of a record, for the service that sent it."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.answers import json_response
from gateway.api.contract import FidelityReader
from gateway.errors import UnknownRouteError
from gateway.requests import Caller

_ENTRY: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Gives the accounts that the *reader* makes."""

    reader: FidelityReader

    async def fetch(self, request: Request, caller: Caller) -> Response:
        """Return the account of a record that the caller sent; 404 for any other, or none."""
        entry = request.path_params["entry"]
        account = None
        if _ENTRY.fullmatch(entry):
            account = await self.reader.of_sender(int(entry), caller.service_id)
        if account is None:
            raise UnknownRouteError
        return json_response(account)
