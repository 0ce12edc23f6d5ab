"""Examining a version before it is in force: what it would break, and what it would change.

The solver is imported where it is asked: no server loads it for less.
"""

from datetime import date

from msgspec.structs import replace

from gateway.agreements.terms import rewritten
from policies.agreements import Agreement, Agreements
from policies.proving.difference import Difference
from policies.rules import LawSet


def broken(law: LawSet, agreements: Agreements, on: date) -> tuple[str, ...]:
    """Return each invariant that *law* does not keep with these *agreements*, as of the day *on*.

    Each has its counterexample, in the words of the facts. Raises `ProofError` where the solver
    cannot tell: what was not proved is not in force.
    """
    from policies.proving.proof import prove  # noqa: PLC0415 - see the head

    proofs = prove(law, on, agreements=agreements)
    return tuple(f"{one.name}: {one.counterexample}" for one in proofs if not one.holds)


def changed(law: LawSet, old: Agreement | None, new: Agreement, on: date) -> Difference:
    """Return what is decided otherwise with *new* in place of *old*, and which terms are others."""
    from policies.proving.comparison import agreement_differences  # noqa: PLC0415 - see the head

    difference = agreement_differences(old, new, as_of=on, law=law)
    terms = () if old is None else tuple(rewritten(old, new))
    return replace(difference, terms=(*difference.terms, *terms))
