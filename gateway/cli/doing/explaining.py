"""What `caf-gateway policy explain` does: decisions, of facts or of the log, in plain English."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway import settings
from gateway.casefile import fact_value
from gateway.cli.doing.dates import day
from gateway.composition import open_gateway
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.ports import Ports
from gateway.replaying.telling import explain_logged
from gateway.searching.search import Reader as Looker
from policies import documents
from policies.attributes import word_of
from policies.corpus import matters
from policies.explain import Explained, Reader, explained

_STANDARD_INPUT = "-"
_NOT_RECORDED = "null"


def reader_of(text: str) -> Reader:
    """Return the reader that *text* names, or raise `VocabularyError`."""
    return word_of(Reader, text, "a reader is officer, practitioner or family")


def explain_file(
    file: str, defaults: Path | None, reader: Reader, changes: Iterable[str], on: str | None
) -> Iterator[Explained]:
    """Yield what *reader* is told of each decision on the facts in *file*, YAML or JSON lines."""
    changed = _changes(changes)
    as_of = day(on) or uk_day(Ports().now())
    for matter in matters(_lines(file), defaults, as_of=as_of, asks_all=True):
        yield explained(matter, reader, changed)


def explain_entry(  # noqa: PLR0913 - each by its name
    home: Path | None, index: int, reader: Reader, changes: Iterable[str], *, by: str, reason: str
) -> tuple[Explained, ...]:
    """Return what *reader* is told of the decisions of entry *index*; that it was read is recorded.

    Raises `RequestError` where there is no such entry, it was erased, or records no decision.
    """
    changed = _changes(changes)
    with open_gateway(settings.load(home)) as gateway:
        return explain_logged(
            gateway.office, index, reader, changed, Looker(user=by, reason=reason)
        )


def _changes(texts: Iterable[str]) -> dict[str, object]:
    """Return the facts that *texts* write as NAME=VALUE; `null` is not recorded."""
    changes: dict[str, object] = {}
    for text in texts:
        name, is_given, value = text.partition("=")
        if not is_given:
            message = "what would be otherwise is written as NAME=VALUE"
            raise RequestError(message)
        read = None if value == _NOT_RECORDED else fact_value(name, value)
        changes[name] = list(read) if isinstance(read, tuple) else read
    return changes


def _lines(file: str) -> Iterator[bytes]:
    """Yield the facts in *file*, a JSON object each."""
    if file == _STANDARD_INPUT:
        yield from sys.stdin.buffer
    elif Path(file).suffix in {".yaml", ".yml"}:
        yield msgspec.json.encode(documents.plain(Path(file)))
    else:
        with Path(file).open("rb") as lines:
            yield from lines
