"""Who somebody is, and whether it is theirs to do: persons, their roles and their appointments.

Whatever a person answers for (a fact, a judgement, an approval, a review) names them by their id
in the register of practitioners, and they must hold the office for it.
"""

from dataclasses import dataclass
from typing import Final

from gateway.entries import Act
from gateway.errors import EntitlementError
from gateway.registers import Practitioner, Registers
from policies.vocabulary import Appointment, Role

_NO_COLLEAGUE: Final = "the person named is not registered at the caller's service"


@dataclass(frozen=True, slots=True)
class Officer:
    """For whom a system of *service* acts: the person *by*, by way of a request."""

    by: str
    service: str
    via: Act


def person(registers: Registers, by: str) -> Practitioner:
    """Return the person with the id *by*, or raise `EntitlementError`.

    >>> person(Registers(), "p1")
    Traceback (most recent call last):
        ...
    gateway.errors.EntitlementError: the person named is not in the register of practitioners
    """
    known = registers.practitioners.get(by)
    if known is None or known.left:
        message = "the person named is not in the register of practitioners"
        raise EntitlementError(message)
    return known


def entitled(registers: Registers, by: str, *offices: Appointment | Role) -> Practitioner:
    """Return the person *by*, who holds one of the *offices*: an appointment, or a role.

    Raises `EntitlementError`, which names the offices that would do.
    """
    known = person(registers, by)
    if known.role not in offices and not set(known.appointments) & set(offices):
        message = f"this is for one of: {', '.join(sorted(office.value for office in offices))}"
        raise EntitlementError(message)
    return known


def two_persons(registers: Registers, first: str, second: str) -> tuple[Practitioner, Practitioner]:
    """Return two different persons, or raise `EntitlementError`: nobody approves alone."""
    if first == second:
        message = "two different persons are needed: nobody approves alone"
        raise EntitlementError(message)
    return person(registers, first), person(registers, second)


def colleague(registers: Registers, by: str, service: str) -> Practitioner:
    """Return the person *by*, who works at *service*, or raise `EntitlementError`.

    Somebody of another service is answered as nobody is: a system learns of its own people alone.
    """
    known = registers.practitioners.get(by)
    if known is None or known.left or known.service != service:
        raise EntitlementError(_NO_COLLEAGUE)
    return known


def near_colleague(registers: Registers, by: str, service: str) -> Practitioner:
    """Return the person *by*, of *service* or an office-holder of its organisation.

    An office is held in an organisation, whichever of its services the person is registered at; no
    system acts for the people of another organisation, whatever office they hold. Raises
    `EntitlementError` for anybody else, as for nobody.
    """
    known = registers.practitioners.get(by)
    if known is None or not known.appointments or not is_of_one(registers, known.service, service):
        return colleague(registers, by, service)
    return person(registers, by)


def is_of_one(registers: Registers, first: str, second: str) -> bool:
    """Whether two services, by id, are of one organisation; False where one is not registered."""
    one, other = registers.services.get(first), registers.services.get(second)
    return one is not None and other is not None and one.organisation == other.organisation
