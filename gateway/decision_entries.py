"""The entries of decisions: what was released or refused, to whom, and all that it rested on.

What was withheld stands in the sender's and the gateway's part alone, so that the recipient's
receipt is the same whether or not anything was withheld (design, invariant 5).
"""

from collections.abc import Mapping
from functools import lru_cache

from adapters.contract import Payload
from audit.canonical import Encoded
from audit.encoding import listed, once
from audit.events import EntryType
from audit.parts import Part
from gateway.disclosing import Release
from gateway.entries import (
    BASIS_NOT_SUPPORTED,
    NOTHING_ELSE,
    Act,
    Cause,
    Fields,
    Random,
    digest,
    entry,
)
from gateway.footing import stands_on
from gateway.provenance import basis
from gateway.requests import ElementOutcome
from gateway.rulebook import Judgements
from gateway.storage.unit import Entry
from mappings.caf.view import View


def outcomes(release: Release) -> Encoded:
    """Return what became of each element, with the rules."""
    return listed(map(_outcome, release.outcomes), depth=3)


# Rows and verdicts recur from message to message: what was written once is not written again.
@lru_cache(maxsize=4_096)
def _outcome(row: ElementOutcome) -> Encoded:
    return once({"element": row.element, "outcome": row.outcome, "rules": row.rules}, depth=2)


@lru_cache(maxsize=1_024)
def _rules(all_judgements: tuple[Judgements, ...]) -> Encoded:
    """Return the ids of all rules that gave an outcome, over all holders."""
    return once(sorted({rule for one in all_judgements for rule in one.rules}), depth=1)


def disclosed(  # noqa: PLR0913 - each by its name
    release: Release,
    payload: Payload,
    random: Random,
    act: Act,
    *,
    child_id: str | None,
    message_id: str,
    view: View,
    cause: Cause = NOTHING_ELSE,
    is_synchronous: bool = False,
) -> Entry:
    """Return the entry of a disclosure: the recipient's part is all that its receipt opens."""
    question = release.question
    payload_sha256 = digest(payload.content)
    recipient: Fields = {
        "payload_sha256": payload_sha256,
        "payload_bytes": len(payload.content),
        "media_type": payload.media_type,
        "recipient": question.recipient.id,
        "sender": question.holder.id,
        "purpose": question.purpose or "",
        "message_id": message_id,
        "synchronous": is_synchronous,
    }
    told = outcomes(release)
    sender = _holders(release, told) | {"message_id": message_id, "payload_sha256": payload_sha256}
    gateway = act.fields() | _reasons(release, told, child_id, cause)
    gateway |= {"message_id": message_id, "payload_sha256": payload_sha256}
    gateway["media_type"] = payload.media_type
    footing = stands_on(release)
    sender, gateway = sender | footing, gateway | footing
    parts = {Part.RECIPIENT: recipient, Part.SENDER: sender, Part.GATEWAY: gateway}
    _add_end(parts, view)
    return _decided(EntryType.DISCLOSURE, release, parts, random, child_id)


def _add_end(parts: Mapping[Part, Fields], view: View) -> None:
    """Have every part say until when what was released may be kept or used, where that ends."""
    ends = view.usable_until or view.expires_on
    if ends is not None:
        for fields in parts.values():
            fields["expires"] = ends.isoformat()


def refused(  # noqa: PLR0913 - each by its name
    release: Release,
    random: Random,
    act: Act,
    *,
    child_id: str | None,
    message_id: str = "",
    cause: Cause = NOTHING_ELSE,
) -> Entry:
    """Return the entry of a refusal: a deny, or a refer that waits for a person.

    The service addressed has no part in it, and is not named to who reads the leaves, where it is
    not to hear of it: the message claimed a basis that the case does not bear out.
    """
    question = release.question
    recipient: Fields = {"recipient": question.recipient.id, "purpose": question.purpose or ""}
    if message_id:
        recipient["message_id"] = message_id
    told = outcomes(release)
    parts = {
        Part.RECIPIENT: recipient,
        Part.SENDER: _holders(release, told),
        Part.GATEWAY: act.fields() | _reasons(release, told, child_id, cause),
    }
    if not release.is_heard:
        del parts[Part.RECIPIENT]
        parts[Part.GATEWAY]["reason"] = BASIS_NOT_SUPPORTED
    return _decided(EntryType.REFUSAL, release, parts, random, child_id)


def stood(
    release: Release, random: Random, *, disclosure: int, message_id: str, child_id: str
) -> Entry:
    """Return the entry of having decided again what entry *disclosure* released: it may go."""
    known: Fields = {
        "decision": "stands",
        "entry": disclosure,
        "message_id": message_id,
        "recipient": release.question.recipient.id,
    }
    told = outcomes(release)
    reasons = _reasons(release, told, child_id)
    parts = {
        Part.SENDER: known | {"outcomes": told, "purpose": release.question.purpose or ""},
        Part.GATEWAY: reasons | known,
    }
    return _decided(EntryType.DECISION, release, parts, random, child_id)


def _decided(
    kind: EntryType,
    release: Release,
    parts: Mapping[Part, Fields],
    random: Random,
    child_id: str | None,
) -> Entry:
    """Return the entry of what was decided on one holder's record for one recipient."""
    question = release.question
    return entry(
        kind,
        parts,
        random,
        sender=question.holder.id,
        recipient=question.recipient.id if release.is_heard else "",
        purpose=question.purpose or "",
        policy=release.own.policy,
        child_id=child_id,
    )


def answered(  # noqa: PLR0913 - each by its name
    releases: tuple[Release, ...],
    heard: tuple[Release, ...],
    payload: Payload,
    random: Random,
    act: Act,
    *,
    recipient: str,
    purpose: str,
    policy: str,
    child_id: str | None,
    justification: str,
    view: View,
) -> Entry:
    """Return the entry of an answer to somebody who asked: released in response, or nothing.

    Its type says no more than the asker knows: that something was released, or nothing was. The
    holder has a part where there is one holder who is to hear of it (*heard*: not where the basis
    of the request was not borne out); the gateway's part holds every account.
    """
    is_anything = any(one.is_anything for one in releases)
    asker: Fields = {
        "payload_sha256": digest(payload.content),
        "payload_bytes": len(payload.content),
        "media_type": payload.media_type,
        "recipient": recipient,
        "purpose": purpose,
        "request": act.request,
        "synchronous": True,
    }
    gateway: Fields = act.fields() | {"recipient": recipient, "purpose": purpose}
    gateway["accounts"] = [
        _reasons(one, outcomes(one), child_id) | stands_on(one) for one in releases
    ]
    if len(heard) < len(releases):
        gateway["reason"] = BASIS_NOT_SUPPORTED
    if child_id is not None:
        gateway["child"] = child_id
    if justification:
        gateway["justification"] = justification
    parts = {Part.RECIPIENT: asker, Part.GATEWAY: gateway}
    if len(heard) == 1:
        parts[Part.SENDER] = _holders(heard[0], outcomes(heard[0])) | stands_on(heard[0])
    if is_anything:
        _add_end(parts, view)
    return entry(
        EntryType.DISCLOSURE if is_anything else EntryType.REFUSAL,
        parts,
        random,
        recipient=recipient,
        purpose=purpose,
        policy=policy,
        child_id=child_id,
    )


def _holders(release: Release, told: Encoded) -> Fields:
    """Return what the holder may know of a decision: the outcome for each element, and why."""
    return {
        "recipient": release.question.recipient.id,
        "purpose": release.question.purpose or "",
        "outcomes": told,
        "obligations": list(release.obligations),
    } | _obstacle(release)


def _obstacle(release: Release) -> Fields:
    """Return why nothing was released after all, where an obligation waits to be carried out."""
    return {} if release.obstacle is None else {"reason": release.obstacle}


def _reasons(
    release: Release, told: Encoded, child_id: str | None, cause: Cause = NOTHING_ELSE
) -> Fields:
    """Return all that the decision rested on, so that it can be replayed from the log."""
    fields: Fields = {
        "recipient": release.question.recipient.id,
        "sender": release.question.holder.id,
        "purpose": release.question.purpose or "",
        "outcomes": told,
        "obligations": list(release.obligations),
        "basis": [basis(one) for one in release.verdicts],
        "agreement": [
            f"{verdict.agreement.id}/{verdict.agreement.version}"
            for verdict in release.verdicts
            if verdict.agreement.id is not None
        ],
        "rules": _rules(tuple(verdict.judgements for verdict in release.verdicts)),
    }
    if child_id is not None:
        fields["child"] = child_id
    return fields | cause.fields() | _obstacle(release)
