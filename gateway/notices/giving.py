"""Giving a notice: its entry, its row of the outbox and its task, in the unit that it tells of.

What is queued is proved by its entry and sent by the dispatcher, after what went to the same
service about the same child before it. A service that nothing can be sent to is told by a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.notices.document import MEDIA_TYPE, About, Notice, NoticeKind, due, text_of
from gateway.office import Office
from gateway.storage.erasures import as_ranges
from gateway.storage.outbox import Delivery, OutboxState
from gateway.storage.unit import Entry, Unit
from gateway.tasks import about_answering, about_telling
from policies.vocabulary import Agency

_BY_A_PERSON: Final = frozenset({Agency.CHILD, Agency.PARENT})
"""Nobody of the family learns from a document that another of them has changed their mind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """That the service *recipient* is to be told of something that *holder* said, or was sent.

    *code* says more, in a word of the kind's closed list.
    """

    kind: NoticeKind
    recipient: str
    holder: str = ""
    about: tuple[About, ...] = ()
    code: str = ""


def give(
    office: Office, unit: Unit, child_id: str, telling: Telling, *, because: int = -1
) -> str | None:
    """Add to *unit* the notice of *telling*, and return its id, which is its message's id, too.

    None where nothing can be sent to this service: it is a task for a person then. *because* is
    the place of the entry in *unit* that it is told for, and which records the task: its last.
    """
    now = office.ports.now()
    notice = Notice(
        id=office.filing.new_id(),
        kind=telling.kind,
        recipient=telling.recipient,
        text=text_of(telling.kind),
        holder=telling.holder,
        about=telling.about,
        code=telling.code,
        respond_by=due(telling.kind, now),
    )
    if not _can_be_sent_to(office, telling.recipient):
        task = about_telling(telling.kind, telling.recipient, telling.holder, now)
        office.filing.task(unit, child_id, task, entry=range(len(unit.entries))[because])
        return None
    queue(office, unit, child_id, notice)
    if notice.respond_by is not None:
        answer = about_answering(
            notice.kind, notice.recipient, notice.holder, notice.respond_by, notice.id
        )
        office.filing.task(unit, child_id, answer, entry=len(unit.entries) - 1)
    return notice.id


def tell_all(  # noqa: PLR0913 - each by its name
    office: Office,
    unit: Unit,
    child_id: str,
    kind: NoticeKind,
    told: Mapping[str, tuple[About, ...]],
    *,
    holder: str = "",
    because: int = -1,
) -> None:
    """Add to *unit* a notice to each service about what it was *told*: see `give`.

    What still waits to be sent has a notice of its own: that is recalled with it.
    """
    because = range(len(unit.entries))[because]
    waiting = {
        row.leaf
        for row in office.archive.store.outbox.of_child(child_id)
        if row.state is OutboxState.PENDING
    }
    for recipient, about in told.items():
        had = tuple(one for one in about if one.entry not in waiting)
        for group in (had, *((one,) for one in about if one.entry in waiting)):
            if group:
                told_now = Telling(kind=kind, recipient=recipient, holder=holder, about=group)
                give(office, unit, child_id, told_now, because=because)


def queue(office: Office, unit: Unit, child_id: str, notice: Notice) -> None:
    """Add to *unit* the entry of *notice*, and its row of the outbox.

    The row's id is the notice's: whoever answers it names it, and no two can be alike.
    """
    payload = notice.payload
    unit.entries.append(_entry(office, child_id, notice, payload))
    delivery = Delivery(
        id=notice.id,
        message_id=notice.id,
        recipient=notice.recipient,
        child_id=child_id,
        payload=payload,
        media_type=MEDIA_TYPE,
        created_at=office.ports.now(),
        stamps=(),
        context=payload,
    )
    unit.writes.append(delivery.write(office.archive.store.vault, len(unit.entries) - 1))


def _can_be_sent_to(office: Office, service_id: str) -> bool:
    service = office.rulebook.registers.services.get(service_id)
    return service is not None and service.endpoint is not None and service.type not in _BY_A_PERSON


def _entry(office: Office, child_id: str, notice: Notice, payload: bytes) -> Entry:
    known: entries.Fields = {"kind": notice.kind.value, "recipient": notice.recipient}
    known |= {"message_id": notice.id} | _one_entry(notice.entries)
    sent: entries.Fields = {
        "media_type": MEDIA_TYPE,
        "payload_sha256": entries.digest(payload),
    }
    holder: entries.Fields = {"sender": notice.holder} if notice.holder else {}
    gateway = known | sent | holder | {"child": child_id}
    gateway["entries"] = list(as_ranges(notice.entries))
    if reason := notice.code or ("reminder" if notice.reminder_of else ""):
        gateway["reason"] = reason
    parts = {
        Part.RECIPIENT: known | sent | holder | {"payload_bytes": len(payload)},
        Part.GATEWAY: gateway,
    }
    if notice.holder:
        parts[Part.SENDER] = known
    return entries.entry(
        EntryType.NOTICE,
        parts,
        office.ports.random,
        sender=notice.holder,
        recipient=notice.recipient,
        child_id=child_id,
    )


def _one_entry(about: Iterable[int]) -> entries.Fields:
    """Return the one entry that it is about; of several, none: the document names them."""
    only = tuple(about)
    return {"entry": only[0]} if len(only) == 1 else {}
