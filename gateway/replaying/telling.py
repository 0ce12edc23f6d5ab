"""Telling a past decision: the facts, the day and the law of its entry, in plain English.

What a practitioner or a family is told of is what the record held then, and for a family what was
released of it: of what was not held, or withheld, they read the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.canonical import Json
from gateway.bundles import History
from gateway.registers import Registers
from gateway.replaying.decisions import Account, RecordedDecision, accounts_of
from gateway.searching.accounts import RELEASED
from gateway.storage.details import OpenedEntry
from mappings.caf.elements import element
from policies.explain import Background, Explanation, Reader, explain
from policies.vocabulary import ALL_CATEGORIES, Category
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
_RECORDED_AT = "%d %B %Y %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Told:
    """One decision of an entry, on one *holder*'s record: the *matter*, and what a reader reads."""

    holder: str
    matter: Matter
    explanation: Explanation


def told(
    entry: OpenedEntry, history: History, registers: Registers, reader: Reader
) -> tuple[Told, ...]:
    """Return what *reader* is told of each decision of *entry*; nothing where it was erased.

    Raises `DateError` where the law that decided is not kept.
    """
    return tuple(
        _told(decision, account, history, registers, reader)
        for account in accounts_of(entry)
        for decision in account.decisions
    )


def _told(
    decision: RecordedDecision,
    account: Account,
    history: History,
    registers: Registers,
    reader: Reader,
) -> Told:
    matter = Matter(
        bundle=history.bundle(decision.policy),
        facts=decision.facts,
        as_of=decision.as_of,
        categories=_concerned(account, reader),
    )
    known = Background(
        holder=_name(decision.holder, registers),
        recipient=_name(decision.recipient, registers),
        agreement=_agreement(decision),
        provenance=dict(_provenance(decision)),
    )
    return Told(decision.holder, matter, explain(matter, reader, known))


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
