"""One message as it is being written: what its parts are called by, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from mappings.bars.names import BASE
from mappings.caf.assessment import Assessment
from mappings.caf.view import items_of
from mappings.fhir_r4.generated import Reference

_NAMESPACE: Final = uuid5(NAMESPACE_URL, BASE)


def uuid_of(text: str) -> UUID:
    """Return the UUID that stands for *text*: the same for the same text."""
    return uuid5(_NAMESPACE, text)


@dataclass(frozen=True, slots=True)
class Draft:
    """The names in the message *id*, whose sender is the service *holder*.

    *persons* are the ids of the persons who have a resource, with its full URL; *answers* what the
    other items are called by, where an answer names them. Both count what is in the message, so
    that no gap tells of what is not.
    """

    id: str
    holder: str
    persons: Mapping[str, str]
    answers: Mapping[str, str]

    def url(self, name: str) -> str:
        """Return the full URL of the resource *name*."""
        return _url(self.id, name)

    def reference(self, name: str) -> Reference:
        """Return a reference to the resource *name*."""
        return Reference(reference=self.url(name))


def draft_of(assessment: Assessment, message_id: str, holder: str) -> Draft:
    """Return the names for a message about *assessment*.

    >>> draft_of(Assessment(), "m1", "").url("patient") == draft_of(Assessment(), "m1", "").url("x")
    False
    """
    family = (assessment.people.carers, assessment.people.siblings, assessment.people.household)
    persons = [person.id for part in family for person in part]
    others = [item.id for _, item in items_of(assessment) if item.id not in persons]
    return Draft(
        message_id,
        holder,
        {id_: _url(message_id, f"person-{number}") for number, id_ in enumerate(persons)},
        {id_: f"i{number}" for number, id_ in enumerate(others, start=1)},
    )


def _url(message_id: str, name: str) -> str:
    return f"urn:uuid:{uuid_of(f'{message_id}/{name}')}"
