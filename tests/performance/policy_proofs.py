"""How long the proofs take where a register holds thousands of clauses."""

import datetime as dt
import random
import time
from statistics import median
from typing import Final

from policies import rules
from policies.agreements import (
    Agreement,
    Agreements,
    Article6,
    Controller,
    Party,
    PurposeTerms,
    Share,
)
from policies.proving.proof import prove
from policies.vocabulary import Category, Purpose
from tests.performance.measurement import Measurement

DAY: Final = dt.date(2026, 11, 2)
_ORGANISATIONS: Final = tuple(f"ods:T{number:04}" for number in range(400))
_PURPOSES: Final = (Purpose.EARLY_HELP, Purpose.S17, Purpose.DIRECT_CARE)
_PARTIES: Final = 4
_TARGET_S: Final = 5


def register(clauses: int, seed: int = 4) -> Agreements:
    """Return a register whose agreements have so many clauses: 12 each, between four parties."""
    chance = random.Random(seed)  # noqa: S311 - sample data, the same each time
    each = _PARTIES * len(_PURPOSES)
    return Agreements(_agreement(number, chance) for number in range(clauses // each))


def proofs(rounds: int) -> Measurement:
    """Return how long it takes to prove all invariants over 6,000 clauses."""
    agreements = register(6_000)
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = prove(rules.shipped(), DAY, agreements=agreements)
        took.append(time.perf_counter() - began)
        assert all(proof.holds for proof in found)
    return Measurement.below("policy-proofs-6000", median(took), "s", _TARGET_S)


def _agreement(number: int, chance: random.Random) -> Agreement:
    parties = chance.sample(_ORGANISATIONS, _PARTIES)
    return Agreement(
        id=f"agreement-{number}",
        version=1,
        title=f"Agreement {number}",
        effective_on=dt.date(2026, 1, 5),
        until=dt.date(2028, 1, 5),
        review_on=dt.date(2027, 1, 5),
        parties=tuple(Party(party, party, Controller.INDEPENDENT, "Director") for party in parties),
        purposes=tuple(_terms(purpose, parties, chance) for purpose in _PURPOSES),
    )


def _terms(purpose: Purpose, parties: list[str], chance: random.Random) -> PurposeTerms:
    return PurposeTerms(
        purpose=purpose,
        powers=("Children Act 2004 s10",),
        article_6=(Article6.PUBLIC_TASK,),
        subjects="Children",
        retention_days=730,
        shares=tuple(
            Share(
                (sender,),
                tuple(party for party in parties if party != sender),
                tuple(chance.sample(tuple(Category), 9)),
            )
            for sender in parties
        ),
    )
