"""Shields: a child whose whereabouts must not be told to those who are not cleared for it.

Raised and lifted by the safeguarding lead; whether one is still needed is asked every six months.
What is answered is the same whether or not there was a shield before.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from gateway.casefile import CaseFile, RecordedFact
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record, require_reason
from gateway.facts.reviews import close_reviews, file_review
from gateway.office import Office
from gateway.storage.unit import Committed, Unit

REVIEWED_AFTER: Final = timedelta(days=182)
"""Whether a shield is still needed is asked every six months (field practice: Women's Aid)."""
_FACT: Final = "shielded"
_QUESTION: Final = "The child's whereabouts is shielded. Is the shield still needed?"
_OWNER: Final = "safeguarding_lead"


def raise_shield(
    office: Office, child_id: str, *, by: str, reason: str, source: str = ""
) -> Committed:
    """Shield the child, or find at a review that the shield is still needed.

    Files the task to review it in six months, in place of the one that waits. Raises as
    `gateway.facts.recording.record` does.
    """
    return _turn(office, child_id, is_raised=True, by=by, reason=reason, source=source)


def lift_shield(
    office: Office, child_id: str, *, by: str, reason: str, source: str = ""
) -> Committed:
    """Lift the shield."""
    return _turn(office, child_id, is_raised=False, by=by, reason=reason, source=source)


def _turn(  # noqa: PLR0913 - each by its name
    office: Office, child_id: str, *, is_raised: bool, by: str, reason: str, source: str
) -> Committed:
    why = require_reason(reason)

    def turning(_: CaseFile) -> Iterator[RecordedFact]:
        yield RecordedFact(
            name=_FACT, value=is_raised, by=by, at=office.ports.now(), source=source, reason=why
        )

    def reviewing(case: CaseFile, _: tuple[RecordedFact, ...], unit: Unit) -> None:
        close_reviews(office, unit, case.child_id, _QUESTION, by=by)
        if is_raised:
            file_review(office, unit, case.child_id, _QUESTION, _OWNER, REVIEWED_AFTER)

    return record(office, child_id, Recordable(_FACT), turning, by, reviewing)
