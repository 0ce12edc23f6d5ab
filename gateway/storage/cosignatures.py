"""Cosignatures in the database: what witnesses signed of which checkpoint, a line each.

They are written as a unit without entries, by the one committer: beside whatever waits, or when
nobody does. A cosignature is never what a caller waits for here; whoever needs it at once has it
from the memory of the process that was given it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, cast

from sqlalchemy import and_, bindparam, select

from audit.errors import AuditError
from audit.note import VerifierKey, join, split
from audit.quorum import Quorum
from gateway.storage.database import Database, Row, Value
from gateway.storage.log import Log
from gateway.storage.published import Published
from gateway.storage.tables import audit_checkpoint, audit_cosignature
from gateway.storage.unit import Table, Write

_NEWEST_ROWS: Final = 256
"""Among so many of the newest lines the newest checkpoint with a quorum is looked for."""

_CHOSEN = select(
    audit_cosignature.c.shard,
    audit_cosignature.c.size,
    audit_cosignature.c.line,
    audit_checkpoint.c.note,
).join(
    audit_checkpoint,
    and_(
        audit_checkpoint.c.shard == audit_cosignature.c.shard,
        audit_checkpoint.c.size == audit_cosignature.c.size,
    ),
)
_NEWEST = (
    _CHOSEN.where(audit_cosignature.c.shard == bindparam("shard"))
    .order_by(audit_cosignature.c.size.desc(), audit_cosignature.c.witness)
    .limit(bindparam("most"))
)
_ALL = _CHOSEN.order_by(
    audit_cosignature.c.shard, audit_cosignature.c.size, audit_cosignature.c.witness
)


@dataclass(frozen=True, slots=True)
class CosignedNote:
    """The checkpoint of the first *size* entries of a shard, with all stored lines of witnesses.

    Nothing in it is verified yet.
    """

    shard: int
    size: int
    note: bytes


def writes(published: Published, witnesses: Sequence[VerifierKey]) -> list[Write]:
    """Return the rows for the checkpoint of *published*, whose note carries cosignatures.

    Lines of others than *witnesses* are not kept. Raises `NoteError` where one of them did not
    sign as its line claims.
    """
    shard, size = published.shard, published.size
    text, lines = split(published.note)
    own = join(text, [line for line in lines if line.name == shard.origin])
    rows = [Write(Table.AUDIT_CHECKPOINT, {"shard": shard.number, "size": size, "note": own})]
    for line in lines:
        for key in witnesses:
            if line.is_by(key):
                at = key.verify(text.encode(), line.signature) or 0
                row: dict[str, Value] = {
                    "shard": shard.number,
                    "size": size,
                    "witness": key.vkey,
                    "line": line.encode(),
                    "cosigned_at": at * 1000,
                }
                rows.append(Write(Table.AUDIT_COSIGNATURE, row))
    return rows


class Cosignatures:
    """Reads the cosignatures that are stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self, shard: int, quorum: Quorum, keys: Sequence[VerifierKey]
    ) -> tuple[CosignedNote, int] | None:
        """Return the newest stored checkpoint of *shard* that the *quorum* cosigned, and when.

        *keys* are the log's own. What is stored and does not verify is passed over.
        """
        rows = self._database.rows(_NEWEST, shard=shard, most=_NEWEST_ROWS)
        for found in reversed(_notes(rows[::-1])):
            try:
                at = quorum.cosigned_at(found.note, keys)
            except AuditError:
                continue
            if at is not None:
                return found, at
        return None

    def recall(self, log: Log, quorum: Quorum) -> int | None:
        """Let *log* know what the *quorum* cosigned last of each shard, as stored.

        Return when it did of the newest; None where it did of none.
        """
        newest = None
        for published in log.shards():
            found = self.newest(published.shard.number, quorum, log.verifiers)
            if found is not None and found[0].size <= published.size:
                note, newest = found
                log.witnessed(published.under(note.note, note.size))
        return newest

    def all(self) -> list[CosignedNote]:
        """Return every stored checkpoint that some witness cosigned, the smallest first."""
        return _notes(self._database.rows(_ALL))


def _notes(rows: Sequence[Row]) -> list[CosignedNote]:
    """Return the cosigned checkpoints in *rows*, which are ordered by their shards and sizes."""
    typed = cast("Sequence[tuple[int, int, str, bytes]]", rows)
    notes = []
    for (shard, size), lines in groupby(typed, key=lambda row: row[:2]):
        held = list(lines)
        note = held[0][3] + "".join(line for _, _, line, _ in held).encode()
        notes.append(CosignedNote(shard, size, note))
    return notes
