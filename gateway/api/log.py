"""`GET /log/...`: the log for those who verify it (C2SP tlog-checkpoint, tlog-tiles).

The shard that is open is at `/log/`. Each, open or sealed, keeps an address of its own, by its
number: `/log/1/`. There alone a tile stays what it is: at `/log/` another log may begin.

Checkpoint and hashes say nothing of anybody, and are for everybody: that is how a stranger
checks us. Entries are for monitors with the scope `system/log.read`.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from audit.errors import TreeError
from audit.tiles import Bundle, Tile, parse
from gateway.api.contract import LogReader
from gateway.errors import UnknownRouteError
from gateway.requests import Caller

# What a tile of one log holds at a given width never changes; a checkpoint is old with the next
# entry.
_FOR_EVER: Final = "max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Log:
    """Shows what the *reader* reads."""

    reader: LogReader

    async def checkpoint(self, request: Request) -> Response:
        """Return the newest signed checkpoint."""
        note = await self.reader.checkpoint(request.path_params.get("shard"))
        if note is None:
            raise UnknownRouteError
        return Response(note, 200, {"Cache-Control": _ASK_AGAIN}, "text/plain; charset=utf-8")

    async def tile(self, request: Request) -> Response:
        """Return a tile of hashes: `/log/tile/0/x001/x234/067`, `/log/tile/1/000.p/5`."""
        level, index = request.path_params["level"], request.path_params["index"]
        return await self._read(request, f"tile/{level}/{index}", "public")

    async def entries(self, request: Request, _caller: Caller) -> Response:
        """Return a bundle of entries: `/log/tile/entries/000.p/17`."""
        path = f"tile/entries/{request.path_params['index']}"
        return await self._read(request, path, "private")

    async def _read(self, request: Request, path: str, cache: str) -> Response:
        shard = request.path_params.get("shard")
        content = await self.reader.tile(_place(path), shard)
        if content is None:
            raise UnknownRouteError
        caching = f"{cache}, {_ASK_AGAIN if shard is None else _FOR_EVER}"
        return Response(content, 200, {"Cache-Control": caching}, "application/octet-stream")


def _place(path: str) -> Tile | Bundle:
    try:
        return parse(path)
    except TreeError:
        raise UnknownRouteError from None
