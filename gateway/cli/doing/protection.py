"""What `caf-gateway enquiry`, `shield` and `order` do."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.cli.doing.subjects import recorded_about
from gateway.facts.enquiries import close_enquiry, open_enquiry
from gateway.facts.orders import Effect, discharge, record_order
from gateway.facts.shields import lift_shield, raise_shield
from gateway.storage.unit import Committed

ACTS: Mapping[str, Callable[..., Committed]] = {
    "open": open_enquiry,
    "close": close_enquiry,
    "raise": raise_shield,
    "lift": lift_shield,
}


def act(  # noqa: PLR0913, PLR0917 - each act has all of this
    home: Path | None, name: str, child_id: str, reason: str, source: str, by: str
) -> int:
    """Open or close an enquiry, raise or lift a shield; return the index of the entry."""
    return recorded_about(
        home,
        child_id,
        lambda office: ACTS[name](office, child_id, by=by, reason=reason, source=source),
    )


def record(  # noqa: PLR0913, PLR0917 - an order has all of this
    home: Path | None,
    child_id: str,
    reference: str,
    effect: Effect,
    scope: tuple[str, ...] | None,
    source: str,
    reason: str,
    by: str,
) -> int:
    """Record a court order, and return the index of its first entry."""
    return recorded_about(
        home,
        child_id,
        lambda office: record_order(
            office, child_id, reference, effect, scope, by=by, source=source, reason=reason
        ),
    )


def discharged(  # noqa: PLR0913, PLR0917 - which order, and why
    home: Path | None, child_id: str, reference: str, source: str, reason: str, by: str
) -> int:
    """Discharge a court order, and return the index of its entry."""
    return recorded_about(
        home,
        child_id,
        lambda office: discharge(office, child_id, reference, by=by, source=source, reason=reason),
    )
