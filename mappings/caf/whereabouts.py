"""What of a CAF tells where a child is: addresses, contacts, and the services that know the child.

A sender may mark a child's record as restricted, before anybody here knows whether the child is
shielded. Until that is settled, none of this is made of it.
"""

from typing import Any, Final

from msgspec import structs

from mappings.caf.assessment import Assessment, Section
from mappings.caf.categories import Category
from mappings.caf.elements import CATALOGUE
from mappings.caf.items import Item, Person

_LOCATING: Final = frozenset({Category.ADDRESS, Category.CONTACT, Category.SERVICES_INVOLVED})

LOCATING: Final = frozenset(one.path for one in CATALOGUE if one.category in _LOCATING)
"""The paths of the elements that tell where a child is."""


def without_whereabouts(assessment: Assessment) -> Assessment:
    """Return *assessment* without whatever tells where the child is.

    >>> from mappings.caf.assessment import People
    >>> carer = Person(name="A", address="1 Mill Lane", phone="0113 496 0000")
    >>> (left,) = without_whereabouts(Assessment(people=People(carers=(carer,)))).people.carers
    >>> left.name, left.address, left.phone
    ('A', None, None)
    """
    found: dict[str, Any] = {}
    for section in structs.fields(assessment):
        held = getattr(assessment, section.name)
        if isinstance(held, Section):
            fields = {one.name: getattr(held, one.name) for one in structs.fields(held)}
            kept = {
                name: () if f"{section.name}.{name}" in LOCATING else _kept(items)
                for name, items in fields.items()
            }
            found[section.name] = structs.replace(held, **kept)
    return structs.replace(assessment, **found)


def _kept(items: tuple[Item, ...]) -> tuple[Item, ...]:
    told = (one for one in items if _LOCATING.isdisjoint(one.labels))
    return tuple(_plain(one) for one in told)


def _plain(item: Item) -> Item:
    return structs.replace(item, address=None, phone=None) if isinstance(item, Person) else item
