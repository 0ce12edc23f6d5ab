"""What a witness answers over HTTP (C2SP tlog-witness).

POST /add-checkpoint          the cosignature of a checkpoint, or why there is none
GET  /{origin hash}/checkpoint    the last checkpoint of that log that was cosigned
"""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from audit.witness import MAX_REQUEST_BYTES, PATH, Answer, Witness
from gateway.api import bodies
from gateway.errors import MalformedRequestError, RequestError, SlowRequestError
from gateway.observability import Event, log
from gateway.problems import problem_of

READ_SECONDS: Final = 10.0
"""How long a request may take to arrive."""

_ALWAYS: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


def open_app(
    witness: Witness, keep_conflict: Callable[[bytes], None], read_seconds: float = READ_SECONDS
) -> Starlette:
    """Return the application that answers for *witness*.

    *keep_conflict* is given a request that convicts its log: it holds a signed checkpoint of
    another root than the one of the same size that was cosigned, which the log had signed, too.
    """

    async def add_checkpoint(request: Request) -> Response:
        body = await _read(request, read_seconds)
        answer = await run_in_threadpool(witness.add_checkpoint, body)
        if answer.is_fork:
            log(Event.WITNESS_CONFLICT, status=answer.status)
            await run_in_threadpool(keep_conflict, body)
        elif not answer.is_cosigned:
            log(Event.WITNESS_REFUSED, status=answer.status)
        return _response(answer)

    async def latest(request: Request) -> Response:
        origin_hash = request.path_params["origin_hash"]
        return _response(await run_in_threadpool(witness.latest, origin_hash))

    return Starlette(
        routes=[
            Route(PATH, add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", latest, methods=["GET"]),
        ],
        exception_handlers={RequestError: _refuse, Exception: _refuse},
    )


async def _read(request: Request, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await bodies.read(request, MAX_REQUEST_BYTES)
    except TimeoutError:
        raise SlowRequestError from None
    except ClientDisconnect:
        raise MalformedRequestError from None


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, _ALWAYS, answer.media_type)


async def _refuse(_request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    return _response(Answer(problem.status, f"{problem.title}\n".encode()))
