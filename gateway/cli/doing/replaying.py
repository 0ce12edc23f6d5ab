"""What `caf-gateway audit replay` does with past decisions."""

from pathlib import Path

from gateway import settings
from gateway.bundles import LAW, Bundles, History
from gateway.cli.doing.dates import day
from gateway.days import day_begins
from gateway.errors import UnknownDecisionError
from gateway.replaying.decisions import entries_of
from gateway.replaying.replay import Replayed, Summary, replay, replay_all
from gateway.searching.criteria import first_since
from gateway.storage.registers import Registers
from gateway.stored_log import StoredLog, open_stored_log


def replay_one(home: Path | None, index: int) -> Replayed:
    """Return what comes of replaying entry *index*.

    Raises `UnknownDecisionError` where there is no such entry, or it records no decision.
    """
    with open_stored_log(settings.load(home)) as stored:
        if index >= stored.log().refresh().end:
            message = "there is no such entry in the log"
            raise UnknownDecisionError(message)
        return replay(stored.details().opened(index), _history(stored))


def replay_since(home: Path | None, since: str | None) -> Summary:
    """Return what comes of replaying all decisions since a day, or all that there are."""
    on = day(since)
    with open_stored_log(settings.load(home)) as stored:
        log = stored.log()
        size = log.refresh().end
        start = first_since(None if on is None else day_begins(on), size, log.leaf_from)
        return replay_all(entries_of(stored.details(), range(start, size)), _history(stored))


def is_same(found: Replayed | Summary) -> bool:
    """Whether all that was replayed came out as it was recorded."""
    return not (found.differences if isinstance(found, Replayed) else found.differing)


def told(found: Replayed | Summary) -> str:
    """Return in words what came of replaying."""
    if isinstance(found, Summary):
        erased = f", {found.erased} erased" if found.erased else ""
        count = f"{found.entries} entries, {found.decisions} decisions{erased}"
        lines = [line for one in found.differing for line in _lines(one)]
        return "\n".join([*lines, f"{count}: {len(found.differing)} entries differ"])
    by = f", decided by {', '.join(found.decided_by)}" if found.decided_by else ""
    same = f"{found.decisions} decisions{by}, as recorded, under law {found.policy[:12]}"
    return "\n".join(_lines(found) or [f"entry {found.entry}: {same}"])


def _lines(replayed: Replayed) -> list[str]:
    return [
        f"DIFFERS  entry {replayed.entry} {one.holder}: {one.what}: "
        f"recorded {one.recorded}, decided {one.decided}"
        for one in replayed.differences
    ]


def _history(stored: StoredLog) -> History:
    return History(Registers(stored.database).versions("policy", LAW), Bundles())
