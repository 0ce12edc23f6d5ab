"""Recording facts about a child, by people who may; what is there already is never changed."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from gateway.casefile import CaseFile, RecordedFact
from gateway.errors import BusyError, RequestError, StampMovedError
from gateway.facts.entitlement import Recordable, require_recorder
from gateway.office import Office
from gateway.recording import Recorder
from gateway.storage.unit import Committed, Stamp, Unit
from gateway.working import require_known

_ATTEMPTS: Final = 8

Making = Callable[[CaseFile], Iterable[RecordedFact]]
"""Makes the facts that are to be recorded, from what is known of the child by then."""
Filing = Callable[[CaseFile, tuple[RecordedFact, ...], Unit], None]
"""Files what is to be committed with the facts."""


def record(  # noqa: PLR0913, PLR0917 - all facts are recorded with all of this
    office: Office,
    child_id: str,
    what: Recordable,
    make: Making,
    by: str,
    also: Filing | None = None,
) -> Committed:
    """Record what *make* says of a child, each fact with an entry of its own; *also* files more.

    Whether *by* may record *what* is settled first: how anything else is refused tells what is
    recorded already. Raises `UnknownChildError`, `EntitlementError` where *by* may not, what
    *make* raises, and `BusyError` where the child's file never stands still.
    """

    def unit_of(case: CaseFile) -> Unit:
        require_recorder(office, case, what, by)
        facts = tuple(make(case))
        unit = Recorder(office, by).unit_of(child_id, facts)
        if also is not None:
            also(case, facts, unit)
        return unit

    return commit(office, child_id, unit_of)


def commit(office: Office, child_id: str, unit_of: Callable[[CaseFile], Unit]) -> Committed:
    """Commit the unit that *unit_of* makes on the child's case file, anew where that has moved.

    It rests on the registers, too: who may record is read there.
    """
    require_known(office, child_id)
    for _ in range(_ATTEMPTS):
        office.refresh()
        registers, case = office.stamp, office.archive.case_file(child_id)
        unit = unit_of(case)
        unit.stamps = (*unit.stamps, Stamp("child", child_id, case.version), registers)
        try:
            return office.committer.commit(unit)
        except StampMovedError:
            continue
    message = "what is recorded about this child keeps changing: try again in a moment"
    raise BusyError(message)


def require_reason(reason: str) -> str:
    """Return *reason* without the spaces around it, or raise `RequestError` where it is empty.

    >>> require_reason(" seen at home ")
    'seen at home'
    >>> require_reason(" ")
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: this needs a written reason
    """
    if not reason.strip():
        message = "this needs a written reason"
        raise RequestError(message, where="/reason")
    return reason.strip()


def require_later(until: datetime | None, now: datetime) -> None:
    """Raise `RequestError` where what is recorded *now* would have ended already."""
    if until is not None and until <= now:
        message = "it would have ended before it is recorded: name a later day"
        raise RequestError(message, where="/until")
