"""Killed at any step of an import, it is gone on with: no child is lost, and none doubled."""

import signal
from collections import Counter

import pytest
from books import require_balanced
from crash_stories import Nursery, Outside, import_file, tell
from worlds import Kind, a_home_on, a_world

from audit.events import EntryType
from gateway.importing.report import Fate

_KILLED = -signal.SIGKILL
_MOST = {Kind.SQLITE: 3, Kind.POSTGRESQL: 1}
"""How often of each step's name the process is killed there."""


@pytest.fixture
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


def require_whole(folder) -> None:
    """Fail unless the file, gone on with, is in as though nobody had been killed."""
    known = Outside(folder).known()
    with a_world(folder) as world:
        lines = []
        report = import_file(world, folder / "big.jsonl", lines.append, resume=True)

        assert (report.taken + report.repeated, report.rejected) == (3, 1)
        assert lines[2].fate is Fate.REJECTED
        assert report.repeated == 3 or "imported" not in known
        assert report.entry == known.get("entry", report.entry)
        for table in ("record", "assessment", "child", "episode"):
            assert world.rows(f"SELECT count(*) FROM {table}") == [(3,)], table  # noqa: S608 - from the list above
        types = Counter(world.types())
        assert types[EntryType.IMPORT] == 3
        assert types[EntryType.REJECTED] == types[EntryType.FILE_IMPORT] == 1
        require_balanced(world)


@pytest.mark.parametrize("kind", Kind)
def test_killed_at_any_step_an_import_is_gone_on_with(kind, nursery, tmp_path):
    names = tell("imported", tmp_path / "unkilled")
    first = names.index("exchange:resolve")
    taken = Counter()
    for number, name in enumerate(names[first:], first + 1):
        taken[name] += 1
        if taken[name] > _MOST[kind]:
            continue
        folder = tmp_path / str(number)
        with a_home_on(kind, folder):
            end = nursery.tell("imported", folder, fatal=number)

            assert end == _KILLED or (end == 0 and number > 0.7 * len(names)), name
            require_whole(folder)
