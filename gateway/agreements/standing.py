"""How agreements stand on a day, for whoever lists them."""

from dataclasses import dataclass
from datetime import date

from gateway.agreements.signing import unsigned
from gateway.registers import Agreement, Registers, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one version of an agreement stands on a day; *unsigned* are parties that have to sign."""

    id: str
    version: int
    title: str
    state: str
    effective_on: date
    until: date
    review_on: date
    is_review_overdue: bool
    parties: tuple[str, ...]
    unsigned: tuple[str, ...]
    approved_by: tuple[str, ...]
    digest: str


def standing(registers: Registers, today: date) -> tuple[Standing, ...]:
    """Return how each version in *registers* stands *today*, by id and version."""
    held = registers.agreements.values()
    ordered = sorted(held, key=lambda one: (one.content.id, one.content.version))
    return tuple(stands(one, today) for one in ordered)


def stands(document: Agreement, today: date) -> Standing:
    """Return how one version stands *today*."""
    content = document.content
    return Standing(
        id=content.id,
        version=content.version,
        title=content.title,
        state=_state(document, today),
        effective_on=content.effective_on,
        until=content.until,
        review_on=content.review_on,
        is_review_overdue=content.review_on <= today < content.until,
        parties=tuple(party.organisation for party in content.parties),
        unsigned=unsigned(content, document.signatures),
        approved_by=document.approved_by,
        digest=content.digest,
    )


def _state(document: Agreement, today: date) -> str:
    content = document.content
    if document.stage in {Stage.ACTIVE, Stage.SUSPENDED}:
        if today < content.effective_on:
            return "not yet in force"
        if today >= content.until:
            return "expired"
    return document.stage
