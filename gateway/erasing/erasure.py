"""Erasure: what is kept of a child is destroyed, and the log says that it was, and by whom.

To erase a child we must:

(1) refuse while somebody forbids it: a legal hold, or what is on its way to a recipient;
(2) recall what waits to be sent, each with its entry;
(3) commit, in one transaction: the erasure's entry, and the end of the child's key and of every
    row about the child. From here on nothing that was sealed under that key opens, anywhere;
(4) rid the database's files of what was deleted;
(5) list the erasure outside the database, so that a restored backup is purged of the child.

The log keeps every leaf: its roots stay as they were, and the receipts that others hold go on to
verify. What recipients were sent is theirs; who they are is told to whoever erases.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway import entries
from gateway.closing import Closing, tell_nobody
from gateway.erasing.holds import is_held
from gateway.erasing.listing import ErasureList, KnownErasure
from gateway.errors import (
    BusyError,
    ConflictError,
    ErasureRefusedError,
    RequestError,
    StampMovedError,
)
from gateway.office import Office
from gateway.storage.database import Database
from gateway.storage.erasing import all_of, children
from gateway.storage.erasures import as_ranges, subjects
from gateway.storage.outbox import OutboxState, Queued
from gateway.storage.unit import ERASURES, Committed, Entry, Erasure, Table, Unit, Write

_ATTEMPTS: Final = 8
_RECALLED: Final = "erasure"
_UNKNOWN: Final = "there is no child with this id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """On whose *authority*, for which *reason* and *rule* a child is erased, and *by* whom.

    All of it is kept for good: it names no child and no family.
    """

    authority: str
    reason: str
    by: str
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was done: the index of the *entry*, the *subject*, and how much went.

    *entries* are the ranges of the child's entries, *recalled* how many deliveries were recalled,
    *recipients* the services to whom something was disclosed, who keep what they were sent.
    *is_purged* says whether the database's files were rid of it; if not, the next erasure does it.
    """

    entry: int
    subject: str
    entries: tuple[str, ...]
    recalled: int
    recipients: tuple[str, ...]
    is_purged: bool


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases the children of one *office*, whose *database* it is, and lists that in *listed*."""

    office: Office
    database: Database
    listed: ErasureList

    def erase(self, child_id: str, order: Order) -> Erased:
        """Erase a child: see the head of this module.

        Raises `RequestError` where there is no such child, `ErasureRefusedError` where somebody
        else must act first, and `BusyError` where the child's file never stands still.
        """
        (erased,) = self._purged([self._erase(child_id, order, is_replay=False)])
        return erased

    def erase_each(self, orders: Mapping[str, Order]) -> tuple[tuple[Erased, ...], dict[str, str]]:
        """Erase many children, each by its order; return what was done, and why what was not.

        Of a child who is not erased the second gives, by id, the sentence of the refusal.
        """
        done, refused = [], {}
        for child_id, order in orders.items():
            try:
                done.append(self._erase(child_id, order, is_replay=False))
            except (BusyError, ErasureRefusedError, RequestError) as error:
                refused[child_id] = str(error)
        return self._purged(done), refused

    def catch_up(self) -> None:
        """Do (4) and (5) for erasures after which the process died, or which another node did."""
        known = subjects(self.database)
        listed = {one.subject for one in self.listed.read()}
        if any(subject.hex() not in listed for subject in known):
            self.listed.add(known)
            self.database.purge()

    def replay(self, known: Iterable[KnownErasure]) -> tuple[Erased, ...]:
        """Erase again those of *known* who are here; see `replay_erasures`."""
        wanted = {bytes.fromhex(one.subject): one.entry for one in known}
        for subject in subjects(self.database):
            wanted.pop(subject, None)
        if not wanted:
            return ()  # as at nearly every start: no child is looked at
        keys = self.office.archive.store.vault.child_keys
        done = []
        for child_id in children(self.database):
            entry = wanted.get(keys.subject(child_id))
            if entry is not None:
                with suppress(RequestError):  # another process has erased the child meanwhile
                    done.append(self._erase(child_id, _again(entry), is_replay=True))
        return self._purged(done)

    def _erase(self, child_id: str, order: Order, *, is_replay: bool) -> Erased:
        recalled = 0
        for _ in range(_ATTEMPTS):
            whole = all_of(self.database, child_id)
            if whole is None:
                raise RequestError(_UNKNOWN)  # or erased by somebody else meanwhile
            try:
                # (1) Refuse. A replayed erasure was ordered when nothing forbade it.
                waiting = self._waiting(child_id)
                if not is_replay:
                    self._require_leave(child_id, waiting)

                # (2) Recall.
                for row in waiting:
                    if row.state is OutboxState.PENDING:
                        self._recall(row)
                        recalled += 1
                if recalled:
                    whole = all_of(self.database, child_id) or whole

                # (3) Destroy.
                recipients = self._recipients(whole)
                committed = self.office.committer.commit(self._unit(whole, order))
            except (ConflictError, StampMovedError):
                continue  # something was recorded, or sent, meanwhile: look again
            return self._erased(whole, committed, recalled, recipients)
        message = "what is recorded about this child keeps changing: try again in a moment"
        raise BusyError(message)

    def _purged(self, done: Sequence[Erased]) -> tuple[Erased, ...]:
        """List the erasures (5), and rid the files of what was deleted (4), once for all."""
        if not done:
            return ()
        self.listed.add(subjects(self.database))
        is_purged = self.database.purge()
        return tuple(replace(one, is_purged=is_purged) for one in done)

    def _waiting(self, child_id: str) -> list[Queued]:
        rows = self.office.archive.store.outbox.of_child(child_id)
        return [row for row in rows if row.state in {OutboxState.PENDING, OutboxState.SENDING}]

    def _require_leave(self, child_id: str, waiting: list[Queued]) -> None:
        """Raise `ErasureRefusedError` where somebody must act before the child is erased."""
        if is_held(self.office, child_id):
            message = (
                "there is a legal hold on this child: whoever ordered it releases it, with "
                "`caf-gateway child release`"
            )
            raise ErasureRefusedError(message)
        if any(row.state is OutboxState.SENDING for row in waiting):
            message = "something about this child is being sent: wait until the worker is done"
            raise ErasureRefusedError(message)
        if any(row.urgent for row in waiting):
            message = (
                "something urgent about this child waits to be sent: the service manager sees "
                "that it arrives, or that it is given up"
            )
            raise ErasureRefusedError(message)

    def _recall(self, row: Queued) -> None:
        log = self.office.committer.log
        leaf = Leaf.decode(log.leaf(row.leaf))
        closing = Closing(self.office.archive.store.vault, self.office.ports, tell_nobody)
        self.office.committer.commit(closing.recalled(row, _RECALLED, Unit(), leaf))

    def _recipients(self, whole: Erasure) -> tuple[str, ...]:
        log = self.office.committer.log
        leaves = (Leaf.decode(log.leaf(index)) for index in whole.entries)
        told = {leaf.recipient for leaf in leaves if leaf.type is EntryType.DISCLOSURE}
        return tuple(sorted(told - {""}))

    def _unit(self, whole: Erasure, order: Order) -> Unit:
        subject = self.office.archive.store.vault.child_keys.subject(whole.child_id)
        return Unit(
            writes=[Write(Table.ERASURE, {"subject": subject}, 0)],
            entries=[self._entry(whole, subject, order)],
            moves=(ERASURES,),
            erasure=whole,
        )

    def _entry(self, whole: Erasure, subject: bytes, order: Order) -> Entry:
        gateway: entries.Fields = {
            "authority": order.authority,
            "reason": order.reason,
            "user": order.by,
            "subject": subject.hex(),
            "entries": list(as_ranges(whole.entries)),
        }
        if order.rule:
            gateway["rule"] = order.rule
        # Sealed under the gateway's own key: it outlives the child's.
        return entries.entry(EntryType.ERASURE, {Part.GATEWAY: gateway}, self.office.ports.random)

    def _erased(
        self, whole: Erasure, committed: Committed, recalled: int, recipients: tuple[str, ...]
    ) -> Erased:
        subject = self.office.archive.store.vault.child_keys.subject(whole.child_id)
        return Erased(
            entry=committed.indices[0],
            subject=subject.hex(),
            entries=tuple(as_ranges(whole.entries)),
            recalled=recalled,
            recipients=recipients,
            is_purged=False,
        )


def replay_erasures(eraser: Eraser, known: Iterable[KnownErasure] = ()) -> tuple[Erased, ...]:
    """Erase again whoever was erased and is back, after an older database was restored.

    `open_gateway` calls it with the gateway wired up, before anything else may read or be read:
    before the door opens and the workers start. It takes the list beside the database
    (`ErasureList.read()`), and *known* from elsewhere, as from another node's list. Whoever this
    database knows as erased, or does not know at all, is passed over. Each that is found leaves an
    `erasure` entry of its own in the log that goes on. Holds and deliveries that the old database
    shows do not stop it: the erasure came after them.
    """
    return eraser.replay((*eraser.listed.read(), *known))


def _again(entry: int) -> Order:
    return Order(
        authority=f"the erasure that entry {entry} recorded before the database was restored",
        reason="restored-backup",
        by="operator",
    )
