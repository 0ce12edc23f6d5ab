"""The log entries of the exchange: what each part of an entry says, and to whom it may be opened.

The catalogue (`audit.events`) fixes the fields; this module fills them. What was withheld stands
in the sender's and the gateway's part alone, so that the recipient's receipt is the same whether
or not anything was withheld (design, invariant 5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from adapters.contract import Finding, Payload
from audit.canonical import Json
from audit.entry import encode_part, seal
from audit.events import EntryType
from audit.parts import Part
from gateway.disclosing import Release
from gateway.rulebook import Verdict
from gateway.storage.unit import Entry

Fields = dict[str, Json]
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Act:
    """Who acted, in the gateway's part of an entry: a client's request, or a person."""

    caller: str = ""
    request: str = ""
    user: str = ""
    role: str = ""

    def fields(self) -> Fields:
        """Return the members that are known."""
        known = {
            "caller": self.caller,
            "request": self.request,
            "user": self.user,
            "role": self.role,
        }
        return {name: value for name, value in known.items() if value}


def entry(  # noqa: PLR0913 - an entry has these parts, each passed by its name
    kind: EntryType,
    parts: Mapping[Part, Fields],
    random: Random,
    *,
    sender: str = "",
    recipient: str = "",
    purpose: str = "",
    policy: str = "",
    child_id: str | None = None,
) -> Entry:
    """Return the entry of this *kind* with *parts*, sealed apart from one another."""
    contents = {part: encode_part(kind, part, fields) for part, fields in parts.items()}
    return Entry(
        type=kind,
        detail=seal(contents, random),
        sender=sender,
        recipient=recipient,
        purpose=purpose,
        policy=policy,
        child_id=child_id,
    )


def found(findings: tuple[Finding, ...]) -> list[Json]:
    """Return *findings* as a log may hold them: code and place, never a value."""
    return [f"{finding.code} {finding.where}" for finding in findings]


def outcomes(release: Release) -> list[Json]:
    """Return what became of each element, with the rules."""
    return [
        {"element": row.element, "outcome": row.outcome, "rules": list(row.rules)}
        for row in release.outcomes
    ]


def disclosed(  # noqa: PLR0913 - each by its name
    release: Release,
    payload: Payload,
    random: Random,
    act: Act,
    *,
    child_id: str | None,
    message_id: str,
    record: str = "",
    is_synchronous: bool = False,
    task: str = "",
) -> Entry:
    """Return the entry of a disclosure: the recipient's part is all that its receipt opens."""
    question = release.question
    digest = sha256(payload.content).hexdigest()
    recipient: Fields = {
        "payload_sha256": digest,
        "payload_bytes": len(payload.content),
        "media_type": payload.media_type,
        "recipient": question.recipient.id,
        "sender": question.holder.id,
        "purpose": question.purpose or "",
        "message_id": message_id,
        "synchronous": is_synchronous,
    }
    account = outcomes(release)
    sender: Fields = {
        "recipient": question.recipient.id,
        "message_id": message_id,
        "payload_sha256": digest,
        "purpose": question.purpose or "",
        "outcomes": account,
        "obligations": list(release.obligations),
    }
    gateway = act.fields() | _reasons(release, child_id, record, task)
    gateway |= {"message_id": message_id, "payload_sha256": digest}
    gateway["media_type"] = payload.media_type
    return entry(
        EntryType.DISCLOSURE,
        {Part.RECIPIENT: recipient, Part.SENDER: sender, Part.GATEWAY: gateway},
        random,
        sender=question.holder.id,
        recipient=question.recipient.id,
        purpose=question.purpose or "",
        policy=policy_of(release.own),
        child_id=child_id,
    )


def refused(  # noqa: PLR0913 - each by its name
    release: Release,
    random: Random,
    act: Act,
    *,
    child_id: str | None,
    message_id: str = "",
    record: str = "",
    task: str = "",
) -> Entry:
    """Return the entry of a refusal: a deny, or a refer that waits for a person."""
    question = release.question
    sender: Fields = {
        "recipient": question.recipient.id,
        "purpose": question.purpose or "",
        "outcomes": outcomes(release),
    }
    recipient: Fields = {"recipient": question.recipient.id, "purpose": question.purpose or ""}
    if message_id:
        recipient["message_id"] = message_id
    return entry(
        EntryType.REFUSAL,
        {
            Part.RECIPIENT: recipient,
            Part.SENDER: sender,
            Part.GATEWAY: act.fields() | _reasons(release, child_id, record, task),
        },
        random,
        sender=question.holder.id,
        recipient=question.recipient.id,
        purpose=question.purpose or "",
        policy=policy_of(release.own),
        child_id=child_id,
    )


def policy_of(verdict: Verdict) -> str:
    """Return the digest of the bundle that gave *verdict*."""
    return verdict.policy


def _reasons(release: Release, child_id: str | None, record: str, task: str) -> Fields:
    """All that the decision rested on, so that it can be replayed from the log."""
    fields: Fields = {
        "recipient": release.question.recipient.id,
        "sender": release.question.holder.id,
        "purpose": release.question.purpose or "",
        "outcomes": outcomes(release),
        "obligations": list(release.obligations),
        "basis": [_basis(verdict) for verdict in release.verdicts],
        "agreement": [
            f"{verdict.agreement.id}/{verdict.agreement.version}"
            for verdict in release.verdicts
            if verdict.agreement.id is not None
        ],
        "rules": sorted(
            {
                rule
                for verdict in release.verdicts
                for ruling in verdict.decision.rulings.values()
                for rule in ruling.rules
            }
        ),
    }
    if child_id is not None:
        fields["child"] = child_id
    if record:
        fields["record"] = record
    if task:
        fields["task"] = task
    return fields


def _basis(verdict: Verdict) -> Json:
    """Return the facts of one verdict; one that is not recorded is left out."""
    return {
        "holder": verdict.question.holder.id,
        "as_of": verdict.question.asked_at.date().isoformat(),
        "facts": {
            name: value for name, value in verdict.facts.plain().items() if value is not None
        },
    }
