"""Who may record a fact: those whom `policies/facts.yaml` names, and nobody else."""

from dataclasses import dataclass
from typing import Final

from gateway.casefile import SOURCES, CaseFile
from gateway.errors import EntitlementError
from gateway.office import Office
from gateway.people import person
from gateway.registers import Practitioner
from gateway.working import works_with
from policies.attributes import FACTS
from policies.errors import VocabularyError, suggestion
from policies.facts import Relation
from policies.vocabulary import HEALTH_AGENCIES, Role

_NO_PRACTITIONERS: Final = frozenset(
    {Role.ADMIN, Role.CHILD, Role.PARENT, Role.RESEARCHER, Role.ANALYST}
)
"""Those who are registered, and practise with no child."""


@dataclass(frozen=True, slots=True)
class Recordable:
    """What somebody may or may not record: a fact by *name*, about the child and a *service*.

    It says nothing of what is recorded already: whether somebody may is told without a look at it.
    """

    name: str
    service: str | None = None


def require_recorder(office: Office, case: CaseFile, what: Recordable, by: str) -> Practitioner:
    """Return the person *by*, who may record *what* about the child of *case*.

    Raises `EntitlementError`, which names those who may, and `VocabularyError` for a fact that
    there is not.
    """
    if what.name not in FACTS:
        message = f"unknown fact{suggestion(what.name, FACTS)}"
        raise VocabularyError(message)
    known = person(office.rulebook.registers, by)
    recorders = SOURCES[what.name].recorders
    if not any(_is(office, case, what, known, word) for word in recorders):
        message = f"`{what.name}` is recorded by one of: {', '.join(recorders) or 'nobody'}"
        raise EntitlementError(message)
    return known


def _is(
    office: Office, case: CaseFile, what: Recordable, known: Practitioner, recorder: str
) -> bool:
    """Whether the person *known* is what *recorder* names: an appointment, role or relation."""
    if recorder == known.role or recorder in known.appointments:
        return True
    if recorder not in set(Relation) or known.role in _NO_PRACTITIONERS:
        return False
    match Relation(recorder):
        case Relation.AT_HOLDER:
            return known.service == what.service
        case Relation.AT_HEALTH_SERVICE:
            return office.service(known.service).type in HEALTH_AGENCIES
        case Relation.WORKS_WITH_CHILD:
            return works_with(office, case, known.service)
