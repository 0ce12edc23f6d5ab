"""Offices that nobody holds: what is asked of them would wait for nobody (design, invariant 14).

An office of the whole partnership is held by anybody of it; every other is held in each
organisation that sends, for what that holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gateway.registers import Practitioner, Registers
from policies import obligations, tasks

_QUALITY: Final = "data_quality_officer"
ANYWHERE: Final = "anywhere"
"""In place of an organisation, for an office of the whole partnership."""


def unheld(registers: Registers) -> Mapping[str, tuple[str, ...]]:
    """Return the offices that tasks go to and nobody holds, each with the organisations.

    >>> council = Organisation(id="la:999", name="Little Marsh Council")
    >>> unheld(Registers())
    {}
    >>> unheld(Registers.of([council]))["police_originator"]
    ('anywhere',)
    """
    if not registers.organisations:
        return {}
    found = {office: tuple(_lacking(office, registers)) for office in _offices()}
    return {office: places for office, places in found.items() if places}


def _lacking(office: str, registers: Registers) -> Iterator[str]:
    holders = [one for one in registers.practitioners.values() if _holds(one, office)]
    if office in tasks.shipped().partnership:
        if not holders:
            yield ANYWHERE
        return
    held = {registers.services[one.service].organisation for one in holders}
    yield from sorted(_senders(registers) - held)


def _offices() -> Iterable[str]:
    duties = (row.task.owner for row in obligations.shipped() if row.task is not None)
    return sorted({*tasks.shipped().owners, *duties, _QUALITY})


def _holds(person: Practitioner, office: str) -> bool:
    return not person.left and (office == person.role or office in person.appointments)


def _senders(registers: Registers) -> set[str]:
    """Return the organisations that hold what is asked about: those whose systems can send it."""
    clients = (one for one in registers.clients.values() if not one.revoked)
    return {registers.services[one.service].organisation for one in clients}
