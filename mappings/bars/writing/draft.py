"""One message as it is being written: what its parts are called by, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import NODEFAULT, structs

from mappings.bars.answers import ASKED
from mappings.bars.names import BASE
from mappings.bars.telling import COMMON
from mappings.caf.assessment import Assessment
from mappings.caf.elements import Element
from mappings.caf.items import Dissent, Item
from mappings.caf.view import items_of
from mappings.fhir_r4.generated import Reference

# What a flag or an activity of the care plan says: no answer refers to it.
_WITHOUT_NAME: Final = frozenset({"information.concern", "plan.actions"})
_NAMESPACE: Final = uuid5(NAMESPACE_URL, BASE)


def uuid_of(text: str) -> UUID:
    """Return the UUID that stands for *text*: the same for the same text."""
    return uuid5(_NAMESPACE, text)


@cache
def defaults_of(kind: type[Item]) -> Mapping[str, object]:
    """Return what each field of *kind* is when nothing is said of it."""
    return {field.name: field.default for field in structs.fields(kind)}


def is_empty(item: Item) -> bool:
    """Say whether *item* says nothing: at most of whom, by whom and when.

    >>> from mappings.caf.items import Statement
    >>> is_empty(Statement(id="s1")), is_empty(Statement(id="s1", text="..."))
    (True, False)
    """
    usual = defaults_of(type(item))
    said = item.__struct_fields__
    return all(getattr(item, name) in (usual[name], "") for name in said if name not in _BESIDES)


_BESIDES: Final = COMMON | {"id", "source"}


def lacks_text(item: Item) -> bool:
    """Say whether *item* has no text where none of its kind can be without: FHIR has no empty one.

    >>> from mappings.caf.items import Goal
    >>> lacks_text(Goal(text="")), lacks_text(Goal(text="..."))
    (True, False)
    """
    needed = (name for name, default in defaults_of(type(item)).items() if default is NODEFAULT)
    return any(getattr(item, name) == "" for name in needed)


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
    persons = (person.id for part in family for person in part)
    return Draft(
        message_id,
        holder,
        {id_: _url(message_id, f"person-{number}") for number, id_ in enumerate(persons)},
        _answers(assessment),
    )


def _answers(assessment: Assessment) -> Mapping[str, str]:
    """Return the names of what is written as an answer, or as a reason of the referral.

    A dissent from what is not written is not written either.
    """
    names: dict[str, str] = {}
    for element, item in items_of(assessment):
        is_lost = is_empty(item) or lacks_text(item)
        is_lost = is_lost or (isinstance(item, Dissent) and item.on not in names)
        if has_answer(element) and not is_lost:
            names[item.id] = f"i{len(names) + 1}"
    return names


def has_answer(element: Element) -> bool:
    """Say whether what is said of *element* is an answer, or a reason of the referral."""
    return element.code in ASKED and element.path not in _WITHOUT_NAME


def _url(message_id: str, name: str) -> str:
    return f"urn:uuid:{uuid_of(f'{message_id}/{name}')}"
