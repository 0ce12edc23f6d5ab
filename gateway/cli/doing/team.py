"""What `caf-gateway team` does."""

from pathlib import Path

from gateway import settings
from gateway.cli.doing.dates import ends
from gateway.cli.doing.subjects import recorded_about
from gateway.composition import open_gateway
from gateway.facts.showing import Shown, show_team
from gateway.facts.team import Member
from gateway.facts.team import add as adding
from gateway.facts.team import leave as leaving
from gateway.working import require_known


def add(home: Path | None, child_id: str, member: Member, until: str | None, by: str) -> int:
    """Have *member* join, and return the index of the entry."""
    last = ends(until)
    return recorded_about(
        home, child_id, lambda office: adding(office, child_id, member, by=by, until=last)
    )


def leave(  # noqa: PLR0913, PLR0917 - who leaves, and why
    home: Path | None, child_id: str, service: str, practitioner: str, reason: str, by: str
) -> int:
    """Have a person or a whole service leave, and return the index of the entry."""
    return recorded_about(
        home,
        child_id,
        lambda office: leaving(
            office, child_id, service, practitioner=practitioner, by=by, reason=reason
        ),
    )


def show(home: Path | None, child_id: str, by: str) -> tuple[Shown, ...]:
    """Return the team as far as *by* may see it."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        return show_team(gateway.office, child_id, by)


COLUMNS = ("service", "practitioner", "part", "by", "since", "until", "entry")


def cells(row: Shown) -> tuple[str, ...]:
    """Return the cells of one member, in the order of `COLUMNS`."""
    until = "" if row.until is None else f"{row.until:%Y-%m-%d}"
    since = f"{row.at:%Y-%m-%d}"
    return row.service or "", row.matter, row.part, row.by, since, until, str(row.entry)
