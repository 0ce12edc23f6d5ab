"""What `caf-gateway work` does: it delivers, and each minute sees to what the time brings."""

import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Final

from gateway import observability, settings
from gateway.composition import Gateway, open_gateway
from gateway.days import uk_day
from gateway.erasing.retention import tidy
from gateway.errors import BusyError, IntegrityError
from gateway.registers import OPERATOR

_ROUND_SECONDS: Final = 60


def once(home: Path | None) -> Mapping[str, int]:
    """Deliver all that is due now; return how many rows met which fate."""
    observability.configure()
    with open_gateway(settings.load(home)) as gateway:
        dispatcher = gateway.dispatcher()
        gateway.escalation().tell()
        gateway.chasing().remind()
        gateway.reviews().look()
        gateway.scanning().run()
        dispatcher.recover()
        fates = dispatcher.run_once()
    return {fate.value: count for fate, count in sorted(fates.items())}


def until_stopped(home: Path | None, on_start: Callable[[], None]) -> None:
    """Deliver whatever comes due until SIGTERM or SIGINT; what is being sent is finished."""
    observability.configure()
    stop = threading.Event()
    with open_gateway(settings.load(home)) as gateway:
        dispatcher = gateway.dispatcher()

        def stop_delivering() -> None:
            stop.set()
            dispatcher.wake()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop_delivering()

        gateway.rounds.on_contradiction = stop_delivering
        gateway.rounds.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        on_start()
        with ThreadPoolExecutor(2, "rounds") as pool:
            rounds = pool.submit(_rounds, gateway, stop)
            patrol = pool.submit(_patrol, gateway, stop)
            try:
                dispatcher.run_forever(stop)
            finally:
                stop.set()
        rounds.result()
        patrol.result()
        if gateway.rounds.contradiction is not None:
            raise gateway.rounds.contradiction


def _patrol(gateway: Gateway, stop: threading.Event) -> None:
    """Verify the stored log, over and over; where that ends, so does the worker."""
    try:
        gateway.patrol().run(stop)
    except IntegrityError as error:
        gateway.office.committer.halt(error)
        raise
    finally:
        stop.set()


def daily(gateway: Gateway, today: date) -> None:
    """Do what is done once a day: see `gateway.erasing`, and finish what erasures left over."""
    gateway.eraser().catch_up()
    settings_of = gateway.settings.retention
    tidy(gateway.office, answers_days=settings_of.answers_days)
    if settings_of.run_in_worker:
        retaining = gateway.retaining()
        ran = retaining.run(retaining.due(today), OPERATOR)
        observability.log(
            observability.Event.RETENTION_RUN, erased=len(ran.erased), refused=len(ran.refused)
        )


def _rounds(gateway: Gateway, stop: threading.Event) -> None:
    """See each minute to what the time brings.

    Tell of overdue tasks, remind of notices, have attachments scanned, record what came into
    force or ended, tell of agreements that are due for review, anchor the log.

    Once a day delete what is of no use any more, and, if it is switched on, erase whose time is
    over. Where that fails, the worker stops: one that tells nobody is not to go on unseen.
    """
    escalation, anchoring = gateway.escalation(), gateway.anchoring()
    chasing, scanning = gateway.chasing(), gateway.scanning()
    tidied: date | None = None
    try:
        while not stop.is_set():
            escalation.tell()
            chasing.remind()
            scanning.run()
            with suppress(BusyError):  # the next round looks at what moved
                gateway.record_in_force()
                gateway.reviews().look()
            if anchoring is not None:
                anchoring.see_to()
            today = uk_day(gateway.office.ports.now())
            if today != tidied:
                daily(gateway, today)
                tidied = today
            stop.wait(_ROUND_SECONDS)
    finally:
        stop.set()
