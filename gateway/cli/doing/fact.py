"""What `caf-gateway fact` does, and how facts are written on the command line."""

from collections.abc import Iterator
from pathlib import Path

from gateway import settings
from gateway.cli.doing.dates import ends
from gateway.cli.doing.subjects import recorded_about, require_service
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.facts.showing import Shown
from gateway.facts.showing import show as shown
from gateway.facts.writing import Written, withdraw, write
from gateway.office import Office
from gateway.storage.unit import Committed
from gateway.working import require_known


def named_value(text: str) -> tuple[str, str]:
    """Return the name and the value in *text*, or raise `RequestError`.

    >>> named_value("risk=in_need")
    ('risk', 'in_need')
    >>> named_value("risk")
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: a fact is written `name=value`
    """
    name, is_given, value = text.partition("=")
    if not is_given or not name or not value:
        message = "a fact is written `name=value`"
        raise RequestError(message)
    return name.strip(), value.strip()


def record(  # noqa: PLR0913, PLR0917 - a fact is recorded with all of this
    home: Path | None,
    child_id: str,
    text: str,
    service: str | None,
    until: str | None,
    source: str,
    reason: str,
    by: str,
) -> int:
    """Record one fact about a child, and return the index of its entry."""
    name, value = named_value(text)
    written = Written(
        name=name, value=value, service=service, until=ends(until), source=source, reason=reason
    )

    def writing(office: Office) -> Committed:
        require_service(office, service)
        return write(office, child_id, written, by=by)

    return recorded_about(home, child_id, writing)


def take_back(  # noqa: PLR0913, PLR0917 - a withdrawal has all of this
    home: Path | None, child_id: str, name: str, service: str | None, reason: str, by: str
) -> int:
    """Withdraw a fact, and return the index of its entry."""
    return recorded_about(
        home,
        child_id,
        lambda office: withdraw(office, child_id, name, by=by, reason=reason, service=service),
    )


def show(
    home: Path | None, child_id: str, by: str, names: tuple[str, ...], *, with_history: bool
) -> tuple[Shown, ...]:
    """Return the facts that stand, or all that ever stood, as far as *by* may see them."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        found = shown(gateway.office, child_id, by, names or None)
    return tuple(one for one in found if one.stands or with_history)


COLUMNS = ("entry", "fact", "value", "about", "stands", "by", "when", "until", "source", "why")


def cells(row: Shown) -> Iterator[str]:
    """Yield the cells of *row*, in the order of `COLUMNS`."""
    yield str(row.entry)
    yield row.name
    yield ", ".join(row.value) if isinstance(row.value, tuple) else str(row.value)
    about = (row.service, row.recipient, row.purpose, row.matter, row.part)
    yield " ".join(one for one in about if one)
    yield "withdrawn" if row.is_withdrawn else "yes" if row.stands else "no"
    yield row.by
    yield f"{row.at:%Y-%m-%d %H:%M}Z"
    yield "" if row.until is None else f"{row.until:%Y-%m-%d}"
    yield row.source
    yield row.reason
