"""Finding entries of the log: by the child's key, by the index, or leaf by leaf."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from audit.errors import AuditError
from gateway.errors import KeysError, StorageError
from gateway.office import Office
from gateway.searching import completeness
from gateway.searching.completeness import Checked
from gateway.searching.criteria import Criteria, Says
from gateway.security.keys import subject_key
from gateway.storage.details import OpenedEntry, StoredEntry
from gateway.storage.indexing import Term, merged

_NO_KEY: Final = "there is no key of this child, without which nothing about it can be found"
_ALTERED: Final = "the entry's detail does not open: it was changed"
_NOT_INDEXED: Final = "the entry is about the child, and the index did not say so"
_NOT_THE_CHILDS: Final = "the index says that the entry is about the child, which it is not"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What is not as it should be with an *entry*."""

    entry: int
    message: str


@dataclass(slots=True)
class Looking:
    """Looks for the entries of *criteria* *within* a part of the log.

    What is found changed or missing on the way is among the *discrepancies*, and does not keep
    the rest from being found.
    """

    office: Office
    criteria: Criteria
    within: range
    discrepancies: list[Discrepancy] = field(default_factory=list)
    _childs: dict[int, StoredEntry] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.criteria.child is not None:
            stored = self.office.details.of_child(self.criteria.child, self.within)
            self._childs = {one.index: one for one in stored}

    @property
    def knows_the_child(self) -> bool:
        """Whether there is a key of the child who is looked for: none is left of who was erased."""
        return self._key() is not None

    def _key(self) -> bytes | None:
        try:
            return self.office.archive.store.vault.key(self.criteria.child or "")
        except StorageError:
            return None

    def prove(self) -> Checked:
        """Pass over the whole log for the child's tag; what that finds is what there is.

        A child is erased whole, with its key: while there is one, no entry may be missing.
        """
        child, key = self.criteria.child or "", self._key()
        if key is None:
            return completeness.newest(self.office.committer.log, _NO_KEY)
        passed = completeness.pass_over(self.office.committer.log, subject_key(key))
        if passed.checked.fault is not None:
            return passed.checked
        bearing = [index for index in passed.bearing if index in self.within]
        missing = sorted(set(bearing) - self._childs.keys())
        for index in sorted(self._childs.keys() - set(bearing)):
            self._note(index, _NOT_THE_CHILDS)
            del self._childs[index]
        for stored in self.office.details.read(missing):
            self._note(stored.index, _NOT_INDEXED)
            self._childs[stored.index] = replace(stored, key_id=child)
        return passed.checked

    def matching(self) -> list[int]:
        """Return the indices of the entries that match, oldest first."""
        certain: list[int] = []
        unsure: list[int] = []
        for index, leaf in self._leaves():
            says = self.criteria.says(leaf)
            if says is not Says.NO:
                (certain if says is Says.YES else unsure).append(index)
        certain += (one.index for one in self.opened(unsure) if self.criteria.admits(one))
        return sorted(certain)

    def opened(self, indices: Sequence[int]) -> Iterator[OpenedEntry]:
        """Yield the entries with these *indices*, each with its detail where that opens."""
        details = self.office.details
        for stored in self._stored(indices):
            try:
                yield details.open(stored)
            except (AuditError, KeysError):
                self._note(stored.index, _ALTERED)
                yield details.open(replace(stored, sealed=b""))

    def _stored(self, indices: Sequence[int]) -> Iterable[StoredEntry]:
        if self.criteria.child is not None:
            return (self._childs[index] for index in indices)
        return self.office.details.read(indices)

    def _leaves(self) -> Iterable[tuple[int, bytes]]:
        if self.criteria.child is not None:
            return ((one.index, one.leaf) for one in self._childs.values())
        return self.office.details.leaves(self._pages())

    def _pages(self) -> Sequence[range]:
        """Return the parts of the log to look through: where the rarest of the terms may be."""
        found = [self._pages_of(some) for some in self.criteria.terms]
        return min(found, key=lambda pages: sum(map(len, pages)), default=[self.within])

    def _pages_of(self, some: Iterable[Term]) -> list[range]:
        store = self.office.archive.store
        pages = (
            page
            for term in some
            for page in self.office.details.pages(store.index_keys.of(term), self.within)
        )
        return list(merged(sorted(pages, key=lambda page: page.start)))

    def _note(self, index: int, message: str) -> None:
        self.discrepancies.append(Discrepancy(index, message))
