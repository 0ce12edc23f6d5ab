"""Accreditation and clearance of people, and of the roles in which services receive.

An accreditation lapses by itself after its last day, and so does a clearance that was granted for a
time. Whoever acts as lead professional needs the accreditation for that beside the one for
information sharing. Both stand in the registers; `gateway.accrediting` records them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain

from msgspec import Struct

from gateway.registers import Practitioner, Registers, Service
from policies.vocabulary import Accreditation, Clearance, Role, Training

Holder = Practitioner | Service
"""Who is accredited or cleared: a person, or the role in which a service receives."""


def trained(who: Holder, on: date) -> Training | None:
    """Return whether *who* has the training to receive, on a day; None where it is not recorded.

    >>> from msgspec.structs import replace
    >>> may = date(2026, 5, 1)
    >>> worker = Practitioner(id="p", service="s", role="clinician", training_until=may)
    >>> [trained(worker, date(2026, 5, day)) for day in (1, 2)]
    [<Training.CURRENT: 'current'>, <Training.LAPSED: 'lapsed'>]
    >>> trained(replace(worker, role="lead_professional"), date(2026, 5, 1)) is None
    True
    """
    needed = [Accreditation.INFORMATION_SHARING]
    if who.role == Role.LEAD_PROFESSIONAL:
        needed.append(Accreditation.LEAD_PROFESSIONAL)
    known = accredited(who)
    days = [known[one] for one in needed if one in known]
    if any(until < on for until in days):
        return Training.LAPSED
    return Training.CURRENT if len(days) == len(needed) else None


def accredited(who: Holder) -> dict[Accreditation, date]:
    """Return what *who* was accredited for, each with its last day, past or to come."""
    known = {
        Accreditation(grant.what): grant.until
        for grant in who.grants
        if grant.what in set(Accreditation)
    }
    if who.training_until is not None:
        known[Accreditation.INFORMATION_SHARING] = who.training_until
    return known


def cleared(who: Holder, on: date) -> tuple[str, ...]:
    """Return the clearances that *who* has on a day.

    >>> from gateway.registers import Grant
    >>> worker = Practitioner(
    ...     id="p", service="s", role="social_worker",
    ...     grants=(Grant(what="shield", until=date(2026, 5, 1)),),
    ... )
    >>> cleared(worker, date(2026, 5, 1)), cleared(worker, date(2026, 5, 2))
    (('shield',), ())
    """
    granted = (
        grant.what for grant in who.grants if grant.what in set(Clearance) and on <= grant.until
    )
    return tuple(sorted({*who.clearances, *granted}))


class Lapsing(Struct, frozen=True, kw_only=True):
    """An accreditation or clearance that lapses soon, or has lapsed: whose, and its last day."""

    holder: str
    service: str
    what: str
    until: date


def lapsing(registers: Registers, on: date, within: timedelta) -> tuple[Lapsing, ...]:
    """Return what lapses *within* that time from a day, or has lapsed, the earliest first."""
    holders: Iterable[Holder] = chain(registers.practitioners.values(), registers.services.values())
    found = (one for holder in holders for one in _terms(holder) if one.until <= on + within)
    return tuple(sorted(found, key=lambda one: (one.until, one.holder, one.what)))


def _terms(holder: Holder) -> Iterator[Lapsing]:
    """Yield all that *holder* has for a time."""
    service = holder.service if isinstance(holder, Practitioner) else holder.id
    terms = [(str(kind), until) for kind, until in accredited(holder).items()]
    terms += [(one.what, one.until) for one in holder.grants if one.what in set(Clearance)]
    for what, until in terms:
        yield Lapsing(holder=holder.id, service=service, what=what, until=until)
