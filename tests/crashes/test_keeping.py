"""Killed while a log is sealed, a key replaced or a restore declared: it is gone on with."""

import base64
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from backups import back_up, put_back
from bars_messages import payload_of
from books import require_balanced, require_receipt
from crash_stories import (
    KEEPING,
    NEXT_LOG,
    REFERRAL,
    RESTORED,
    Nursery,
    Outside,
    go_on_from_backup,
    tell,
)
from worlds import EARLY_HELP, Kind, World, a_home, a_home_on, a_world

from audit.events import EntryType
from audit.note import open_note
from gateway.erasing.erasure import Order
from gateway.erasing.listing import FILE, ErasureList
from gateway.errors import IntegrityError
from gateway.keeping.rotation import Rotating, newest_rotation
from gateway.keeping.succession import seal
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.security.log_keys import BEGUN
from gateway.settings import KEYS
from gateway.storage.child_keys import ChildKeys
from gateway.storage.erasures import subjects

_KILLED = -signal.SIGKILL
SIBLINGS = payload_of("siblings-in-one-message")
_ON = [
    *(pytest.param(story, Kind.SQLITE, 2, id=f"{story} on SQLite") for story in KEEPING),
    pytest.param("sealed", Kind.POSTGRESQL, 1, id="sealed on PostgreSQL"),
]
"""Which story, on which database, how often each step. What is left is about files of keys."""


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


def rotating(world: World) -> Rotating:
    return Rotating(world.gateway.office, world.gateway.keys, by="operator")


def require_sealed(world: World, folder: Path) -> None:
    """Fail unless the log was sealed once, or not at all, and can be now."""
    log = world.gateway.office.committer.log
    if log.origin != NEXT_LOG:
        assert not Outside(folder).known().get("sealed")
        seal(world.gateway.office, NEXT_LOG, by="operator")
    types = Counter(world.types())
    assert types[EntryType.LOG_SEAL] == 1
    assert types[EntryType.LOG_START] == 2
    assert [published.shard.number for published in log.shards()] == [1, 2]


def require_rotated(world: World, _folder: Path) -> None:
    """Fail unless the key was replaced, or can be now, and each step is recorded once."""
    log = world.gateway.office.committer.log
    newest = newest_rotation(log)
    if newest is None:
        newest = rotating(world).begin()
    if newest.kind == BEGUN:
        rotating(world).finish()
    assert world.types().count(EntryType.KEY_ROTATION) == 2
    new, old = log.verifiers
    assert open_note(log.published.note, [new, old]).signers == (new,)


def require_rewrapped(world: World, folder: Path) -> None:
    """Fail unless every child's key opens, before and after it is done again."""
    for _ in range(2):
        keys = Keys.load(folder / "home" / KEYS, {})
        child_keys = ChildKeys(world.gateway.database, keys)
        assert all(child_keys.key(child) for (child,) in world.rows("SELECT id FROM child"))
        rotating(world).wrap_anew()
    assert not list((folder / "home" / KEYS).glob("*.next.key"))


REQUIRED: dict[str, Callable[[World, Path], None]] = {
    "sealed": require_sealed,
    "rotated": require_rotated,
    "rewrapped": require_rewrapped,
}


def require_whole(story: str, folder: Path) -> None:
    """Fail unless the gateway opens, ends what was begun, and works as before."""
    known = Outside(folder).known()
    with a_world(folder) as world:
        REQUIRED[story](world, folder)
        answer = world.take(REFERRAL)
        if "receipt" in known:
            assert answer.is_repeat
            require_receipt(world, base64.b64decode(str(known["receipt"])))
        world.clock.advance(hours=1)
        world.dispatch()
        assert len(world.delivered(EARLY_HELP)) == 1
        require_balanced(world)


def own_steps(story: str, folder: Path, most: int) -> tuple[list[int], int]:
    """Return the numbers of the steps after the referral was taken, and how many there are."""
    names = tell(story, folder)
    first = names.index("exchange:answer") if "exchange:answer" in names else 0
    taken: Counter[str] = Counter()
    numbers = []
    for number, name in enumerate(names[first:], first + 1):
        taken[name] += 1
        if taken[name] <= most:
            numbers.append(number)
    return numbers, len(names)


@pytest.mark.parametrize(("story", "kind", "most"), _ON)
def test_killed_at_any_step_what_was_begun_can_be_ended(story, kind, most, nursery, tmp_path):
    numbers, count = own_steps(story, tmp_path / "unkilled", most)
    for number in numbers:
        folder = tmp_path / str(number)
        with a_home_on(kind, folder):
            end = nursery.tell(story, folder, fatal=number)

            assert end == _KILLED or (end == 0 and number > 0.7 * count), number
            require_whole(story, folder)


def a_home_put_back(folder: Path) -> Path:
    """Return a home whose database is older than what was published of it, and than an erasure."""
    home = a_home(folder)
    with a_world(folder) as world:
        (child, *_) = world.take(SIBLINGS).children
        world.dispatch()
    backup = back_up(home, folder / "backup")
    with a_world(folder) as world:
        world.gateway.eraser().erase(child, Order(authority="court", reason="order", by="ig"))
        world.take(REFERRAL)
    put_back(home, backup)
    return home


def test_killed_while_a_restore_is_declared_it_can_be_declared_again(nursery, tmp_path):
    home = a_home_put_back(tmp_path / "initial")
    shutil.copytree(home, tmp_path / "unkilled" / "home")
    count = len(tell(RESTORED, tmp_path / "unkilled"))
    for number in range(1, count + 1):
        folder = tmp_path / str(number)
        shutil.copytree(home, folder / "home")

        assert nursery.tell(RESTORED, folder, fatal=number) == _KILLED

        try:
            with a_world(folder):
                pass
        except IntegrityError:
            go_on_from_backup(folder, Ports())
        with a_world(folder) as world:
            erased = ErasureList(folder / "home" / FILE).read()[0]
            assert bytes.fromhex(erased.subject) in subjects(world.gateway.database)
            assert world.types().count(EntryType.ERASURE) == 1
            assert [leaf.type for leaf in world.leaves()].count(EntryType.LOG_START) == 2
            assert not world.take(REFERRAL).is_repeat
            assert world.gateway.office.committer.log.verify().holds
