"""The composition root: settings and keys in, a gateway that is wired up out.

Nothing else constructs the parts. What is not wired, does not hold together, or is not durable
refuses to start here (design, invariant 3).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from adapters import registry
from gateway.activation import LawActivation
from gateway.agreements.activating import Activation
from gateway.agreements.examining import broken, changed
from gateway.agreements.relying import relied_on, require_whole
from gateway.agreements.reviews import Reviews
from gateway.archive import Archive
from gateway.attachments.scanner import scanner_at
from gateway.attachments.scanning import Scanning
from gateway.bundles import Bundles
from gateway.closing import Retries
from gateway.delivery import Dispatcher
from gateway.disclosing import Writer
from gateway.erasing import listing as erasure_list
from gateway.erasing.erasure import Eraser, replay_erasures
from gateway.erasing.listing import ErasureList
from gateway.erasing.retention import Retaining
from gateway.escalation import Escalation
from gateway.examining import examine
from gateway.exchange import Exchange
from gateway.filing import Filing
from gateway.notices.acknowledging import still_due
from gateway.notices.chasing import Chasing
from gateway.notices.sender import tell_of_end
from gateway.obligations.carrying_out import require_handlers
from gateway.observability import Metrics, Waiting
from gateway.office import Office
from gateway.ports import Ports
from gateway.reconsidering import Reconsidering
from gateway.recording import Recorder
from gateway.registers import OPERATOR, Endpoint, Registers
from gateway.rulebook import Rulebook
from gateway.security.keys import Keys
from gateway.settings import KEYS, LAST_CHECKPOINT, PATROL, Settings
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.memory import Memory, Remembering
from gateway.storage.migrations import upgrade
from gateway.storage.outbox import Outbox
from gateway.storage.store import Store
from gateway.stored_log import stored_log
from gateway.tasks import Kind
from gateway.transport.folder import FolderTransport
from gateway.transport.https import HTTPSTransport, trusting
from gateway.verifying.patrol import Notes, Patrol
from gateway.witnessing.alarms import Alarms
from gateway.witnessing.anchoring import Anchoring, anchoring
from gateway.witnessing.rounds import Rounds
from gateway.witnessing.wiring import watching
from gateway.worklists.unheld import unheld
from policies import obligations
from policies.reductions import Reductions
from policies.retention import Retention

DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway, wired up: what the doors, the workers and the commands work with."""

    settings: Settings
    exchange: Exchange
    office: Office
    database: Database
    keys: Keys
    metrics: Metrics
    rounds: Rounds
    memory: Memory

    @property
    def reconsidering(self) -> Reconsidering:
        """What decides again."""
        return Reconsidering(self.office)

    def dispatcher(self) -> Dispatcher:
        """Return what delivers the outbox of this gateway."""
        settings, office = self.settings, self.office
        retries = Retries(
            first_pause=timedelta(seconds=settings.delivery.first_pause_seconds),
            longest_pause=timedelta(seconds=settings.delivery.longest_pause_seconds),
            give_up_after=timedelta(hours=settings.delivery.give_up_after_hours),
        )
        return Dispatcher(
            store=office.archive.store,
            committer=office.committer,
            ports=office.ports,
            transports={
                "folder": FolderTransport(settings.home / DELIVERIES),
                "https": HTTPSTransport(
                    frozenset(settings.delivery.hosts),
                    settings.receipt_address,
                    seconds=settings.delivery.send_seconds,
                    context=trusting(settings.ca_file),
                ),
            },
            endpoint_of=self._endpoint_of,
            decide_again=self.reconsidering.queued,
            is_still_due=partial(still_due, office),
            tell_sender=partial(tell_of_end, office),
            assurance=self.exchange.assurance,
            retries=retries,
            metrics=self.metrics,
        )

    def eraser(self) -> Eraser:
        """Return what erases children."""
        return Eraser(
            self.office, self.database, ErasureList(self.settings.home / erasure_list.FILE)
        )

    def retaining(self) -> Retaining:
        """Return what tells whose time is over, and erases them."""
        file = self.settings.retention_file
        return Retaining(self.eraser(), Retention.load() if file is None else Retention.load(file))

    def activation(self) -> Activation:
        """Return what activates agreements."""
        return Activation(self.office, broken, changed)

    def law_activation(self) -> LawActivation:
        """Return what brings bundles of law into force."""
        return LawActivation(self.office, examine)

    def patrol(self) -> Patrol:
        """Return what verifies the whole stored log, a little at a time."""
        settings, office = self.settings, self.office
        log, ports = office.committer.log, office.ports
        alarms = Alarms(office.committer, office.filing, office.archive.store.tasks, ports)
        return Patrol(
            stored_log(settings, self.database, self.keys),
            log,
            Notes(settings.home / PATROL),
            ports.now,
            lambda fault: alarms.faulty(fault.where, log.published.size),
        )

    def chasing(self) -> Chasing:
        """Return what reminds those who have not answered a notice."""
        return Chasing(self.office)

    def escalation(self) -> Escalation:
        """Return what tells of overdue tasks."""
        return Escalation(self.office)

    def anchoring(self) -> Anchoring | None:
        """Return what has an authority put its time to the log, where there is one."""
        settings, office = self.settings, self.office
        return anchoring(settings.anchor, settings.home, office.committer, office.ports)

    def scanning(self) -> Scanning:
        """Return what has attachments scanned."""
        of = self.settings.attachments
        return Scanning(
            self.office,
            scanner_at(of.scanner, of.scan_seconds),
            pause=timedelta(seconds=of.retry_seconds),
            patience=timedelta(hours=of.overdue_hours),
        )

    def reviews(self) -> Reviews:
        """Return what tells of reviews that come due, and ends agreements."""
        return Reviews(self.office)

    def record_in_force(self) -> None:
        """Record the policies and adapters that are in force today, where that has changed."""
        self.recorder.in_force()

    def _endpoint_of(self, service_id: str) -> Endpoint | None:
        self.office.refresh()  # another process may have registered it since
        service = self.office.rulebook.registers.services.get(service_id)
        return None if service is None else service.endpoint

    @property
    def recorder(self) -> Recorder:
        """What records as the operator of this gateway."""
        return Recorder(self.office, OPERATOR)


@contextmanager
def open_gateway(settings: Settings, ports: Ports | None = None) -> Iterator[Gateway]:
    """Open the gateway of *settings*: its database, keys, adapters, law and agreements.

    Raises `SettingsError`, `KeysError`, `DurabilityError`, `IntegrityError`, `AdapterError`,
    `RegisterError` or `PolicyError` where it must not start, and `StorageError` where the list of
    erasures cannot be read: a restored backup may hold whom it names.
    """
    ports = ports or Ports()
    keys = Keys.load(settings.home / KEYS)
    adapters = registry.load(settings.adapters, hashes=settings.adapter_hashes)
    bundles, reductions = Bundles(), Reductions.load()
    require_handlers(obligations.shipped())

    def rulebook(registers: Registers) -> Rulebook:
        # The law and the agreements are those that the registers name: whichever process brings
        # one into force moves these, and all decide on it from then on.
        return Rulebook(registers, relied_on(registers), bundles.in_force(registers), reductions)

    with ExitStack() as closing:
        database = Database(settings.database_url)
        closing.callback(database.close)
        upgrade(database.engine)
        memory = Memory(settings.home / LAST_CHECKPOINT)
        # Before anything is appended: a log that was rolled back and went on would have forked.
        memory.require(Log(database, keys, settings.origin))
        metrics = Metrics()
        committer = Committer(
            database,
            keys,
            ports,
            node=settings.node,
            origin=settings.origin,
            begins=False,
            committed=metrics.committed,
        )
        remembering = Remembering(memory, committer.log, committer.halt)
        closing.callback(remembering.close)
        closing.callback(committer.close)
        store = Store(database, keys, committer.child_keys)
        metrics.watch_outbox(_backlog_of(store.outbox, ports.now))
        metrics.watch_tasks(lambda: store.tasks.overdue_by_role(ports.now()))
        metrics.watch_broken_glasses(lambda: store.tasks.counted(Kind.BREAK_GLASS, ports.now()))
        metrics.watch_patrol(_progress_of(Notes(settings.home / PATROL), ports.now))
        office = Office(
            archive=Archive(store, ports),
            filing=Filing(store, keys, ports),
            committer=committer,
            details=Details(database, committer.log, store.vault),
            writer=Writer(adapters),
            ports=ports,
            rulebook_for=rulebook,
        )
        metrics.watch_offices(
            lambda: {
                role: len(places) for role, places in unheld(office.rulebook.registers).items()
            }
        )
        rounds = watching(settings.witnesses, office, database, metrics)
        closing.callback(rounds.close)
        exchange = Exchange(office, adapters, rounds.assurance, settings.attachments)
        gateway = Gateway(settings, exchange, office, database, keys, metrics, rounds, memory)
        rounds.ask_all()
        if committer.begin():
            rounds.ask_all()  # they have yet to see the log that was begun
        # Before anything is read: a backup that was put back holds erased children again.
        replay_erasures(gateway.eraser())
        require_whole(office.rulebook.registers)
        office.writer.require_formats(office.rulebook.registers.services.values())
        gateway.record_in_force()
        yield gateway


def _backlog_of(outbox: Outbox, now: Callable[[], datetime]) -> Callable[[], Mapping[str, Waiting]]:
    """Return what tells how much of *outbox* is not delivered, for each state."""

    def backlog() -> Mapping[str, Waiting]:
        at = now()
        return {
            state.value: Waiting(
                found.rows,
                0.0 if found.oldest_at is None else (at - found.oldest_at).total_seconds(),
            )
            for state, found in outbox.backlog().items()
        }

    return backlog


def _progress_of(notes: Notes, now: Callable[[], datetime]) -> Callable[[], tuple[float, int]]:
    """Return what tells how long ago the whole log was verified, and what was found since."""

    def progress() -> tuple[float, int]:
        found = notes.read()
        return found.silence(now()), found.faults

    return progress
