"""Facts that need no register of their own: written as name and value, by those who may."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gateway.casefile import CaseFile, RecordedFact, recorded_fact, require_recordable
from gateway.errors import ConflictError, RequestError
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record, require_later, require_reason
from gateway.office import Office
from gateway.storage.unit import Committed

_REGISTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "judgement": "judgements",
        "detriment": "judgements",
        "court_order": "court orders",
        "court_scope": "court orders",
        "shielded": "shields",
        "s47_open": "enquiries",
    }
)
"""Facts with a register of their own, in which more is said than a value."""


class Written(Struct, frozen=True, kw_only=True):
    """A fact as a person writes it down: *service* is whom it is about, beside the child."""

    name: str
    value: str
    service: str | None = None
    until: datetime | None = None
    source: str = ""
    reason: str = ""


def write(office: Office, child_id: str, written: Written, *, by: str) -> Committed:
    """Record what is *written*, in place of what was recorded of the same before.

    Raises `RequestError` for a fact that has a register of its own, or is not recorded by hand,
    `VocabularyError` for a fact or value that there is not, and as
    `gateway.facts.recording.record` does.
    """
    require_without_register(written.name)
    require_recordable(written.name, written.service)

    def writing(_: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        require_later(written.until, at)
        fact = recorded_fact(
            written.name,
            written.value,
            service=written.service,
            by=by,
            at=at,
            until=written.until,
        )
        yield replace(fact, source=written.source, reason=written.reason)

    return record(office, child_id, Recordable(written.name, written.service), writing, by)


def withdraw(  # noqa: PLR0913 - each by its name
    office: Office, child_id: str, name: str, *, by: str, reason: str, service: str | None = None
) -> Committed:
    """Record that a fact is vouched for no longer: from now on it is as if nobody had recorded it.

    What was said before stays in the history. Raises `ConflictError` where nothing of the kind
    stands, `RequestError` for a fact that has a register of its own or without a reason, and as
    `gateway.facts.recording.record` does.
    """
    require_without_register(name)
    why = require_reason(reason)

    def withdrawing(case: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        standing = {
            fact.subject: fact
            for fact in sorted(case.facts, key=lambda fact: fact.at)
            if (fact.name, fact.service) == (name, service) and not fact.is_over(at)
        }
        held = [fact for fact in standing.values() if not fact.is_withdrawn]
        if not held:
            message = "nothing of the kind is recorded"
            raise ConflictError(message)
        for fact in held:
            yield replace(fact, is_withdrawn=True, by=by, at=at, until=None, reason=why)

    return record(office, child_id, Recordable(name, service), withdrawing, by)


def require_without_register(name: str) -> None:
    """Raise `RequestError` for a fact that has a register of its own."""
    register = _REGISTERS.get(name)
    if register is not None:
        message = f"`{name}` is recorded in a register of its own: {register}"
        raise RequestError(message, where="/name")
