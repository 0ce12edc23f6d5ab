"""What the provisions of a FHIR Consent say, and what in them cannot be read with certainty.

    provision (permit)   .actor: with whom     .securityLabel: only these     .purpose, .period
    .provision (deny)    .actor: except whom   .securityLabel: except these   both: these to those

That is one level of exceptions, as in IHE PCF. Whatever else stands there (a modifier, a deeper
level, a code that we do not have) changes what is meant in a way that we do not know: it becomes a
*doubt*, and a statement with doubts is not believed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from mappings.bars.names import code_system
from mappings.caf.categories import Category
from mappings.caf.items import Exclusion
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.codec import ENCODER

CATEGORY: Final = code_system("policy-category")
AGENCY_TYPE: Final = code_system("agency-type")
PURPOSE: Final = code_system("purpose")
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
RECIPIENT: Final = "IRCP"

_CATEGORIES: Final = {one.value: one for one in Category}
# What is excepted under a label of HL7's is excepted here under the category that holds all of it.
_SENSITIVITIES: Final = {
    "PSY": Category.MENTAL_HEALTH,
    "ETH": Category.SUBSTANCE_USE,
    "ETHUD": Category.SUBSTANCE_USE,
    "SEX": Category.SEXUAL_HEALTH,
    "STD": Category.SEXUAL_HEALTH,
    "HIV": Category.SEXUAL_HEALTH,
    "SDV": Category.DOMESTIC_ABUSE,
}
_MODIFIERS: Final = (b"modifierExtension", b"implicitRules")
_DAY: Final = len("2026-11-30")
_A_DAY: Final = timedelta(days=1)
_UK: Final = ZoneInfo("Europe/London")

ServiceOf = Callable[[fhir.Reference], str | None]
"""Returns what consent calls the service, or the type of service, that a reference means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the provisions say; *doubts* are codes, each once, in the order in which they arose."""

    services: tuple[str, ...] = ()
    except_services: tuple[str, ...] = ()
    scope: tuple[Category, ...] | None = None
    refused_categories: tuple[Category, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    purposes: tuple[str, ...] = ()
    begins_on: date | None = None
    expires_on: date | None = None
    doubts: tuple[str, ...] = ()


def read_terms(consent: fhir.Consent, service_of: ServiceOf) -> Terms:
    """Return what the provisions of *consent* say."""
    return _Reading(service_of).terms(consent)


class _Reading:
    """One consent, as it is read."""

    def __init__(self, service_of: ServiceOf) -> None:
        self._service_of = service_of
        self._doubts: dict[str, None] = {}

    def terms(self, consent: fhir.Consent) -> Terms:
        # Few have one: the walk that finds it is taken only where its name stands somewhere.
        encoded = ENCODER.encode(consent)
        if any(name in encoded for name in _MODIFIERS) and any(_modifiers(consent)):
            self._doubt("unknown-modifier")
        root = consent.provision
        if root is None:
            return Terms(doubts=tuple(self._doubts))
        self._limits(root)
        exceptions = root.provision or ()
        if exceptions and root.type != "permit":
            self._doubt("exceptions-to-a-refusal")
        except_services: list[str] = []
        refused: list[Category] = []
        exclusions: list[Exclusion] = []
        for one in exceptions:
            services, categories = self._exception(one)
            if services and categories:
                exclusions.append(Exclusion(services, categories))
            else:
                except_services += services
                refused += categories
        scope = tuple(self._labels(root.securityLabel, is_exception=False))
        return Terms(
            services=tuple(self._services(root.actor)),
            except_services=tuple(except_services),
            scope=scope if root.securityLabel else None,
            refused_categories=tuple(refused),
            exclusions=tuple(exclusions),
            purposes=tuple(self._purposes(root)),
            begins_on=self._start(root.period.start if root.period else None),
            expires_on=self._end(root.period.end if root.period else None),
            doubts=tuple(self._doubts),
        )

    def _doubt(self, code: str) -> None:
        self._doubts[code] = None

    def _limits(self, provision: fhir.ConsentProvision) -> None:
        """Doubt what limits a provision in a way that is not read here."""
        limits = (provision.action, provision.class_, provision.code, provision.data)
        if any(limits) or provision.dataPeriod is not None:
            self._doubt("unread-limit")

    def _exception(
        self, provision: fhir.ConsentProvision
    ) -> tuple[tuple[str, ...], tuple[Category, ...]]:
        self._limits(provision)
        if provision.provision:
            self._doubt("nested-exception")
        if provision.type != "deny":
            self._doubt("exception-that-permits")
        if provision.purpose or provision.period:
            self._doubt("unread-limit")
        services = tuple(self._services(provision.actor))
        categories = tuple(self._labels(provision.securityLabel, is_exception=True))
        if not services and not categories:
            self._doubt("exception-of-nothing-known")
        return services, categories

    def _services(self, actors: tuple[fhir.ConsentProvisionActor, ...] | None) -> Iterator[str]:
        for actor in actors or ():
            roles = actor.role.coding or ()
            if not any((one.system, one.code) == (PARTICIPATION, RECIPIENT) for one in roles):
                self._doubt("unmatched-role")
            service = self._service_of(actor.reference)
            if service is None:
                self._doubt("unmatched-actor")
            else:
                yield service

    def _labels(
        self, labels: tuple[fhir.Coding, ...] | None, *, is_exception: bool
    ) -> Iterator[Category]:
        for label in labels or ():
            found = _CATEGORIES.get(label.code or "") if label.system == CATEGORY else None
            if found is None and is_exception and label.system == ACT_CODE:
                found = _SENSITIVITIES.get(label.code or "")
            if found is None:
                self._doubt("unmatched-code")
            else:
                yield found

    def _purposes(self, root: fhir.ConsentProvision) -> Iterator[str]:
        for one in root.purpose or ():
            if one.system == PURPOSE and one.code:
                yield one.code
            else:
                self._doubt("unmatched-code")

    def _moment(self, text: str | None) -> datetime | None:
        """Return the moment that *text* names on the clocks of the UK; of a day, when it begins."""
        if text is None:
            return None
        if len(text) < _DAY:
            self._doubt("imprecise-date")
            return None
        try:
            if len(text) == _DAY:
                return datetime.combine(date.fromisoformat(text), time(), _UK)
            return datetime.fromisoformat(text).astimezone(_UK)
        except (OverflowError, ValueError):  # a leap second, or a day outside the calendar
            self._doubt("imprecise-date")
            return None

    def _start(self, text: str | None) -> date | None:
        """Return the first day that is in a period throughout: no yes holds before it was due."""
        at = self._moment(text)
        if at is None:
            return None
        return at.date() if at.time() == time() else _after(at.date())

    def _end(self, text: str | None) -> date | None:
        """Return the first day after a period: its end is in it (FHIR), if it is a whole day."""
        at = self._moment(text)
        if at is None:
            return None
        is_whole = text is not None and len(text) == _DAY
        return _after(at.date()) if is_whole else at.date()


def _modifiers(struct: Struct) -> Iterator[str]:
    """Yield the names of what changes, in a way that is not known here, what stands beside it."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if value is None:
            continue
        if name in {"modifierExtension", "implicitRules"}:
            yield name
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Struct):
                yield from _modifiers(each)


def _after(day: date) -> date:
    """Return the next day, as long as there is one."""
    return day if day == date.max else day + _A_DAY
