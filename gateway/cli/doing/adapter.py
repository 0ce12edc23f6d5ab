"""What `caf-gateway adapter read` and `write` do: one format, one file, no gateway."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from adapters import registry
from adapters.contract import Adapter, Envelope, Finding, Outcome, Payload, judged
from adapters.media_types import looks_like, plain
from gateway.errors import RequestError
from gateway.ports import Ports
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from mappings.errors import CodeTableError
from mappings.fidelity import Ledger
from mappings.language.tables import table, tables


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What became of the leaves of a record for one child: how many of each fate, and each."""

    counts: dict[str, int]
    leaves: Ledger


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What an adapter made of a file; *caf* and *fidelity* have a member for each child."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    caf: tuple[Assessment, ...]
    fidelity: tuple[Fidelity, ...]


def read(name: str, content: bytes, media_type: str | None) -> ReadReport:
    """Return what the adapter *name* makes of *content*, or raise `AdapterError` without it.

    Raises `RequestError` where *media_type* is none of the adapter's.
    """
    adapter = registry.load([name]).named(name)
    envelope = Envelope(
        media_type=_one_of(adapter, media_type)
        if media_type
        else looks_like(content, adapter.media_types),
        at=Ports().now(),
        record=sha256(content).hexdigest(),
    )
    received = judged(adapter.read(content, envelope))
    return ReadReport(
        received.outcome,
        received.findings,
        tuple(reading.assessment for reading in received.readings),
        tuple(_fidelity(reading.ledger) for reading in received.readings),
    )


def content_of(path: Path) -> bytes:
    """Return the bytes of the file at *path*; of a folder, a ZIP of the files in it."""
    if not path.is_dir():
        return path.read_bytes()
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for file in sorted(path.iterdir()):
            if file.is_file():
                archive.write(file, file.name)
    return packed.getvalue()


def _one_of(adapter: Adapter, asked: str) -> str:
    """Return the media type that was *asked* for, or raise `RequestError` if it is another's."""
    if plain(asked) not in map(plain, adapter.media_types):
        message = f"`{adapter.name}` has the media types {', '.join(adapter.media_types)}: give one"
        raise RequestError(message)
    return asked


def _fidelity(ledger: Ledger) -> Fidelity:
    return Fidelity({fate.value: count for fate, count in ledger.count().items()}, ledger)


def by_child(report: ReadReport) -> Iterator[ReadReport]:
    """Yield the report of one child after another; the whole where there is none."""
    if not report.caf:
        yield report
    for assessment, fidelity in zip(report.caf, report.fidelity, strict=True):
        yield ReadReport(report.outcome, report.findings, (assessment,), (fidelity,))


def in_words(report: ReadReport) -> str:
    """Return the report for people: outcome, findings, and counts for each child."""
    lines = [report.outcome.value]
    lines += [
        f"  {found.severity.value}: {found.message} [{found.code}] {found.where}".rstrip()
        for found in report.findings
    ]
    for number, fidelity in enumerate(report.fidelity, start=1):
        counts = ", ".join(f"{count} {fate}" for fate, count in fidelity.counts.items())
        lines.append(f"  child {number}: {counts}")
    return "\n".join(lines)


def write(name: str, content: bytes, media_type: str | None, purpose: str) -> Payload:
    """Return the CAF in *content*, whole, as the adapter *name* writes it for *purpose*.

    Raises `RequestError` where *content* is no CAF, `AdapterError` where there is no such
    adapter, or it only reads.
    """
    adapter = registry.load([name]).named(name)
    try:
        assessment = msgspec.json.decode(content, type=Assessment)
    except msgspec.DecodeError:
        message = "the file does not hold a CAF as `adapter read --json` prints it"
        raise RequestError(message) from None
    asked = _one_of(adapter, media_type or adapter.media_types[0])
    envelope = Envelope(media_type=asked, at=Ports().now())
    return adapter.write(View(content=assessment, purpose=purpose), envelope)


def code_tables() -> dict[str, str]:
    """Return the title of each code table that has codes of its own, by its name."""
    return {name: found.title for name, found in tables().items() if found.rows}


def concept_map(name: str) -> dict[str, object]:
    """Return the code table *name* as a FHIR ConceptMap, or raise `RequestError`."""
    try:
        return table(name).concept_map()
    except CodeTableError as error:
        raise RequestError(str(error)) from None
