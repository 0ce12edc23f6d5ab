"""What a gateway remembers of its log outside of the database: the checkpoint published last.

Whoever can write to the database can put an older copy of it back. All in that copy is genuine:
entries, head, signed checkpoint. Only what was kept elsewhere shows that there was more. So the
newest checkpoint is also kept in a small file in the gateway's home, and a log that does not hold
all that the file says is refused at the next start.

The file is written beside the callers, once a second at most, and when the gateway is closed: no
caller waits for it. What was published after the last writing and before a crash it does not
know; receipts, witnesses and exported logs do.

That the log was found at fault (`gateway.verifying.patrol`) is remembered so too, in a file
`fault` beside.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit import durable
from audit.checkpoint import Checkpoint, open_checkpoint, origin_of, require_growth
from audit.errors import AuditError, ForkError
from audit.note import MAX_NOTE_BYTES
from gateway.errors import GatewayError, IntegrityError, UnreachableError
from gateway.storage.log import Log

INTERVAL_SECONDS: Final = 1.0
WHAT_TO_DO: Final = "where you restored a backup, say so with `caf-gateway audit restored`"


@dataclass(frozen=True, slots=True)
class Memory:
    """The checkpoint remembered in the file at *path*, as the log signed it."""

    path: Path

    def recall(self) -> bytes | None:
        """Return the signed checkpoint that is remembered, or None where there is none yet.

        Raises `IntegrityError` where the file cannot be read: it may say what matters most.
        """
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_NOTE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"the checkpoint remembered in `{self.path}` cannot be read"
            raise IntegrityError(message) from error

    def keep(self, note: bytes) -> None:
        """Remember *note* instead, durably: a reader finds all of it, or what was there before."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # The processes of one home may write at the same time.
        durable.write(self.path, note, beside=f"{os.getpid()}.new")

    def condemn(self, fault: str) -> None:
        """Remember that the log itself was found at *fault*: see `require_sound`."""
        self._fault.parent.mkdir(parents=True, exist_ok=True)
        self._fault.write_text(f"{fault}\n", "utf-8")

    def acquit(self) -> None:
        """Forget the fault: all was verified, and holds."""
        self._fault.unlink(missing_ok=True)

    def require_sound(self) -> None:
        """Raise `IntegrityError` where the log was found at fault, and not verified since.

        A file that cannot be read says so, too: somebody wrote it.
        """
        try:
            fault = self._fault.read_text("utf-8").strip()
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError):
            fault = f"`{self._fault}` cannot be read"
        message = (
            f"the log was found at fault ({fault}): nothing is taken or released until it was "
            "restored, and `caf-gateway audit verify` finds that it holds"
        )
        raise IntegrityError(message)

    @property
    def _fault(self) -> Path:
        return self.path.with_name("fault")

    def require(self, log: Log) -> None:
        """Raise `IntegrityError` unless *log* holds all that is remembered, unchanged.

        Raises it too where the log was found at fault.
        """
        self.require_sound()
        note = self.recall()
        if note is None:
            return
        try:
            remembered = open_checkpoint(note, log.verifiers_of(origin_of(note)))
        except AuditError as error:
            message = f"the checkpoint remembered in `{self.path}` is not one of this log"
            raise IntegrityError(message) from error
        require_continued(log, remembered)


def require_continued(log: Log, older: Checkpoint) -> None:
    """Raise `IntegrityError` unless the stored *log* holds all that *older* covers, unchanged."""
    published = log.shard_named(older.origin)
    if published is None:
        message = f"the database was rolled back: its log once was `{older.origin}`; {WHAT_TO_DO}"
        raise IntegrityError(message)
    if published.size < older.size:
        if log.lost_after(published) >= older.size - published.size:
            return  # it was said so, and the log that goes on embeds the evidence
        message = (
            f"the database was rolled back: its log has `{published.size}` entries and once had "
            f"`{older.size}`; {WHAT_TO_DO}"
        )
        raise IntegrityError(message)
    proof = published.edge.consistency_proof(older.size, published.size, published.read_tile)
    newer = Checkpoint(older.origin, published.size, published.edge.root())
    try:
        require_growth(older, newer, proof)
    except ForkError as error:
        message = (
            f"the log's first `{older.size}` entries are not those that it signed once: "
            "the database was rolled back and written on, or its log was written anew"
        )
        raise IntegrityError(message) from error
    except AuditError as error:
        message = "a checkpoint of another log says nothing of this one"
        raise IntegrityError(message) from error


class Remembering:
    """The thread that keeps the newest checkpoint of *log* in *memory*.

    Another process of the same home may be ahead: what it wrote stays. It may also have found the
    log at fault: then *halt* is called, within a second.
    """

    def __init__(self, memory: Memory, log: Log, halt: Callable[[IntegrityError], None]) -> None:
        self._memory = memory
        self._log = log
        self._halt = halt
        self._kept = b""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="remembering", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Remember what is newest now, and stop."""
        self._stop.set()
        self._thread.join()
        with suppress(UnreachableError):  # what was remembered a second ago still is
            self._remember()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            with suppress(OSError, GatewayError):  # the next round tries again
                self._heed()
                self._remember()

    def _heed(self) -> None:
        try:
            self._memory.require_sound()
        except IntegrityError as error:
            self._halt(error)

    def _remember(self) -> None:
        note = self._log.published.note
        if note != self._kept and not self._knows_more(note):
            self._memory.keep(note)
        self._kept = note

    def _knows_more(self, note: bytes) -> bool:
        known = self._memory.recall()
        if known is None:
            return False
        try:
            return _place(self._log, known) >= _place(self._log, note)
        except AuditError:
            return False  # it was readable when we started: somebody broke it since


def _place(log: Log, note: bytes) -> tuple[int, int]:
    """Return how far the log was when it signed *note*: in which shard, of how many entries."""
    checkpoint = open_checkpoint(note, log.verifiers_of(origin_of(note)))
    shard = log.shard_named(checkpoint.origin)
    return 0 if shard is None else shard.shard.number, checkpoint.size
