"""What a decision takes: the agreement looked up, and all 25 categories decided with their rules.

Nothing is asked twice. The facts are those of our corpus in which nothing is unrecorded; every
question is between two organisations that nobody asked about before, whether the register has 60
agreements or 10,000, and what the bundle remembers is passed by. It is the time of the processor
that is told: the machine may be shared.
"""

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final

from msgspec.structs import replace

from gateway.serve import settle
from policies import documents
from policies.agreements import (
    Agreement,
    AgreementFacts,
    Agreements,
    Article6,
    Controller,
    Party,
    PurposeTerms,
    Share,
)
from policies.attributes import Facts
from policies.cedar.engine import CedarBundle
from policies.corpus import Corpus
from policies.decision import Bundle
from policies.rules import shipped
from policies.vocabulary import Category, Purpose
from tests.performance.measurement import Measurement

DAY: Final = dt.date(2026, 11, 2)
FEW: Final = 60
MANY: Final = 10_000
_CORPUS: Final = Path(__file__).parents[1] / "policies" / "corpus.yaml"
_ALL: Final = frozenset(Category)
_P99_MS: Final = 0.1
_FLAT: Final = 1.3
_TIMES: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How often: *rounds* of so many *questions* each, and so many questions to Cedar in all."""

    rounds: int
    questions: int
    cedar: int


def decisions(plan: Plan) -> Iterator[Measurement]:
    """Yield how long a decision takes, how that grows with the register, and against Cedar."""
    bundle, facts = Bundle(shipped()), recorded_facts()
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    held = {size: agreements(size) for size in times}
    settle()
    for _ in range(plan.rounds):
        for size, taken in times.items():
            taken.extend(_times(bundle, held[size], facts, plan.questions))
    ours = times[FEW] + times[MANY]
    yield Measurement.below("policy-decision-p99", _percentile(ours, 99) * 1e3, "ms", _P99_MS)
    ratio = median(times[MANY]) / median(times[FEW])
    yield Measurement.below("policy-flat-60-to-10000", ratio, "times", _FLAT)
    cedar = CedarBundle.of(shipped())
    theirs = [_time(_by_cedar(cedar, each)) for each in islice(cycle(facts), plan.cedar)]
    yield Measurement.shorter(
        "policy-vs-cedar", median(ours) * 1e6, median(theirs) * 1e6, "us", _TIMES
    )


def agreements(count: int) -> list[Agreement]:
    """Return so many agreements: councils, each with fifty others, both ways."""
    chance = random.Random(count)  # noqa: S311 - sample data, the same each time
    return [_agreement(number, chance) for number in range(count)]


def recorded_facts() -> list[Facts]:
    """Return the facts of our corpus in which nothing is unrecorded."""
    corpus = documents.load(_CORPUS, Corpus)
    every = (Facts.parse({**corpus.defaults, **each.facts}) for each in corpus.scenarios)
    return [facts for facts in every if not facts.unrecorded()]


def _times(bundle: Bundle, held: list[Agreement], facts: list[Facts], count: int) -> list[float]:
    """Return how long so many questions take, each about parties that were not asked about yet."""
    taken: list[float] = []
    asked = cycle(facts)
    while len(taken) < count:
        register = Agreements(held)
        pairs = [(one.parties[0].organisation, one.parties[1].organisation) for one in held]
        questions = [_by_tables(bundle, register, next(asked), *pair) for pair in pairs[:count]]
        taken += [_time(question) for question in questions]
    return taken


def _by_tables(
    bundle: Bundle, register: Agreements, facts: Facts, holder: str, recipient: str
) -> Callable[[], object]:
    def decide() -> object:
        found = register.between(holder, recipient, facts.purpose, as_of=DAY)
        return bundle.decide_anew(_with(facts, found), _ALL, as_of=DAY)

    return decide


def _with(facts: Facts, found: AgreementFacts) -> Facts:
    return replace(
        facts,
        agreement=found.agreement,
        agreement_purpose=found.agreement_purpose,
        agreement_covers=found.agreement_covers,
    )


def _by_cedar(cedar: CedarBundle, facts: Facts) -> Callable[[], object]:
    """Return what asks Cedar for outcome and rule, which is the least it can be asked.

    The policies are parsed, the facts are one entity, the categories one batch. It looks up no
    agreement, reckons no obligation and lifts nothing by break-glass, which ours does.
    """
    return lambda: cedar.settle(facts, _ALL, as_of=DAY)


def _time(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _percentile(times: list[float], per_cent: int) -> float:
    return sorted(times)[len(times) * per_cent // 100]


def _agreement(number: int, chance: random.Random) -> Agreement:
    council, other = f"la:{number // 50:03}", f"ods:T{number:05}"
    categories = tuple(chance.sample(tuple(Category), 12))
    shares = (Share((council,), (other,), categories), Share((other,), (council,), categories))
    return Agreement(
        id=f"agreement-{number}",
        version=1,
        title=f"Agreement {number}",
        effective_on=dt.date(2026, 1, 5),
        until=dt.date(2028, 1, 5),
        review_on=dt.date(2027, 1, 5),
        parties=tuple(
            Party(each, each, Controller.INDEPENDENT, "Director") for each in (council, other)
        ),
        purposes=tuple(
            PurposeTerms(
                purpose=purpose,
                powers=("Children Act 2004 s10",),
                article_6=(Article6.PUBLIC_TASK,),
                subjects="Children",
                retention_days=730,
                shares=shares,
            )
            for purpose in (Purpose.EARLY_HELP, Purpose.S47)
        ),
    )
