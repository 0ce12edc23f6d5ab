"""What a notice says: a small JSON document without personal data.

    {"format": "notice/1", "id": "0196…", "kind": "withdrawn", "recipient": "school",
     "text": "The agreement on which …", "holder": "health-visiting",
     "about": [{"message": "0195…", "entry": 7}], "respondBy": "2026-11-22T09:00:00Z"}

Whoever reads it knows the messages and entries it is about, since they were sent to it. It says
neither who is concerned nor who decided or withdrew anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

MEDIA_TYPE: Final = "application/vnd.caf-gateway.notice+json"
FORMAT: Final = "notice/1"
SCHEMA: Final = "https://caf-gateway.example/schema/notice/1"


class NoticeKind(StrEnum):
    """What a service is told: of what it was sent, then of what it sent."""

    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    UNLINKED = "unlinked"
    WAITS = "waits"
    DECIDED = "decided"
    RECALLED = "recalled"
    NOT_DELIVERED = "not-delivered"
    CONSENT_SOUGHT = "consent-sought"
    ATTACHMENT_INFECTED = "attachment-infected"


@dataclass(frozen=True, slots=True)
class _Wording:
    """The constant *text* of a kind of notice, and *within* what time an answer is due, if any."""

    text: str
    within: timedelta | None = None


_WORDINGS: Final[Mapping[NoticeKind, _Wording]] = MappingProxyType(
    {
        NoticeKind.WITHDRAWN: _Wording(
            "The agreement on which this was shared with you was taken back, in part or altogether."
            " Use it no further and pass it on to nobody, unless another lawful basis requires it;"
            " then say what you have done.",
            timedelta(days=2),
        ),
        NoticeKind.CORRECTED: _Wording(
            "What you were told has been corrected since. Mark what you hold as out of date, ask"
            " for the newer version if you need it, then say what you have done.",
            timedelta(days=2),
        ),
        NoticeKind.UNLINKED: _Wording(
            "What you were told was about somebody else. Take it out of the record it was put"
            " into, then say what you have done.",
            timedelta(days=1),
        ),
        NoticeKind.WAITS: _Wording(
            "What you sent, or a part of it, waits for a person's decision."
        ),
        NoticeKind.DECIDED: _Wording("A person has decided about what you sent."),
        NoticeKind.RECALLED: _Wording(
            "What you sent was not passed on as it was decided: what that rested on changed first."
        ),
        NoticeKind.NOT_DELIVERED: _Wording(
            "What you sent could not be delivered. A person is seeing to it."
        ),
        NoticeKind.ATTACHMENT_INFECTED: _Wording(
            "A document that came with what you sent holds a virus. It is locked away and goes to"
            " nobody; the rest was taken. Have your own system looked at, and send it anew."
        ),
        NoticeKind.CONSENT_SOUGHT: _Wording(
            "The family's agreement is being asked for, before more of what you sent is shared."
        ),
    }
)

_Id = Annotated[str, Meta(min_length=1, max_length=200)]


class About(Struct, frozen=True, omit_defaults=True):
    """One thing that a notice is about, as its recipient knows it.

    The id of a *message* or of a *request*, and the index of its *entry* in the log.
    """

    message: str = ""
    request: str = ""
    entry: int | None = None


class Notice(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename="camel",
    tag_field="format",
    tag=FORMAT,
):
    """One notice to the service *recipient*, about what *holder* said (empty: the gateway).

    *code* says more, in a word of the kind's closed list. *respond_by* is when an answer is due;
    without it none is asked for. *reminder_of* is the id of the notice that this one repeats.
    """

    id: _Id
    kind: NoticeKind
    recipient: _Id
    text: str
    holder: str = ""
    about: tuple[About, ...] = ()
    code: Annotated[str, Meta(pattern="^[a-z-]*$")] = ""
    respond_by: datetime | None = None
    reminder_of: str = ""

    @property
    def payload(self) -> bytes:
        """The document that the recipient is sent."""
        return _encode(self)

    @property
    def entries(self) -> tuple[int, ...]:
        """The entries of the log that it is about."""
        return tuple(sorted({one.entry for one in self.about if one.entry is not None}))


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Notice).decode


def text_of(kind: NoticeKind) -> str:
    """Return the constant text of a *kind* of notice."""
    return _WORDINGS[kind].text


def read(payload: bytes) -> Notice:
    """Return the notice that *payload* holds, or raise `msgspec.DecodeError`.

    >>> notice = Notice(id="n1", kind=NoticeKind.DECIDED, recipient="school", text="decided")
    >>> read(notice.payload) == notice
    True
    """
    return _decode(payload)


def due(kind: NoticeKind, now: datetime) -> datetime | None:
    """Return by when an answer to a notice of this *kind* is due, if one is asked for.

    >>> from datetime import UTC
    >>> due(NoticeKind.UNLINKED, datetime(2026, 11, 20, 9, tzinfo=UTC)).day
    21
    >>> due(NoticeKind.DECIDED, datetime(2026, 11, 20, 9, tzinfo=UTC)) is None
    True
    """
    within = _WORDINGS[kind].within
    return None if within is None else now + within


def schema() -> str:
    """Return the published JSON Schema (2020-12) of notices, as indented JSON.

    >>> json.loads(schema())["$id"]
    'https://caf-gateway.example/schema/notice/1'
    """
    (root,), parts = msgspec.json.schema_components([Notice], ref_template="#/$defs/{name}")
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **root,
        "$defs": dict(sorted(parts.items())),
    }
    return json.dumps(described, indent=2) + "\n"
