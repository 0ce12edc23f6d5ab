"""The composition root: settings and keys in, a gateway that is wired up out.

Nothing else constructs the parts. What is not wired, does not hold together, or is not durable
refuses to start here (design, invariant 3).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters import registry
from gateway.archive import Archive
from gateway.disclosing import Writer
from gateway.exchange import Exchange
from gateway.filing import Filing
from gateway.office import Office
from gateway.ports import Ports
from gateway.recording import Recorder
from gateway.registers import Registers
from gateway.rulebook import Rulebook
from gateway.security.keys import Keys
from gateway.settings import Settings
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.details import Details
from gateway.storage.migrations import upgrade
from gateway.storage.store import Store
from policies.agreements import Agreements
from policies.decision import Bundle
from policies.reductions import Reductions

KEYS = "keys"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway, wired up: what the doors, the workers and the commands work with."""

    settings: Settings
    exchange: Exchange
    office: Office
    database: Database
    keys: Keys

    @property
    def recorder(self) -> Recorder:
        """What records as the operator of this gateway."""
        return Recorder(self.office, OPERATOR)


@contextmanager
def open_gateway(settings: Settings, ports: Ports | None = None) -> Iterator[Gateway]:
    """Open the gateway of *settings*: its database, keys, adapters, law and agreements.

    Raises `SettingsError`, `KeysError`, `DurabilityError`, `IntegrityError`, `AdapterError` or
    `PolicyError` where it must not start.
    """
    ports = ports or Ports()
    keys = Keys.load(settings.home / KEYS)
    adapters = registry.load(settings.adapters)
    bundle, reductions = Bundle.load(), Reductions.load()
    agreements = Agreements.of(*_folders(settings.agreements))

    def rulebook(registers: Registers) -> Rulebook:
        return Rulebook(registers, agreements, bundle, reductions)

    database = Database(settings.database_url)
    upgrade(database.engine)
    committer = Committer(database, keys, ports, node=settings.node, origin=settings.origin)
    store = Store(database, keys, committer.child_keys)
    office = Office(
        archive=Archive(store, ports),
        filing=Filing(store, keys, ports),
        committer=committer,
        details=Details(database, committer.log, store.vault),
        writer=Writer(adapters),
        ports=ports,
        rulebook_for=rulebook,
    )
    gateway = Gateway(settings, Exchange(office, adapters), office, database, keys)
    try:
        gateway.recorder.in_force(agreements, bundle)
        yield gateway
    finally:
        committer.close()
        database.close()


def _folders(own: Path) -> tuple[Path, ...]:
    """Return the folder of this deployment's agreements, where it has any."""
    return (own,) if own.is_dir() else ()
