"""The rules of the obvious implementation: a list of functions, the first that answers decides."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tests.performance.obvious_store import Consent, Service

SENSITIVE = {"sexual_health", "substance_use", "police_intel", "domestic_abuse", "adoption"}


class Outcome(StrEnum):
    """What becomes of an element."""

    PERMIT = "permit"
    REFER = "refer"
    DENY = "deny"


@dataclass(frozen=True)
class Decision:
    """An outcome with its reason."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Parties:
    """All that the rules ask: the recipient, what was agreed with it, and who consented."""

    recipient: Service
    agreed: AbstractSet[str]
    consents: Mapping[str, Consent]
    today: date


def training(_category: str, parties: Parties) -> Decision | None:
    """Deny whoever has no current training."""
    until = parties.recipient.training_until
    if until is None:
        return Decision(Outcome.REFER, "it is not known whether the recipient is trained")
    if until < parties.today:
        return Decision(Outcome.DENY, "the recipient's training has lapsed")
    return None


def agreement(category: str, parties: Parties) -> Decision | None:
    """Deny what no agreement covers."""
    if not parties.agreed:
        return Decision(Outcome.DENY, "there is no agreement with the recipient")
    if category not in parties.agreed:
        return Decision(Outcome.DENY, "the agreement does not cover this")
    return None


def consent(_category: str, parties: Parties) -> Decision | None:
    """Deny what nobody consented to."""
    given = parties.consents.get(parties.recipient.id)
    if given is None or given.state != "given":
        return Decision(Outcome.DENY, "there is no consent to share with the recipient")
    if given.until is not None and given.until <= parties.today:
        return Decision(Outcome.DENY, "the consent has expired")
    return None


def sensitive(category: str, _parties: Parties) -> Decision | None:
    """Refer what is most confidential, and deny what is about others."""
    if category in SENSITIVE:
        return Decision(Outcome.REFER, "a person decides on what is this confidential")
    if category == "third_party":
        return Decision(Outcome.DENY, "this is about somebody else")
    return None


RULES: list[Callable[[str, Parties], Decision | None]] = [training, agreement, consent, sensitive]


def decide(category: str, parties: Parties) -> Decision:
    """Return what becomes of an element of this *category*."""
    for rule in RULES:
        if decision := rule(category, parties):
            return decision
    return Decision(Outcome.PERMIT, "consented and agreed")
