"""Who may record a fact: those whom `policies/facts.yaml` names, and nobody else."""

from collections.abc import Iterable
from typing import Final

from gateway.casefile import SOURCES, CaseFile, RecordedFact
from gateway.errors import EntitlementError
from gateway.office import Office
from gateway.people import person
from gateway.registers import Practitioner
from gateway.working import works_with
from policies.facts import Relation
from policies.vocabulary import HEALTH_AGENCIES, Role

_NO_PRACTITIONERS: Final = frozenset(
    {Role.ADMIN, Role.CHILD, Role.PARENT, Role.RESEARCHER, Role.ANALYST}
)
"""Those who are registered, and practise with no child."""


def require_recorder(
    office: Office, case: CaseFile, facts: Iterable[RecordedFact], by: str
) -> Practitioner:
    """Return the person *by*, who may record each of *facts* about the child of *case*.

    Raises `EntitlementError`, which names those who may.
    """
    known = person(office.rulebook.registers, by)
    for fact in facts:
        recorders = SOURCES[fact.name].recorders
        if not any(_is(office, case, fact, known, word) for word in recorders):
            message = f"`{fact.name}` is recorded by one of: {', '.join(recorders) or 'nobody'}"
            raise EntitlementError(message)
    return known


def _is(
    office: Office, case: CaseFile, fact: RecordedFact, known: Practitioner, recorder: str
) -> bool:
    """Whether the person *known* is what *recorder* names: an appointment, role or relation."""
    if recorder == known.role or recorder in known.appointments:
        return True
    if recorder not in set(Relation) or known.role in _NO_PRACTITIONERS:
        return False
    match Relation(recorder):
        case Relation.AT_HOLDER:
            return known.service == fact.service
        case Relation.AT_HEALTH_SERVICE:
            return office.service(known.service).type in HEALTH_AGENCIES
        case Relation.WORKS_WITH_CHILD:
            return works_with(office, case, known.service)
