"""What `caf-gateway retention` does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway import settings
from gateway.cli.doing.dates import day
from gateway.composition import Gateway, open_gateway
from gateway.days import uk_day
from gateway.erasing.retention import Due, Ran
from gateway.errors import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Who is *due*, and the rules to which no owner has agreed yet."""

    as_of: date
    due: tuple[Due, ...]
    unconfirmed: tuple[str, ...]


def due(home: Path | None, as_of: str | None) -> Report:
    """Return whose retention period is over by a day, today or one that *as_of* writes."""
    with open_gateway(settings.load(home)) as gateway:
        on, retaining = _on(gateway, as_of), gateway.retaining()
        unconfirmed = tuple(rule.id for rule in retaining.periods.unconfirmed)
        return Report(as_of=on, due=retaining.due(on), unconfirmed=unconfirmed)


def cells(row: Due) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    return row.child, row.over_on.isoformat(), row.rule, "legal hold" if row.is_held else ""


def in_words(report: Report) -> Iterator[str]:
    """Yield the lines below the table."""
    yield f"{len(report.due)} due by {report.as_of.isoformat()}"
    if report.unconfirmed:
        yield f"no owner has confirmed these rules: {', '.join(report.unconfirmed)}"


def run(
    home: Path | None, as_of: str | None, most: int, by: str, agrees: Callable[[int], bool]
) -> Ran | None:
    """Erase whose period is over, if whoever runs it *agrees* to so many; None where not.

    Raises `RequestError` for a day that is not over yet: nobody is erased ahead of time.
    """
    with open_gateway(settings.load(home)) as gateway:
        on = _on(gateway, as_of)
        if on > uk_day(gateway.office.ports.now()):
            message = "nobody is erased before their time: the day is still to come"
            raise RequestError(message)
        retaining = gateway.retaining()
        found = [one for one in retaining.due(on) if not one.is_held][:most]
        if not found or not agrees(len(found)):
            return None
        return retaining.run(tuple(found), by)


def _on(gateway: Gateway, as_of: str | None) -> date:
    return day(as_of) or uk_day(gateway.office.ports.now())
