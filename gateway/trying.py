"""Trying a mapping on a file: what becomes of every leaf, and of that what a recipient would get.

Nothing is recorded and nothing is sent. What is decided is decided as always, on the facts that the
record itself states and those that are given: between two services of one area, trained and
verified, who have no agreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from adapters.contract import Adapter, Envelope, Finding, Outcome, Reading
from gateway.casefile import RECORDED, SOURCES, CaseFile, Question, RecordedFact, fact_value
from gateway.consents import consenting_people, recorded_in
from gateway.disclosing import Release, release
from gateway.errors import RequestError
from gateway.registers import Organisation, Registers, Service
from gateway.requests import ElementOutcome
from gateway.rulebook import Rulebook
from mappings.caf.view import survey
from mappings.fidelity import Fate, Leaf
from policies.agreements import Agreements
from policies.attributes import word_of
from policies.decision import Bundle
from policies.reductions import Reductions
from policies.vocabulary import Agency, Purpose

_AREA: Final = "999"
_TRAINED_FOR: Final = timedelta(days=365)
_SENT: Final = "sent"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a record is tried for: a type of service, why, from whom, and on which further facts."""

    type: str
    purpose: str
    holder: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What becomes of one leaf: its *fate*, and where it went, what the recipient would get of it.

    *release* is sent, reduced, withheld or referred; *why* says so in plain English.
    """

    place: str
    fate: Fate
    element: str | None
    note: str | None
    release: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What was made of a file: *leaves* has for each child what became of every leaf.

    *releases* has for each child what the recipient would get of each element: several of one,
    where its statements met different fates, as by their labels.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    leaves: tuple[tuple[Tried, ...], ...]
    releases: tuple[tuple[ElementOutcome, ...], ...] = ()

    def counts(self) -> Mapping[str, int]:
        """Return how many leaves met each fate, and of how many nothing would be sent whole."""
        every = [one for leaves in self.leaves for one in leaves]
        counted = {fate.value: sum(one.fate is fate for one in every) for fate in Fate}
        if not any(one.release for one in every):
            return counted
        return counted | {"withheld": sum(one.release not in {None, _SENT} for one in every)}


def try_out(
    adapter: Adapter, content: bytes, media_type: str, at: datetime, to: Recipient | None = None
) -> Trial:
    """Return what *adapter* makes of *content*, and what *to* would get of it.

    Raises `VocabularyError` where *to* is no type of service, its purpose none, or a fact none, and
    `RequestError` for a fact that nobody records.
    """
    digest = sha256(content).hexdigest()
    received = adapter.read(content, Envelope(media_type=media_type, at=at, record=digest))
    releases = tuple(
        () if to is None else _release(reading, at, to).outcomes for reading in received.readings
    )
    leaves = tuple(map(_leaves, received.readings, releases))
    return Trial(received.outcome, received.findings, leaves, releases if to else ())


def _leaves(reading: Reading, outcomes: tuple[ElementOutcome, ...]) -> tuple[Tried, ...]:
    told: dict[str, tuple[list[str], list[str]]] = {}
    for one in outcomes:
        words, reasons = told.setdefault(one.element, ([], []))
        words.append(one.outcome)
        reasons.append(one.sentence)
    return tuple(_tried(leaf, told) for leaf in reading.ledger.leaves)


def _tried(leaf: Leaf, told: Mapping[str, tuple[list[str], list[str]]]) -> Tried:
    found = told.get(leaf.element or "")
    if found is None:
        return Tried(leaf.place, leaf.fate, leaf.element, leaf.note)
    words, reasons = ("; ".join(dict.fromkeys(one)) for one in found)
    return Tried(leaf.place, leaf.fate, leaf.element, leaf.note, words, reasons)


def _release(reading: Reading, at: datetime, to: Recipient) -> Release:
    """Return what *to* would get of the child's assessment, decided as always."""
    purpose = word_of(Purpose, to.purpose, "unknown purpose")
    holder = _service("holder", to.holder, at.date())
    recipient = _service("recipient", to.type, at.date())
    both = (holder, recipient)
    organisations = [Organisation(id=one.organisation, name=one.name) for one in both]
    registers = Registers.of([*organisations, *both])
    rulebook = Rulebook(registers, Agreements(()), Bundle.load(), Reductions.load())
    facts = [_fact(name, text, at) for name, text in to.facts.items()]
    case = CaseFile(child_id="tried", version=0).with_birth_in(reading.assessment)
    case = case.with_more(recorded_in(reading.assessment, holder.id, at), facts)
    question = Question(holder=holder, recipient=recipient, purpose=purpose, asked_at=at)
    surveyed = survey(reading.assessment, consenting_people(reading.assessment))
    return release(question, surveyed, case, rulebook)


def _fact(name: str, text: str, at: datetime) -> RecordedFact:
    """Return a fact that is given, or raise `RequestError` for one that is never recorded."""
    value = fact_value(name, text)
    if name not in RECORDED:
        message = f"`{name}` cannot be given: the gateway finds it itself ({SOURCES[name].from_})"
        raise RequestError(message)
    return RecordedFact(name=name, value=value, at=at)


def _service(name: str, text: str, on: date) -> Service:
    kind = word_of(Agency, text, "unknown type of service")
    return Service(
        id=name,
        organisation=f"{name}-organisation",
        type=kind.value,
        name=name,
        area=_AREA,
        training_until=on + _TRAINED_FOR,
        identity_verified=True,
    )
