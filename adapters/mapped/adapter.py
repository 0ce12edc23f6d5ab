"""An adapter of a format that one mapping says all of: its bytes are a `Form`, the rest is data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from itertools import islice
from types import MappingProxyType
from typing import Final

from adapters.contract import (
    Envelope,
    Finding,
    Message,
    Outcome,
    Payload,
    Reading,
    Received,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError
from adapters.mapped.forms import XML, Form, Record
from mappings.caf.assessment import Assessment
from mappings.caf.identifiers import Scheme
from mappings.caf.view import View
from mappings.errors import MappingError
from mappings.fidelity import Fate, Leaf, Ledger
from mappings.language import tables, xsd
from mappings.language.loading import Format, parse
from mappings.language.shapes import Departure, Shape, departures, of_paths
from mappings.language.translation import Translation
from mappings.language.values import STANDARD, ValueFunction

MAPPING, PATHS, SCHEMA, CODES = "map.yaml", "paths.txt", "schema.xsd", "codes"
MOST_FINDINGS: Final = 100  # of one record
_DEPARTURES: Final = {
    Departure.UNKNOWN: "the format has no such element: it is kept with the original, never shared",
    Departure.REPEATED: "the sender has to give this element once: neither of them is shared",
    Departure.STRAY_TEXT: "the sender has to remove the text between elements: it is never shared",
    Departure.EMPTY: "the sender has to leave out an element that holds nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedAdapter:
    """Reads and writes a format by its *translation*, in its *form* on the wire."""

    name: str
    media_types: tuple[str, ...]
    form: Form
    translation: Translation
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what *payload* says of each child; rejected, with a place, if it is no record."""
        try:
            records = self.form.parse(payload, self.translation.shape)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))
        if not records:
            message = "the sender has to send a child's record: there is none in this"
            return Received(Outcome.REJECT, (Finding("no-record", Severity.ERROR, "1:1", message),))
        findings: list[Finding] = []
        readings: list[Reading] = []
        for record in records:
            reading, found = self._read(record, envelope)
            readings.append(reading)
            findings += islice(found, MOST_FINDINGS)
        outcome = outcome_of(findings)
        return Received(outcome, tuple(findings), _message(envelope), tuple(readings))

    def write(self, view: View, envelope: Envelope) -> Payload:  # noqa: ARG002 - all is in the view
        """Return *view* in this format: all of it that the mapping can carry, and no more."""
        tree = self.translation.write(view.content)
        return Payload(self.form.format(tree, self.translation.shape), self.media_types[0])

    def _read(self, record: Record, envelope: Envelope) -> tuple[Reading, Iterable[Finding]]:
        read = self.translation.read(record.tree, record=envelope.record, at=record.at)
        account = partial(self._account, record)
        findings = [
            *(_warning(one.code, one.where, _sentence(one.message)) for one in read.doubts),
            *self._departures(record),
            *_invalid_identifiers(read.assessment),
        ]
        return Reading(read.assessment, account, _own_id(read.assessment)), findings

    def _account(self, record: Record) -> Ledger:
        """Return the fate of every leaf of *record*, and of what stands beside the records."""
        own = self.translation.account(record.tree, at=record.at).leaves
        return Ledger((*own, *(Leaf(place, Fate.UNMAPPED) for place in record.beside)))

    def _departures(self, record: Record) -> Iterator[Finding]:
        """Yield where *record* is not as its format has it, but for what was read all the same."""
        departed = list(departures(record.tree, self.translation.shape))
        if not departed:
            return
        ledger = self.translation.account(record.tree, at=record.at)
        read = {leaf.place for leaf in ledger.leaves if leaf.fate in {Fate.KEPT, Fate.CHANGED}}
        for kind, address in departed:
            where = self.form.places.place(record.at, address)
            if where not in read:
                yield _warning(kind.value, where, _DEPARTURES[kind])


def mapped(
    package: str | None,
    *,
    name: str,
    media_type: str,
    form: Form,
    functions: Mapping[str, ValueFunction] = MappingProxyType({}),
) -> MappedAdapter:
    """Return the adapter *name* whose mapping is the data of *package*, which no code opens itself.

    `map.yaml` is the mapping; `schema.xsd`, or `paths.txt` with a path a line, what the format
    may hold; `codes/`, if it is there, its own code tables. *functions* are pairs of its own,
    beside the standard ones. Raises `MappingError`, with file and line, where these do not agree.
    """
    folder = files(package or "")
    codes = folder / CODES
    of = Format(
        shape=_shape(folder, form),
        functions={**STANDARD, **functions},
        places=form.places,
        tables=tables.load(codes) if codes.is_dir() else {},
    )
    translation = parse((folder / MAPPING).read_text(encoding="utf-8"), MAPPING, of)
    return MappedAdapter(name=name, media_types=(media_type,), form=form, translation=translation)


def _shape(folder: Traversable, form: Form) -> Shape:
    paths = folder / PATHS
    if paths.is_file():
        lines = paths.read_text(encoding="utf-8").splitlines()
        return of_paths(filter(None, map(str.strip, lines)), form.accepts)
    if not isinstance(form, XML):
        message = f"{folder.name}: there is no `{PATHS}`"
        raise MappingError(message)
    with as_file(folder) as held:  # all of it: a schema may include another
        whole = xsd.shape(held / SCHEMA, form.root)
    found = whole.find(form.record.split("/")) if form.record else whole
    if found is None:
        message = f"{SCHEMA}: there is no `{form.record}`"
        raise MappingError(message)
    return found


def _message(envelope: Envelope) -> Message:
    """Return the message that a record is which says nothing of itself as one."""
    return Message(
        id=envelope.message_id or envelope.record,
        destinations=envelope.destinations,
        use_case=envelope.use_case,
    )


def _own_id(assessment: Assessment) -> str | None:
    own = {Scheme.LA_CHILD_ID.value, "local"}
    return next((one.value for one in assessment.child.identifiers if one.scheme in own), None)


def _invalid_identifiers(assessment: Assessment) -> Iterator[Finding]:
    message = "the sender has to check this identifier: it is kept and never matched"
    for one in assessment.child.identifiers:
        if not one.is_valid:
            yield _warning("invalid-identifier", one.source.place if one.source else "", message)


def _sentence(message: str) -> str:
    """Return *message* so that it says who must act."""
    return message if message.startswith("the sender") else f"the sender has to mend it: {message}"


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, where, message)
