"""A witness and a log, in any order of events: no two histories are cosigned, none is stuck.

The log's key is in the hands of an honest log and of somebody who forks it; the disk fails, the
process dies before and after it wrote, answers are lost, requests are repeated.
"""

from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audit.checkpoint import Checkpoint
from audit.cosignature import add_cosignatures, open_cosigned
from audit.merkle import consistency_ranges, leaf_hash
from audit.witness import SIZE_TYPE, Witness, encode_request
from audit.witness_file import WitnessFile
from tests.audit import oracle
from tests.audit.builders import KEY, NOON, ORIGIN, WITNESSES

WITNESS_KEY = WITNESSES[0]
fates = st.sampled_from(["", "", "", "fails before", "fails after", "dies before", "dies after"])


class _DiedError(Exception):
    """The process of the witness was killed."""


class _Disk:
    """The file of a witness, whose next writing meets its *fate*."""

    def __init__(self, path) -> None:
        self.file = WitnessFile(path)
        self.fate = ""

    def read(self):
        return self.file.read()

    def write(self, notes):
        how, _, when = self.fate.partition(" ")
        if when != "before":
            self.file.write(notes)
        if how:
            raise OSError if how == "fails" else _DiedError


def _root(history, size):
    return oracle.root([leaf_hash(leaf) for leaf in history[:size]])


def _proof(history, old, new):
    hashes = [leaf_hash(leaf) for leaf in history]
    return [oracle.root(hashes[start:end]) for start, end in consistency_ranges(old, new)]


class WitnessAndLog(RuleBasedStateMachine):
    """Histories of one log, of which the first is the honest one, and what was cosigned."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.disk = _Disk(Path(self.folder.name) / "cosigned")
        self.disk.write([])
        self.histories = [[b"first"]]
        self.now = NOON
        self.cosigned = []  # (history, time) of every cosignature that anybody was given
        self.sent = []
        self.restart()

    def teardown(self):
        self.folder.cleanup()

    @rule()
    def restart(self):
        self.witness = Witness(
            key=WITNESS_KEY, logs=(KEY.verifier,), memory=self.disk, now=lambda: self.now
        )

    @rule(which=st.integers(0, 5), leaves=st.lists(st.binary(max_size=2), min_size=1, max_size=4))
    def grow(self, which, leaves):
        self.histories[which % len(self.histories)].extend(leaves)

    @precondition(lambda self: len(self.histories) < 4)
    @rule(which=st.integers(0, 5), at=st.integers(0, 20))
    def fork(self, which, at):
        history = self.histories[which % len(self.histories)]
        self.histories.append([*history[: at % len(history)], b"forged"])

    @rule(seconds=st.integers(-90, 90))
    def pass_time(self, seconds):
        self.now += seconds

    @rule(which=st.integers(0, 5), size=st.integers(0, 30), old=st.integers(0, 30), fate=fates)
    def submit(self, which, size, old, fate):
        history = self.histories[which % len(self.histories)]
        size %= len(history) + 1
        self._send(history, old % (size + 1), size, fate)

    @rule(which=st.integers(0, 5), fate=fates)
    def submit_as_a_log_does(self, which, fate):
        self._until_cosigned(self.histories[which % len(self.histories)], fate)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 100))
    def repeat(self, which):
        data, history, size = self.sent[which % len(self.sent)]
        self._post(data, history[:size], "")

    @rule()
    def the_honest_log_is_not_stuck(self):
        honest = self.histories[0]
        kept = self._kept()
        size = kept.size if kept else 0
        if size <= len(honest) and (kept is None or kept.root == _root(honest, size)):
            assert self._until_cosigned(honest, "") == 200

    @invariant()
    def all_that_was_cosigned_is_one_history(self):
        for (older, earlier), (newer, later) in pairwise(self.cosigned):
            assert newer[: len(older)] == older
            assert earlier <= later

    @invariant()
    def nothing_was_cosigned_that_is_not_kept(self):
        if self.cosigned:
            last, at = self.cosigned[-1]
            kept = self._kept()
            assert kept.size >= len(last)
            assert kept.size > len(last) or kept.root == _root(last, len(last))
            assert at >= NOON - 90 * 50

    def _kept(self):
        """Return the checkpoint on the disk, whatever the witness believes."""
        notes = self.disk.read()
        return Checkpoint.decode(notes[0].decode().partition("\n\n")[0] + "\n") if notes else None

    def _until_cosigned(self, history, fate):
        """Do what a log does that lost track: ask, be told the size, ask again."""
        size = len(history)
        first = self._send(history, size, size, fate)
        if first is None or first.status != 409 or first.media_type != SIZE_TYPE:
            return first and first.status
        old = int(first.body)
        if old > size:
            return first.status
        again = self._send(history, old, size, fate)
        return again and again.status

    def _send(self, history, old, size, fate):
        note = Checkpoint(ORIGIN, size, _root(history, size)).sign(KEY)
        data = encode_request(old, _proof(history[:size], old, size), note)
        self.sent.append((data, list(history), size))
        return self._post(data, history[:size], fate)

    def _post(self, data, history, fate):
        self.disk.fate = fate
        answer = None
        with suppress(_DiedError):
            answer = self.witness.add_checkpoint(data)
        self.disk.fate = ""
        if answer is None:
            self.restart()
        elif answer.status == 200:
            note = Checkpoint(ORIGIN, len(history), _root(history, len(history))).sign(KEY)
            known = (KEY.verifier, WITNESS_KEY.verifier)
            seen = open_cosigned(add_cosignatures(note, answer.body, known), known)
            self.cosigned.append((list(history), seen.cosignatures[0].at))
        return answer


TestWitnessAndLog = WitnessAndLog.TestCase
TestWitnessAndLog.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
