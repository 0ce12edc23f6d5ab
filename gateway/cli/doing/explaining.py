"""What `caf-gateway policy explain` does: decisions, of facts or of the log, in plain English."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway import settings
from gateway.bundles import LAW, Bundles, History
from gateway.casefile import fact_value
from gateway.cli.doing.dates import day
from gateway.composition import open_gateway
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.ports import Ports
from gateway.replaying.telling import told
from gateway.searching.search import Reader as Looker
from gateway.searching.search import read_one
from policies import documents
from policies.attributes import word_of
from policies.corpus import matters
from policies.explain import Explanation, Reader, explain
from policies.sentences import of
from policies.what_if import Matter, WhatIf, what_if

_STANDARD_INPUT = "-"
_NOT_RECORDED = "null"


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision as it is told, and what would become of it if facts were others.

    An officer reads *what_if*, category by category with the rules; any other reader what they
    would be told *then*, which gives no more away.
    """

    explanation: Explanation
    what_if: WhatIf | None = None
    then: Explanation | None = None
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole, to be read."""
        then = () if self.then is None else ("", "If it were so:", self.then.text)
        return "\n".join([self.explanation.text, *self.lines, *then])


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
        yield _explained(matter, explain(matter, reader), changed)


def explain_entry(  # noqa: PLR0913 - each by its name
    home: Path | None, index: int, reader: Reader, changes: Iterable[str], *, by: str, reason: str
) -> tuple[Explained, ...]:
    """Return what *reader* is told of the decisions of entry *index*; that it was read is recorded.

    Raises `RequestError` where there is no such entry, it was erased, or records no decision.
    """
    changed = _changes(changes)
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        if read_one(office, Looker(user=by, reason=reason), index) is None:
            message = "there is no such entry in the log"
            raise RequestError(message)
        history = History(office.archive.store.registers.versions("policy", LAW), Bundles())
        entry = office.details.opened(index)
        found = told(entry, history, office.rulebook.registers, reader)
    if not found:
        message = "the entry records no decision, or was erased"
        raise RequestError(message)
    return tuple(_explained(one.matter, one.explanation, changed) for one in found)


def _explained(
    matter: Matter, explanation: Explanation, changes: Mapping[str, object]
) -> Explained:
    if not changes:
        return Explained(explanation)
    if explanation.reader is not Reader.OFFICER:
        then = explain(matter.where(changes), explanation.reader)
        return Explained(explanation, then=then)
    found = what_if(matter, changes)
    return Explained(explanation, found, lines=tuple(_turned(matter, found)))


def _turned(matter: Matter, found: WhatIf) -> Iterator[str]:
    """Yield a line for each thing that would change, or one that nothing would."""
    sentences, facts = of(matter.bundle.law), matter.where(found.changes).facts
    for turn in found.turns:
        yield f"was   {sentences.sentence(turn.category, turn.before, matter.facts)}"
        yield f"then  {sentences.sentence(turn.category, turn.after, facts)}"
    for one in sorted(found.newly_owed):
        yield f"newly owed: {one}"
    for one in sorted(found.no_longer_owed):
        yield f"no longer owed: {one}"
    if not (found.turns or found.newly_owed or found.no_longer_owed):
        yield "nothing would change"


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
