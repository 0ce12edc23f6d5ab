"""What `caf-gateway work` does."""

import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from gateway import observability, settings
from gateway.composition import open_gateway


def once(home: Path | None) -> Mapping[str, int]:
    """Deliver all that is due now; return how many rows met which fate."""
    observability.configure()
    with open_gateway(settings.load(home)) as gateway:
        dispatcher = gateway.dispatcher()
        dispatcher.recover()
        fates = dispatcher.run_once()
    return {fate.value: count for fate, count in sorted(fates.items())}


def until_stopped(home: Path | None, on_start: Callable[[], None]) -> None:
    """Deliver whatever comes due until SIGTERM or SIGINT; what is being sent is finished."""
    observability.configure()
    stop = threading.Event()
    with open_gateway(settings.load(home)) as gateway:
        dispatcher = gateway.dispatcher()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()
            dispatcher.wake()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        on_start()
        dispatcher.run_forever(stop)
