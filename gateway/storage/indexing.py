"""The index of the log: by which services, persons and requests its entries are found.

    ("request", keyed hash, 512)   an entry from 512 to 767 is of this request
    ("user",    keyed hash, 700)   entry 700 is of this person

A child's entries are found by whose key seals them, and need no row. One row stands for a page of
entries where that is enough to read few: services come back in nearly every entry, and a request
leaves several side by side, so that a batch of many entries costs few rows. Whoever searches
reads the page, and looks at what each entry says.

INVARIANT: rows are added with the entries that they stand for, so a page that has no row for a
term has no entry of it. What the index lacks all the same, somebody took away: for a child's
entries `gateway.searching.completeness` finds that out.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from gateway.security.keys import Keys

KEY_BYTES: Final = 16
"""Half of the keyed hash: two terms that share it cost a page that is read in vain."""

_KEPT: Final = 4096


class IndexKind(StrEnum):
    """What an entry is found by, beside the child."""

    SERVICE = "service"
    USER = "user"
    REQUEST = "request"


PAGES: Final[Mapping[IndexKind, int]] = MappingProxyType(
    {IndexKind.SERVICE: 256, IndexKind.USER: 1, IndexKind.REQUEST: 256}
)
"""How many entries one row of each kind stands for."""


class Term(NamedTuple):
    """What one entry is found by: the id of a service, person or request, as *text*."""

    kind: IndexKind
    text: str


class IndexKey(NamedTuple):
    """A term as the index holds it: its *kind* and keyed hash; *page* entries are one row's."""

    kind: str
    key: bytes
    page: int

    def row(self, seq: int) -> tuple[str, bytes, int]:
        """Return the row by which entry *seq* is found.

        >>> IndexKey("request", b"k", 256).row(700)
        ('request', b'k', 512)
        """
        return self.kind, self.key, seq - seq % self.page


class IndexKeys:
    """Makes index keys of terms, under the gateway's index key.

    Services come back in each entry, and a request in each of its own: what was made lately is
    kept, since whoever commits waits for it.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.of = lru_cache(maxsize=_KEPT)(self._make)
        self._of_services = lru_cache(maxsize=_KEPT)(self._make_for_services)

    def of_entry(self, sender: str, recipient: str, terms: Sequence[Term]) -> tuple[IndexKey, ...]:
        """Return the keys of an entry from *sender* to *recipient* with these *terms*."""
        services = self._of_services(sender, recipient)
        others = [key for term in terms if (key := self.of(term)) not in services]
        return (*services, *others)

    def _make(self, term: Term) -> IndexKey:
        """Return the key under which entries of *term* are found."""
        key = self._keys.index_value(f"log-{term.kind}", term.text)[:KEY_BYTES]
        return IndexKey(term.kind.value, key, PAGES[term.kind])

    def _make_for_services(self, sender: str, recipient: str) -> tuple[IndexKey, ...]:
        named = (one for one in (sender, recipient) if one)
        return tuple(self._make(Term(IndexKind.SERVICE, one)) for one in named)


def merged(pages: Sequence[range]) -> Iterator[range]:
    """Yield *pages*, which are in order, with those that touch made one.

    >>> list(merged([range(0, 256), range(256, 512), range(768, 1024)]))
    [range(0, 512), range(768, 1024)]
    """
    whole: range | None = None
    for page in pages:
        if whole is not None and page.start <= whole.stop:
            whole = range(whole.start, max(whole.stop, page.stop))
            continue
        if whole is not None:
            yield whole
        whole = page
    if whole is not None:
        yield whole
