"""Telling a past decision: the facts, the day and the law of its entry, in plain English.

What a practitioner or a family is told of is what the record held then, and for a family what was
released of it: of what was not held, or withheld, they read the same.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from audit.canonical import Json
from gateway.bundles import LAW, Bundles, History
from gateway.errors import UnknownDecisionError
from gateway.office import Office
from gateway.people import entitled, person
from gateway.registers import Registers
from gateway.replaying.decisions import Account, RecordedDecision, accounts_of
from gateway.searching.accounts import RELEASED
from gateway.searching.search import Reader as Looker
from gateway.searching.search import read_one
from gateway.storage.details import OpenedEntry
from mappings.caf.elements import element
from policies.explain import Background, Explained, Reader, explained
from policies.vocabulary import ALL_CATEGORIES, Appointment, Category
from policies.what_if import Matter

_CONSENT = ("child_consent", "parent_consent", "consent_scope", "consent_expired", "refused")
_AGREED = ("agreement", "agreement_covers", "agreement_purpose")
_REGISTERED = (
    "holder",
    "recipient",
    "role",
    "area",
    "training",
    "clearance",
    "commissioned",
    "identity_verified",
)
_NO_CHANGES: Final[Mapping[str, object]] = {}
_NO_DECISION: Final = "there is no entry of this index that records a decision, or it was erased"
_RECORDED_AT: Final = "%d %B %Y %H:%M UTC"


def explain_logged(
    office: Office, index: int, reader: Reader, changes: Mapping[str, object], looker: Looker
) -> tuple[Explained, ...]:
    """Return what *reader* is told of the decisions of entry *index*, and what if facts differed.

    It is told to people, and what an officer reads to an information governance officer alone:
    `EntitlementError` for anybody else. That *looker* read it is recorded first. Raises
    `UnknownDecisionError` where there is no such entry, it was erased, or it records no decision,
    and `VocabularyError` for *changes* of a fact that there is not.
    """
    _require_reader(office, looker.user, reader)
    if read_one(office, looker, index) is None:
        raise UnknownDecisionError(_NO_DECISION)
    history = History(office.archive.store.registers.versions("policy", LAW), Bundles())
    registers = office.rulebook.registers
    found = told(office.details.opened(index), history, registers, reader, changes)
    if not found:
        raise UnknownDecisionError(_NO_DECISION)
    return found


def _require_reader(office: Office, by: str, reader: Reader) -> None:
    office.refresh()
    registers = office.rulebook.registers
    if reader is Reader.OFFICER:
        entitled(registers, by, Appointment.INFORMATION_GOVERNANCE_OFFICER)
    else:
        person(registers, by)


def told(
    entry: OpenedEntry,
    history: History,
    registers: Registers,
    reader: Reader,
    changes: Mapping[str, object] = _NO_CHANGES,
) -> tuple[Explained, ...]:
    """Return what *reader* is told of each decision of *entry*; nothing where it was erased.

    Raises `DateError` where the law that decided is not kept.
    """
    return tuple(
        explained(
            _matter(decision, account, history, reader),
            reader,
            changes,
            _background(decision, registers),
        )
        for account in accounts_of(entry)
        for decision in account.decisions
    )


def _matter(
    decision: RecordedDecision, account: Account, history: History, reader: Reader
) -> Matter:
    return Matter(
        bundle=history.bundle(decision.policy),
        facts=decision.facts,
        as_of=decision.as_of,
        said=decision.said,
        categories=_concerned(account, reader),
    )


def _background(decision: RecordedDecision, registers: Registers) -> Background:
    return Background(
        holder=_name(decision.holder, registers),
        recipient=_name(decision.recipient, registers),
        agreement=_agreement(decision),
        provenance=dict(_provenance(decision)),
    )


def _concerned(account: Account, reader: Reader) -> frozenset[Category]:
    """Return the kinds of information that *reader* is told of."""
    if reader is Reader.OFFICER:
        return ALL_CATEGORIES
    rows = (
        row
        for row in account.elements
        if reader is Reader.PRACTITIONER or row.get("outcome") in RELEASED
    )
    return frozenset(element(str(row.get("element"))).category for row in rows)


def _name(service: str, registers: Registers) -> str:
    known = registers.services.get(service)
    return service if known is None else known.name


def _agreement(decision: RecordedDecision) -> str:
    known = _mapping(decision.provenance.get("from"))
    if "agreement" not in known:
        return ""
    return f"{known['agreement']} ({known.get('agreement_sha256', '')})"


def _provenance(decision: RecordedDecision) -> Iterator[tuple[str, str]]:
    """Yield for each fact where the entry says that it comes from."""
    known = _mapping(decision.provenance.get("from"))
    if "registers" in known:
        for name in _REGISTERED:
            yield name, f"the registers, version {known['registers']}"
        for name in _AGREED:
            yield name, _agreement(decision) or "the agreements register"
        yield "duty_in_force", f"the law set {str(known.get('law', ''))[:12]}"
    rows = decision.provenance.get("recorded")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping):
            yield from _recorded(row)


def _recorded(row: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    at = f"{datetime.fromisoformat(str(row.get('at'))):{_RECORDED_AT}}"
    if row.get("fact") == "consent":
        said = f"statement {row.get('version')} of the {row.get('grantor')}, recorded on {at}"
        yield from ((name, said) for name in _CONSENT)
        return
    by = f"by {row['by']}" if "by" in row else "as the record names them"
    yield str(row.get("fact")), f"recorded {by} on {at}"


def _mapping(value: object) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
