"""What published agreements answer about one holder, recipient and purpose."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import cedarpy

from policies.agreements import Agreement, AgreementFacts, Agreements
from policies.cedar.agreements import (
    ASK,
    ORGANISATION,
    RECEIVE,
    RELY,
    agreement_policies,
    agreements_schema,
)
from policies.cedar.schema import day_number
from policies.errors import DocumentError
from policies.vocabulary import AgreementState, Category, Purpose

_BEST_FIRST: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED, AgreementState.EXPIRED)

_Notes = dict[str, str]


class _Asked(NamedTuple):
    """What is asked of an agreement."""

    holder: str
    recipient: str
    purpose: Purpose | None
    as_of: dt.date


def published(agreements: Agreements) -> dict[str, str]:
    """Return the policies of each of *agreements* by its id, in the order of their ids."""
    versions: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in sorted(agreements, key=lambda each: each.id):
        versions[agreement.id].append(agreement)
    return {name: _policies(agreements, each) for name, each in versions.items()}


def _policies(agreements: Agreements, versions: Collection[Agreement]) -> str:
    begun = ((each.version, agreements.state(each, each.effective_on)) for each in versions)
    suspended = {version for version, state in begun if state is AgreementState.SUSPENDED}
    return agreement_policies(versions, suspended)


class CedarAgreements:
    """Published agreements, ready to answer as `policies.agreements.Agreements` does.

    >>> from policies.agreements import SHIPPED
    >>> register = CedarAgreements.of(Agreements.of(SHIPPED))
    >>> day = dt.date(2026, 11, 2)
    >>> register.between("ods:X9A01", "la:999", Purpose.EARLY_HELP, as_of=day).agreement.value
    'active'
    >>> register.between("ods:X9A01", "la:999", Purpose.EARLY_HELP, as_of=dt.date(2028, 1, 5)).id
    'little-marsh-early-help'
    """

    def __init__(self, published: Mapping[str, str]) -> None:
        """Read the *published* policies of each agreement, by its id; or raise `DocumentError`."""
        self._agreements = {name: _Published(name, text) for name, text in published.items()}
        self._of_party: dict[str, set[str]] = defaultdict(set)
        for name, agreement in self._agreements.items():
            for party in agreement.parties:
                self._of_party[party].add(name)

    @classmethod
    def of(cls, agreements: Agreements) -> "CedarAgreements":
        """Return *agreements* as they are published."""
        return cls(published(agreements))

    def between(
        self, holder: str, recipient: str, purpose: Purpose | None, *, as_of: dt.date
    ) -> AgreementFacts:
        """Return what the agreements answer about sharing from *holder* to *recipient*.

        Of those that bind both, the one that answers best is relied on, alone.
        """
        asked = _Asked(holder, recipient, purpose, as_of)
        shared = self._of_party.get(holder, set()) & self._of_party.get(recipient, set())
        answers = [self._agreements[name].answer(asked) for name in shared]
        standing = [each for each in answers if each.agreement is not AgreementState.NONE]
        return min(standing, key=_rank, default=AgreementFacts(agreement=AgreementState.NONE))


class _Published:
    """The policies of one agreement."""

    def __init__(self, name: str, policies: str) -> None:
        checked = cedarpy.validate_policies(policies, agreements_schema())
        if not checked.validation_passed:
            message = f"the published agreement `{name}` does not fit the schema"
            raise DocumentError(message)
        self._name = name
        self._policies = cedarpy.PolicySet.from_str(policies)
        parsed = json.loads(cedarpy.policies_to_json_str(policies))["staticPolicies"]
        self._notes: dict[str, _Notes] = {
            each: policy.get("annotations", {}) for each, policy in parsed.items()
        }
        self.parties = frozenset(
            party for note in self._notes.values() for party in note.get("parties", "").split()
        )

    def answer(self, asked: _Asked) -> AgreementFacts:
        """Return what this agreement says to *asked*: `none` where it does not bind both then."""
        [rely] = self._ask([_request(RELY, self._name, asked)])
        if not rely:
            return AgreementFacts(agreement=AgreementState.NONE)
        is_named, covered = self._terms(asked)
        return AgreementFacts(
            agreement=AgreementState(rely[0]["state"]),
            agreement_purpose=is_named,
            agreement_covers=covered,
            id=self._name,
            version=int(rely[0]["version"]),
        )

    def _terms(self, asked: _Asked) -> tuple[bool, frozenset[Category]]:
        """Return whether the purpose is named, and which categories it covers."""
        if asked.purpose is None:
            return False, frozenset()
        requests = [_request(RECEIVE, self._name, asked, category) for category in Category]
        named, *received = self._ask([_request(ASK, self._name, asked), *requests])
        covered = (each for each, notes in zip(Category, received, strict=True) if notes)
        return bool(named), frozenset(covered)

    def _ask(self, requests: list[dict[str, Any]]) -> list[list[_Notes]]:
        """Return what the policies that applied say of themselves, or raise `DocumentError`."""
        results = cedarpy.is_authorized_batch(requests, self._policies, [])
        if any(result.diagnostics.errors for result in results):
            message = f"the published agreement `{self._name}` is in error"
            raise DocumentError(message)
        return [[self._notes[name] for name in result.diagnostics.reasons] for result in results]


def _request(
    action: str, agreement: str, asked: _Asked, category: Category | None = None
) -> dict[str, Any]:
    context: dict[str, object] = {
        "holder": _entity(ORGANISATION, asked.holder),
        "day": day_number(asked.as_of),
    }
    if action != RELY and asked.purpose is not None:
        context["purpose"] = _entity("Purpose", asked.purpose.value)
    if category is not None:
        context["category"] = _entity("Category", category.value)
    return {
        "principal": {"type": ORGANISATION, "id": asked.recipient},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Agreement", "id": agreement},
        "context": context,
    }


def _entity(kind: str, name: str) -> object:
    return {"__entity": {"type": kind, "id": name}}


def _rank(facts: AgreementFacts) -> tuple[int, bool, int, str]:
    """Return how well an agreement answers, the best first: active, named, wide, by its id."""
    return (
        _BEST_FIRST.index(facts.agreement),
        not facts.agreement_purpose,
        -len(facts.agreement_covers),
        facts.id or "",
    )
