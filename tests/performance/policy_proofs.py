"""How long the proofs take where the register of agreements holds thousands of clauses."""

from statistics import median
from time import process_time
from typing import Final

from policies.agreements import Agreements
from policies.proving.proof import prove
from policies.rules import shipped
from tests.performance.measurement import Measurement
from tests.performance.policy_decisions import DAY, agreements

CLAUSES: Final = 6_000
_TARGET_S: Final = 5
_CLAUSES_EACH: Final = 4  # two purposes, two directions


def proofs(clauses: int, rounds: int) -> Measurement:
    """Return how long it takes to prove all invariants of our law and so many clauses.

    It is the time of one processor: nothing of it is shared or waits.
    """
    register = Agreements(agreements(clauses // _CLAUSES_EACH))
    times = []
    for _ in range(rounds):
        began = process_time()
        found = prove(shipped(), DAY, agreements=register)
        times.append(process_time() - began)
        assert all(proof.holds for proof in found)
    return Measurement.below(f"policy-proofs-{clauses}", median(times), "s", _TARGET_S)
