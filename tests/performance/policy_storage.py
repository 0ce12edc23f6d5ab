"""What the policies wait for in a gateway's home: the facts of a question, and another bundle.

Both are measured on the embedded database, with what the gateway itself recorded.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from gateway import settings
from gateway.agreements.register import name_of
from gateway.casefile import SOURCES, Question, noted, registered
from gateway.composition import Gateway, open_gateway
from gateway.days import uk_day
from gateway.registers import Agreement, Organisation, Stage
from gateway.serve import settle
from policies.agreements import Agreement as Content
from policies.attributes import Facts
from policies.vocabulary import Purpose
from tests.performance import home, stages
from tests.performance.measurement import Measurement
from tests.performance.policy_decisions import agreements
from tests.performance.referrals import referrals
from tests.signatories import OFFICERS, signatures, with_keys

POLICIES: Final = 6_000
_RECIPIENT: Final = "2000099902"
_GATHERING_MS: Final = 1
_SWAP_S: Final = 1


def gathering(children: int, rounds: int) -> Measurement:
    """Return how long it takes to read a case file and to gather the facts of one question."""
    times = []
    with a_gateway() as gateway:
        taken = [
            stages.take(gateway, one.body, stages.Stages()) for one in referrals(1, children, 2)
        ]
        known = [child.id for intake in taken for child in intake.children]
        chance = random.Random(7)  # noqa: S311 - sample data, the same each time
        settle()
        for child_id in chance.choices(known, k=rounds):
            began = perf_counter()
            gather(gateway, child_id)
            times.append(perf_counter() - began)
    return Measurement.below("facts-gathering", median(times) * 1e3, "ms", _GATHERING_MS)


def gather(gateway: Gateway, child_id: str) -> Facts:
    """Return the facts of a question about a child, from storage and registers."""
    office = gateway.office
    case = office.archive.case_file(child_id)
    question = Question(
        holder=office.service(home.SENDER),
        recipient=office.service(_RECIPIENT),
        purpose=Purpose.EARLY_HELP,
        asked_at=office.ports.now(),
    )
    on = uk_day(question.asked_at)
    rulebook = office.rulebook
    known = registered(question, on, rulebook.agreements, rulebook.bundle.law)
    return SOURCES.gather(noted(question, case, on) | known.facts)


def swap(policies: int, rounds: int) -> Measurement:
    """Return how long it takes until all decide on one agreement more, where there are so many.

    That is its unit with its entry in the log, the registers read anew, every signature that is
    relied on verified, and a rulebook put in the place of the one that went on deciding.
    """
    times = []
    with a_gateway() as gateway:
        held = [_active(one) for one in agreements(policies + rounds)]
        parties = {party.organisation for one in held for party in one.content.parties}
        gateway.recorder.documents(Organisation(id=each, name=each) for each in sorted(parties))
        gateway.recorder.documents(held[:policies])
        settle()
        for one in held[policies:]:
            began = perf_counter()
            gateway.recorder.documents([one])
            times.append(perf_counter() - began)
    return Measurement.below("policy-swap", median(times), "s", _SWAP_S)


def _active(content: Content) -> Agreement:
    """Return *content* as its parties signed it and two officers activated it."""
    signed = with_keys(content)
    return Agreement(
        id=name_of(signed),
        content=signed,
        stage=Stage.ACTIVE,
        signatures=signatures(signed),
        approved_by=OFFICERS,
    )


@contextmanager
def a_gateway() -> Iterator[Gateway]:
    """Open a gateway on a new home."""
    with tempfile.TemporaryDirectory() as folder:
        home.make(Path(folder))
        with open_gateway(settings.load(Path(folder))) as gateway:
            yield gateway
