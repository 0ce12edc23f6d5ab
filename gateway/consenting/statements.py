"""What a person says about sharing, in words, as the statement that is recorded.

A grantor's new statement takes the place of their earlier one, but what they said about keeping
the record goes on to hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from msgspec.structs import replace

from gateway.consents import GrantorKind, RecordedConsent, grantor_named, may_keep
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.registers import Registers, Service
from mappings.caf.categories import Category
from mappings.caf.items import About, AboutWhom, ConsentStatement, Exclusion
from mappings.caf.vocabulary import (
    ConsentAnswer,
    ConsentManner,
    ParentalResponsibility,
    StorageAnswer,
)
from policies.attributes import word_of
from policies.errors import VocabularyError, suggestion
from policies.vocabulary import CATEGORY_SETS, Agency, Purpose

_CATEGORIES: Final = {one.value: frozenset({one}) for one in Category} | dict(CATEGORY_SETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one grantor (see `grantor_named`) says, in words: `given` or `refused`.

    *services* and *excepted* name services or types of service. *refused* and *scope* name
    categories, or sets of them such as `health`; *excluded* names them for some services alone.
    """

    grantor: str
    sharing: str
    services: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    excluded: tuple[tuple[str, tuple[str, ...]], ...] = ()
    scope: tuple[str, ...] | None = None
    purposes: tuple[str, ...] = ()
    begins: date | None = None
    expires: date | None = None
    how: str = ConsentManner.SPOKEN
    responsibility: str | None = None


def statement_of(
    said: Said, before: tuple[RecordedConsent, ...], registers: Registers, now: datetime
) -> RecordedConsent:
    """Return what was *said* as it is recorded; *before* is what its grantor said last.

    Raises `RequestError` where it says nothing certain, `VocabularyError` for a word there is not.
    """
    key, kind = grantor_named(said.grantor)
    sharing = word_of(ConsentAnswer, said.sharing, "sharing is given or refused")
    if sharing not in {ConsentAnswer.GIVEN, ConsentAnswer.REFUSED}:
        message = "sharing is given or refused: to take a consent back, withdraw it"
        raise RequestError(message, where="/sharing")
    if sharing is ConsentAnswer.GIVEN and not said.services:
        message = "consent is given to share with somebody: name a service"
        raise RequestError(message, where="/services")
    excluded = (service for service, _ in said.excluded)
    require_known(registers, said.services, "/services")
    require_known(registers, said.excepted, "/excepted")
    require_known(registers, excluded, "/refusedTo")
    _require_term(said, uk_day(now))
    is_child = kind is GrantorKind.CHILD
    statement = ConsentStatement(
        id="",
        grantor=About(AboutWhom.CHILD if is_child else AboutWhom.PARENT_OR_CARER),
        may_store=_storing(before),
        sharing=sharing,
        services=said.services,
        except_services=said.excepted,
        scope=None if said.scope is None else categories_in(said.scope),
        refused_categories=categories_in(said.refused),
        exclusions=tuple(Exclusion((one,), categories_in(names)) for one, names in said.excluded),
        purposes=tuple(word_of(Purpose, one, "unknown purpose") for one in said.purposes),
        how=word_of(ConsentManner, said.how, "consent is spoken, paper or signed"),
        given_on=uk_day(now),
        begins_on=said.begins,
        expires_on=said.expires,
    )
    return RecordedConsent(
        grantor=key,
        kind=kind,
        has_responsibility=_responsibility(said.responsibility, before),
        statement=statement,
        recorded_at=now,
    )


def withdrawn(
    before: tuple[RecordedConsent, ...], service: Service | None, now: datetime
) -> tuple[RecordedConsent, ...]:
    """Return what a grantor said *before*, taken back: as to one service, or altogether (None).

    Raises `RequestError` where they have said nothing.
    """
    if not before:
        message = "this grantor has made no consent statement about the child"
        raise RequestError(message, where="/grantor")
    return tuple(
        replace(one, statement=_taken_back(one.statement, service, uk_day(now)), recorded_at=now)
        for one in before
    )


def categories_in(names: Iterable[str]) -> tuple[Category, ...]:
    """Return the categories that *names* name, one by one or as a set of them, in order.

    Raises `VocabularyError` for a name that there is not.

    >>> categories_in(["health"])[:2]
    (<Category.DISABILITY: 'disability'>, <Category.HEALTH_BASIC: 'health_basic'>)
    """
    found: set[Category] = set()
    for name in names:
        if name not in _CATEGORIES:
            message = f"unknown category{suggestion(name, _CATEGORIES)}"
            raise VocabularyError(message)
        found |= _CATEGORIES[name]
    return tuple(sorted(found))


def require_known(registers: Registers, named: Iterable[str], where: str) -> None:
    """Raise `RequestError` where a name is neither a registered service's nor a type of service.

    It says which of those at *where* it is, and which would be right.
    """
    for number, name in enumerate(named):
        if not is_known(registers, name):
            right = suggestion(name, (*registers.services, *Agency))
            place = f"{where}/{number}"
            message = "consent names a service that is not registered, and that is no service type"
            message += f", at `{place}`{right}"
            raise RequestError(message, where=place)


def is_known(registers: Registers, name: str) -> bool:
    """Whether *name* is a registered service's id, or a type of service."""
    return name in registers.services or name in set(Agency)


def _require_term(said: Said, today: date) -> None:
    is_over = said.expires is not None and said.expires <= (said.begins or today)
    if is_over:
        message = "it would have ended before it begins: name a later day"
        raise RequestError(message, where="/expires")


def _responsibility(given: str | None, before: tuple[RecordedConsent, ...]) -> str:
    """Return whether the grantor has parental responsibility: as given, or as last recorded."""
    if given is not None:
        return word_of(ParentalResponsibility, given, "responsibility is yes, no or unknown")
    return before[-1].has_responsibility if before else ParentalResponsibility.UNKNOWN


def _storing(before: tuple[RecordedConsent, ...]) -> StorageAnswer:
    """Return what the grantor last said about keeping the record: no, if they said so at all."""
    if not may_keep(before):
        return StorageAnswer.NO
    return before[-1].statement.may_store if before else StorageAnswer.NOT_ASKED


def _taken_back(said: ConsentStatement, service: Service | None, on: date) -> ConsentStatement:
    if service is None:
        return replace(said, sharing=ConsentAnswer.WITHDRAWN, given_on=on)
    own = service.own_names  # its type names others too
    return replace(
        said,
        services=tuple(one for one in said.services if one not in own),
        except_services=(*said.except_services, service.id),
        given_on=on,
    )
