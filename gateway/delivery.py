"""Delivery: the dispatcher, through which alone anything is sent (design, section 5, step 8).

To deliver a row of the outbox we must:

(1) verify, in memory, that the log proves it: see `audit.gate` and `Dispatcher.release`; before
    the witnesses have seen what these two services want them to see, and while database or keys
    cannot be read, it is left where it is;
(2) commit that it is being sent, which fails where what it was decided on has moved:
    then it is decided again, and sent, or recalled. A notice rests on nothing that could move: it
    is recalled only with all that it is about;
(3) hand it to the recipient's transport, with its receipt;
(4) commit the recipient's acknowledgement, or when it is tried again, or that it is given up.

INVARIANT: no send begins after a withdrawal was acknowledged, since (2) and the withdrawal go
through one committer. What dies between (2) and (4) is sent again with the same message id.

Each recipient has a lane of its own: a slow one delays nobody else.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from audit.errors import AuditError
from audit.events import EntryType
from audit.gate import Gate
from audit.leaf import Leaf
from audit.parts import Part
from audit.receipts import make_receipt
from gateway.closing import Closing, Retries, TellSender
from gateway.days import uk_day
from gateway.errors import (
    ConflictError,
    DatabaseError,
    DeliveryError,
    GatewayError,
    IntegrityError,
    KeysError,
    SealError,
    StampMovedError,
    StorageError,
    UndeliverableError,
    WitnessesBehindError,
)
from gateway.notices.document import MEDIA_TYPE
from gateway.observability import Event, Metrics, log
from gateway.ports import Ports
from gateway.registers import Endpoint
from gateway.storage.committer import Committer
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.outbox import OutboxState, Queued
from gateway.storage.store import Store
from gateway.storage.times import from_ms
from gateway.storage.unit import Entry, Stamp, Unit
from gateway.storage.vault import Vault
from gateway.transport.contract import Acknowledgement, Released, Transport
from gateway.witnessing.assurance import Assurance

MAX_LANES: Final = 32
_ROWS_AT_ONCE: Final = 32
_DECISIONS: Final = 5
_POLL_SECONDS: Final = 0.25
_DECISION_HOLDS: Final = timedelta(hours=1)
"""Longer ago than this, or on another day, it is decided again whether or not a stamp has moved:
consent, training and agreements end with time, which moves no stamp."""


@dataclass(frozen=True, slots=True)
class Same:
    """Decided again, a delivery may go as it is: now resting on *stamps*, as *entry* records.

    Without an entry it was not decided again: nothing had moved.
    """

    stamps: tuple[Stamp, ...]
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Decided again, a delivery may not go: *unit* is what is committed with its recall."""

    unit: Unit
    reason: str


DecideAgain = Callable[[Queued], Same | Changed]
"""Given by the exchange: decides on a queued disclosure as of now; `gateway.notices`, on a notice
that is about to be sent."""

EndpointOf = Callable[[str], Endpoint | None]
"""Given by the registers: where a service receives, if anywhere."""


class Fate(StrEnum):
    """What a round did with a row."""

    DELIVERED = "delivered"
    LATER = "later"
    FAILED = "failed"
    REFUSED = "refused"
    RECALLED = "recalled"
    HELD = "held"
    """The witnesses have yet to see it, or are silent; or it cannot be read or proved just now."""
    ELSEWHERE = "elsewhere"
    """Another dispatcher moved the row first."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A row that is being sent."""

    row: Queued
    released: Released


class Dispatcher:
    """Delivers what is due: `run_once` all that is due now, `run_forever` until it is stopped."""

    def __init__(  # noqa: PLR0913 - what it is wired to, each by its name
        self,
        *,
        store: Store,
        committer: Committer,
        ports: Ports,
        transports: Mapping[str, Transport],
        endpoint_of: EndpointOf,
        decide_again: DecideAgain,
        is_still_due: DecideAgain,
        tell_sender: TellSender,
        assurance: Assurance,
        retries: Retries | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._committer = committer
        self._ports = ports
        self._transports = transports
        self._endpoint_of = endpoint_of
        self._decide_again = decide_again
        self._is_still_due = is_still_due
        self._assurance = assurance
        self._retries = retries or Retries()
        self._metrics = metrics or Metrics()
        self._closing = Closing(store.vault, ports, tell_sender)
        self._wake = threading.Event()

    def run_once(self) -> Counter[Fate]:
        """Deliver all that is due now, and return how many rows met which fate."""
        fates: Counter[Fate] = Counter()
        with ThreadPoolExecutor(MAX_LANES, "delivery") as pool:
            while recipients := self._store.outbox.recipients_due(self._ports.now()):
                done = sum(pool.map(self._lane, recipients), Counter[Fate]())
                fates += done
                if not done.keys() - {Fate.HELD}:
                    break
        return fates

    def run_forever(self, stop: threading.Event) -> None:
        """Deliver whatever comes due until *stop* is set; what is being sent is finished."""
        self.recover()
        lanes: dict[str, Future[Counter[Fate]]] = {}
        with ThreadPoolExecutor(MAX_LANES, "delivery") as pool:
            while not stop.is_set():
                self._wake.clear()
                for recipient in self._store.outbox.recipients_due(self._ports.now()):
                    if recipient not in lanes or lanes[recipient].done():
                        lanes[recipient] = pool.submit(self._lane, recipient)
                self._wake.wait(_POLL_SECONDS)

    def wake(self) -> None:
        """Look for due rows at once: something was queued, or it is time to stop."""
        self._wake.set()

    def recover(self) -> int:
        """Make due again what was being sent when the last dispatcher died; return how many."""
        now = self._ports.now()
        answers = [
            self._committer.submit(self._closing.later(row, now))
            for row in self._store.outbox.in_state(OutboxState.SENDING)
        ]
        return sum(answer.exception() is None for answer in answers)

    def release(self, row: Queued, gate: Gate) -> Released:
        """Return what *row* says is to be sent, if the log proves that it may be.

        Raises `GatewayError` or `AuditError` where it does not: nothing in the row is believed.
        """
        committer = self._committer
        return release(
            row, gate, self._store.vault, committer.details, committer.log, self._assurance
        )

    def _lane(self, recipient: str) -> Counter[Fate]:
        """Deliver what is due to one recipient, row by row."""
        fates: Counter[Fate] = Counter()
        gate = Gate(self._committer.log.verifiers)
        try:
            rows = self._store.outbox.due(recipient, self._ports.now(), _ROWS_AT_ONCE)
            for row in rows:
                fate = self._deliver(row, gate)
                fates[fate] += 1
                if fate is not Fate.HELD:
                    self._metrics.dispatched(fate)
        except Exception as error:  # noqa: BLE001 - it is seen, and the other lanes go on
            log(Event.DELIVERY_STOPPED, cause=type(error).__name__)
        return fates

    def _deliver(self, row: Queued, gate: Gate) -> Fate:
        # (1) Verify.
        self._ports.step("delivery:verify")
        try:
            released = self.release(row, gate)
            stamps = row.stamps(self._store.vault)
        except WitnessesBehindError:
            return Fate.HELD
        except IntegrityError:
            raise  # it is the log that does not hold, not this row: the lane ends
        except (GatewayError, AuditError, TypeError, ValueError) as error:
            return self._unproved(row, error)

        # (2) Commit that it is being sent, on what still holds.
        try:
            begun = self._begin(row, released, stamps)
        except ConflictError:
            return Fate.ELSEWHERE
        if not isinstance(begun, _Begun):
            return begun

        # (3) Send.
        self._ports.step("delivery:send")
        try:
            answer = self._send(begun.released)
        except DeliveryError as error:
            return self._missed(begun, error)

        # (4) Commit the acknowledgement.
        self._ports.step("delivery:sent")
        self._close(self._closing.delivered(begun.row, released, answer))
        log(Event.DELIVERED, entry=row.leaf, service=row.recipient, attempt=begun.row.attempts)
        return Fate.DELIVERED

    def _unproved(self, row: Queued, error: Exception) -> Fate:
        """Take *row* out for a person to see, unless *error* tells nothing of it."""
        log(Event.DELIVERY_STOPPED, cause=type(error).__name__)
        if _is_of_no_row(error):
            return Fate.HELD
        self._committer.commit(self._closing.refused(row, "not-proved"))
        return Fate.REFUSED

    def _begin(self, row: Queued, released: Released, stamps: tuple[Stamp, ...]) -> _Begun | Fate:
        """Mark *row* as being sent; decide again as often as what it rests on has moved."""
        verdict = self._verdict(row, released.verified.leaf, stamps)
        for _ in range(_DECISIONS):
            try:
                if isinstance(verdict, Changed):
                    leaf = released.verified.leaf
                    recall = self._closing.recalled(row, verdict.reason, verdict.unit, leaf)
                    self._committer.commit(recall)
                    return Fate.RECALLED
                self._committer.commit(self._closing.begun(row, verdict.stamps, verdict.entry))
            except StampMovedError:
                verdict = self._decide_again(row)
            else:
                sending = replace(row, state=OutboxState.SENDING, attempts=row.attempts + 1)
                return _Begun(sending, released)
        # It moves faster than we decide: leave it to a quieter moment.
        self._committer.commit(self._closing.later(row, self._ports.now() + self._pause(1)))
        return Fate.LATER

    def _verdict(self, row: Queued, leaf: Leaf, stamps: tuple[Stamp, ...]) -> Same | Changed:
        """Return whether *row* may go, by its *leaf*: what it is, no row of a database says."""
        if leaf.type is EntryType.NOTICE:
            return self._is_still_due(row)
        return self._decide_again(row) if self._is_old(leaf.at) else Same(stamps)

    def _is_old(self, decided_at: int) -> bool:
        """Whether time alone may have changed what was decided then (milliseconds since 1970)."""
        at, now = from_ms(decided_at), self._ports.now()
        return now - at > _DECISION_HOLDS or uk_day(now) != uk_day(at)

    def _send(self, released: Released) -> Acknowledgement:
        endpoint = self._endpoint_of(released.recipient)
        if endpoint is None or endpoint.transport not in self._transports:
            message = "the recipient has no endpoint that can be sent to"
            raise UndeliverableError(message)
        return self._transports[endpoint.transport].send(released, endpoint.address)

    def _missed(self, begun: _Begun, error: DeliveryError) -> Fate:
        """Try again later, or give the row up."""
        row, now = begun.row, self._ports.now()
        is_hopeless = isinstance(error, UndeliverableError)
        if is_hopeless or now - row.created_at >= self._retries.give_up_after:
            reason = "refused-by-recipient" if is_hopeless else "not-reached-in-time"
            self._close(self._closing.failed(row, reason, begun.released))
            log(Event.DELIVERY_STOPPED, entry=row.leaf, service=row.recipient, cause=reason)
            return Fate.FAILED
        self._close(self._closing.later(row, now + self._pause(row.attempts)))
        log(Event.DELIVERY_RETRIED, entry=row.leaf, service=row.recipient, attempt=row.attempts)
        return Fate.LATER

    def _pause(self, attempts: int) -> timedelta:
        return self._retries.pause(attempts, self._ports.random(1)[0])

    def _close(self, unit: Unit) -> None:
        """Commit how a sending ended, unless another dispatcher has seen to the row."""
        with suppress(ConflictError):
            self._committer.commit(unit)


def _is_of_no_row(error: Exception) -> bool:
    """Return whether *error* tells of the database or the keys, and nothing of any row."""
    is_of_keys = isinstance(error, KeysError) and not isinstance(error, SealError)
    return is_of_keys or isinstance(error, DatabaseError)


def release(  # noqa: PLR0913, PLR0917 - all that a release is proved with
    row: Queued,
    gate: Gate,
    vault: Vault,
    details: Details,
    log: Log,
    assurance: Assurance | None = None,
) -> Released:
    """Return what *row* says is to be sent, if *log* proves that it may be.

    With *assurance*, the witnesses have seen what these two services want them to see: until then
    it raises `WitnessesBehindError`. Raises another `GatewayError` or an `AuditError` where the
    log does not prove it: nothing in the row is believed.
    """
    leaf, quorum = log.leaf(row.leaf), None
    if assurance is not None:
        said = Leaf.decode(leaf)
        quorum = assurance.require_permitted(row.leaf, said.sender, said.recipient)
    proof = log.proof(row.leaf)
    # Read after the proof: another process may have sealed the log, or rotated its key, since.
    gate.keys = log.verifiers
    payload = row.payload(vault)
    opening = details.detail(row.leaf).open(Part.RECIPIENT)
    verified = gate.verify(
        proof=proof,
        leaf=leaf,
        opening=opening,
        payload=payload,
        recipient=row.recipient,
        quorum=quorum,
    )
    _require_own_kind(verified.leaf.type, row.media_type)
    fields = opening.fields()
    for name, value in (("message_id", row.message_id), ("media_type", row.media_type)):
        if fields.get(name, value) != value:
            message = f"the row has another `{name}` than its entry"
            raise StorageError(message)
    return Released(
        payload=payload,
        media_type=row.media_type,
        message_id=row.message_id,
        recipient=row.recipient,
        verified=verified,
        receipt=make_receipt(leaf, proof, opening),
    )


def _require_own_kind(permitted_as: EntryType, media_type: str) -> None:
    """Raise `StorageError` unless notices, and nothing else, are sent under a notice's entry.

    A notice is never decided again: a disclosure that passed for one would outlive a withdrawal.
    """
    if (permitted_as is EntryType.NOTICE) != (media_type == MEDIA_TYPE):
        message = "what is to be sent is not of the kind that its entry permits"
        raise StorageError(message)
