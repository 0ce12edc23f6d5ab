"""The evaluator: tries the rules in order, for every category at once, and fails closed.

Rule U: where a rule consults a fact that is not recorded, the world divides into those in which the
rule's question has one answer and those in which it has the other, for just the categories that
asked. What all worlds agree on is the outcome; where they differ, a person decides.
"""

import logging
from collections.abc import Mapping
from typing import Final, TypeVar

from policies.masks import CompiledRule, Fork, Settlement, World, fact_at
from policies.rules import GO_ON, UNCHANGED
from policies.vocabulary import Obligation, Outcome

logger = logging.getLogger(__name__)

# Rule U may refer past a stated limit: this many worlds (2 ** 12) for one category.
MAX_WORLDS: Final = 4_096
UNSETTLED: Final = "unsettled"

Phases = tuple[tuple[CompiledRule, ...], tuple[CompiledRule, ...], tuple[CompiledRule, ...]]
_DECIDING: Final = 0
_Key = TypeVar("_Key", Settlement, Obligation)


class Findings:
    """What came out, over all worlds: each with the mask of the categories that it is true of."""

    __slots__ = ("exhausted", "failed", "missing", "owed", "settled")

    def __init__(self) -> None:
        self.settled: dict[Settlement, int] = {}
        self.owed: dict[Obligation, int] = {}
        self.missing: dict[str, int] = {}
        self.failed: set[str] = set()
        self.exhausted = 0


class _Branch:
    """One world on its way through the rules, for the categories in *mask*."""

    __slots__ = ("at", "mask", "open", "owed", "phase", "world")

    def __init__(self, world: World, mask: int) -> None:
        self.world = world
        self.mask = mask
        self.open = mask
        self.phase = _DECIDING
        self.at = 0
        self.owed: dict[Obligation, int] = {}

    def divided(self, world: World, mask: int) -> "_Branch":
        """Return this branch in *world*, for the categories in *mask* alone."""
        branch = _Branch(world, self.mask & mask)
        branch.open = self.open & mask
        branch.phase = self.phase
        branch.at = self.at
        branch.owed = {each: left for each, owing in self.owed.items() if (left := owing & mask)}
        return branch

    def settle(self, how: Settlement, mask: int) -> None:
        """Settle the categories in *mask*, whatever they were before."""
        settled = self.world.settled
        for before, categories in list(settled.items()):
            if categories & mask:
                settled[before] = categories & ~mask
        settled[how] = settled.get(how, 0) | mask
        self.open &= ~mask

    def owe(self, obligation: Obligation, mask: int) -> None:
        """Add *obligation* for the categories in *mask*."""
        self.owed[obligation] = self.owed.get(obligation, 0) | mask


def evaluate(phases: Phases, world: World, mask: int) -> Findings:
    """Return what the rules of *phases* find for the categories in *mask*, over all worlds."""
    findings = Findings()
    waiting = [_Branch(world, mask)]
    tally = _Tally()
    while waiting:
        branch = waiting.pop()
        if branch.mask & tally.full:
            branch = branch.divided(branch.world.restricted(~tally.full), ~tally.full)
            if not branch.mask:
                continue
        try:
            _follow(branch, phases, findings.failed)
        except Fork as fork:
            waiting.extend(_divide(branch, fork, findings.missing))
            continue
        if waiting:
            tally.count(branch.mask)
        _add(findings.settled, branch.world.settled)
        _add(findings.owed, branch.owed)
    findings.exhausted = tally.full
    return findings


class _Tally:
    """Counts worlds for all categories at once: plane *n* holds bit *n* of every count."""

    __slots__ = ("_planes", "full")

    def __init__(self) -> None:
        self._planes = [0] * (MAX_WORLDS.bit_length() - 1)
        self.full = 0

    def count(self, mask: int) -> None:
        """Count one world more for the categories in *mask*."""
        for place, plane in enumerate(self._planes):
            self._planes[place] = plane ^ mask
            mask &= plane
            if not mask:
                return
        self.full |= mask


def _follow(branch: _Branch, phases: Phases, failed: set[str]) -> None:
    """Take *branch* through the rest of the rules; a rule that raises refers what is open."""
    while branch.phase < len(phases):
        rules = phases[branch.phase]
        while branch.open and branch.at < len(rules):
            rule = rules[branch.at]
            try:
                _apply(rule, branch)
            except Fork:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a rule raises, a person decides
                # The class alone: an exception's text could repeat a fact.
                logger.error("policies.rule_failed %s %s", rule.id, type(error).__name__)  # noqa: TRY400 - a traceback could hold facts
                failed.add(rule.id)
                branch.owe(Obligation.ALERT_IG, branch.open)
                branch.owe(Obligation.RECORD_REASON, branch.open)
                branch.settle(Settlement(Outcome.REFER, rule.id, rule.section), branch.open)
            branch.at += 1
        if branch.phase == _DECIDING and branch.open:
            failed.add(UNSETTLED)
            branch.owe(Obligation.ALERT_IG, branch.open)
            branch.settle(Settlement(Outcome.REFER, UNSETTLED, ""), branch.open)
        branch.phase += 1
        branch.at = 0
        branch.open = branch.mask


def _apply(rule: CompiledRule, branch: _Branch) -> None:
    """Apply *rule* to what is open; all that it asks is asked before anything is changed."""
    applied = rule.when(branch.world, branch.open)
    if not applied:
        return
    owed = rule.owed(branch.world, applied)
    effects = rule.effects(branch.world, applied)
    for obligation, owing in owed:
        branch.owe(obligation, owing)
    for effect, ended in effects:
        if effect == UNCHANGED:
            branch.open &= ~ended
        elif effect != GO_ON:
            branch.settle(Settlement(Outcome(effect), rule.id, rule.section), ended)


def _divide(branch: _Branch, fork: Fork, missing: dict[str, int]) -> list[_Branch]:
    """Return the branches that follow when the categories of *fork* ask for an unrecorded fact."""
    # INVARIANT: a test is only asked on behalf of some category, so that each branch that asked
    # knows more than before, and the others have fewer categories: the work ends.
    name = fact_at(fork.place)
    missing[name] = missing.get(name, 0) | fork.mask
    branches = [
        branch.divided(branch.world.narrowed(fork.place, values, fork.mask), fork.mask)
        for values in fork.either
    ]
    rest = branch.mask & ~fork.mask
    if rest:
        branches.append(branch.divided(branch.world.restricted(rest), rest))
    return branches


def _add(sums: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    for key, mask in more.items():
        if mask:
            sums[key] = sums.get(key, 0) | mask
