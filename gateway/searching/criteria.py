"""What is looked for in the log, and what of it a leaf can already tell.

A leaf has a closed form (`audit.leaf`), so that its bytes are compared as they stand: whether an
entry is of a type, purpose or service is seen without reading it. Persons and requests stand in
the detail, and so do the services of an entry whose leaf does not name two.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Final

import msgspec

from audit.canonical import Json
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import PARTS, Part
from gateway.entries import terms_of
from gateway.storage.details import OpenedEntry
from gateway.storage.indexing import IndexKind, Term

_UNNAMED: Final = (b'"from":""', b'"to":""')


class Says(Enum):
    """What a leaf says of whether its entry is looked for."""

    YES = "yes"
    NO = "no"
    PERHAPS = "perhaps"


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What an entry must have to be found: all that are given.

    *services* are those of an agency: an entry is from one of them, to one, or speaks of one.
    *user* is a practitioner who acted or decided, *request* the id of a caller's request;
    *since* begins the time, *until* ends it, exclusive.
    """

    child: str | None = None
    services: frozenset[str] | None = None
    user: str | None = None
    request: str | None = None
    purpose: str | None = None
    types: frozenset[EntryType] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def terms(self) -> tuple[tuple[Term, ...], ...]:
        """What the index finds entries by: of each of these alternatives, one.

        An alternative of nothing finds nothing: an agency without services has no entries.
        """
        alternatives = (
            _terms(IndexKind.REQUEST, _given(self.request)),
            _terms(IndexKind.USER, _given(self.user)),
            _terms(IndexKind.SERVICE, self.services),
        )
        return tuple(one for one in alternatives if one is not None)

    def says(self, leaf: bytes) -> Says:
        """Return whether the entry with this *leaf* is looked for, as far as that tells."""
        if not all(any(one in leaf for one in some) for some in self._members):
            return Says.NO
        is_theirs = self.services is None or any(one in leaf for one in self._parties)
        if not is_theirs and not any(one in leaf for one in _UNNAMED):
            return Says.NO
        is_certain = is_theirs and self.user is None and self.request is None
        return Says.YES if is_certain else Says.PERHAPS

    def admits(self, entry: OpenedEntry) -> bool:
        """Return whether *entry* is looked for: a leaf that said no is not asked about again."""
        leaf = entry.leaf
        parties = (Term(IndexKind.SERVICE, one) for one in (leaf.sender, leaf.recipient))
        named = {*parties, *terms_of(parts_of(entry).get(Part.GATEWAY, {}))}
        return all(any(term in named for term in some) for some in self.terms)

    def named(self) -> Mapping[str, str]:
        """Return what was looked for, for the record, without the child."""
        given = {
            "service": " ".join(sorted(self.services or ())),
            "user": self.user or "",
            "request": self.request or "",
            "purpose": self.purpose or "",
            "type": " ".join(sorted(self.types or ())),
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in given.items() if value}

    @cached_property
    def _members(self) -> tuple[tuple[bytes, ...], ...]:
        """What a leaf must hold: of each of these alternatives, one."""
        alternatives = (
            None if self.purpose is None else _members("purpose", (self.purpose,)),
            None if self.types is None else _members("type", self.types),
        )
        return tuple(one for one in alternatives if one is not None)

    @cached_property
    def _parties(self) -> tuple[bytes, ...]:
        services = self.services or frozenset()
        return _members("from", services) + _members("to", services)


def parts_of(entry: OpenedEntry) -> Mapping[Part, Mapping[str, Json]]:
    """Return what each part of *entry* says; nothing where that was erased.

    Its leaf commits to these bytes, which only this gateway writes: their form is not checked
    again, as that of a receipt from elsewhere is (`audit.parts.Opening.fields`).
    """
    if entry.detail is None:
        return {}
    contents = zip(PARTS, entry.detail.contents, strict=True)
    return {part: msgspec.json.decode(content) for part, content in contents if content is not None}


def first_since(at: datetime | None, size: int, leaf_of: Callable[[int], bytes]) -> int:
    """Return the first of *size* entries that is not before *at*: times never go backwards."""
    if at is None:
        return 0
    wanted, low, high = at.timestamp() * 1000, 0, size
    while low < high:
        middle = (low + high) // 2
        if Leaf.decode(leaf_of(middle)).at < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _members(name: str, values: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(f'"{name}":"{value}"'.encode() for value in values)


def _terms(kind: IndexKind, texts: Iterable[str] | None) -> tuple[Term, ...] | None:
    return None if texts is None else tuple(Term(kind, one) for one in sorted(texts))


def _given(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else (value,)
