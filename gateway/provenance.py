"""What a decision rests on: its facts, who recorded each, when; which registers, which law.

    {"from": {"agreement": "little-marsh-early-help/1", "agreement_sha256": "…", "law": "…",
              "registers": 7, "tables": "…"},
     "recorded": [{"at": "2026-11-20T09:00:00Z", "by": "2000099901", "fact": "risk"},
                  {"at": "2026-11-20T09:00:00Z", "fact": "consent", "grantor": "parent",
                   "version": 1}]}

Who recorded a fact is named by an id of the registers. Whom a message names as the one who judged
stands by name in that message alone, and here as `"source": "record"`: an entry is read by more
people than a record is.

What people decided, where the rules referred to them, stands beside it (`decided`): the decision is
made again with that.

What the registers say is given by their version, an agreement by id, version and digest, the law
and the tables that go with it by theirs; what somebody recorded of the child by who did, and when.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast
from unicodedata import normalize

from msgspec import structs

from audit.canonical import Encoded
from audit.encoding import Writable, listed, once
from gateway.casefile import RecordedFact, Registered, bearing_on
from gateway.consents import standing
from gateway.days import uk_day
from gateway.facts.standing import newest_of_each
from gateway.rulebook import Judgements, Verdict
from policies import tables
from policies.decision import Ruling
from policies.person_decisions import PersonDecision

_KEPT: Final = 4_096


def basis(verdict: Verdict) -> dict[str, Writable]:
    """Return all that one verdict rests on, and what it is, so that it can be decided again.

    It stands in the entry that records the decision.
    """
    question = verdict.question
    known: dict[str, Writable] = {
        "holder": question.holder.id,
        "as_of": uk_day(question.asked_at).isoformat(),
        "from": _registered(verdict.known, verdict.policy, verdict.registers.version),
        "recorded": listed(_recorded(verdict), depth=2),
    }
    return known | _decided_as(verdict.judgements)


@lru_cache(maxsize=1_024)
def _decided_as(judgements: Judgements) -> dict[str, Writable]:
    """Return facts, rulings and obligations; a fact that is not recorded is left out."""
    decision = judgements.decision
    alike: defaultdict[Ruling, list[str]] = defaultdict(list)
    for category, ruling in decision.rulings.items():
        alike[structs.replace(ruling, missing=frozenset())].append(category)
    rulings: list[Writable] = [
        _ruled(ruling) | {"categories": categories} for ruling, categories in alike.items()
    ]
    told: dict[str, Writable] = {
        "facts": once(cast("dict[str, Writable]", judgements.facts.plain()), depth=2),
        "rulings": once(rulings, depth=3),
        "obligations": once(sorted(decision.obligations), depth=1),
    }
    if judgements.said:
        told["decided"] = once([_said(one) for one in judgements.said], depth=3)
    return told


def _said(one: PersonDecision) -> Writable:
    """Return what a person decided, so that it can be carried out again."""
    return {
        "by": normalize("NFC", one.by),
        "decision": one.choice.value,
        "rules": sorted(one.rules),
        "categories": sorted(one.categories),
    }


def _ruled(ruling: Ruling) -> dict[str, Writable]:
    row: dict[str, Writable] = {"outcome": ruling.outcome, "rules": ruling.rules}
    if ruling.passed:
        row["passed"] = ruling.passed
    if ruling.decided_by:
        row["decided_by"] = ruling.decided_by
    return row


@lru_cache(maxsize=_KEPT)
def _registered(known: Registered, policy: str, version: int) -> Encoded:
    agreement = known.agreement
    found: dict[str, Writable] = {
        "law": policy,
        "registers": version,
        "tables": tables.digest(),
    }
    if agreement.id is not None:
        found["agreement"] = f"{agreement.id}/{agreement.version}"
        found["agreement_sha256"] = agreement.digest or ""
    return once(found, depth=1)


def _recorded(verdict: Verdict) -> Iterator[Encoded]:
    """Yield a row for each fact, and each consent statement, that somebody recorded."""
    case, question = verdict.case, verdict.question
    matters = newest_of_each(bearing_on(question, case), question.asked_at)
    for of_one_name in matters.values():
        for fact in of_one_name.values():
            yield _fact(fact, is_by_name=fact.is_told or fact.by not in verdict.registers)
    statements: dict[str, int] = {}
    versions: dict[int, int] = {}
    for one in case.consents:
        statements[one.grantor] = versions[id(one)] = statements.get(one.grantor, 0) + 1
    for one in standing(case.consents):
        yield _consent(one.kind, one.recorded_at, versions[id(one)])


# The same facts stand in the entries of all recipients of a message.
@lru_cache(maxsize=_KEPT)
def _fact(fact: RecordedFact, *, is_by_name: bool) -> Encoded:
    row: dict[str, Writable] = {"fact": fact.name, "at": _time(fact.at)}
    row |= {"source": "record"} if is_by_name else {"by": normalize("NFC", fact.by)}
    if fact.service is not None:
        row["service"] = normalize("NFC", fact.service)
    if fact.until is not None:
        row["until"] = _time(fact.until)
    return once(row, depth=1)


@lru_cache(maxsize=_KEPT)
def _consent(kind: str, at: datetime, version: int) -> Encoded:
    row: dict[str, Writable] = {"fact": "consent", "grantor": str(kind), "at": _time(at)}
    return once(row | {"version": version}, depth=1)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
