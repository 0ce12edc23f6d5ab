"""What `caf-gateway audit seal`, `restored`, `rotate-key` and `keys rotate` do."""

from dataclasses import dataclass
from pathlib import Path

from audit.note import MAX_NOTE_BYTES
from gateway import settings
from gateway.composition import open_gateway
from gateway.keeping.rotation import Rewrapped, Rotating, Rotation, Span, spans
from gateway.keeping.succession import Succession, go_on_restored
from gateway.keeping.succession import seal as seal_log
from gateway.storage.erasures import subjects
from gateway.stored_log import open_stored_log


def seal(home: Path | None, next_origin: str, *, by: str, reason: str) -> Succession:
    """Seal the open log and begin the next, or raise `RequestError`."""
    with open_gateway(settings.load(home)) as gateway:
        return seal_log(
            gateway.office,
            next_origin,
            by=by,
            reason=reason,
            ask_witnesses=gateway.rounds.ask_all,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of the log, and how many children who had been *erased* were so again."""

    succession: Succession
    erased: int


def restored(  # noqa: PLR0913 - what an operator says of a restore
    home: Path | None,
    next_origin: str,
    lost: int | None,
    checkpoint: Path | None,
    *,
    by: str,
    reason: str,
) -> Restored:
    """End the log of a database that was put back, and begin another; erase again who had been.

    Raises `RequestError` where what is said does not fit what the database holds.
    """
    found = settings.load(home)
    note = None if checkpoint is None else _note(checkpoint)
    done = go_on_restored(found, next_origin, lost=lost, note=note, by=by, reason=reason)
    with open_gateway(found) as gateway:  # which erases them
        recorded = subjects(gateway.database).values()
        return Restored(succession=done, erased=sum(at >= done.first_entry for at in recorded))


def _note(checkpoint: Path) -> bytes:
    with checkpoint.open("rb") as file:
        return file.read(MAX_NOTE_BYTES + 1)


def told(done: Succession) -> str:
    """Return in one sentence what became of the log."""
    missing = f", {done.lost} more were lost" if done.lost else ""
    warning = "\nwarning: its witnesses have not cosigned its end" if done.unwitnessed else ""
    return (
        f"the log {done.ended} has ended with {done.size} entries{missing}; "
        f"{done.begun} goes on with entry {done.first_entry}{warning}"
    )


def begin_rotation(home: Path | None, *, by: str, reason: str) -> Rotation:
    """Begin to replace the key that signs the log."""
    with open_gateway(settings.load(home)) as gateway:
        return Rotating(gateway.office, gateway.keys, by, reason).begin()


def finish_rotation(home: Path | None, *, by: str, reason: str) -> Rotation:
    """Finish that, or raise `KeysError` where it was not begun."""
    with open_gateway(settings.load(home)) as gateway:
        return Rotating(gateway.office, gateway.keys, by, reason).finish()


def rotate(home: Path | None, *, by: str, reason: str) -> Rewrapped:
    """Replace the key-encryption key."""
    with open_gateway(settings.load(home)) as gateway:
        return Rotating(gateway.office, gateway.keys, by, reason).wrap_anew()


def signing_keys(home: Path | None, origin: str | None = None) -> tuple[Span, ...]:
    """Return each key of each shard of the log, with what it signed.

    Of a log of the name *origin*, which is to come, those that would sign it from its start.
    """
    with open_stored_log(settings.load(home)) as stored:
        log = stored.log()
        if origin is None:
            return tuple(spans(log))
        keys = (key.verifier for key in stored.keys.log.signers(origin))
        return tuple(Span(key.vkey, log.published.end, None) for key in keys)


def in_one_line(span: Span) -> str:
    """Return a key with the number of the first entry it signed, and of the first it did not."""
    return f"{span.vkey} {span.first} {'-' if span.last is None else span.last}"
