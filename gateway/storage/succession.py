"""How one log of the gateway ends and the next begins.

    … log-seal ┃ log-start …      sealed: what the next is called stands in the sealing entry
    …          ┃ log-start …      after a backup was restored: an operator says so

The entry that begins a log embeds the last signed checkpoint of the log before, so that the two are
one history. A log that was rolled back never goes on under its name: what was lost of it is in the
hands of others, and a second history under one name would be a fork.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from audit.canonical import Json
from audit.encoding import Writable
from audit.entry import Detail, encode_part, seal
from audit.errors import AuditError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.errors import IntegrityError, KeysError
from gateway.security.sealing import open_sealed
from gateway.storage.database import Connection, Database
from gateway.storage.indexing import IndexKind, Term
from gateway.storage.tables import audit_detail
from gateway.storage.unit import Entry
from gateway.storage.vault import detail_place

_DETAIL = select(audit_detail.c.sealed).where(audit_detail.c.seq == bindparam("seq"))


@dataclass(frozen=True, slots=True)
class Next:
    """What the log that goes on is called, and why there is another.

    *lost* is how many entries are known to be missing between the two, *ended* what is known to be
    the last of the log before, where what is stored of it does not reach so far. *by* is who said
    so, *reason* why.
    """

    origin: str
    lost: int = 0
    ended: "Ended | None" = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A log that ended: its name, and its last signed checkpoint."""

    origin: str
    note: bytes


def log_start(following: Next, ended: Ended | None, random: Callable[[int], bytes]) -> Entry:
    """Return the entry with which a log begins: the first (None), or the next after *ended*."""
    fields: dict[str, Writable] = {"origin": following.origin}
    last = following.ended or ended
    if last is not None:
        fields |= {
            "previous_origin": last.origin,
            "previous_checkpoint": last.note.decode(),
            "lost": following.lost,
        }
    return _own(EntryType.LOG_START, fields, following, random)


def log_seal(origin: str, following: Next, random: Callable[[int], bytes]) -> Entry:
    """Return the entry with which the log *origin* ends."""
    fields: dict[str, Writable] = {"origin": origin, "next_origin": following.origin}
    return _own(EntryType.LOG_SEAL, fields, following, random)


def own_fields(
    database: Database, connection: Connection, key: bytes, seq: int, leaf: Leaf
) -> Mapping[str, Json]:
    """Return what entry *seq*, which is about the log itself, says; *key* seals such details.

    Raises `IntegrityError` where the detail is not there, or not the one of this entry.
    """
    found = database.run(connection, _DETAIL, seq=seq).fetchone()
    try:
        if found is not None and isinstance(found[0], bytes):
            place = detail_place(leaf.commit).encode()
            detail = Detail.decode(open_sealed(key, found[0], place))
            if detail.commit == leaf.commit:
                return detail.open(Part.GATEWAY).fields()
    except (AuditError, KeysError):
        pass
    message = f"what entry `{seq}` says of the log itself is missing or was changed"
    raise IntegrityError(message)


def _own(
    kind: EntryType,
    fields: dict[str, Writable],
    following: Next,
    random: Callable[[int], bytes],
) -> Entry:
    if following.reason:
        fields["reason"] = following.reason
    if following.by:
        fields["user"] = following.by
    part = encode_part(kind, Part.GATEWAY, fields)
    terms = (Term(IndexKind.USER, following.by),) if following.by else ()
    return Entry(type=kind, detail=seal({Part.GATEWAY: part}, random), terms=terms)
