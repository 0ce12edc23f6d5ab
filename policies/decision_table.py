"""The decision table: all rules that are in force on one day, compiled to one Python function.

The function asks every fact as `policies.masks` encodes it, so that it needs no other form where
facts are not recorded: it is then left by a `Fork`, and `policies.evaluator` tries each world.
"""

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

from policies.decision_source import Phases, Unsettled, write
from policies.masks import Encoded, Fork
from policies.rules import Definition

logger = logging.getLogger(__name__)

_Settled = list[tuple[int, int]]


class Findings(NamedTuple):
    """What the rules found on one set of facts.

    *Settled* pairs the number of a settlement with the mask of the categories that were settled so;
    *owed* is a mask of obligations; *failed* names the rules that raised.
    """

    settled: _Settled
    owed: int
    failed: frozenset[str]


class Table:
    """The rules of *phases*, ready to be tried.

    >>> from policies.masks import EVERYTHING, encode
    >>> from policies.attributes import Facts
    >>> from policies.rules import shipped
    >>> law = shipped()
    >>> table = Table(Phases(law.deciding, law.lifting, law.closing), law.definitions)
    >>> refused = table.find(encode(Facts(court_order="none", identity_verified=False)), EVERYTHING)
    >>> [table.settlements[how].rule for how, _ in refused.settled]
    ['A2']
    """

    def __init__(self, phases: Phases, definitions: Mapping[str, Definition]) -> None:
        self.source, self.settlements = write(phases, definitions)
        names: dict[str, object] = {
            "Findings": Findings,
            "Fork": Fork,
            "Unsettled": Unsettled,
            "failed": self._failed,
            "lifted": _lifted,
        }
        # The text holds numbers and names of our own, and nothing that a file says.
        exec(compile(self.source, "<decision table>", "exec"), names)  # noqa: S102 - as said
        self.find: Callable[[tuple[Encoded, ...], int], Findings] = names["decide"]  # type: ignore[assignment]
        self.may_owe: Callable[[tuple[int, ...], int, int], int] = names["may_owe"]  # type: ignore[assignment]

    def _failed(self, how: int, error: Exception) -> frozenset[str]:
        rule = self.settlements[how].rule
        # The class alone: an exception's text could repeat a fact.
        logger.error("policies.rule_failed %s %s", rule, type(error).__name__)
        return frozenset({rule})


def _lifted(settled: _Settled, how: int, mask: int) -> _Settled:
    kept = [(before, left) for before, was in settled if (left := was & ~mask)]
    return [*kept, (how, mask)]
