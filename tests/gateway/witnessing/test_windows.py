"""Times: an entry that is dated before or after what its witnesses saw is found."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import Checkpoint
from audit.cosignature import CosigningKey
from audit.note import SigningKey
from audit.quorum import Quorum
from gateway.storage.cosignatures import Cosignatures, CosignedNote
from gateway.verifying.times import Window, out_of_window, windows

SKEW = timedelta(seconds=30)
LOG = SigningKey("example.org/log", Ed25519PrivateKey.generate())
WITNESSES = [
    CosigningKey(f"w{number}.example", Ed25519PrivateKey.generate()) for number in (1, 2, 3)
]
QUORUM = Quorum(tuple(one.verifier for one in WITNESSES), 2)


def a_note(size, *seconds):
    """Return the checkpoint of this size, cosigned by the witnesses at these seconds."""
    checkpoint = Checkpoint(LOG.name, size, bytes(32))
    lines = (
        one.cosign(checkpoint, at).encode() for one, at in zip(WITNESSES, seconds, strict=False)
    )
    return CosignedNote(1, size, checkpoint.sign(LOG) + "".join(lines).encode())


def bounds(*notes):
    return list(windows(notes, QUORUM, [LOG.verifier], SKEW))


def test_between_two_cosigned_checkpoints_both_bound_the_times():
    before, between, after = bounds(a_note(3, 1000, 1001), a_note(7, 2000, 2001))
    assert (before.start, before.stop, before.earliest) == (0, 3, None)
    assert (between.start, between.stop) == (3, 7)
    assert (between.earliest, between.latest) == (970_000, 2_030_999)
    assert (after.start, after.earliest, after.latest) == (7, 1_970_000, None)


def test_a_checkpoint_that_too_few_cosigned_bounds_nothing():
    assert bounds(a_note(3, 1000)) == [Window(0, 2**63 - 1, None, None)]


def test_a_checkpoint_that_the_log_did_not_sign_bounds_nothing():
    stranger = SigningKey("example.org/log", Ed25519PrivateKey.generate())
    note = Checkpoint(LOG.name, 3, bytes(32)).sign(stranger)
    assert bounds(CosignedNote(1, 3, note)) == [Window(0, 2**63 - 1, None, None)]


@dataclass
class Entries:
    """A log that has just these times."""

    times: list[int]

    @property
    def published(self):
        return self

    @property
    def end(self):
        return len(self.times)

    def leaves(self, start, stop):
        yield from ((at, b'{"at":%d,"x":1}' % self.times[at]) for at in range(start, stop))


@pytest.mark.parametrize(
    ("times", "found"),
    [
        pytest.param([990_000, 995_000, 1_500_000, 2_100_000], [], id="all in their windows"),
        pytest.param([990_000, 995_000, 900_000, 2_100_000], [2], id="one backdated"),
        pytest.param([990_000, 1_100_000, 1_500_000, 2_100_000], [1], id="one dated forward"),
        pytest.param([990_000, 995_000, 1_500_000, 1_900_000], [3], id="the newest backdated"),
    ],
)
def test_an_entry_out_of_its_window_is_found(times, found):
    seen = iter(bounds(a_note(2, 1000, 1000), a_note(3, 2000, 2000)))
    assert [index for index, _ in out_of_window(Entries(times), seen)] == found


def complaints(world):
    log = world.gateway.office.committer.log
    log.refresh()
    notes = Cosignatures(world.gateway.database).all()
    quorum = world.gateway.settings.witnesses.quorum
    return list(out_of_window(log, windows(notes, quorum, log.verifiers, SKEW)))


def test_what_a_gateway_records_lies_in_the_windows_of_its_witnesses(watched, clock):
    for _ in range(3):
        with watched(starts=False) as world:  # which has it cosigned, and keeps that at its end
            world.ask("nobody")
        clock.advance(seconds=100)
    with watched(starts=False) as world:
        assert len(Cosignatures(world.gateway.database).all()) == 3
        assert complaints(world) == []


def test_a_gateway_whose_clock_was_set_back_is_found_out(watched, clock):
    clock.advance(days=3)
    with watched(starts=False) as world:
        first = world.size
    clock.advance(days=-3)
    with watched(starts=False) as world:
        world.ask("nobody")
        found = complaints(world)
    assert first in {index for index, _ in found}
