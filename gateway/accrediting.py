"""Recording who is accredited and cleared: a new version of their row in the registers, each time.

By those whom facts.yaml names for `training` and `clearance`, and by nobody for themselves.
"""

from datetime import date

from msgspec.structs import replace

from gateway.accreditation import Holder, cleared
from gateway.days import uk_day
from gateway.errors import ConflictError, EntitlementError, RequestError
from gateway.office import Office
from gateway.people import entitled
from gateway.recording import Recorder
from gateway.registers import Grant
from policies.facts import FactSources
from policies.vocabulary import Accreditation, Appointment, Clearance


def accredit(
    office: Office, holder_id: str, kind: Accreditation, until: date, *, by: str
) -> Holder:
    """Record that a person or service is accredited for *kind*, to the day *until*.

    Raises `EntitlementError`, and `RequestError` where there is no such person or service, and
    for a day that is past.
    """
    holder = _holder(office, holder_id)
    _require(office, "training", by, holder)
    _require_to_come(office, until)
    if kind is Accreditation.INFORMATION_SHARING:
        return _record(office, replace(holder, training_until=until), by)
    return _record(office, _granting(holder, kind, until), by)


def grant_clearance(
    office: Office, holder_id: str, clearance: Clearance, until: date, *, by: str
) -> Holder:
    """Record that a person or service is cleared for what *clearance* names, to the day *until*.

    Raises as `accredit` does.
    """
    holder = _holder(office, holder_id)
    _require(office, "clearance", by, holder)
    _require_to_come(office, until)
    return _record(office, _granting(_without(holder, clearance), clearance, until), by)


def withdraw_clearance(office: Office, holder_id: str, clearance: Clearance, *, by: str) -> Holder:
    """Record that a clearance is withdrawn; raises `ConflictError` where it is not held."""
    holder = _holder(office, holder_id)
    _require(office, "clearance", by, holder)
    if clearance not in cleared(holder, uk_day(office.ports.now())):
        message = "this clearance is not held"
        raise ConflictError(message)
    return _record(office, _without(holder, clearance), by)


def _granting(holder: Holder, what: str, until: date) -> Holder:
    others = tuple(grant for grant in holder.grants if grant.what != what)
    return replace(holder, grants=(*others, Grant(what=what, until=until)))


def _without(holder: Holder, clearance: Clearance) -> Holder:
    return replace(
        holder,
        clearances=tuple(one for one in holder.clearances if one != clearance),
        grants=tuple(one for one in holder.grants if one.what != clearance),
    )


def _holder(office: Office, holder_id: str) -> Holder:
    office.refresh()
    registers = office.rulebook.registers
    holder = registers.practitioners.get(holder_id) or registers.services.get(holder_id)
    if holder is None:
        message = "there is no practitioner or service with this id"
        raise RequestError(message, where="id")
    return holder


_OFFICES = {
    name: tuple(Appointment(word) for word in FactSources.load()[name].recorders)
    for name in ("training", "clearance")
}


def _require(office: Office, fact: str, by: str, holder: Holder) -> None:
    entitled(office.rulebook.registers, by, *_OFFICES[fact])
    if by == holder.id:
        message = "nobody accredits or clears themselves"
        raise EntitlementError(message)


def _require_to_come(office: Office, until: date) -> None:
    if until < uk_day(office.ports.now()):
        message = "its last day is past"
        raise RequestError(message, where="/until")


def _record(office: Office, holder: Holder, by: str) -> Holder:
    Recorder(office, by).documents([holder])
    return holder
