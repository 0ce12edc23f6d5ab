"""What `caf-gateway child` does."""

from collections.abc import Iterator
from pathlib import Path

from gateway import settings
from gateway.composition import open_gateway
from gateway.erasing import holds
from gateway.erasing.erasure import Erased, Order
from gateway.recording import Recorder
from gateway.unlinking import Unlinked, Unlinking
from gateway.working import require_known


def erase(  # noqa: PLR0913, PLR0917 - an order to erase has all of this
    home: Path | None, child_id: str, authority: str, reason: str, rule: str, by: str
) -> Erased:
    """Erase a child; raises as `Eraser.erase` does."""
    order = Order(authority=authority, reason=reason, rule=rule, by=by)
    with open_gateway(settings.load(home)) as gateway:
        return gateway.eraser().erase(child_id, order)


def in_words(erased: Erased) -> Iterator[str]:
    """Yield the lines that say what an erasure did, and what it could not do."""
    yield f"erased; recorded as entry {erased.entry} of the log, for entries {_listed(erased)}"
    if erased.recalled:
        yield f"{erased.recalled} deliveries that waited were recalled"
    if erased.recipients:
        yield f"these services were told of the child, and keep it: {', '.join(erased.recipients)}"
    if not erased.is_purged:
        yield "another process reads the database: its files are rid of it at the next erasure"


def _listed(erased: Erased) -> str:
    return ", ".join(erased.entries) or "none"


def hold(home: Path | None, child_id: str, authority: str, by: str) -> int:
    """Put a legal hold on a child, and return the index of its entry."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return holds.hold(gateway.office, child_id, authority=authority, by=by).indices[0]


def release(home: Path | None, child_id: str, authority: str, by: str) -> int:
    """Release the legal hold on a child, and return the index of its entry."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return holds.release(gateway.office, child_id, authority=authority, by=by).indices[0]


def close(home: Path | None, child_id: str, by: str) -> int:
    """Close a child's open episode of help, and return the index of its entry."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return Recorder(gateway.office, by).close(child_id).indices[0]


def unlink(  # noqa: PLR0913, PLR0917 - who takes what from whom, and why
    home: Path | None, record: str, child_id: str, reason: str, by: str, own_id: str
) -> Unlinked:
    """File a record under a new child; raises as `Unlinking.run` does."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return Unlinking(
            office=gateway.office,
            child=child_id,
            record=record,
            by=by,
            reason=reason,
            own_id=own_id,
        ).run()
