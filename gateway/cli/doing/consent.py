"""What `caf-gateway consent` does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Finding
from gateway import settings
from gateway.composition import open_gateway
from gateway.consenting import documents, recording
from gateway.consenting.documents import Taken
from gateway.consenting.preview import Preview, Proposal, preview_of
from gateway.consenting.recording import Recorded, Standing, Withdrawn
from gateway.consenting.statements import Said
from gateway.errors import RequestError
from gateway.fhir_documents import FHIR_JSON, FHIR_XML
from gateway.working import require_known
from mappings.caf.items import ConsentStatement


def record(home: Path | None, child_id: str, said: Said, by: str) -> Recorded:
    """Record one statement about sharing."""
    with open_gateway(settings.load(home)) as gateway:
        return recording.record(gateway.office, child_id, said, by)


def withdraw(
    home: Path | None, child_id: str, grantor: str, service: str | None, by: str
) -> Withdrawn:
    """Record a withdrawal, and return what was being sent, or had been delivered, before it."""
    with open_gateway(settings.load(home)) as gateway:
        return recording.withdraw(gateway.office, child_id, grantor, service, by)


def show(home: Path | None, child_id: str) -> tuple[Standing, ...]:
    """Return what each grantor said about sharing this child's record."""
    with open_gateway(settings.load(home)) as gateway:
        return recording.show(gateway.office, child_id)


def preview(home: Path | None, child_id: str, proposal: Proposal) -> Preview:
    """Return who would see what, if a family said what is proposed."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        case = gateway.office.archive.case_file(child_id)
        return preview_of(gateway.office, case, proposal)


def preview_in_words(report: Preview) -> Iterator[str]:
    """Yield the lines that a family is shown."""
    for service in report.services:
        yield service.name
        for line in service.lines:
            yield f"  {line.title}: {line.sentence}"
    yield from report.always


@dataclass(frozen=True, slots=True)
class Read:
    """What was *taken* in of a document, if anything, and what was found in it."""

    taken: Taken | None
    findings: tuple[Finding, ...]


def write(home: Path | None, child_id: str) -> tuple[str, ...]:
    """Return each grantor's newest statement as a FHIR Consent."""
    with open_gateway(settings.load(home)) as gateway:
        require_known(gateway.office, child_id)
        found = documents.written(gateway.office, child_id, FHIR_JSON, None)
    return tuple(one.decode() for one in found)


def read(home: Path | None, file: Path, by: str) -> Read:
    """Record the statement in *file*; findings alone where it is none."""
    try:
        payload = file.read_bytes()
    except OSError:
        message = "the file cannot be read"
        raise RequestError(message) from None
    media_type = FHIR_XML if payload.lstrip()[:1] == b"<" else FHIR_JSON
    with open_gateway(settings.load(home)) as gateway:
        received = documents.format_of(gateway.office, media_type).read_consent(payload, media_type)
        if received.document is None:
            return Read(None, received.findings)
        return Read(documents.take_in(gateway.office, received.document, by), received.findings)


def some_to_some(texts: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what each of *texts* excludes: SERVICE=CATEGORY, and more after commas.

    >>> some_to_some(["school=mental_health,sen"])
    (('school', ('mental_health', 'sen')),)
    >>> some_to_some(["school"])
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: some is refused to some as SERVICE=CATEGORY,CATEGORY
    """
    found = []
    for text in texts:
        service, _, names = text.partition("=")
        if not service or not names:
            message = "some is refused to some as SERVICE=CATEGORY,CATEGORY"
            raise RequestError(message)
        found.append((service, tuple(names.split(","))))
    return tuple(found)


def in_words(standing: Standing) -> Iterator[str]:
    """Yield a line for each statement, the newest first."""
    for consent in standing.history:
        first = f"{consent.recorded_at:%d %B %Y}: {consent.statement.sharing}"
        yield "; ".join([first, *_parts(consent.statement)])


def _parts(said: ConsentStatement) -> Iterator[str]:
    for title, names in (
        ("with", said.services),
        ("except", said.except_services),
        ("for", said.purposes),
        ("not", said.refused_categories),
        ("only", said.scope or ()),
    ):
        if names:
            yield f"{title} {', '.join(names)}"
    for one in said.exclusions:
        yield f"not {', '.join(one.categories)} to {', '.join(one.services)}"
    if said.begins_on is not None:
        yield f"from {said.begins_on:%d %B %Y}"
    if said.expires_on is not None:
        yield f"until {said.expires_on:%d %B %Y}"
    if said.doubts:
        yield f"not believed, since it cannot be read with certainty: {', '.join(said.doubts)}"
