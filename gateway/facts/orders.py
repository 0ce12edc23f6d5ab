"""Court orders that were notified to the gateway, as the legal officer reads them.

Each has a name of its own (its reference at the court), so that several can bind at once. One that
nobody has read yet is recorded as not verified: until it is, everything waits for that.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from gateway.casefile import CaseFile, RecordedFact
from gateway.errors import ConflictError, RequestError
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record
from gateway.office import Office
from gateway.storage.unit import Committed
from policies.attributes import categories_of
from policies.vocabulary import CourtOrder

_ORDER: Final = "court_order"
_SCOPE: Final = "court_scope"


class Effect(StrEnum):
    """What an order does, as far as it was read."""

    PROHIBIT = "prohibit"
    DISCLOSE = "disclose"
    UNVERIFIED = "unverified"


def record_order(  # noqa: PLR0913 - an order has all of this
    office: Office,
    child_id: str,
    reference: str,
    effect: Effect,
    scope: Iterable[str] | None,
    *,
    by: str,
    source: str = "",
    reason: str = "",
) -> Committed:
    """Record an order, or what it was found to say; *scope* are categories, None for all.

    Raises `RequestError` without its *reference*, `VocabularyError` for a category that there is
    not, and as `gateway.facts.recording.record` does.
    """
    if not reference.strip():
        message = "an order has a reference: the court's, or one of your own"
        raise RequestError(message, where="/reference")
    covered = "all" if scope is None else tuple(sorted(map(str, categories_of(scope))))

    def recording(_: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        for name, value in ((_ORDER, effect.value), (_SCOPE, covered)):
            yield RecordedFact(
                name=name,
                value=value,
                by=by,
                at=at,
                matter=reference.strip(),
                source=source,
                reason=reason,
            )

    return record(office, child_id, Recordable(_ORDER), recording, by)


def discharge(  # noqa: PLR0913 - each by its name
    office: Office, child_id: str, reference: str, *, by: str, reason: str = "", source: str = ""
) -> Committed:
    """Record that an order was discharged; raises `ConflictError` where no such order binds."""

    def discharging(case: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        known = [one for one in case.facts if (one.name, one.matter) == (_ORDER, reference)]
        if not known or max(known, key=lambda one: one.at).value == CourtOrder.NONE:
            message = "no order of this reference binds"
            raise ConflictError(message)
        yield RecordedFact(
            name=_ORDER,
            value=CourtOrder.NONE.value,
            by=by,
            at=at,
            matter=reference,
            source=source,
            reason=reason,
        )

    return record(office, child_id, Recordable(_ORDER), discharging, by)
