"""What `caf-gateway consent` does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gateway import settings
from gateway.cli.dates import day
from gateway.cli.subjects import require_child, require_service
from gateway.composition import open_gateway
from gateway.consents import GrantorKind, RecordedConsent, grantor_named, may_keep, newest
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.office import Office
from gateway.recording import Recorder
from gateway.storage.outbox import OutboxState
from mappings.caf.items import About, AboutWhom, ConsentStatement
from mappings.caf.vocabulary import (
    ConsentAnswer,
    ConsentManner,
    ParentalResponsibility,
    StorageAnswer,
)
from policies.attributes import categories_of, word_of
from policies.vocabulary import Agency, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement in the words of the command line."""

    grantor: str
    sharing: str
    services: tuple[str, ...]
    excepted: tuple[str, ...]
    refused: tuple[str, ...]
    scope: tuple[str, ...] | None
    purposes: tuple[str, ...]
    expires: str | None
    how: str
    responsibility: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the statement stands in the log, and whether it *counts* in decisions."""

    entry: int
    counts: bool


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A disclosure that a withdrawal came too late for."""

    recipient: str
    state: str
    entry: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Where the withdrawal stands in the log, and what was sent before it."""

    entry: int
    already: tuple[OnItsWay, ...]


class Standing(Struct, frozen=True, kw_only=True):
    """One grantor's newest statement, and all of them, newest first."""

    grantor: str
    kind: GrantorKind
    has_responsibility: str
    recorded_at: datetime
    newest: ConsentStatement
    history: tuple[RecordedConsent, ...]


def record(home: Path | None, child_id: str, said: Said, by: str) -> Recorded:
    """Record one statement about sharing, or raise `RequestError` or `VocabularyError`."""
    key, kind = grantor_named(said.grantor)
    with open_gateway(settings.load(home)) as gateway:
        require_child(gateway.office, child_id)
        before = newest(gateway.office.archive.case_file(child_id).consents).get(key, ())
        consent = RecordedConsent(
            grantor=key,
            kind=kind,
            has_responsibility=_responsibility(said.responsibility, before),
            statement=_statement(gateway.office, said, kind, before),
            recorded_at=gateway.office.ports.now(),
        )
        committed = Recorder(gateway.office, by).consent(child_id, consent)
    counts = kind is GrantorKind.CHILD or consent.has_responsibility == ParentalResponsibility.YES
    return Recorded(committed.indices[0], counts)


def _responsibility(given: str | None, before: tuple[RecordedConsent, ...]) -> str:
    """Return whether the grantor has parental responsibility: as given, or as last recorded."""
    if given is not None:
        return word_of(ParentalResponsibility, given, "responsibility is yes, no or unknown")
    return before[-1].has_responsibility if before else ParentalResponsibility.UNKNOWN


def _storing(before: tuple[RecordedConsent, ...]) -> StorageAnswer:
    """Return what the grantor last said about keeping the record: no, if they said so at all."""
    if not may_keep(before):
        return StorageAnswer.NO
    return before[-1].statement.may_store if before else StorageAnswer.NOT_ASKED


def _statement(
    office: Office, said: Said, kind: GrantorKind, before: tuple[RecordedConsent, ...]
) -> ConsentStatement:
    """Return the statement; what the grantor said about keeping the record goes on to hold."""
    sharing = word_of(ConsentAnswer, said.sharing, "sharing is given or refused")
    if sharing not in {ConsentAnswer.GIVEN, ConsentAnswer.REFUSED}:
        message = "sharing is given or refused: to take a consent back, use `consent withdraw`"
        raise RequestError(message)
    if sharing is ConsentAnswer.GIVEN and not said.services:
        message = "consent is given to share with somebody: name a service"
        raise RequestError(message)
    _require_known(office, (*said.services, *said.excepted))
    child = kind is GrantorKind.CHILD
    return ConsentStatement(
        id=office.filing.new_id(),
        grantor=About(AboutWhom.CHILD if child else AboutWhom.PARENT_OR_CARER),
        may_store=_storing(before),
        sharing=sharing,
        services=said.services,
        except_services=said.excepted,
        scope=None if said.scope is None else tuple(sorted(categories_of(said.scope))),
        refused_categories=tuple(sorted(categories_of(said.refused))),
        purposes=tuple(word_of(Purpose, one, "unknown purpose") for one in said.purposes),
        how=word_of(ConsentManner, said.how, "consent is spoken, paper or signed"),
        given_on=uk_day(office.ports.now()),
        expires_on=day(said.expires),
    )


def _require_known(office: Office, named: tuple[str, ...]) -> None:
    """Raise `RequestError` where a name is neither a registered service nor a type of service."""
    for name in named:
        if name not in office.rulebook.registers.services and name not in set(Agency):
            message = "consent names a service that is not registered, and that is no service type"
            raise RequestError(message)


def withdraw(
    home: Path | None, child_id: str, grantor: str, service: str | None, by: str
) -> Withdrawn:
    """Record a withdrawal, and return what was being sent, or had been delivered, before it."""
    key, _ = grantor_named(grantor)
    with open_gateway(settings.load(home)) as gateway:
        office = gateway.office
        require_child(office, child_id)
        require_service(office, service)
        on = uk_day(office.ports.now())
        committed = Recorder(office, by).withdraw(child_id, key, service, on)
        # INVARIANT: read after the commit: from there on nothing begins to be sent on it.
        already = tuple(
            OnItsWay(row.recipient, row.state.value, row.leaf, row.message_id)
            for row in office.archive.store.outbox.of_child(child_id)
            if row.state in {OutboxState.SENDING, OutboxState.DELIVERED}
            and service in {None, row.recipient}
        )
    return Withdrawn(committed.indices[0], already)


def show(home: Path | None, child_id: str) -> tuple[Standing, ...]:
    """Return what each grantor said about sharing this child's record."""
    with open_gateway(settings.load(home)) as gateway:
        require_child(gateway.office, child_id)
        consents = gateway.office.archive.case_file(child_id).consents
    return tuple(
        Standing(
            grantor=grantor,
            kind=latest[-1].kind,
            has_responsibility=latest[-1].has_responsibility,
            recorded_at=latest[-1].recorded_at,
            newest=latest[-1].statement,
            history=tuple(one for one in reversed(consents) if one.grantor == grantor),
        )
        for grantor, latest in sorted(newest(consents).items())
    )


def in_words(standing: Standing) -> Iterator[str]:
    """Yield a line for each statement, the newest first."""
    for consent in standing.history:
        said = consent.statement
        parts = [f"{consent.recorded_at:%d %B %Y}: {said.sharing}"]
        for title, names in (
            ("with", said.services),
            ("except", said.except_services),
            ("for", said.purposes),
            ("not", said.refused_categories),
            ("only", said.scope or ()),
        ):
            if names:
                parts.append(f"{title} {', '.join(names)}")
        if said.expires_on is not None:
            parts.append(f"until {said.expires_on:%d %B %Y}")
        yield "; ".join(parts)
