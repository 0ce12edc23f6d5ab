"""The parameters of a search for AuditEvents (FHIR R4, 3.1.1): read strictly, or refused.

    patient=01a1…&date=ge2026-11-01&date=lt2026-12-01&type=110106&_count=50

A parameter that is not known is refused and not passed over: whoever asked for less must not be
given more.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlencode

from audit.events import EntryType
from gateway.api import fhir_dates
from gateway.audit_events import codes
from gateway.audit_events.shapes import SHAPES
from gateway.errors import MalformedRequestError
from gateway.searching.criteria import Criteria

MAX_PARAMETERS: Final = 32
MAX_COUNT: Final = 200

_CHILD: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127}")
_PAGE: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the results is wanted: *most* of them after *skip*, of a log of *size*."""

    most: int = 50
    skip: int = 0
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its parameters ask for it: the *pairs* as given, and what they mean."""

    pairs: tuple[tuple[str, str], ...]
    criteria: Criteria
    page: Page

    def link(self, size: int, skip: int) -> str:
        """Return the parameters of the page of this search that begins after *skip* results."""
        pairs = [(name, value) for name, value in self.pairs if name != "_page"]
        return urlencode([*pairs, ("_page", f"{size}-{skip}")])


def read(text: str) -> Asked:
    """Return what the parameters in *text* (a query string or a form) ask for.

    Raises `MalformedRequestError` for what is not known, or is not of its form.

    >>> read("patient=Patient/c-17&_count=5").criteria.child
    'c-17'
    >>> read("name=x")
    Traceback (most recent call last):
        ...
    gateway.errors.MalformedRequestError
    """
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise MalformedRequestError(where="the parameters") from None
    criteria, page = Criteria(), Page()
    given: set[str] = set()
    for name, value in pairs:
        if name not in _READERS and name not in _PAGING:
            raise MalformedRequestError(where=_UNKNOWN)
        if name in given and name != "date":
            raise MalformedRequestError(where=f"{name}: given twice")
        given.add(name)
        if name in _PAGING:
            page = _PAGING[name](page, value)
        else:
            criteria = _READERS[name](criteria, value)
    return Asked(tuple(pairs), criteria, page)


def _patient(criteria: Criteria, value: str) -> Criteria:
    child = value.removeprefix("Patient/")
    if not _CHILD.fullmatch(child):
        raise MalformedRequestError(where="patient: the id of a child in this gateway")
    if criteria.child not in {None, child}:
        raise MalformedRequestError(where="entity: another child than `patient`")
    return replace(criteria, child=child)


def _entity(criteria: Criteria, value: str) -> Criteria:
    if not value.startswith("Patient/"):
        raise MalformedRequestError(where="entity: it is a reference `Patient/id`")
    return _patient(criteria, value)


def _entity_identifier(criteria: Criteria, value: str) -> Criteria:
    """Read a request's id: the one identifier of an entity that entries are found by."""
    return replace(criteria, request=_id(value.removeprefix("|"), "entity:identifier"))


def _agent(criteria: Criteria, value: str) -> Criteria:
    kind, _, id_ = value.partition("/")
    if kind == "Organization":
        return _with_service(criteria, _id(id_, "agent"))
    if kind == "Practitioner":
        return replace(criteria, user=_id(id_, "agent"))
    raise MalformedRequestError(where="agent: it is `Organization/id` or `Practitioner/id`")


def _agent_identifier(criteria: Criteria, value: str) -> Criteria:
    system, _, id_ = value.partition("|")
    if system == codes.SERVICE_ID:
        return _with_service(criteria, _id(id_, "agent:identifier"))
    if system == codes.PRACTITIONER_ID:
        return replace(criteria, user=_id(id_, "agent:identifier"))
    raise MalformedRequestError(where="agent:identifier: it is `system|id` of a service or person")


def _with_service(criteria: Criteria, service: str) -> Criteria:
    both = criteria.services is not None and service not in criteria.services
    return replace(criteria, services=frozenset() if both else frozenset({service}))


def _type(criteria: Criteria, value: str) -> Criteria:
    return _of_types(criteria, value, lambda one: [SHAPES[one].type], "type")


def _subtype(criteria: Criteria, value: str) -> Criteria:
    def subtypes(one: EntryType) -> list[codes.JSON]:
        return [*SHAPES[one].subtypes, codes.coding(codes.ENTRY_TYPE, one.value)]

    return _of_types(criteria, value, subtypes, "subtype")


def _of_types(
    criteria: Criteria, value: str, codings: Callable[[EntryType], Iterable[codes.JSON]], name: str
) -> Criteria:
    """Return *criteria* for the entries that have one of the tokens in *value* as a coding."""
    tokens = [token.rpartition("|") for token in value.split(",")]
    wanted = {(system if bar else None, code) for system, bar, code in tokens}
    types = frozenset(
        one
        for one in EntryType
        for coding in codings(one)
        if {(coding["system"], coding["code"]), (None, coding["code"])} & wanted
    )
    if not types:
        raise MalformedRequestError(where=f"{name}: no entry has this code")
    return replace(criteria, types=types if criteria.types is None else types & criteria.types)


def _date(criteria: Criteria, value: str) -> Criteria:
    since, until = fhir_dates.read(value)
    return replace(
        criteria,
        since=max(filter(None, (since, criteria.since)), default=None),
        until=min(filter(None, (until, criteria.until)), default=None),
    )


def _count(page: Page, value: str) -> Page:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise MalformedRequestError(where="_count: a number")
    return replace(page, most=min(int(value), MAX_COUNT))


def _page(page: Page, value: str) -> Page:
    match = _PAGE.fullmatch(value)
    if match is None:
        raise MalformedRequestError(where="_page: as a link to a page has it")
    return replace(page, size=int(match[1]), skip=int(match[2]))


def _id(value: str, name: str) -> str:
    if not _ID.fullmatch(value):
        raise MalformedRequestError(where=f"{name}: an id")
    return value


_READERS: Final[Mapping[str, Callable[[Criteria, str], Criteria]]] = MappingProxyType(
    {
        "patient": _patient,
        "date": _date,
        "agent": _agent,
        "agent:identifier": _agent_identifier,
        "entity": _entity,
        "entity:identifier": _entity_identifier,
        "type": _type,
        "subtype": _subtype,
    }
)
_PAGING: Final[Mapping[str, Callable[[Page, str], Page]]] = MappingProxyType(
    {"_count": _count, "_page": _page}
)
KNOWN: Final[Sequence[str]] = tuple(chain(_READERS, _PAGING))
_UNKNOWN: Final = f"a parameter is not known here; those that are: {', '.join(KNOWN)}"
