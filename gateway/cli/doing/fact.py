"""What `caf-gateway fact record` does, and how facts are written on the command line."""

from pathlib import Path

from gateway import settings
from gateway.casefile import recorded_fact
from gateway.cli.doing.dates import day
from gateway.cli.doing.subjects import require_child, require_service
from gateway.composition import open_gateway
from gateway.days import day_begins
from gateway.errors import RequestError
from gateway.recording import Recorder


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
    home: Path | None, child_id: str, text: str, service: str | None, until: str | None, by: str
) -> int:
    """Record one fact about a child, and return the index of its entry."""
    name, value = named_value(text)
    last = day(until)
    ends = None if last is None else day_begins(last)
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        require_child(office, child_id)
        require_service(office, service)
        fact = recorded_fact(name, value, service=service, by=by, at=office.ports.now(), until=ends)
        return Recorder(office, by).facts(child_id, (fact,)).indices[0]
