"""Who writes in the measurements of the audit log: ours, the same without a log, and naive ones."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Final

from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.child_keys import ChildKeys
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.outbox import Delivery
from gateway.storage.unit import Committed
from tests.performance.disclosures import Disclosures
from tests.performance.naive_log import LockedChain, NaiveLog
from tests.performance.unaudited import UnauditedCommitter
from tests.performance.writing import Log

ORIGIN: Final = "gateway.example/audit/2026"
NODES: Final = 2
WRITERS: Final = 64


class Ours:
    """The gateway's committer, and units as the exchange submits them."""

    def __init__(self, database: Database, keys: Keys, node: str) -> None:
        self._committer = Committer(database, keys, Ports(), node=node, origin=ORIGIN)
        self.disclosures = Disclosures.make(keys, self._committer.child_keys)

    def submit(self, delivery: Delivery) -> Future[Committed]:
        """Return the answer to this disclosure, once it is durable and its log signed."""
        return self._committer.submit(self.disclosures.audited(delivery))

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._committer.close()


Make = Callable[[Database, Keys, str], Log]


def _unaudited(begin: str) -> Make:
    def make(database: Database, keys: Keys, _node: str) -> Log:
        return UnauditedCommitter(database, _disclosures(database, keys), begin)

    return make


def _naive(database: Database, keys: Keys, _node: str) -> Log:
    return NaiveLog(database, keys, _disclosures(database, keys))


def _chain(database: Database, keys: Keys, _node: str) -> Log:
    return LockedChain(database, keys, _disclosures(database, keys), WRITERS // NODES)


def _disclosures(database: Database, keys: Keys) -> Disclosures:
    return Disclosures.make(keys, ChildKeys(database, keys))


ON_SQLITE: Final[Mapping[str, Make]] = MappingProxyType(
    {"ours": Ours, "unaudited": _unaudited("BEGIN IMMEDIATE"), "naive": _naive}
)
ON_POSTGRES: Final[Mapping[str, Make]] = MappingProxyType(
    # Without a log, nodes need not write one after the other.
    {"ours": Ours, "unaudited": _unaudited("BEGIN"), "naive": _chain}
)
