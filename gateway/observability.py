"""What operators see: logs of a small catalogue of events, and metrics. Never personal data.

    {"event": "request.failed", "level": "error", "request_id": "…", "cause": "KeyError", …}

An event has a constant name and fields from a closed list, all of them ids, counts, or names
that we wrote ourselves. No body, URL, header or exception text ever gets here: what a library
says through `logging` is cut down to where it was said.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, TextIO

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Event(StrEnum):
    """The catalogue of what is logged."""

    STARTED = "gateway.started"
    STOPPED = "gateway.stopped"
    REQUEST_REFUSED = "request.refused"
    REQUEST_FAILED = "request.failed"
    REQUEST_ABANDONED = "request.abandoned"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - the name of an event
    TOKEN_REFUSED = "token.refused"  # noqa: S105 - the name of an event
    MESSAGE_ACCEPTED = "message.accepted"
    MESSAGE_REPEATED = "message.repeated"
    MESSAGE_REJECTED = "message.rejected"
    DISCLOSED = "disclosure.answered"
    LOOKED_UP = "lookup.answered"
    CONSENT_RECORDED = "consent.recorded"
    NOTICE_ANSWERED = "notice.answered"
    FACT_RECORDED = "fact.recorded"
    DELIVERED = "delivery.done"
    DELIVERY_RETRIED = "delivery.retried"
    DELIVERY_STOPPED = "delivery.stopped"
    TASK_OVERDUE = "task.overdue"
    TASK_URGENT = "task.urgent"
    TASK_HANDLED = "task.handled"
    TASK_RESOLVED = "task.resolved"
    GLASS_BROKEN = "glass.broken"
    WITNESS_REFUSED = "witness.refused"
    WITNESS_CONFLICT = "witness.conflict"
    RETENTION_RUN = "retention.run"
    WITNESSES_SILENT = "witnesses.silent"
    WITNESSES_BACK = "witnesses.back"
    LOG_REFUSED = "log.refused"
    LOG_FAULTY = "log.faulty"
    WITNESSING_FAILED = "witness.failed"
    LOG_CONTRADICTED = "log.contradicted"
    ATTACHMENT_SCANNED = "attachment.scanned"
    SCANNER_SILENT = "scanner.silent"
    ANCHORED = "log.anchored"
    ANCHOR_MISSED = "log.anchor_missed"
    AUDIT_SEARCHED = "audit.searched"
    LOG_DISAGREES = "log.disagrees"
    AGREEMENT_CHANGED = "agreement.changed"
    AGREEMENT_FAULTY = "agreement.faulty"
    POLICY_CHANGED = "policy.changed"


_LEVELS: Final = {
    Event.REQUEST_FAILED: "error",
    Event.DELIVERY_STOPPED: "error",
    Event.LOG_DISAGREES: "error",
    Event.REQUEST_REFUSED: "warning",
    Event.TOKEN_REFUSED: "warning",
    Event.DELIVERY_RETRIED: "warning",
    Event.SCANNER_SILENT: "warning",
    Event.TASK_OVERDUE: "warning",
    Event.TASK_URGENT: "warning",
    Event.GLASS_BROKEN: "warning",
    Event.WITNESS_REFUSED: "warning",
    Event.WITNESS_CONFLICT: "error",
    Event.WITNESSES_SILENT: "error",
    Event.LOG_REFUSED: "error",
    Event.LOG_FAULTY: "critical",
    Event.AGREEMENT_FAULTY: "critical",
    Event.WITNESSING_FAILED: "error",
    Event.LOG_CONTRADICTED: "critical",
    Event.ANCHOR_MISSED: "warning",
}

FIELDS: Final = frozenset(
    {
        "request_id",
        "correlation_id",
        "client",
        "service",
        "route",
        "status",
        "problem",
        "cause",
        "place",
        "erased",
        "refused",
        "entry",
        "bytes",
        "findings",
        "attempt",
        "node",
        "port",
        "task",
        "role",
        "witness",
        "size",
        "attachment",
        "outcome",
    }
)
"""The fields that an event may have: ids, counts, and names of our own."""


def configure(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Write all logs to *stream* as JSON, a line an event; libraries' words are left out."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_to_text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    library = logging.StreamHandler(stream)
    library.setFormatter(_LibraryFormatter())
    root = logging.getLogger()
    root.handlers[:] = [library]
    root.setLevel(logging.WARNING)


def _to_text(event: object, **_options: object) -> str:
    return msgspec.json.encode(event).decode()


class _LibraryFormatter(logging.Formatter):
    """A library's record without its message, whose words we do not know."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0] if record.exc_info else None
        said: dict[str, str | int | None] = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
            "cause": kind.__name__ if kind else None,
        }
        return _to_text(said)


def log(event: Event, **fields: str | int | None) -> None:
    """Log *event* with *fields*, all of which are in `FIELDS`, or raise `ValueError`.

    >>> log(Event.STARTED, name="Zoe")
    Traceback (most recent call last):
        ...
    ValueError: a field of the event is not in the catalogue
    """
    if not FIELDS.issuperset(fields):
        message = "a field of the event is not in the catalogue"
        raise ValueError(message)
    level = _LEVELS.get(event, "info")
    logger = structlog.get_logger()
    getattr(logger, level)(event.value, level=level, **fields)


def place_of(traceback: TracebackType | None) -> str:
    """Return `file:line` of the innermost frame: where it happened, and nothing of what was there.

    >>> place_of(None)
    'unknown'
    """
    if traceback is None:
        return "unknown"
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    filename = traceback.tb_frame.f_code.co_filename
    return f"{'/'.join(filename.split('/')[-2:])}:{traceback.tb_lineno}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries stand in one state, and for how long the oldest has."""

    rows: int
    seconds: float


class _AskedAnew(Collector):
    """Gauges that are asked for at each scrape, whichever process did what they tell of."""

    def __init__(self, gauges: Callable[[], Iterator[GaugeMetricFamily]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return self._gauges()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe nothing beforehand: registering would ask the database."""
        return iter(())


def _outbox_gauges(backlog: Mapping[str, Waiting]) -> Iterator[GaugeMetricFamily]:
    depth = GaugeMetricFamily(
        "caf_gateway_outbox_depth", "Deliveries that are not done", labels=["state"]
    )
    age = GaugeMetricFamily(
        "caf_gateway_outbox_age_seconds", "Age of the oldest of them", labels=["state"]
    )
    for state, waiting in backlog.items():
        depth.add_metric([state], waiting.rows)
        age.add_metric([state], waiting.seconds)
    yield depth
    yield age


def _task_gauges(overdue: Mapping[str, int]) -> Iterator[GaugeMetricFamily]:
    tasks = GaugeMetricFamily(
        "caf_gateway_tasks_overdue", "Tasks not done in their time", labels=["owner_role"]
    )
    for role, count in overdue.items():
        tasks.add_metric([role], count)
    yield tasks


def _office_gauges(unheld: Mapping[str, int]) -> Iterator[GaugeMetricFamily]:
    offices = GaugeMetricFamily(
        "caf_gateway_offices_unheld",
        "Organisations in which nobody holds an office that tasks go to",
        labels=["office"],
    )
    for office, count in unheld.items():
        offices.add_metric([office], count)
    yield offices


def _glass_gauges(broken: Mapping[str, int]) -> Iterator[GaugeMetricFamily]:
    glasses = GaugeMetricFamily(
        "caf_gateway_broken_glasses", "Glasses that were broken, by their review", labels=["review"]
    )
    for review, count in broken.items():
        glasses.add_metric([review], count)
    yield glasses


def _witness_gauges(seconds: float) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "caf_gateway_witness_staleness_seconds",
        "How long ago the quorum of witnesses last agreed with this log",
        value=seconds,
    )


def _patrol_gauges(seconds: float, faults: int) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "caf_gateway_log_verified_seconds",
        "How long ago the whole stored log was last verified",
        value=seconds,
    )
    yield GaugeMetricFamily(
        "caf_gateway_log_faults", "What this verification has found not to hold", value=faults
    )


class Metrics:
    """The gateway's own counters, in a registry of its own. Labels are our own constant names."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "caf_gateway_requests",
            "Requests",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "caf_gateway_request_seconds", "Time to answer", ("route",), registry=self.registry
        )
        self._batch = Histogram(
            "caf_gateway_commit_batch_units",
            "Units committed in one transaction",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=self.registry,
        )

        self._deliveries = Counter(
            "caf_gateway_deliveries",
            "Attempts to deliver, by what became of them",
            ("fate",),
            registry=self.registry,
        )
        self._witnesses = Counter(
            "caf_gateway_witness_answers",
            "What witnesses answered",
            ("witness", "answer"),
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer of *route* (the template, never the address that was asked for)."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def committed(self, units: int) -> None:
        """Count one transaction of the committer."""
        self._batch.observe(units)

    def dispatched(self, fate: str) -> None:
        """Count what became of one row that the dispatcher took up."""
        self._deliveries.labels(fate).inc()

    def witnessed(self, witness: str, answer: str) -> None:
        """Count one answer of a witness, by its name in the settings."""
        self._witnesses.labels(witness, answer).inc()

    def watch_witnesses(self, staleness: Callable[[], float]) -> None:
        """Show how many seconds ago the witnesses agreed, asked anew at each scrape."""
        self.registry.register(_AskedAnew(lambda: _witness_gauges(staleness())))

    def watch_patrol(self, progress: Callable[[], tuple[float, int]]) -> None:
        """Show how long ago the whole log was verified, and what was found; asked anew."""
        self.registry.register(_AskedAnew(lambda: _patrol_gauges(*progress())))

    def watch_outbox(self, backlog: Callable[[], Mapping[str, Waiting]]) -> None:
        """Show what waits in the outbox, for each state, asked anew at each scrape."""
        self.registry.register(_AskedAnew(lambda: _outbox_gauges(backlog())))

    def watch_tasks(self, overdue: Callable[[], Mapping[str, int]]) -> None:
        """Show how many tasks of each role are overdue, asked anew at each scrape."""
        self.registry.register(_AskedAnew(lambda: _task_gauges(overdue())))

    def watch_offices(self, unheld: Callable[[], Mapping[str, int]]) -> None:
        """Show which offices nobody holds, and in how many organisations, asked anew."""
        self.registry.register(_AskedAnew(lambda: _office_gauges(unheld())))

    def watch_broken_glasses(self, broken: Callable[[], Mapping[str, int]]) -> None:
        """Show how many glasses were broken, and how their reviews stand, asked anew."""
        self.registry.register(_AskedAnew(lambda: _glass_gauges(broken())))

    def page(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
