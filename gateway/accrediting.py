"""Recording who is accredited and cleared: a new version of their row in the registers, each time.

By those whom facts.yaml names for `training` and `clearance`, and by nobody for themselves.
"""

from collections.abc import Callable
from datetime import date

from msgspec.structs import replace

from gateway.accreditation import Holder, cleared
from gateway.days import uk_day
from gateway.errors import ConflictError, EntitlementError, RequestError
from gateway.office import Office
from gateway.people import entitled, is_of_one
from gateway.recording import Recorder
from gateway.registers import Grant, Practitioner, Registers
from policies.facts import FactSources
from policies.tasks import shipped
from policies.vocabulary import Accreditation, Appointment, Clearance


def accredit(
    office: Office, holder_id: str, kind: Accreditation, until: date, *, by: str
) -> Holder:
    """Record that a person or service is accredited for *kind*, to the day *until*.

    Raises `EntitlementError`, and `RequestError` where there is no such person or service, and
    for a day that is past.
    """
    _require_to_come(office, until)

    def accredited(holder: Holder) -> Holder:
        if kind is Accreditation.INFORMATION_SHARING:
            return replace(holder, training_until=until)
        return _granting(holder, kind, until)

    return _revise(office, holder_id, "training", by, accredited)


def require_accrediting(office: Office, holder_id: str, until: date, *, by: str) -> Holder:
    """Return the person or service that *by* may accredit to the day *until*, or raise.

    It is for their own organisation, or the whole partnership (`policies/tasks.yaml`): nobody
    vouches for the training of another body. Raises as `accredit` does.
    """
    _require_to_come(office, until)
    office.refresh()
    registers = office.rulebook.registers
    holder = _holder(registers, holder_id)
    _require(registers, "training", by, holder)
    return holder


def grant_clearance(
    office: Office, holder_id: str, clearance: Clearance, until: date, *, by: str
) -> Holder:
    """Record that a person or service is cleared for what *clearance* names, to the day *until*.

    Raises as `accredit` does.
    """
    _require_to_come(office, until)

    def granted(holder: Holder) -> Holder:
        return _granting(_without(holder, clearance), clearance, until)

    return _revise(office, holder_id, "clearance", by, granted)


def withdraw_clearance(office: Office, holder_id: str, clearance: Clearance, *, by: str) -> Holder:
    """Record that a clearance is withdrawn; raises `ConflictError` where it is not held."""

    def withdrawn(holder: Holder) -> Holder:
        if clearance not in cleared(holder, uk_day(office.ports.now())):
            message = "this clearance is not held"
            raise ConflictError(message)
        return _without(holder, clearance)

    return _revise(office, holder_id, "clearance", by, withdrawn)


def _granting(holder: Holder, what: str, until: date) -> Holder:
    others = tuple(grant for grant in holder.grants if grant.what != what)
    return replace(holder, grants=(*others, Grant(what=what, until=until)))


def _without(holder: Holder, clearance: Clearance) -> Holder:
    return replace(
        holder,
        clearances=tuple(one for one in holder.clearances if one != clearance),
        grants=tuple(one for one in holder.grants if one.what != clearance),
    )


_OFFICES = {
    name: tuple(Appointment(word) for word in FactSources.load()[name].recorders)
    for name in ("training", "clearance")
}


def _revise(
    office: Office, holder_id: str, fact: str, by: str, revised: Callable[[Holder], Holder]
) -> Holder:
    """Record what *revised* makes of a person's or service's row, and return it as it stands."""

    def revising(registers: Registers) -> tuple[Holder]:
        holder = _holder(registers, holder_id)
        _require(registers, fact, by, holder)
        return (revised(holder),)

    Recorder(office, by).revise(revising)
    return _holder(office.rulebook.registers, holder_id)


def _require(registers: Registers, fact: str, by: str, holder: Holder) -> None:
    known = entitled(registers, by, *_OFFICES[fact])
    if by == holder.id:
        message = "nobody accredits or clears themselves"
        raise EntitlementError(message)
    everywhere = shipped().partnership.intersection(known.appointments, _OFFICES[fact])
    own = holder.service if isinstance(holder, Practitioner) else holder.id
    if not everywhere and not is_of_one(registers, known.service, own):
        message = "this is for somebody of their own organisation, or of the whole partnership"
        raise EntitlementError(message)


def _holder(registers: Registers, holder_id: str) -> Holder:
    holder = registers.practitioners.get(holder_id) or registers.services.get(holder_id)
    if holder is None:
        message = "there is no practitioner or service with this id"
        raise RequestError(message, where="id")
    return holder


def _require_to_come(office: Office, until: date) -> None:
    if until < uk_day(office.ports.now()):
        message = "its last day is past"
        raise RequestError(message, where="/until")
