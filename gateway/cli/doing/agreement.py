"""What the commands of `caf-gateway agreement` do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway import settings
from gateway.agreements import signing
from gateway.agreements.drafting import A_MONTH, Draft
from gateway.agreements.register import AgreementRegister, found, strange_keys, strangers
from gateway.agreements.standing import Standing, standing
from gateway.cli.doing.dates import day
from gateway.composition import open_gateway
from gateway.days import uk_day
from gateway.errors import AgreementError, UnknownAgreementError
from gateway.ports import Ports
from gateway.registers import Agreement, Registers, Stage
from gateway.replaying.rehearsal import Rehearsal
from policies import documents
from policies.agreements import Agreement as Content
from policies.agreements import examine, read
from policies.errors import DocumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong with a document, if anything is, and who has yet to sign it."""

    complaints: tuple[str, ...] = ()
    agreement: str = ""
    digest: str = ""
    unsigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """For which *parties* a key signed, the *file* of signatures, and who is *unsigned* yet."""

    parties: tuple[str, ...]
    file: Path
    unsigned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """How a version stands after what was done with it."""

    agreement: str
    stage: Stage
    unsigned: tuple[str, ...]
    approved_by: tuple[str, ...]
    resumption: str

    def __str__(self) -> str:
        if self.unsigned:
            return (
                f"{self.agreement} is {self.stage}; not signed yet for {', '.join(self.unsigned)}"
            )
        if self.resumption:
            return f"{self.agreement} is {self.stage}; another officer resumes it the same way"
        return f"{self.agreement} is {self.stage}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed: the change in words, the *digest* by which it is approved, a rehearsal."""

    agreement: str
    digest: str
    text: str
    rehearsal: Rehearsal


@contextmanager
def wanting() -> Iterator[None]:
    """Say what is wanting with an agreement, and end as found wanting."""
    try:
        yield
    except UnknownAgreementError:
        raise  # it is not wanting: there is none
    except (AgreementError, DocumentError) as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None


def listed(home: Path | None) -> tuple[Standing, ...]:
    """Return how the agreements of this gateway stand today."""
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        return standing(office.rulebook.registers, uk_day(office.ports.now()))


def show(home: Path | None, name: str) -> Agreement:
    """Return one version, as it is registered."""
    with open_gateway(settings.load(home)) as gateway:
        return found(gateway.office.rulebook.registers, name)


def new(  # noqa: PLR0913, PLR0917 - what a draft begins with
    home: Path | None,
    folder: Path | None,
    id_: str,
    title: str,
    parties: list[str],
    purposes: list[str],
    effective_on: str | None,
) -> Path:
    """Write the next version of an agreement as a draft; return its file."""
    place = (folder or settings.load(home).agreements) / id_
    known = [int(file.stem) for file in place.glob("*.yaml") if file.stem.isdecimal()]
    draft = Draft(
        id=id_,
        version=max(known, default=0) + 1,
        title=title,
        parties=tuple(parties),
        purposes=tuple(purposes),
        effective_on=day(effective_on) or uk_day(Ports().now()) + A_MONTH,
    )
    text = draft.text()
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{draft.version}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def check(file: Path, home: Path | None) -> Checked:
    """Return all that is wrong with the agreement in *file*; *home* is where parties are known."""
    try:
        content, found = examine(file)
        if home is not None or settings.HOME_VARIABLE in os.environ:
            with open_gateway(settings.load(home)) as gateway:
                found += _strangers(file, content, gateway.office.rulebook.registers)
        if found:
            return Checked(complaints=tuple(map(str, found)))
        signed = signing.verified(content, signing.read_signatures(file, content))
    except (AgreementError, DocumentError) as error:
        return Checked(complaints=(str(error),))
    return Checked(
        agreement=f"{content.id}, version {content.version},",
        digest=content.digest,
        unsigned=signing.unsigned(content, signed),
    )


def sign(file: Path, key: Path, passphrase: str) -> Signed:
    """Sign the agreement in *file* with the key in *key*, and write the signature beside it."""
    content = read(file)
    made = signing.sign(content, signing.read_key(key, passphrase))
    all_ = signing.write_signatures(file, content, made)
    return Signed(
        tuple(one.party for one in made),
        signing.signatures_beside(file),
        signing.unsigned(content, all_),
    )


def register(home: Path | None, file: Path, by: str) -> Agreement:
    """Record the agreement in *file*, with the signatures beside it."""
    content = read(file)
    signatures = signing.read_signatures(file, content)
    with open_gateway(settings.load(home)) as gateway:
        _require_known(file, content, gateway.office.rulebook.registers)
        return AgreementRegister(gateway.office, by).register(content, signatures)


def propose(home: Path | None, name: str, by: str) -> Proposal:
    """Propose to activate a version; return what changes by it."""
    with open_gateway(settings.load(home)) as gateway:
        proposed = gateway.activation().propose(name, by)
    difference = proposed.difference
    return Proposal(name, difference.digest, difference.text, proposed.rehearsal)


def approve(home: Path | None, name: str, by: str, digest: str) -> Agreement:
    """Approve the change with this digest, and activate the version."""
    with open_gateway(settings.load(home)) as gateway:
        return gateway.activation().approve(name, by, digest)


def suspend(home: Path | None, name: str, by: str, reason: str) -> Agreement:
    """Suspend an active version."""
    with open_gateway(settings.load(home)) as gateway:
        return AgreementRegister(gateway.office, by).suspend(name, reason)


def resume(home: Path | None, name: str, by: str, reason: str) -> Agreement:
    """Resume a suspended version."""
    with open_gateway(settings.load(home)) as gateway:
        return AgreementRegister(gateway.office, by).resume(name, reason)


def summary(document: Agreement) -> Summary:
    """Return how *document* stands, in few words."""
    return Summary(
        document.id,
        document.stage,
        signing.unsigned(document.content, document.signatures),
        document.approved_by,
        document.resumption,
    )


def _require_known(file: Path, content: Content, registers: Registers) -> None:
    """Raise `DocumentError`, with the line, where a party or its signatory is not registered."""
    for first in _strangers(file, content, registers):
        raise first


def _strangers(file: Path, content: Content, registers: Registers) -> tuple[DocumentError, ...]:
    """Return what is wrong, with its line, where a party or its signatory is not registered."""
    _, source = documents.read(file, Content)
    unknown = (*strangers(content, registers), *strange_keys(content, registers))
    return tuple(source.fault(said, *place) for said, place in unknown)


def review(row: Standing) -> str:
    """Return when a version is due for review, and whether that is overdue."""
    return f"{row.review_on}{', overdue' if row.is_review_overdue else ''}"
