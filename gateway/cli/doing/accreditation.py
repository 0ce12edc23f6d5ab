"""What `accredit`, `lapsing` and `clearance` do."""

from datetime import timedelta
from pathlib import Path

from gateway import settings
from gateway.accreditation import Lapsing
from gateway.accreditation import lapsing as found
from gateway.accrediting import accredit as accrediting
from gateway.accrediting import grant_clearance, withdraw_clearance
from gateway.cli.doing.dates import day
from gateway.composition import open_gateway
from gateway.days import uk_day
from gateway.errors import RequestError
from policies.attributes import word_of
from policies.vocabulary import Accreditation, Clearance


def accredit(home: Path | None, id_: str, kind: str, until: str, by: str) -> None:
    """Record that a person or service is accredited, to a day."""
    what = word_of(Accreditation, kind, "unknown accreditation")
    last = day(until)
    if last is None:
        message = "an accreditation has a last day"
        raise RequestError(message)
    with open_gateway(settings.load(home)) as gateway:
        accrediting(gateway.office, id_, what, last, by=by)


def grant(home: Path | None, id_: str, clearance: str, until: str, by: str) -> None:
    """Record that a person or service is cleared, to a day."""
    what = word_of(Clearance, clearance, "unknown clearance")
    last = day(until)
    if last is None:
        message = "a clearance has a last day"
        raise RequestError(message)
    with open_gateway(settings.load(home)) as gateway:
        grant_clearance(gateway.office, id_, what, last, by=by)


def withdraw(home: Path | None, id_: str, clearance: str, by: str) -> None:
    """Record that a clearance is withdrawn."""
    what = word_of(Clearance, clearance, "unknown clearance")
    with open_gateway(settings.load(home)) as gateway:
        withdraw_clearance(gateway.office, id_, what, by=by)


def lapsing(home: Path | None, days: int) -> tuple[Lapsing, ...]:
    """Return what lapses within so many days, or has lapsed."""
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        on = uk_day(office.ports.now())
        return found(office.rulebook.registers, on, timedelta(days=days))


COLUMNS = ("until", "whose", "service", "what")


def cells(row: Lapsing) -> tuple[str, ...]:
    """Return the cells of *row*, in the order of `COLUMNS`."""
    return row.until.isoformat(), row.holder, row.service, row.what
