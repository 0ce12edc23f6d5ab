"""All that the gateway and its libraries log, kept for a test to search."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.observability import configure


@contextmanager
def all_logs() -> Iterator[io.StringIO]:
    """Yield what is logged inside; logging is as it was afterwards."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
