"""Judgements under the duty to share: demanded, recorded, and never made here.

*Relevance and detriment* (Children Act 2004 s16LA): a named practitioner at the holder considers
that something is relevant to the child's safety or welfare and helpful to the recipient, and
whether sharing it would harm the child more than not sharing.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.casefile import SOURCES, CaseFile, RecordedFact
from gateway.errors import RequestError
from gateway.facts.entitlement import Recordable, require_recorder
from gateway.facts.recording import commit, require_reason
from gateway.office import Office
from gateway.storage.unit import Committed, Entry, Stamp, Unit
from policies.attributes import word_of
from policies.errors import VocabularyError
from policies.footing import JUDGED, WithoutConsent
from policies.vocabulary import Detriment, Judgement

AUTHORITY: Final = "Children Act 2004 s16LA"
_REASONS: Final = f"consent is not relied on for one of: {', '.join(sorted(JUDGED))}"


class _Relevant(StrEnum):
    YES = "yes"
    NO = "no"


class Considered(Struct, frozen=True, kw_only=True):
    """What a named practitioner at the *holder* considered, for one *recipient* or for all.

    *reason* is why, for both questions, in their own words.
    """

    holder: str
    is_relevant: bool
    detriment: Detriment
    reason: str
    recipient: str | None = None
    without_consent: WithoutConsent | None = None


def considered(  # noqa: PLR0913 - a judgement is all of this
    *,
    holder: str,
    relevant: str,
    detriment: str,
    reason: str,
    recipient: str | None = None,
    without_consent: str | None = None,
) -> Considered:
    """Return what was considered, as words write it; `VocabularyError` for another word.

    >>> considered(holder="s1", relevant="yes", detriment="no", reason="seen").is_relevant
    True
    >>> considered(holder="s1", relevant="yes", detriment="perhaps", reason="seen")
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: detriment is yes, no or not_considered
    """
    why = None
    if without_consent is not None:
        why = word_of(WithoutConsent, without_consent, _REASONS)
        if why not in JUDGED:
            raise VocabularyError(_REASONS)
    return Considered(
        holder=holder,
        is_relevant=word_of(_Relevant, relevant, "relevant is yes or no") is _Relevant.YES,
        detriment=word_of(Detriment, detriment, "detriment is yes, no or not_considered"),
        reason=reason,
        recipient=recipient,
        without_consent=why,
    )


def record_judgement(office: Office, child_id: str, judged: Considered, *, by: str) -> Committed:
    """Record what was *judged* by the person *by*, as one judgement with one entry.

    It holds for this disclosure: to the recipient that is named, for as many days as facts.yaml
    says; that sharing does harm holds until somebody considers it again. Raises `RequestError`
    without a reason or for a service that is not registered, `EntitlementError` where *by* is not
    a practitioner at the holder, and `UnknownChildError`.
    """
    why = require_reason(judged.reason)
    for service in (judged.holder, judged.recipient):
        if service is not None and service not in office.rulebook.registers.services:
            message = "there is no service with this id"
            raise RequestError(message)

    def judging(case: CaseFile) -> Unit:
        require_recorder(office, case, Recordable("judgement", judged.holder), by)
        facts = tuple(_facts(judged, why, by, office.ports.now()))
        unit = Unit(stamps=(Stamp("child", child_id, case.version),), moves=(("child", child_id),))
        said = office.filing.facts(unit, child_id, facts, by=by, entry=0)
        known = entries.recorded(said, case.version + 1)
        unit.entries.append(_entry(office, child_id, judged, facts[0], known))
        return unit

    return commit(office, child_id, judging)


def _facts(judged: Considered, why: str, by: str, at: datetime) -> Iterator[RecordedFact]:
    judgement = Judgement.MADE if judged.is_relevant else Judgement.NOT_MADE
    harms = judged.detriment is Detriment.YES
    for name, value, until in (
        ("judgement", judgement.value, SOURCES.until("judgement", at)),
        (
            "detriment",
            judged.detriment.value,
            None if harms else SOURCES.until("detriment", at),
        ),
    ):
        yield RecordedFact(
            name=name,
            value=value,
            service=judged.holder,
            recipient=judged.recipient,
            by=by,
            at=at,
            until=until,
            source=AUTHORITY,
            reason=why,
            without_consent=judged.without_consent or "",
        )


def _entry(
    office: Office,
    child_id: str,
    judged: Considered,
    judgement: RecordedFact,
    known: entries.Fields,
) -> Entry:
    """Return the entry of a judgement; its reason stands in the gateway's part alone."""
    decision = "relevant" if judged.is_relevant else "not relevant"
    to_holder: entries.Fields = {"decision": decision}
    gateway: entries.Fields = {
        "child": child_id,
        "user": judgement.by,
        "decided_by": judgement.by,
        "decision": decision,
        "judgement": f"detriment: {judged.detriment.value}",
        "authority": AUTHORITY,
        "justification": judgement.reason,
        "sender": judged.holder,
    }
    if judgement.until is not None:
        gateway["expires"] = judgement.until.isoformat()
    if judged.recipient is not None:
        gateway["recipient"] = to_holder["recipient"] = judged.recipient
    return entries.entry(
        EntryType.JUDGEMENT,
        {Part.SENDER: to_holder, Part.GATEWAY: gateway | known},
        office.ports.random,
        sender=judged.holder,
        child_id=child_id,
    )
