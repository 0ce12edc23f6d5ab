"""Where a referral's time goes, in one process without HTTP: `python -m tests.performance.stages`.

Each stage of the exchange is timed for many different referrals, one after another, and its best
and its middle case told in microseconds. The commit is the wait for a transaction of one.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console

from adapters.contract import Envelope
from gateway import settings
from gateway.answers import accepted, file_answer
from gateway.composition import Gateway, open_gateway
from gateway.intake import Intake
from gateway.requests import Caller, Inbound
from gateway.serve import settle
from tests.performance import home
from tests.performance.referrals import referrals

REFERRALS = 300
_WARM_UP = 20
_FHIR = "application/fhir+json"


class Stages:
    """The times that each stage took, in seconds."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time the block as one run of the stage *name*."""
        began = perf_counter()
        yield
        self.times[name].append(perf_counter() - began)


def take(gateway: Gateway, content: bytes, stages: Stages) -> Intake:
    """Take one referral in, stage by stage, as `gateway.exchange.receive` does."""
    office = gateway.office
    caller = Caller(home.CLIENT, home.SENDER)
    sender = office.service(home.SENDER)
    record = sha256(content).hexdigest()
    with stages.of("read and map"):
        envelope = Envelope(
            media_type=_FHIR,
            at=office.ports.now(),
            record=office.filing.source_of(record),
            sender=sender.id,
        )
        received = gateway.exchange.adapters.named("bars").read(content, envelope)
    message = received.message
    if message is None:
        sys.exit("the example of the measurement was rejected")
    with stages.of("look for an earlier answer"):
        office.answer(sender.id, message.id)
    intake = Intake(
        inbound=Inbound(caller=caller, content=content, media_type=_FHIR, request_id="stages"),
        sender=sender,
        received=received,
        message=message,
        record=record,
        adapter="bars",
        office=office,
        at=office.ports.now(),
    )
    with stages.of("resolve"):
        intake.resolve()
    with stages.of("decide, project, write, file"):
        intake.decide()
    with stages.of("answer"):
        answer = file_answer(intake)
    with stages.of("make the unit ready"):
        prepared = office.committer.prepare(intake.unit)
    with stages.of("commit, alone"):
        committed = office.committer.enqueue(prepared).result()
    with stages.of("receipt"):
        accepted(intake, answer, committed)
    return intake


def measure(recipients: int, count: int = REFERRALS, warm_up_count: int = _WARM_UP) -> Stages:
    """Return the times of *count* referrals to so many *recipients*, the first of them not told."""
    stages, warm_up = Stages(), Stages()
    with tempfile.TemporaryDirectory() as folder:
        home.make(Path(folder))
        with open_gateway(settings.load(Path(folder))) as gateway:
            settle()
            for number, referral in enumerate(referrals(1, count, recipients)):
                take(gateway, referral.body, warm_up if number < warm_up_count else stages)
    return stages


def main() -> None:
    """Print the stages for two and for four recipients."""
    console = Console(highlight=False)
    for recipients in (2, 4):
        console.print(f"{recipients} recipients, us (best, median of {REFERRALS - _WARM_UP})")
        for name, times in measure(recipients).times.items():
            console.print(f"  {name:30} {min(times) * 1e6:7,.0f} {median(times) * 1e6:7,.0f}")


if __name__ == "__main__":
    main()
