"""Who would see what, shown to a child and family before they sign: nothing of it is recorded.

What is previewed is a statement as it would stand alone. Nothing that is recorded about the child
goes into it but the day of birth, which the family knows: see `policies.preview`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.casefile import CaseFile, Question, noted, registered
from gateway.consenting.statements import Said, statement_of
from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.office import Office
from gateway.registers import Service
from policies import preview
from policies.attributes import word_of
from policies.preview import Line
from policies.vocabulary import Answer, Purpose

MOST_SERVICES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a family would say, and of which *services* they want to know what those would see.

    *holder* is the service whose record it is about; *competent* what whoever sits with the child
    thinks of whether the child decides alone: it is not recorded by this.
    """

    said: Said
    holder: str
    services: tuple[str, ...]
    purpose: str = Purpose.EARLY_HELP
    competent: str = Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class WouldSee:
    """What one service would see, group by group."""

    service: str
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What each service would see, and what is told to every family."""

    services: tuple[WouldSee, ...]
    always: tuple[str, ...]


def preview_of(office: Office, case: CaseFile, proposal: Proposal) -> Preview:
    """Return who would see what of the child of *case* if a family said what is proposed.

    Raises `RequestError` for a service that there is not, and as `statement_of` does.
    """
    purpose = word_of(Purpose, proposal.purpose, "unknown purpose")
    competent = word_of(Answer, proposal.competent, "competent is yes, no or unknown")
    now = office.ports.now()
    said = statement_of(proposal.said, (), office.rulebook.registers, now)
    # The family's own words alone: no other statement, and no fact.
    alone = CaseFile(
        child_id=case.child_id,
        version=case.version,
        born_on=case.born_on,
        expected_on=case.expected_on,
        consents=(said,),
    )
    question = partial(
        Question, holder=_service(office, proposal.holder), purpose=purpose, asked_at=now
    )
    services = tuple(
        _would_see(office, alone, question(recipient=recipient), competent)
        for recipient in _services(office, proposal.services)
    )
    return Preview(services, preview.shipped().always)


def _services(office: Office, named: Iterable[str]) -> tuple[Service, ...]:
    """Return the services *named*, each once, or raise `RequestError`."""
    found = tuple(dict.fromkeys(named))
    if not found or len(found) > MOST_SERVICES:
        message = f"name the services that would see it: at least 1, at most {MOST_SERVICES}"
        raise RequestError(message, where="/recipients")
    return tuple(_service(office, one) for one in found)


def _service(office: Office, service_id: str) -> Service:
    service = office.rulebook.registers.services.get(service_id)
    if service is None:
        message = "there is no service with this id"
        raise RequestError(message, where="/recipients")
    return service


def _would_see(office: Office, alone: CaseFile, question: Question, competent: Answer) -> WouldSee:
    rulebook, on = office.rulebook, uk_day(question.asked_at)
    known = registered(question, on, rulebook.agreements, rulebook.bundle.law).facts
    said = noted(question, alone, on) | {"competent": competent}
    name = question.recipient.name
    lines = preview.preview(rulebook.bundle, known | said, name, as_of=on)
    return WouldSee(question.recipient.id, name, lines)
