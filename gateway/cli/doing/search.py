"""What `caf-gateway audit search` does: who was told what, when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.events import EntryType
from gateway import settings
from gateway.audit_events.bundle import Bundler
from gateway.cli.doing.dates import day
from gateway.cli.doing.subjects import require_service
from gateway.cli.options import Form
from gateway.cli.reports import table, to_json
from gateway.composition import open_gateway
from gateway.days import day_begins
from gateway.errors import RequestError
from gateway.office import Office
from gateway.registers import Registers
from gateway.searching import accounting, found
from gateway.searching.criteria import Criteria
from gateway.searching.search import Answer, Reader, Search, search
from gateway.working import require_known
from policies.attributes import word_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, in the words of the options; *by* and *reason* are for the log."""

    child: str | None = None
    service: str | None = None
    organisation: str | None = None
    user: str | None = None
    request: str | None = None
    purpose: str | None = None
    type: str | None = None
    since: str | None = None
    until: str | None = None
    by: str
    reason: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The *answer*, and the registers that name the services in it."""

    answer: Answer
    registers: Registers
    bundler: Bundler


def find(home: Path | None, asked: Asked, form: Form) -> Found:
    """Return what was found for *form*, having recorded the search."""
    is_accounting = form in {Form.ACCOUNTING, Form.ACCOUNTING_OFFICER}
    if is_accounting and (asked.child is None or asked.type is not None):
        message = "an accounting is of all disclosures of one child"
        raise RequestError(message)
    types = accounting.TYPES if is_accounting else _types(asked.type)
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        wanted = Search(
            reader=Reader(user=asked.by, reason=asked.reason),
            criteria=_criteria(office, asked, types),
            complete=asked.complete,
        )
        answer = search(office, wanted)
        return Found(answer, office.rulebook.registers, Bundler.of(gateway.settings))


def written(told: Found, form: Form) -> str:
    """Return what was found as *form* has it."""
    match form:
        case Form.JSON:
            return to_json(found.to_document(told.answer)) + "\n"
        case Form.CSV:
            return found.as_csv(told.answer)
        case Form.FHIR:
            return to_json(told.bundler.bundle(told.answer, {})) + "\n"
        case Form.ACCOUNTING | Form.ACCOUNTING_OFFICER:
            lines = accounting.Accounting(told.answer.entries, told.registers)
            return lines.to_csv(with_withheld=form is Form.ACCOUNTING_OFFICER)
        case _:
            rows = (found.cells(one, f"{one.at:%d %b %Y %H:%M:%S}") for one in told.answer.entries)
            return table(found.COLUMNS, rows)


def remarks(answer: Answer) -> Iterator[str]:
    """Yield what there is to say of *answer* beside its entries."""
    for one in answer.discrepancies:
        yield f"WRONG  entry {one.entry}: {one.message}"
    yield answer.statement


def _criteria(office: Office, asked: Asked, types: frozenset[EntryType] | None) -> Criteria:
    criteria = Criteria(
        child=asked.child,
        services=_services(office, asked),
        user=asked.user,
        request=asked.request,
        purpose=asked.purpose,
        types=types,
        since=_time(asked.since),
        until=_time(asked.until),
    )
    if criteria == Criteria():
        message = "a search names what it is for: a child, a service, a person, a time, ..."
        raise RequestError(message)
    if asked.child is not None:
        require_known(office, asked.child)
    return criteria


def _services(office: Office, asked: Asked) -> frozenset[str] | None:
    """Return the services that are meant; those of an organisation are all that it runs."""
    require_service(office, asked.service)
    named = None if asked.service is None else frozenset({asked.service})
    if asked.organisation is None:
        return named
    services = office.rulebook.registers.services.values()
    run = frozenset(one.id for one in services if one.organisation == asked.organisation)
    if not run:
        message = "there is no organisation with this id that runs a service"
        raise RequestError(message)
    return run if named is None else run & named


def _types(text: str | None) -> frozenset[EntryType] | None:
    if text is None:
        return None
    return frozenset({word_of(EntryType, text, "no such type of entry")})


def _time(text: str | None) -> datetime | None:
    """Return the moment that *text* writes: a time with its zone, or the beginning of a day."""
    if text is None or "T" not in text:
        on = day(text)
        return None if on is None else day_begins(on)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = "a time is written as 2026-11-30T09:00:00+00:00"
        raise RequestError(message)
    return at.astimezone(UTC)
