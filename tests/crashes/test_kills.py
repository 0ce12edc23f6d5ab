"""Killed between any two steps, the gateway loses nothing and doubles nothing (invariant 11)."""

import base64
import random
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from books import require_balanced, require_receipt
from crash_stories import IMPORTING, KEEPING, REFERRAL, STORIES, Nursery, Outside, tell
from worlds import EARLY_HELP, SCHOOL, Kind, World, a_home, a_home_on, a_world

from audit.events import EntryType

_PARTS = 4
_KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Return the steps of each story, from a run that nobody kills."""
    return {story: tell(story, tmp_path_factory.mktemp(story)) for story in STORIES}


def own_steps(story: str, steps: dict[str, list[str]], most: int) -> list[int]:
    """Return the numbers of the steps of *story*, of each name the first *most* times it is taken.

    The receiving is the same in both stories.
    """
    names = steps[story]
    first = 0 if story == "delivered" else names.index("exchange:answer")
    taken: Counter[str] = Counter()
    numbers = []
    for number, name in enumerate(names[first:], first + 1):
        taken[name] += 1
        if taken[name] <= most:
            numbers.append(number)
    return numbers


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


def what_a_caller_would_do(story: str, world: World, outside: Outside) -> None:
    """Go on after the crash: the sender and the family try again what they had no answer to."""
    known = outside.known()
    answer = world.take(REFERRAL)
    if "answer" in known:
        assert answer.is_repeat
        assert answer.answer.decode() == known["answer"]
        assert answer.entry == known["entry"]
        require_receipt(world, base64.b64decode(known["receipt"]))
    if story == "recalled" and "withdrawn" not in known:
        world.withdraw(answer.children[0], SCHOOL)
    world.clock.advance(hours=1)
    world.dispatch()


def require_one_effect(story: str, world: World) -> None:
    """Fail unless it all ended as though nobody had been killed."""
    require_balanced(world)
    for table in ("record", "idempotency", "assessment", "child", "episode"):
        assert world.rows(f"SELECT count(*) FROM {table}") == [(1,)], table  # noqa: S608 - from the list above
    types = Counter(world.types())
    assert types[EntryType.IMPORT] == 1
    assert types[EntryType.DELIVERED] == 2  # two disclosures, or one and the sender's notice
    for service in (EARLY_HELP, SCHOOL):
        for receipt, payload in zip(world.receipts(service), world.delivered(service), strict=True):
            assert require_receipt(world, receipt)["payload_bytes"] == len(payload)
    assert len(world.delivered(EARLY_HELP)) == 1
    if story == "delivered":
        assert len(world.delivered(SCHOOL)) == 1
        assert types[EntryType.RECALLED] == types[EntryType.CONSENT_CHANGE] == 0
    else:
        assert world.delivered(SCHOOL) == []
        # The disclosure, and the notice that it was taken back, which is of no use then.
        assert types[EntryType.RECALLED] == 2
        assert types[EntryType.NOTICE] == 2
        assert types[EntryType.CONSENT_CHANGE] in {1, 2}  # an answer that was lost is tried again


def require_recovered(story: str, folder: Path) -> None:
    with a_world(folder) as world:
        what_a_caller_would_do(story, world, Outside(folder))
        require_one_effect(story, world)


@pytest.fixture
def require_survived(steps, nursery, tmp_path):
    """Return what kills a story at each of its steps and fails unless it recovers each time."""

    def require(story, kind, most, part=slice(None)):
        for number in own_steps(story, steps, most)[part]:
            folder = tmp_path / f"{number}-{steps[story][number - 1]}"
            with a_home_on(kind, folder):
                end = nursery.tell(story, folder, fatal=number)

                # Where units met in one transaction there were fewer steps, and it got to its end.
                is_over = end == 0 and number > 0.7 * len(steps[story])
                assert end == _KILLED or is_over, folder.name
                require_recovered(story, folder)

    return require


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(
    story, kind, part, require_survived
):
    require_survived(story, kind, 3 if kind is Kind.SQLITE else 1, slice(part, None, _PARTS))


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_each_step_each_time_nothing_is_lost_and_nothing_doubled(
    story, kind, steps, require_survived
):
    require_survived(story, kind, len(steps[story]))


def test_the_stories_pass_every_step_that_there_is(steps, tmp_path):
    others = [tell(story, tmp_path / story) for story in KEEPING | IMPORTING]
    source = Path(__file__).parents[2] / "gateway"
    named = {
        step
        for file in source.rglob("*.py")
        for step in re.findall(r'\bstep\(\s*"([a-z:-]+)"', file.read_text())
    }

    assert set().union(*steps.values(), *others) == named


def test_a_story_that_nobody_kills_ends_well(nursery, tmp_path):
    for story in STORIES:
        a_home(tmp_path / story)
        assert nursery.tell(story, tmp_path / story) == 0
        require_recovered(story, tmp_path / story)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_random_moments_and_again_nothing_is_lost_and_nothing_doubled(
    story, nursery, tmp_path
):
    chance = random.Random(story)  # noqa: S311 - the moments are to be the same each time
    for round_ in range(300):
        folder = tmp_path / str(round_)
        a_home(folder)
        for _ in range(chance.randrange(1, 4)):
            nursery.tell(story, folder, after=chance.uniform(0.0, 0.25))

        require_recovered(story, folder)
