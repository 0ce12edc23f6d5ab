"""What is known of children: by which identifiers, facts, consents, episodes, assessments.

Each value below is read by its child's id and written by its own `write`; a value's *content* is
bytes that mean something to the exchange alone, and is sealed under the child's key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, cast

from sqlalchemy import bindparam, func, or_, select

from gateway.security.keys import Keys
from gateway.storage.database import Database, Value
from gateway.storage.stamps import Stamps
from gateway.storage.tables import (
    assessment,
    child,
    child_fact,
    child_index,
    consent,
    episode,
    erasure,
)
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Change, ChangeKind, Stamp, Table, Write
from gateway.storage.vault import Vault

STAMP_KIND: Final = "child"
"""The kind of stamp that whatever is recorded about a child moves; its key is the child's id."""

DISCLOSED: Final = "disclosed"
"""The kind that whatever is disclosed of a child moves. Nothing is decided on it: it is for whoever
must not miss anybody who was told something."""

_ONE = select(child.c.id).where(child.c.id == bindparam("child"))
_ERASURE = select(erasure.c.leaf).where(erasure.c.subject == bindparam("subject"))
_FOUND = select(child_index.c.child_id).where(
    child_index.c.kind == bindparam("kind"), child_index.c.key == bindparam("key")
)
_FACTS = (
    select(child_fact)
    .where(
        child_fact.c.child_id == bindparam("child"),
        or_(child_fact.c.expires_at.is_(None), child_fact.c.expires_at > bindparam("at")),
    )
    .order_by(child_fact.c.leaf)
)
_EVERY_FACT = (
    select(child_fact)
    .where(child_fact.c.child_id == bindparam("child"))
    .order_by(child_fact.c.leaf)
)
_CONSENTS = select(consent).where(consent.c.child_id == bindparam("child")).order_by(consent.c.leaf)
_last = (
    select(assessment.c.holder, func.max(assessment.c.version).label("version"))
    .where(assessment.c.child_id == bindparam("child"))
    .group_by(assessment.c.holder)
    .subquery()
)
_ASSESSMENTS = (
    select(assessment)
    .join(
        _last,
        (assessment.c.holder == _last.c.holder) & (assessment.c.version == _last.c.version),
    )
    .where(assessment.c.child_id == bindparam("child"))
    .order_by(assessment.c.leaf)
)
_ASSESSMENT = select(assessment).where(assessment.c.id == bindparam("id"))
_FROM_RECORD = select(assessment).where(
    assessment.c.record_id == bindparam("record"), assessment.c.child_id == bindparam("child")
)
_FACTS_OF, _CONSENTS_OF, _ASSESSMENTS_OF = (
    select(table).where(table.c.child_id == bindparam("child"), table.c.leaf == bindparam("leaf"))
    for table in (child_fact, consent, assessment)
)
_EPISODES = (
    select(episode).where(episode.c.child_id == bindparam("child")).order_by(episode.c.opened_at)
)

_FactRow: TypeAlias = tuple[str, str, bytes, str | None, bytes, int, str, int | None, int]
_ConsentRow: TypeAlias = tuple[str, str, bytes, bytes, int, str, int]
_AssessmentRow: TypeAlias = tuple[str, str, str | None, int, str | None, str, bytes, int, int]
_EpisodeRow: TypeAlias = tuple[str, str, str, str, int, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One recorded fact about a child, perhaps about one service, *service_id*, only.

    *fact* is a keyed hash of its name, which may itself tell much; that stands in the *content*.
    """

    id: str
    child_id: str
    fact: bytes
    content: bytes
    recorded_at: datetime
    recorded_by: str
    service_id: str | None = None
    expires_at: datetime | None = None
    leaf: int = -1

    @property
    def said(self) -> bytes:
        """What the entry commits to: the content, and what reads are narrowed by."""
        until = "" if self.expires_at is None else to_ms(self.expires_at)
        return f"{self.service_id or ''} {until} ".encode() + self.content

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        own: dict[str, Value] = {
            "fact": self.fact,
            "service_id": self.service_id,
            "expires_at": None if self.expires_at is None else to_ms(self.expires_at),
        }
        return Write(Table.CHILD_FACT, _recorded(self, Table.CHILD_FACT, vault) | own, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsent:
    """One version of a consent statement; *grantor* is a keyed hash of who gave it."""

    id: str
    child_id: str
    grantor: bytes
    content: bytes
    recorded_at: datetime
    recorded_by: str
    leaf: int = -1

    @property
    def said(self) -> bytes:
        """What the entry commits to."""
        return self.content

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        own: dict[str, Value] = {"grantor": self.grantor}
        return Write(Table.CONSENT, _recorded(self, Table.CONSENT, vault) | own, entry)


def _recorded(one: Fact | StoredConsent, table: Table, vault: Vault) -> dict[str, Value]:
    """Return the columns that all have in which a person recorded something about a child."""
    return {
        "id": one.id,
        "child_id": one.child_id,
        "sealed": vault.seal(one.child_id, f"{table}:{one.id}", one.content),
        "recorded_at": to_ms(one.recorded_at),
        "recorded_by": one.recorded_by,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAssessment:
    """One version of what one *holder*, a service, says of a child, with where it came from."""

    id: str
    child_id: str
    holder: str
    version: int
    content: bytes
    created_at: datetime
    episode_id: str | None = None
    record_id: str | None = None
    leaf: int = -1

    @property
    def said(self) -> bytes:
        """What the entry commits to: the content, whose it is, and which version of theirs."""
        return f"{self.holder} {self.version} ".encode() + self.content

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        row: dict[str, Value] = {
            "id": self.id,
            "child_id": self.child_id,
            "episode_id": self.episode_id,
            "version": self.version,
            "record_id": self.record_id,
            "holder": self.holder,
            "sealed": vault.seal_document(self.child_id, f"assessment:{self.id}", self.content),
            "created_at": to_ms(self.created_at),
        }
        return Write(Table.ASSESSMENT, row, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One piece of help to a child, from checklist to closure: *state* is `open` or `closed`."""

    id: str
    child_id: str
    holder: str
    opened_at: datetime
    state: str = "open"
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether help goes on."""
        return self.state == "open"

    def write(self) -> Write:
        """Return the row to write."""
        row: dict[str, Value] = {
            "id": self.id,
            "child_id": self.child_id,
            "holder": self.holder,
            "state": self.state,
            "opened_at": to_ms(self.opened_at),
            "closed_at": None if self.closed_at is None else to_ms(self.closed_at),
        }
        return Write(Table.EPISODE, row)

    def closing(self, at: datetime, entry: int) -> Change:
        """Return the change that closes this episode, which entry *entry* of its unit records."""
        row: dict[str, Value] = {"state": "closed", "closed_at": to_ms(at)}
        return Change(ChangeKind.EPISODE_STATE, self.id, "open", row, entry)


class Children:
    """Finds children by their identifiers, and reads what is known of them."""

    def __init__(self, database: Database, keys: Keys, vault: Vault) -> None:
        self._database = database
        self._keys = keys
        self._vault = vault
        self._stamps = Stamps(database)

    def new(self, child_id: str, created_at: datetime) -> Write:
        """Return the row of a new child, whose key is made with it."""
        wrapped = self._vault.child_keys.make(child_id)
        row: dict[str, Value] = {
            "id": child_id,
            "wrapped_key": wrapped,
            "created_at": to_ms(created_at),
        }
        return Write(Table.CHILD, row)

    def index(self, child_id: str, kind: str, identifier: str) -> Write:
        """Return the row under which the child is found by an *identifier* of this *kind*."""
        key = self._keys.index_value(kind, identifier)
        return Write(Table.CHILD_INDEX, {"kind": kind, "key": key, "child_id": child_id})

    def find(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return, for each of the *identifiers* (kind, text) that is known, the child's id."""
        found = {}
        for kind, text in identifiers:
            key = self._keys.index_value(kind, text)
            row = self._database.row(_FOUND, kind=kind, key=key)
            if row is not None:
                found[kind, text] = str(row[0])
        return found

    def is_known(self, child_id: str) -> bool:
        """Whether there is a child with this id, and not erased."""
        return self._database.row(_ONE, child=child_id) is not None

    def erasure(self, child_id: str) -> int | None:
        """Return the index of the entry that records this child's erasure, if there was one."""
        subject = self._vault.child_keys.subject(child_id)
        row = self._database.row(_ERASURE, subject=subject)
        return None if row is None else cast("int", row[0])

    def stamp(self, child_id: str) -> Stamp:
        """Return the stamp of all that is recorded about this child."""
        return self._stamps.read(STAMP_KIND, child_id)

    def disclosed(self, child_id: str) -> Stamp:
        """Return the stamp of all that was disclosed of this child: see `DISCLOSED`."""
        return self._stamps.read(DISCLOSED, child_id)

    def facts(self, child_id: str, at: datetime) -> list[Fact]:
        """Return the facts about the child that hold *at* that time, in the log's order."""
        rows = self._database.rows(_FACTS, child=child_id, at=to_ms(at))
        return [self._fact(*cast("_FactRow", row)) for row in rows]

    def every_fact(self, child_id: str) -> list[Fact]:
        """Return all facts that were ever recorded about the child, in the log's order."""
        rows = self._database.rows(_EVERY_FACT, child=child_id)
        return [self._fact(*cast("_FactRow", row)) for row in rows]

    def consents(self, child_id: str) -> list[StoredConsent]:
        """Return every version of the child's consent statements, in the log's order."""
        rows = self._database.rows(_CONSENTS, child=child_id)
        return [self._consent(*cast("_ConsentRow", row)) for row in rows]

    def assessments(self, child_id: str) -> list[StoredAssessment]:
        """Return the newest version that each holder's assessment of the child has."""
        rows = self._database.rows(_ASSESSMENTS, child=child_id)
        return [self._assessment(*cast("_AssessmentRow", row)) for row in rows]

    def assessment(self, id_: str) -> StoredAssessment | None:
        """Return one version of an assessment, by its id."""
        row = self._database.row(_ASSESSMENT, id=id_)
        return None if row is None else self._assessment(*cast("_AssessmentRow", row))

    def assessment_from(self, child_id: str, record_id: str) -> StoredAssessment | None:
        """Return the assessment of a child that was read from this record, if one is kept."""
        row = self._database.row(_FROM_RECORD, child=child_id, record=record_id)
        return None if row is None else self._assessment(*cast("_AssessmentRow", row))

    def said_with(self, child_id: str, leaf: int) -> list[bytes]:
        """Return what was said about the child in the rows that entry *leaf* recorded.

        Raises `SealError` or `StorageError` where a row does not open.
        """
        rows = self._database.rows(_ASSESSMENTS_OF, child=child_id, leaf=leaf)
        assessments = (self._assessment(*cast("_AssessmentRow", row)) for row in rows)
        return [
            *(fact.said for fact in self.facts_with(child_id, leaf)),
            *(consent.said for consent in self.consents_with(child_id, leaf)),
            *(assessment.said for assessment in assessments),
        ]

    def facts_with(self, child_id: str, leaf: int) -> list[Fact]:
        """Return the facts about the child that entry *leaf* recorded, in no order."""
        rows = self._database.rows(_FACTS_OF, child=child_id, leaf=leaf)
        return [self._fact(*cast("_FactRow", row)) for row in rows]

    def consents_with(self, child_id: str, leaf: int) -> list[StoredConsent]:
        """Return the consent statements about the child that entry *leaf* recorded."""
        rows = self._database.rows(_CONSENTS_OF, child=child_id, leaf=leaf)
        return [self._consent(*cast("_ConsentRow", row)) for row in rows]

    def episodes(self, child_id: str) -> list[Episode]:
        """Return the child's episodes, oldest first."""
        rows = self._database.rows(_EPISODES, child=child_id)
        return [_episode(*cast("_EpisodeRow", row)) for row in rows]

    def _fact(self, *row: *_FactRow) -> Fact:
        id_, child_id, fact, service_id, sealed, at, by, expires_at, leaf = row
        return Fact(
            id=id_,
            child_id=child_id,
            fact=fact,
            content=self._vault.open(child_id, f"child_fact:{id_}", sealed),
            recorded_at=from_ms(at),
            recorded_by=by,
            service_id=service_id,
            expires_at=None if expires_at is None else from_ms(expires_at),
            leaf=leaf,
        )

    def _consent(self, *row: *_ConsentRow) -> StoredConsent:
        id_, child_id, grantor, sealed, at, by, leaf = row
        return StoredConsent(
            id=id_,
            child_id=child_id,
            grantor=grantor,
            content=self._vault.open(child_id, f"consent:{id_}", sealed),
            recorded_at=from_ms(at),
            recorded_by=by,
            leaf=leaf,
        )

    def _assessment(self, *row: *_AssessmentRow) -> StoredAssessment:
        id_, child_id, episode_id, version, record_id, holder, sealed, at, leaf = row
        return StoredAssessment(
            id=id_,
            child_id=child_id,
            holder=holder,
            version=version,
            content=self._vault.open(child_id, f"assessment:{id_}", sealed),
            created_at=from_ms(at),
            episode_id=episode_id,
            record_id=record_id,
            leaf=leaf,
        )


def _episode(*row: *_EpisodeRow) -> Episode:
    id_, child_id, holder, state, opened_at, closed_at, _ = row
    closed = None if closed_at is None else from_ms(closed_at)
    return Episode(
        id=id_,
        child_id=child_id,
        holder=holder,
        opened_at=from_ms(opened_at),
        state=state,
        closed_at=closed,
    )
