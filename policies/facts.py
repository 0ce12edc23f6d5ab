"""Where facts come from, and what it means when one is absent (PIP, as data)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec

from policies import documents
from policies.attributes import FACTS, Facts
from policies.documents import Source
from policies.errors import VocabularyError, suggestion
from policies.vocabulary import Appointment, Role

SHIPPED: Final = Path(__file__).parent / "facts.yaml"
UNRECORDED: Final = "unrecorded"


class Relation(StrEnum):
    """What a practitioner has to do with a child, by which they may record a fact about it."""

    WORKS_WITH_CHILD = "works_with_child"
    AT_HOLDER = "at_holder"
    AT_HEALTH_SERVICE = "at_health_service"


_RECORDERS: Final = tuple(
    dict.fromkeys(word.value for kind in (Appointment, Role, Relation) for word in kind)
)


class FactSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The source of one fact.

    *Recorders* are who may record it by hand: appointments, roles and relations to the child.
    *Absent* is the value that silence means, or `unrecorded`; *once* names facts of which one must
    be recorded before silence means that. *Days* is how long it holds unless somebody says until
    when; None, until it is changed.
    """

    from_: str = msgspec.field(name="from")
    recorded_by: str
    recorders: tuple[str, ...]
    holds: str
    days: Annotated[int, msgspec.Meta(ge=1)] | None = None
    absent: str | bool | tuple[str, ...]
    once: tuple[str, ...] = ()
    owner: str
    asks: str
    why: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    confirmed: bool
    facts: dict[str, FactSource]


class FactSources:
    """The source of every fact; *confirmed* is false where how long each holds is yet to be agreed.

    >>> sources = FactSources.load()
    >>> sources.gather({}).shielded
    False
    >>> sources.gather({}).risk is None
    True
    >>> sources.gather({"shielding": True})
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: unknown fact, did you mean `shielded`
    """

    def __init__(self, rows: Mapping[str, FactSource], *, confirmed: bool) -> None:
        self.confirmed = confirmed
        self._rows = dict(rows)
        self._silent = [
            (name, FACTS[name].parse(row.absent), row.once)
            for name, row in rows.items()
            if row.absent != UNRECORDED
        ]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "FactSources":
        """Return the sources in the file at *path*.

        Raise `DocumentError` where a fact has no source: what is not wired refuses to start.
        """
        table, source = documents.read(path, _File)
        rows = table.facts
        for name, row in rows.items():
            _check(name, row, source)
        unwired = [f"`{name}`" for name in FACTS if name not in rows]
        if unwired:
            complaint = f"no source is given for {', '.join(unwired)}"
            raise source.fault(complaint, "facts")
        return cls(rows, confirmed=table.confirmed)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, name: str) -> FactSource:
        return self._rows[name]

    def until(self, name: str, at: datetime) -> datetime | None:
        """Return until when the fact *name* holds, recorded *at* a time; None is until changed.

        >>> from datetime import UTC
        >>> FactSources.load().until("judgement", datetime(2026, 11, 2, tzinfo=UTC))
        datetime.datetime(2026, 11, 30, 0, 0, tzinfo=datetime.timezone.utc)
        >>> FactSources.load().until("shielded", datetime(2026, 11, 2, tzinfo=UTC)) is None
        True
        """
        days = self._rows[name].days
        return None if days is None else at + timedelta(days=days)

    def gather(self, recorded: Mapping[str, object], disputed: Collection[str] = ()) -> Facts:
        """Return the facts of a decision from what is *recorded*, as plain data.

        What is absent, or recorded as `None`, becomes what its absence means; a *disputed* fact
        stays unrecorded, since somebody did say something. Raise `VocabularyError` for a name or
        value outside the vocabulary.
        """
        known = {name: value for name, value in recorded.items() if value is not None}
        for name in recorded.keys() - FACTS.keys():
            message = f"unknown fact{suggestion(name, FACTS)}"
            raise VocabularyError(message)
        silent = {
            name: absent
            for name, absent, once in self._silent
            if name not in known
            and name not in disputed
            and (not once or any(each in known for each in once))
        }
        return msgspec.structs.replace(Facts.parse(known), **silent)


def _check(name: str, row: FactSource, source: Source) -> None:
    for each, field in ((name, ""), *((each, "once") for each in row.once)):
        if each not in FACTS:
            complaint = f"unknown fact{suggestion(each, FACTS)}"
            raise source.fault(complaint, "facts", name, field)
    for word in row.recorders:
        if word not in _RECORDERS:
            complaint = f"unknown recorder{suggestion(word, _RECORDERS)}"
            raise source.fault(complaint, "facts", name, "recorders")
    if row.absent != UNRECORDED:
        with source.at("facts", name, "absent", about="absent: "):
            FACTS[name].parse(row.absent)
