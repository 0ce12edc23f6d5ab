"""`GET /api/v1/receipts/{entry}`: the receipt of an entry, for the service that it is for."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.contract import ReceiptReader
from gateway.errors import UnknownRouteError
from gateway.requests import Caller

MEDIA_TYPE: Final = "application/json"

_ENTRY: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Gives the receipts that the *reader* makes."""

    reader: ReceiptReader

    async def fetch(self, request: Request, caller: Caller) -> Response:
        """Return the receipt of an entry that is the caller's own; 404 for any other, or none."""
        entry = request.path_params["entry"]
        receipt = None
        if _ENTRY.fullmatch(entry):
            receipt = await self.reader.receipt(int(entry), caller.service_id)
        if receipt is None:
            raise UnknownRouteError
        return Response(receipt, 200, media_type=MEDIA_TYPE)
