"""The catalogue of entries: what the log records, in which parts, with which fields.

This is the only place that says so: `audit.entry.encode_part` refuses what is not here, and
`docs/audit-events.md` is `page()`.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from audit.errors import EntryError
from audit.parts import Part


class EntryType(StrEnum):
    """What kind of thing an entry records."""

    LOG_START = "log-start"
    LOG_SEAL = "log-seal"
    KEY_ROTATION = "key-rotation"
    ANCHOR = "anchor"
    IMPORT = "import"
    REJECTED = "rejected"
    FILE_IMPORT = "file-import"
    DECISION = "decision"
    DISCLOSURE = "disclosure"
    REFUSAL = "refusal"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery-failed"
    RECALLED = "recalled"
    BREAK_GLASS = "break-glass"
    CORRECTION = "correction"
    CONSENT_CHANGE = "consent-change"
    FACT_RECORDED = "fact-recorded"
    JUDGEMENT = "judgement"
    NOTICE = "notice"
    ACKNOWLEDGED = "acknowledged"
    IDENTITY_LINKED = "identity-linked"
    IDENTITY_UNLINKED = "identity-unlinked"
    TASK_ASSIGNED = "task-assigned"
    TASK_RESOLVED = "task-resolved"
    AGREEMENT_CHANGE = "agreement-change"
    AGENCY_CHANGE = "agency-change"
    ADAPTER_CHANGE = "adapter-change"
    POLICY_ACTIVATED = "policy-activated"
    AUDIT_READ = "audit-read"
    ERASURE = "erasure"
    ATTACHMENT = "attachment"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Contents:
    """The fields that one part holds: those that it must, and those that it may."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of entry: what it means, in one sentence, and what its detail holds."""

    meaning: str
    parts: Mapping[Part, Contents]


FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "accounts": "for each holder, all that the decision rested on",
        "acknowledgement_sha256": "SHA-256 of what the recipient answered",
        "adapter": "name and version of the adapter that read or wrote the bytes",
        "agreement": "id and version of the information-sharing agreement",
        "approved_by": "ids of the two persons who approved it",
        "assertion_sha256": "SHA-256 of what the client signed to prove who it is",
        "assignee": "the practitioner or office that has it from now on",
        "attachment": "id of the attachment",
        "attempts": "how often sending was tried",
        "authority": "the lawful basis or standing authority for the act",
        "basis": "lawful basis and legal gateway of the decision",
        "caller": "id of the client whose system called",
        "child": "id of the child in this gateway",
        "children": "ids of the children in this gateway",
        "consent": "version of the consent statement",
        "decided_by": "id of the practitioner who decided",
        "decision": "what was decided",
        "digest": "SHA-256 of the new version, in hexadecimal",
        "endpoint": "where it is delivered: the id of the endpoint, not its address",
        "entries": "indices of the entries that this one is about, as ranges from-to",
        "entry": "index of the entry that this one is about",
        "expires": "until when it holds, or may be kept, UTC",
        "fact": "name of the fact",
        "file_sha256": "SHA-256 of the file that the record is a part of, in hexadecimal",
        "findings": "codes and places of what was found wrong, without the values",
        "gateway": "name of the gateway",
        "judgement": "what the practitioner judged",
        "justification": "the reason that was given",
        "key": "verifier key that signs from now on",
        "kind": "what kind of change it is",
        "lawful_basis": "conditions of Articles 6 and 9 and the legal power that it rests on",
        "lost": "how many entries of the log before are missing, as far as is known",
        "match": "how it was decided whose record it is",
        "media_type": "media type of the bytes",
        "message_id": "id of the message",
        "next_origin": "name of the log that goes on",
        "obligations": "what must be done with what was released",
        "offset": "at which byte of the file the record begins",
        "origin": "name of the log",
        "outcome": "how it ended",
        "outcomes": "the outcome for each statement or element",
        "party": "the organisation that signed or is bound",
        "payload_bytes": "length of the payload",
        "payload_sha256": "SHA-256 of the payload, in hexadecimal",
        "policy": "version and digest of the policies in force",
        "previous_checkpoint": "last signed checkpoint of the log before, with its cosignatures",
        "previous_key": "verifier key that signed until now",
        "previous_origin": "name of the log before",
        "purpose": "purpose of use",
        "query": "what was searched for; of a child, just that it was one",
        "reason": "why, in the words of the closed list of reasons",
        "recorded_sha256": "SHA-256 over the sorted SHA-256s of what was recorded with the entry",
        "recipient": "id of the receiving service",
        "recipients": "ids of the receiving services",
        "record": "id of the received record",
        "record_bytes": "length of the received record",
        "record_sha256": "SHA-256 of the received bytes, in hexadecimal",
        "records": "how many records of the file were taken in",
        "register": "which register or agreement was changed, and which of its rows",
        "rejected": "how many records of the file were not taken in",
        "released": "paths of the elements that were released",
        "request": "id of the request",
        "results": "how many entries were found",
        "role": "role in which the practitioner or service acted",
        "root": "root hash of the tree, in base64",
        "rule": "id of the retention rule",
        "rules": "ids of the rules that gave each outcome",
        "sender": "id of the sending service",
        "size": "how many entries the log held",
        "stamp": "how often what is known of the child, or in the registers, had changed by then",
        "stamped_at": "time in the token, UTC",
        "status": "status that the transport reported",
        "subject": "keyed hash of the child's id, by which a restored backup is purged of it",
        "synchronous": "whether the payload went out in the response to the request",
        "task": "id of the task",
        "time_stamp_authority": "name of the time-stamping authority",
        "token": "RFC 3161 token over the checkpoint's text, in base64",
        "user": "id of the practitioner who acted",
        "version": "new version",
        "versions": "versions of consent, agreements and policies that were decided on",
        "withheld": "paths of the elements that were withheld",
        "without_consent": "why it was shared without consent, in the words of a closed list",
    }
)

_ACT = "assertion_sha256 caller request role user"
_RECORDED = "recorded_sha256 stamp"


def _holds(required: str, optional: str = "") -> Contents:
    names = frozenset(required.split())
    return Contents(names, frozenset(optional.split()) - names)


def _gateway(required: str = "", optional: str = "") -> Contents:
    """Return the gateway's part: whoever acted, and the child, may be in each."""
    return _holds(required, f"{_ACT} child {optional}")


CATALOGUE: Mapping[EntryType, Event] = MappingProxyType(
    {
        EntryType.LOG_START: Event(
            "The log begins: the first, or the next after one that was sealed or restored.",
            {
                Part.GATEWAY: _gateway(
                    "origin",
                    "authority gateway lost previous_checkpoint previous_origin reason version",
                )
            },
        ),
        EntryType.LOG_SEAL: Event(
            "The log ends: nothing is appended to it after this entry.",
            {Part.GATEWAY: _gateway("origin", "authority next_origin reason size")},
        ),
        EntryType.KEY_ROTATION: Event(
            "A key of the gateway was replaced.",
            {Part.GATEWAY: _gateway("kind", "authority key previous_key reason")},
        ),
        EntryType.ANCHOR: Event(
            "A time-stamping authority put its time to a checkpoint of the log.",
            {Part.GATEWAY: _gateway("root size token", "stamped_at time_stamp_authority")},
        ),
        EntryType.IMPORT: Event(
            "A record was received, read, matched to its children, and kept.",
            {
                Part.SENDER: _holds(
                    "record_sha256",
                    "file_sha256 findings media_type message_id offset outcome record_bytes "
                    "recipients sender",
                ),
                Part.GATEWAY: _gateway(
                    "record_sha256",
                    "adapter children file_sha256 findings match media_type offset record sender "
                    f"{_RECORDED}",
                ),
            },
        ),
        EntryType.REJECTED: Event(
            "A record was received and could not be accepted; just its hash is kept.",
            {
                Part.SENDER: _holds(
                    "record_sha256",
                    "file_sha256 findings media_type message_id offset outcome record_bytes sender",
                ),
                Part.GATEWAY: _gateway(
                    "record_sha256", "adapter file_sha256 findings offset reason sender"
                ),
            },
        ),
        EntryType.FILE_IMPORT: Event(
            "A file of many records was imported, or as much of it as could be; each record has an "
            "entry of its own.",
            {
                Part.SENDER: _holds(
                    "file_sha256",
                    "findings media_type outcome record_bytes records rejected sender",
                ),
                Part.GATEWAY: _gateway(
                    "file_sha256", "adapter findings media_type outcome records rejected sender"
                ),
            },
        ),
        EntryType.DECISION: Event(
            "What waited to be sent was decided again, and goes as it is.",
            {
                Part.SENDER: _holds("decision entry recipient", "message_id outcomes purpose"),
                Part.GATEWAY: _gateway(
                    "decision entry recipient",
                    "agreement basis message_id obligations outcomes policy purpose reason rules "
                    "sender versions",
                ),
            },
        ),
        EntryType.DISCLOSURE: Event(
            "What one service may see of a child's record was released to it.",
            {
                Part.RECIPIENT: _holds(
                    "payload_sha256 recipient",
                    "agreement basis endpoint expires media_type message_id obligations "
                    "payload_bytes purpose released request sender synchronous",
                ),
                Part.SENDER: _holds(
                    "recipient",
                    "agreement basis expires lawful_basis message_id obligations outcomes "
                    "payload_sha256 purpose released rules withheld without_consent",
                ),
                Part.GATEWAY: _gateway(
                    "",
                    "accounts adapter agreement basis consent decided_by endpoint expires "
                    "justification lawful_basis media_type message_id obligations outcomes "
                    "payload_sha256 policy purpose reason record recipient released rules sender "
                    "task versions withheld without_consent",
                ),
            },
        ),
        EntryType.REFUSAL: Event(
            "Nothing was released to a service that asked, or that was addressed.",
            {
                Part.RECIPIENT: _holds(
                    "",
                    "media_type message_id payload_bytes payload_sha256 purpose recipient request "
                    "sender synchronous",
                ),
                Part.SENDER: _holds(
                    "recipient", "message_id obligations outcomes purpose reason rules withheld"
                ),
                Part.GATEWAY: _gateway(
                    "",
                    "accounts agreement basis consent decided_by justification message_id "
                    "obligations outcomes policy purpose reason record recipient rules sender task "
                    "versions withheld",
                ),
            },
        ),
        EntryType.DELIVERED: Event(
            "A recipient acknowledged what had been disclosed to it.",
            {
                Part.RECIPIENT: _holds(
                    "entry", "acknowledgement_sha256 message_id payload_sha256 recipient status"
                ),
                Part.SENDER: _holds("entry", "message_id recipient status"),
                Part.GATEWAY: _gateway(
                    "entry",
                    "acknowledgement_sha256 attempts endpoint message_id payload_sha256 recipient "
                    "status",
                ),
            },
        ),
        EntryType.DELIVERY_FAILED: Event(
            "A disclosure could not be delivered and is no longer tried.",
            {
                Part.SENDER: _holds("entry", "message_id reason recipient status"),
                Part.GATEWAY: _gateway(
                    "entry", "attempts endpoint message_id reason recipient status task"
                ),
            },
        ),
        EntryType.RECALLED: Event(
            "A disclosure was taken back before it was sent, because what it rested on changed.",
            {
                Part.SENDER: _holds("entry", "message_id reason recipient"),
                Part.GATEWAY: _gateway("entry", "message_id reason recipient versions"),
            },
        ),
        EntryType.BREAK_GLASS: Event(
            "A named person invoked break-glass on immediate risk; a second person reviews it.",
            {Part.GATEWAY: _gateway("purpose recipient", "expires justification task")},
        ),
        EntryType.CORRECTION: Event(
            "A newer version replaced what was received before; those who were told it are named.",
            {
                Part.SENDER: _holds("entry", "message_id record_sha256 recipients version"),
                Part.GATEWAY: _gateway(
                    "entry", "message_id record recipients reason sender task version"
                ),
            },
        ),
        EntryType.CONSENT_CHANGE: Event(
            "The family's consent statement was recorded, changed or withdrawn.",
            {
                Part.SENDER: _holds("kind", "consent message_id recipients version"),
                Part.GATEWAY: _gateway(
                    "kind",
                    f"consent entry message_id record recipients sender version {_RECORDED}",
                ),
            },
        ),
        EntryType.FACT_RECORDED: Event(
            "A fact that decisions may rest on was recorded.",
            {
                Part.GATEWAY: _gateway(
                    "fact",
                    f"authority expires justification recipient sender task version {_RECORDED}",
                )
            },
        ),
        EntryType.JUDGEMENT: Event(
            "A named practitioner decided a question that the policies leave to a person.",
            {
                Part.SENDER: _holds("decision", "entry recipient task"),
                Part.GATEWAY: _gateway(
                    "decided_by decision",
                    "authority entry expires judgement justification outcomes recipient rules "
                    f"sender task {_RECORDED}",
                ),
            },
        ),
        EntryType.NOTICE: Event(
            "A service is told what became of something that it sent, or was sent.",
            {
                Part.RECIPIENT: _holds(
                    "kind payload_sha256 recipient",
                    "entry media_type message_id payload_bytes sender",
                ),
                Part.SENDER: _holds("kind recipient", "entry message_id"),
                Part.GATEWAY: _gateway(
                    "kind payload_sha256 recipient",
                    "entry entries media_type message_id reason sender task",
                ),
            },
        ),
        EntryType.ACKNOWLEDGED: Event(
            "A service said that it has taken note of a notice, and done what it asks.",
            {
                Part.RECIPIENT: _holds("entry recipient", "message_id"),
                Part.SENDER: _holds("entry recipient", "message_id outcome"),
                Part.GATEWAY: _gateway(
                    "entry recipient", "decided_by justification message_id outcome sender task"
                ),
            },
        ),
        EntryType.IDENTITY_LINKED: Event(
            "A record was found to be about a child whom the gateway already knows.",
            {Part.GATEWAY: _gateway("child match", "children decided_by record sender task")},
        ),
        EntryType.IDENTITY_UNLINKED: Event(
            "A record was found not to be about the child whom it had been filed under.",
            {
                Part.SENDER: _holds("record", "message_id recipients"),
                Part.GATEWAY: _gateway(
                    "child record",
                    "authority children decided_by entry justification match recipients "
                    f"record_sha256 sender task {_RECORDED}",
                ),
            },
        ),
        EntryType.TASK_ASSIGNED: Event(
            "A person took a task on, or handed it over to another person or office.",
            {Part.GATEWAY: _gateway("assignee task", "decided_by justification recipient sender")},
        ),
        EntryType.TASK_RESOLVED: Event(
            "A task that waited for a person was closed.",
            {
                Part.GATEWAY: _gateway(
                    "task", "decided_by decision entry justification outcome recipient sender"
                )
            },
        ),
        EntryType.AGREEMENT_CHANGE: Event(
            "An information-sharing agreement came into force, was changed, or ended.",
            {
                Part.GATEWAY: _gateway(
                    "agreement kind",
                    "approved_by authority digest justification key party reason version "
                    f"{_RECORDED}",
                )
            },
        ),
        EntryType.AGENCY_CHANGE: Event(
            "An organisation, service, client or practitioner was registered or changed.",
            {Part.GATEWAY: _gateway("kind register", f"authority digest version {_RECORDED}")},
        ),
        EntryType.ADAPTER_CHANGE: Event(
            "The adapters that read and write for this gateway were changed.",
            {Part.GATEWAY: _gateway("adapter kind", f"authority digest version {_RECORDED}")},
        ),
        EntryType.POLICY_ACTIVATED: Event(
            "A bundle of policies came into force, or was proposed to.",
            {
                Part.GATEWAY: _gateway(
                    "digest",
                    f"approved_by authority justification kind policy reason version {_RECORDED}",
                )
            },
        ),
        EntryType.AUDIT_READ: Event(
            "Somebody searched or read the log.",
            {Part.GATEWAY: _gateway("query", "authority justification purpose results size")},
        ),
        EntryType.ERASURE: Event(
            "What was kept of a child was destroyed; of its entries only the leaves are left.",
            {Part.GATEWAY: _gateway("authority entries subject", "reason rule task")},
        ),
        EntryType.ATTACHMENT: Event(
            "A document that came with a record was kept, or not, or was scanned for viruses.",
            {
                Part.SENDER: _holds("attachment outcome", "entry media_type message_id reason"),
                Part.GATEWAY: _gateway(
                    "attachment outcome",
                    "attempts entry media_type message_id payload_bytes payload_sha256 reason "
                    "sender",
                ),
            },
        ),
        EntryType.ALARM: Event(
            "Something was found that a person must see to; releases may have stopped for it.",
            {Part.GATEWAY: _gateway("kind task", "reason size")},
        ),
    }
)


def require_fields(entry_type: EntryType, part: Part, fields: AbstractSet[str]) -> None:
    """Raise `EntryError` unless *part* of an entry of this type may hold just these *fields*.

    >>> require_fields(EntryType.LOG_START, Part.GATEWAY, {"origin"})
    >>> require_fields(EntryType.DISCLOSURE, Part.RECIPIENT, {"recipient", "withheld"})
    Traceback (most recent call last):
        ...
    audit.errors.EntryError: a disclosure's part for the recipient does not have these fields
    """
    contents = CATALOGUE[entry_type].parts.get(part)
    if contents is None:
        message = f"a {entry_type} has no part for the {part}"
        raise EntryError(message)
    if not contents.required <= fields <= contents.required | contents.optional:
        message = f"a {entry_type}'s part for the {part} does not have these fields"
        raise EntryError(message)


def page() -> str:
    """Return the catalogue as a page of the documentation, in Markdown."""
    lines = [
        "# What the audit log records",
        "",
        "Generated from `audit/events.py`. A leaf says of each entry its type, time, services and",
        "purpose; the fields below are in the entry's detail, which is encrypted, and opened to",
        "each party in its own part only. Fields in *italics* are there when they apply.",
    ]
    for entry_type, event in CATALOGUE.items():
        lines += ["", f"## `{entry_type}`", "", event.meaning, ""]
        lines += [_row(part, contents) for part, contents in event.parts.items()]
    lines += ["", "## Fields", "", "| field | is |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in FIELDS.items()]
    return "\n".join(lines) + "\n"


def _row(part: Part, contents: Contents) -> str:
    required = [f"`{name}`" for name in sorted(contents.required)]
    optional = [f"*`{name}`*" for name in sorted(contents.optional)]
    return f"- For the **{part}**: {', '.join(required + optional)}."
