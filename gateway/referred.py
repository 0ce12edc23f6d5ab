"""Referred to: the relationship that a referral itself gives the services that it addresses.

A referral by its holder is decided as to a service that works with the child. That it does is kept
where something comes of it: something is released to the service, or waits with a person for it.
Until something was released, the service works with nobody here, and finds nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from gateway.casefile import SOURCES, RecordedFact
from gateway.disclosing import Obstacle, Release
from gateway.tasks import about_referral
from policies.vocabulary import Obligation

REFERRED_TO: Final = "referred to"
"""The part of a service in the team that was addressed, and that no person has added."""

_COMES_FIRST: Final = frozenset(
    {
        Obligation.SEEK_CONSENT,
        Obligation.ADVICE_BEFORE_INFORMING,
        Obligation.VERIFY_RECIPIENT,
    }
)
"""Duties after which it is decided again."""


def referred_to(service: str, *, by: str, at: datetime) -> RecordedFact:
    """Return the fact that the holder *by* referred the child to a *service*."""
    until = SOURCES.until("on_team", at)
    return RecordedFact(
        name="on_team", value=True, service=service, by=by, at=at, until=until, part=REFERRED_TO
    )


def is_kept(released: Release | None) -> bool:
    """Whether it is kept that somebody was referred to the recipient of *released*."""
    if released is None or released.unsupported is not None:
        return False
    return released.is_anything or _waits(released)


def _waits(released: Release) -> bool:
    """Whether nothing is released by now, and something may be once a person has acted."""
    if released.obstacle is Obstacle.UNVERIFIED or any(about_referral(released, "")):
        return True
    return any(one.owed in _COMES_FIRST for one in released.duties if one.task is not None)


def kept(facts: Iterable[RecordedFact], released: Iterable[Release]) -> tuple[RecordedFact, ...]:
    """Return which of *facts*, each of one service, are kept for what was *released* to them."""
    by_recipient = {one.question.recipient.id: one for one in released}
    return tuple(fact for fact in facts if is_kept(by_recipient.get(fact.service or "")))
