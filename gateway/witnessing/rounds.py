"""Rounds: each new checkpoint goes to every witness, until enough of them have cosigned it.

    new entries, or the last cosignature is getting old
      └─▶ the newest checkpoint ─▶ each witness that is not busy, at most one request to each
            └─▶ enough cosigned: the checkpoint is relied on, and kept; the next round may begin

All of a round are asked for one and the same checkpoint: cosignatures of several sizes would make
no quorum. Who is slow misses rounds and delays nobody; who is not there is asked again after a
pause that doubles. Nobody who waits for a commit waits for any of this.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from audit.checkpoint import Checkpoint
from audit.errors import AuditError
from gateway.errors import GatewayError, IntegrityError
from gateway.observability import Event, Metrics, log
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.cosignatures import Cosignatures, writes
from gateway.storage.memory import require_continued
from gateway.storage.published import Published
from gateway.storage.unit import Unit
from gateway.witnessing.alarms import Alarms
from gateway.witnessing.assurance import Assurance
from gateway.witnessing.client import Ahead, Answer, Cosigned, Refused, Silent, WitnessClient
from gateway.witnessing.seats import FIRST_BACKOFF, Round, Seat, Sheet

_TICK_SECONDS: Final = 1.0
"""So often it is looked whether another process appended, and who is to be asked again."""
_LONGEST_BACKOFF: Final = 5.0
"""Whoever comes back is asked again within so many seconds."""
_PAUSE_SECONDS: Final = 0.02
"""Between two rounds: what is committed in it goes into one."""


class Rounds:
    """Asks the witnesses of one gateway; *clients* are one for each.

    `ask_all` once, before anything is appended; `start` to go on until `close`. Where a witness
    shows that the log was rolled back or rewritten, the committer is halted, and
    *on_contradiction* is called.
    """

    def __init__(  # noqa: PLR0913 - what it is wired to, each by its name
        self,
        clients: Sequence[WitnessClient],
        *,
        assurance: Assurance,
        committer: Committer,
        stored: Cosignatures,
        alarms: Alarms,
        metrics: Metrics,
        ports: Ports,
    ) -> None:
        self._seats = [Seat(client) for client in clients]
        self.assurance = assurance
        self._committer = committer
        self._log = committer.log
        self._stored = stored
        self._alarms = alarms
        self._metrics = metrics
        self._ports = ports
        self._settings = assurance.policies.settings
        self._quorum = self._settings.quorum
        self._sheets: dict[int, Sheet] = {}
        self._kept: dict[int, Published] = {}
        self._kept_at: datetime | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max(1, len(clients)), "witness")
        self._thread: threading.Thread | None = None
        assurance.wake = self.wake
        self.contradiction: IntegrityError | None = None
        self.on_contradiction: Callable[[], None] = _nothing

    def ask_all(self) -> None:
        """Ask every witness once, and wait for their answers.

        Raises `IntegrityError` where one shows that this log was rolled back or rewritten.
        """
        self._remember()
        self._begin(self._log.refresh()).answered.wait(self._patience)
        if self.contradiction is not None:
            raise self.contradiction

    def start(self) -> None:
        """Go on asking, in a thread of its own."""
        if self._seats:
            self._thread = threading.Thread(target=self._run, name="witnesses", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look at once: something was appended, or somebody waits."""
        self._wake.set()

    def close(self) -> None:
        """Stop asking, and keep what was cosigned; what is on its way is waited for."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown()
        self._keep(0.0)
        for seat in self._seats:
            seat.client.close()

    def _remember(self) -> None:
        """Go by what is stored until the witnesses answer."""
        at = None if self._quorum is None else self._stored.recall(self._log, self._quorum)
        newest = self._log.cosigned
        if at is not None and newest is not None:
            self._kept = {one.shard.number: one for one in self._log.all_cosigned()}
            self.assurance.cosigned(newest, at)

    def _run(self) -> None:
        while not self._stop.is_set() and self.contradiction is None:
            self._wake.clear()
            with suppress(GatewayError):  # the database is away: whoever commits tells of it
                newest = self._log.refresh()
                for published in (*self._log.left_behind(), newest):
                    self._begin(published).settled.wait(self._patience)
                self._keep(self._settings.stale_after_seconds / 2)
            self._alarms.stale(is_stale=self.assurance.is_stale, size=self.assurance.end)
            self._stop.wait(_PAUSE_SECONDS)
            self._wake.wait(_TICK_SECONDS)

    @property
    def _patience(self) -> float:
        """How long a round is waited for: a witness may have to be asked twice in it."""
        return 3 * self._settings.answer_seconds

    def _begin(self, published: Published) -> Round:
        """Ask whoever is to be asked for the checkpoint of *published*."""
        now, heartbeat = (
            self._ports.now(),
            timedelta(seconds=self._settings.stale_after_seconds / 3),
        )
        seats = [one for one in self._seats if one.needs(published, now, heartbeat)]
        begun = Round(self._sheet(published), len(seats), now)
        for seat in seats:
            seat.is_busy = True
            self._pool.submit(self._ask, seat, begun)
        return begun

    def _sheet(self, published: Published) -> Sheet:
        """Return the sheet that the witnesses sign for *published*, begun or new."""
        number = published.shard.number
        sheet = self._sheets.get(number)
        if sheet is None or not sheet.is_of(published):
            sheet = self._sheets[number] = Sheet(published)
        return sheet

    def _ask(self, seat: Seat, begun: Round) -> None:
        try:
            if not begun.published.size:  # there is nothing to cosign: is there to be something?
                self._is_contradicted(seat.client, begun.published)
                return
            answer = seat.client.ask(begun.published)
            self._metrics.witnessed(seat.client.name, type(answer).__name__.lower())
            self._take(seat, begun, answer)
        except (GatewayError, AuditError) as error:
            log(Event.WITNESSING_FAILED, witness=seat.client.name, cause=type(error).__name__)
            self._put_off(seat)
        finally:
            seat.is_busy = False
            begun.leave()

    def _take(self, seat: Seat, begun: Round, answer: Answer) -> None:
        match answer:
            case Cosigned(lines):
                seat.cosigned(begun.published, begun.at)
                self._alarms.agreed(seat.client.name)
                self._count(begun, seat.client.name, lines)
            case Ahead(size):
                asked = begun.published.shard.number
                held = self._log.refresh() if not self._has_ended(asked) else begun.published
                if size > held.size:
                    self._doubt(seat, begun.published, "knows-more")
                else:
                    self.wake()  # another node of ours came first
            case Refused(status):
                self._doubt(seat, begun.published, f"http-{status}")
            case Silent():
                self._put_off(seat)

    def _count(self, begun: Round, witness: str, lines: bytes) -> None:
        """Rely on the checkpoint of the round, if enough of the witnesses have cosigned it."""
        published, quorum = begun.sheet.add(witness, lines), self._quorum
        at = None if quorum is None else quorum.cosigned_at(published.note, self._log.verifiers)
        if at is not None:
            self.assurance.cosigned(published, at)
            begun.settled.set()

    def _has_ended(self, shard: int) -> bool:
        return shard < self._log.published.shard.number

    def _doubt(self, seat: Seat, asked: Published, cause: str) -> None:
        """See whether a witness that will not cosign can show why; else tell that it will not."""
        self._put_off(seat)
        if not self._is_contradicted(seat.client, asked):
            self._alarms.refused(seat.client.name, cause, self._log.published.size)

    def _is_contradicted(self, client: WitnessClient, asked: Published) -> bool:
        """Return whether a witness shows what contradicts this log; then it halts.

        Anybody can say that our log was rolled back. A checkpoint that we signed, and that this
        log does not hold, proves it: then nothing more may be appended or released.
        """
        shown = client.latest(asked.shard.origin, self._log.verifiers)
        try:
            if shown is not None:
                self._require_held(shown)
        except IntegrityError as error:
            self._alarms.contradicted(client.name, self._log.published.size)
            self.contradiction = error
            self._committer.halt(error)
            self.on_contradiction()
            return True
        return False

    def _require_held(self, shown: Checkpoint) -> None:
        """Raise `IntegrityError` unless the log holds all of *shown*, which it signed once."""
        self._log.refresh()
        try:
            require_continued(self._log, shown)
        except IntegrityError as error:
            message = f"a witness shows it: {error}"
            raise IntegrityError(message) from error

    def _put_off(self, seat: Seat) -> None:
        longest = min(_LONGEST_BACKOFF, self._settings.stale_after_seconds / 4)
        seat.put_off(max(FIRST_BACKOFF, longest), self._ports.random(1)[0])

    def _keep(self, seconds: float) -> None:
        """Store what the quorum cosigned last, if so many *seconds* went by since that was done."""
        now, cosigned = self._ports.now(), self._log.all_cosigned()
        news = [one for one in cosigned if one is not self._kept.get(one.shard.number)]
        if not news or self._quorum is None:
            return
        if self._kept_at is None or (now - self._kept_at).total_seconds() >= seconds:
            witnesses = self._quorum.witnesses
            rows = [row for one in news for row in writes(one, witnesses)]
            with suppress(GatewayError):  # it is stored next time
                self._committer.submit(Unit(writes=rows))
                self._kept = {one.shard.number: one for one in cosigned}
                self._kept_at = now


def _nothing() -> None:
    """Nobody is told."""
