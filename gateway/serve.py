"""Serving: uvicorn, told what a gateway wants of it."""

import gc
import signal
import sys
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateway.observability import Event, log
from gateway.settings import Settings

GRACE_SECONDS = 10
"""How long a stopping gateway lets requests finish that it has begun."""

_GC_THRESHOLDS: Final = (20_000, 20, 50)
_SWITCH_SECONDS: Final = 0.0003


def server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """Return a server for the gateway's *app*."""
    limit = settings.limits.concurrent_requests
    return listening(app, settings.host, settings.port, concurrent_requests=limit)


def listening(app: ASGIApp, host: str, port: int, *, concurrent_requests: int) -> uvicorn.Server:
    """Return a server for *app*: no access log, no server name, bounded concurrency, clean stop."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # it holds addresses
        server_header=False,
        proxy_headers=False,  # nothing is believed of an address
        limit_concurrency=concurrent_requests,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def serve(app: ASGIApp, settings: Settings) -> None:
    """Serve the gateway's *app* until SIGTERM or SIGINT, as `run` does."""
    run(server(app, settings), settings.node)


def run(running: uvicorn.Server, node: str) -> None:
    """Run the server until SIGTERM or SIGINT; finish what was begun, then end the process well."""
    # Having stopped, uvicorn raises the signal once more: whoever called us has yet to close
    # what it opened, and would be killed before it had.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    settle()
    log(Event.STARTED, node=node, port=running.config.port)
    try:
        running.run()
    finally:
        log(Event.STOPPED, node=node)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def settle() -> None:
    """Tell the interpreter how we work: what is loaded stays, and the committer does not wait.

    A message makes thousands of objects, none of which refers in a circle to another: with the
    collector's own thresholds a fifth of the processor's time goes into finding that out. And the
    committer's thread takes the interpreter's lock back after each statement: those who make
    messages ready give it up within the fraction of a millisecond, not within five.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    sys.setswitchinterval(_SWITCH_SECONDS)
