"""The log entries of the exchange: what each part of an entry says, and to whom it may be opened.

The catalogue (`audit.events`) fixes the fields; this module fills them. What was withheld stands
in the sender's and the gateway's part alone, so that the recipient's receipt is the same whether
or not anything was withheld (design, invariant 5).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from adapters.contract import Finding, Payload
from audit.canonical import Encoded
from audit.encoding import Writable, listed, once
from audit.entry import encode_part, seal
from audit.errors import EncodingError
from audit.events import EntryType
from audit.parts import Part
from gateway.disclosing import Release
from gateway.footing import stands_on
from gateway.provenance import basis
from gateway.requests import Caller, ElementOutcome
from gateway.rulebook import Judgements
from gateway.storage.indexing import IndexKind, Term
from gateway.storage.unit import Entry
from mappings.caf.view import View

Fields = dict[str, Writable]
Random = Callable[[int], bytes]

_FOUND_BY: Final[Mapping[str, IndexKind]] = MappingProxyType(
    {
        "user": IndexKind.USER,
        "decided_by": IndexKind.USER,
        "request": IndexKind.REQUEST,
        "sender": IndexKind.SERVICE,
        "recipient": IndexKind.SERVICE,
        "recipients": IndexKind.SERVICE,
    }
)
_MOST_FINDINGS: Final = 100
_MOST_PLACE: Final = 120


@dataclass(frozen=True, slots=True)
class Act:
    """Who acted, in the gateway's part of an entry: a client's request, or a person."""

    caller: str = ""
    request: str = ""
    user: str = ""
    role: str = ""
    assertion: str = ""

    def fields(self) -> Fields:
        """Return the members that are known."""
        known = {
            "caller": self.caller,
            "request": self.request,
            "user": self.user,
            "role": self.role,
            "assertion_sha256": self.assertion,
        }
        return {name: value for name, value in known.items() if value}


def act_of(caller: Caller, request: str, user: str = "") -> Act:
    """Return the act of a *caller* with its *request*, perhaps for a person, *user*."""
    return Act(caller.client_id, request, user, assertion=caller.assertion)


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a decision: a received *record*, or a *task* that *decided_by* resolved."""

    record: str = ""
    task: str = ""
    decided_by: str = ""

    def fields(self) -> Fields:
        """Return the members that are known."""
        known = {"record": self.record, "task": self.task, "decided_by": self.decided_by}
        return {name: value for name, value in known.items() if value}


NOTHING_ELSE: Final = Cause()
BASIS_NOT_SUPPORTED: Final = "basis-not-supported"
"""Why nobody but the asker was to hear of a request, in the words of the log."""


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
    contents = {part: _encoded(kind, part, fields) for part, fields in parts.items()}
    return Entry(
        type=kind,
        detail=seal(contents, random),
        sender=sender,
        recipient=recipient,
        purpose=purpose,
        policy=policy,
        child_id=child_id,
        terms=terms_of(parts.get(Part.GATEWAY, {})),
    )


def terms_of(gateway: Mapping[str, Writable]) -> tuple[Term, ...]:
    """Return what an entry is found by, of what the *gateway*'s part of it says.

    >>> terms_of({"request": "r1", "accounts": [{"sender": "health-visiting"}]})[1].text
    'health-visiting'
    """
    accounts = gateway.get("accounts", ())
    accounts = accounts if isinstance(accounts, Sequence) else ()
    parts = (gateway, *(one for one in accounts if isinstance(one, Mapping)))
    found = (
        Term(kind, text)
        for part in parts
        for name, kind in _FOUND_BY.items()
        for text in _texts(part.get(name, ""))
    )
    return tuple(dict.fromkeys(found))


def _texts(value: Writable) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    some = value if isinstance(value, Sequence) else ()
    return tuple(one for one in some if isinstance(one, str) and one)


def _encoded(kind: EntryType, part: Part, fields: Fields) -> bytes:
    try:
        return encode_part(kind, part, fields)
    except EncodingError:
        # What others wrote (a justification, an identifier) need not be in Unicode's normal form.
        composed = {name: _composed(value) for name, value in fields.items()}
        return encode_part(kind, part, composed)


def _composed(value: Writable) -> Writable:
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, Mapping):
        return {name: _composed(one) for name, one in value.items()}
    return [_composed(one) for one in value] if isinstance(value, Sequence) else value


def found(findings: tuple[Finding, ...]) -> list[Writable]:
    """Return *findings* as a log may hold them: code and place, never a value.

    Of very many the first stand for all, and the last line counts the others.
    """
    said: list[Writable] = [
        f"{finding.code} {finding.where[:_MOST_PLACE]}" for finding in findings[:_MOST_FINDINGS]
    ]
    if len(findings) > _MOST_FINDINGS:
        said.append(f"and {len(findings) - _MOST_FINDINGS} more")
    return said


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


def glass_broken(  # noqa: PLR0913 - each by its name
    random: Random,
    act: Act,
    *,
    recipient: str,
    purpose: str,
    child_id: str | None,
    why: str,
    expires: datetime,
) -> Entry:
    """Return the entry of somebody's having invoked break-glass, for use until *expires*.

    It is there whatever there was to release, so that the log's indices do not tell.
    """
    gateway: Fields = act.fields() | {"recipient": recipient, "purpose": purpose}
    gateway["expires"] = expires.isoformat()
    if why:
        gateway["justification"] = why
    if child_id is not None:
        gateway["child"] = child_id
    return entry(
        EntryType.BREAK_GLASS,
        {Part.GATEWAY: gateway},
        random,
        recipient=recipient,
        purpose=purpose,
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


def looked_up(
    random: Random, act: Act, *, recipient: str, child_id: str | None, kinds: list[str]
) -> Entry:
    """Return the entry of a search for a child: that there was one, by which kinds of identifier.

    Its type is one and the same whatever was found, and the values are not in it.
    """
    gateway: Fields = act.fields() | {
        "query": list(kinds),
        "results": 0 if child_id is None else 1,
    }
    if child_id is not None:
        gateway["child"] = child_id
    return entry(
        EntryType.AUDIT_READ,
        {Part.GATEWAY: gateway},
        random,
        recipient=recipient,
        child_id=child_id,
    )


def recorded(said: Iterable[bytes], stamp: int) -> Fields:
    """Return the fields by which an entry commits to what was *said* and recorded with it.

    *stamp* is the version that what decisions rest on has from then on.
    """
    return {"recorded_sha256": recorded_sha256(said), "stamp": stamp}


def recorded_sha256(said: Iterable[bytes]) -> str:
    """Return the digest of what was *said*; rows have no order of their own: theirs are sorted."""
    return digest(b"".join(sorted(sha256(one).digest() for one in said)))


def digest(content: bytes) -> str:
    """Return the SHA-256 of *content*, in hexadecimal."""
    return sha256(content).hexdigest()
