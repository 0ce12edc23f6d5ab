"""The entry of a whole file: its hash, how many of its records were taken in, what was found."""

import asyncio
from dataclasses import dataclass

import msgspec

from adapters.contract import Finding, Outcome
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.answers import HTTP_OK
from gateway.errors import DuplicateError
from gateway.importing.records import BigFile
from gateway.office import Office
from gateway.storage.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the import of *file* ended: how many *records* are in, and what is to be recorded of it.

    *message_id* is what a repeat is known by.
    """

    file: BigFile
    sender: str
    by: str
    adapter: str
    media_type: str
    outcome: Outcome
    records: int
    rejected: int
    findings: tuple[Finding, ...]
    message_id: str


async def file_ending(office: Office, ending: Ending) -> int:
    """Record how an import ended, once, and return the index of its entry."""
    known = office.answer(ending.sender, ending.message_id)
    if known is not None:
        return known.leaf
    try:
        committed = await asyncio.wrap_future(office.committer.submit(_unit(office, ending)))
    except DuplicateError:  # another process ended it meanwhile
        return await file_ending(office, ending)
    return committed.indices[0]


def _unit(office: Office, ending: Ending) -> Unit:
    shared: entries.Fields = {
        "file_sha256": ending.file.sha256,
        "findings": entries.found(ending.findings),
        "media_type": ending.media_type,
        "outcome": ending.outcome.value,
        "records": ending.records,
        "rejected": ending.rejected,
        "sender": ending.sender,
    }
    act = entries.Act(request=ending.file.sha256, user=ending.by)
    entry = entries.entry(
        EntryType.FILE_IMPORT,
        {
            Part.SENDER: shared | {"record_bytes": ending.file.size},
            Part.GATEWAY: act.fields() | shared | {"adapter": ending.adapter},
        },
        office.ports.random,
        sender=ending.sender,
    )
    unit = Unit(entries=[entry])
    key = office.filing.answer_key(ending.sender, ending.message_id)
    answer = msgspec.json.encode({"outcome": ending.outcome, "records": ending.records})
    office.filing.answer(unit, key, ending.file.sha256, HTTP_OK, answer, child_id=None, entry=0)
    return unit
