"""The load: so many connections that each send one request after the other, and what came of it.

Cheap on purpose, since it shares the machine with what it measures: requests are bytes before
the clock starts, and of an answer no more is read than its status line and its length.
"""

import asyncio
import statistics
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

CONNECTIONS: Final = 32
HOST: Final = "127.0.0.1"

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured: how long all took, each answer's *latencies* in seconds, and failures."""

    seconds: float
    latencies: tuple[float, ...]
    failures: int

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return (len(self.latencies) - self.failures) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        """Return the latency, in milliseconds, that *percent* of the answers keep.

        >>> Load(1.0, tuple(n / 1000 for n in range(1, 101)), 0).percentile_ms(99)
        99.99
        """
        return round(statistics.quantiles(self.latencies, n=100)[percent - 1] * 1000, 2)


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    r"""Return a POST of *body* as it goes over the wire.

    >>> request("/x", {"A": "b"}, b"{}")
    b'POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\nContent-Length: 2\r\n\r\n{}'
    """
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def send(port: int, requests: Iterable[bytes], connections: int = CONNECTIONS) -> Load:
    """Send *requests* to *port* over so many *connections*; anything but a 200 is a failure."""
    waiting = deque(requests)
    latencies: list[float] = []
    failures = 0

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal failures
        while waiting:
            content = waiting.popleft()
            sent = perf_counter()
            writer.write(content)
            status = await _answer(reader)
            latencies.append(perf_counter() - sent)
            failures += status != 200
        writer.close()

    opened = [await asyncio.open_connection(HOST, port) for _ in range(connections)]
    started = perf_counter()
    await asyncio.gather(*(work(*connection) for connection in opened))
    return Load(perf_counter() - started, tuple(latencies), failures)


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end, and return its status."""
    head = await reader.readuntil(_HEAD_END)
    lowered = head.lower()
    start = lowered.index(_LENGTH) + len(_LENGTH)
    await reader.readexactly(int(lowered[start : lowered.index(b"\r", start)]))
    return int(head.split(b" ", 2)[1])
