"""Section 47 enquiries (Children Act 1989): opened and closed by a social worker.

Whether one is open is what a request for this purpose rests on, so nothing else may say so.
"""

from collections.abc import Iterator
from typing import Final

from gateway.casefile import CaseFile, RecordedFact
from gateway.errors import ConflictError
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record, require_reason
from gateway.office import Office
from gateway.storage.unit import Committed

_FACT: Final = "s47_open"


def open_enquiry(
    office: Office, child_id: str, *, by: str, reason: str, source: str = ""
) -> Committed:
    """Record that an enquiry was opened, for a written *reason*.

    Raises `ConflictError` where one is open, and as `gateway.facts.recording.record` does.
    """
    return _turn(office, child_id, is_open=True, by=by, reason=reason, source=source)


def close_enquiry(
    office: Office, child_id: str, *, by: str, reason: str, source: str = ""
) -> Committed:
    """Record that the enquiry was closed; raises `ConflictError` where none is open."""
    return _turn(office, child_id, is_open=False, by=by, reason=reason, source=source)


def _turn(  # noqa: PLR0913 - each by its name
    office: Office, child_id: str, *, is_open: bool, by: str, reason: str, source: str
) -> Committed:
    why = require_reason(reason)

    def turning(case: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        if (case.newest(_FACT, None, at) is True) is is_open:
            message = f"{'an' if is_open else 'no'} enquiry is open for this child"
            raise ConflictError(message)
        yield RecordedFact(name=_FACT, value=is_open, by=by, at=at, source=source, reason=why)

    return record(office, child_id, Recordable(_FACT), turning, by)
