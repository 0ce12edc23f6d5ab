"""What `caf-gateway agreement list` reports."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway import settings
from gateway.days import uk_day
from gateway.ports import Ports
from policies.agreements import Agreement, Agreements, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one version of an agreement stands on a day; *review* says so where it is overdue."""

    id: str
    version: int
    title: str
    state: str
    effective_on: date
    until: date
    review_on: date
    review: str


def standing(home: Path | None) -> tuple[Standing, ...]:
    """Return how the agreements of this gateway stand today."""
    folder = settings.load(home).agreements
    today = uk_day(Ports().now())
    return tuple(_standing(one, today) for one in Agreements.of(folder))


def _standing(agreement: Agreement, today: date) -> Standing:
    is_overdue = agreement.review_on <= today < agreement.until
    return Standing(
        id=agreement.id,
        version=agreement.version,
        title=agreement.title,
        state=_state(agreement, today),
        effective_on=agreement.effective_on,
        until=agreement.until,
        review_on=agreement.review_on,
        review=f"{agreement.review_on}{', overdue' if is_overdue else ''}",
    )


def _state(agreement: Agreement, today: date) -> str:
    if agreement.status is Status.DRAFT:
        return "draft"
    if today < agreement.effective_on:
        return "not yet in force"
    return agreement.state(today).value
