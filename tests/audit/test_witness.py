"""A witness: what it answers to whom, as C2SP tlog-witness has it, and what it keeps."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.cosignature import add_cosignatures, open_cosigned
from audit.errors import WitnessError
from audit.note import KeyType, SigningKey, VerifierKey, split
from audit.witness import (
    MAX_REQUEST_BYTES,
    Answer,
    Request,
    Witness,
    decode_request,
    encode_request,
)
from tests.audit.builders import KEY, NOON, ORIGIN, OTHER_KEY, WITNESSES, Log, a_log

WITNESS_KEY = WITNESSES[0]
LOG = a_log(7)


@dataclass
class Disk:
    """A witness's memory in memory, which fails when told to: before it wrote, or after."""

    notes: tuple[bytes, ...] = ()
    fails: str = ""
    reads: list[tuple[bytes, ...]] = field(default_factory=list)

    def read(self):
        self.reads.append(self.notes)
        return self.notes

    def write(self, notes):
        if self.fails == "before":
            raise OSError
        self.notes = tuple(notes)
        if self.fails == "after":
            raise OSError


@dataclass
class Clock:
    at: int = NOON

    def __call__(self) -> int:
        return self.at


def _witness(disk=None, logs=(KEY.verifier,), clock=None):
    return Witness(
        key=WITNESS_KEY, logs=tuple(logs), memory=disk or Disk(), now=clock or (lambda: NOON)
    )


def _grown(log, old):
    """Return the request to cosign *log*, which grew since it had *old* entries."""
    proof = log.edge.consistency_proof(old, log.edge.size, log.read_tile)
    return encode_request(old, proof, log.note())


def _ask(witness, log=LOG, old=0):
    return witness.add_checkpoint(_grown(log, old))


def test_a_checkpoint_is_cosigned_with_the_time_of_day():
    answer = _ask(_witness())

    note = add_cosignatures(LOG.note(), answer.body, [WITNESS_KEY.verifier])
    found = open_cosigned(note, (KEY.verifier, WITNESS_KEY.verifier))
    assert answer.status == 200
    assert [(one.witness, one.at) for one in found.cosignatures] == [(WITNESS_KEY.verifier, NOON)]


def test_a_log_that_grew_is_cosigned_again_and_the_last_checkpoint_is_shown():
    witness = _witness()
    log = a_log(7)
    _ask(witness, log)
    log.append(b"more")

    assert _ask(witness, log, 7).status == 200
    shown = witness.latest(sha256(ORIGIN.encode()).hexdigest())
    found = open_cosigned(shown.body, (KEY.verifier, WITNESS_KEY.verifier))
    assert shown.status == 200
    assert found.checkpoint == log.checkpoint()
    assert len(found.cosignatures) == 1


def test_a_log_that_did_not_grow_is_cosigned_afresh():
    clock = Clock()
    witness = _witness(clock=clock)
    first = _ask(witness)
    clock.at += 60

    again = _ask(witness, old=7)

    assert again.status == 200
    assert again.body != first.body


def test_a_clock_that_is_put_back_does_not_put_a_cosignature_back():
    clock = Clock()
    witness = _witness(clock=clock)
    first = _ask(witness)
    clock.at -= 3600

    assert _ask(witness, old=7).body == first.body


@pytest.mark.parametrize("old", [0, 3, 6])
def test_another_old_size_than_that_cosigned_last_is_a_conflict_that_names_it(old):
    witness = _witness()
    _ask(witness)

    answer = _ask(witness, a_log(9), old)

    assert (answer.status, answer.body, answer.media_type) == (409, b"7\n", "text/x.tlog.size")
    assert (answer.last_size, answer.is_fork, answer.is_cosigned) == (7, False, False)


def test_a_log_that_was_never_cosigned_is_of_size_nought():
    answer = _ask(_witness(), old=3)

    assert (answer.status, answer.body) == (409, b"0\n")


def test_another_root_of_the_size_cosigned_last_is_a_conflict_of_another_kind():
    witness = _witness()
    _ask(witness)

    answer = _ask(witness, a_log(6).append(b"forged"), 7)

    assert (answer.status, answer.media_type) == (409, "text/plain; charset=utf-8")
    assert answer.body == b"another root of this size was cosigned: the log has forked\n"
    assert (answer.last_size, answer.is_fork, answer.is_cosigned) == (None, True, False)


@pytest.mark.parametrize("body", [b"", b"\n", b"07\n", b"-1\n", b"seven", b"\xff\n", b"9" * 99])
def test_an_answer_with_a_size_that_is_none_is_refused(body):
    with pytest.raises(WitnessError, match="does not hold a size"):
        _ = Answer(409, body, "text/x.tlog.size").last_size


def test_a_history_that_was_rewritten_is_refused():
    witness = _witness()
    _ask(witness)

    answer = _ask(witness, a_log(6).append(b"forged", b"and more"), 7)

    assert answer.status == 422
    assert _ask(witness, a_log(8), 7).status == 200


def test_a_log_that_was_rolled_back_is_refused():
    witness = _witness()
    _ask(witness)

    assert _ask(witness, a_log(5)).status == 409
    assert witness.add_checkpoint(encode_request(7, [], a_log(5).note())).status == 400


@pytest.mark.parametrize(
    ("old", "proof", "log"),
    [
        pytest.param(0, [bytes(32)], LOG, id="a hash although nothing was cosigned before"),
        pytest.param(7, [bytes(32)], LOG, id="a hash although nothing was added"),
        pytest.param(7, [], a_log(9), id="no hashes"),
        pytest.param(7, [bytes(32)] * 63, a_log(9), id="other hashes"),
    ],
)
def test_a_proof_is_refused_for(old, proof, log):
    witness = _witness()
    if old:
        _ask(witness)

    assert witness.add_checkpoint(encode_request(old, proof, log.note())).status == 422


def test_an_empty_log_has_the_root_of_nothing():
    forged = Checkpoint(ORIGIN, 0, bytes(32)).sign(KEY)

    assert _witness().add_checkpoint(encode_request(0, [], forged)).status == 422
    assert _ask(_witness(), Log()).status == 200


def test_an_unknown_log_is_not_found():
    assert _ask(_witness(logs=[OTHER_KEY.verifier])).status == 404
    assert _ask(_witness(logs=[])).status == 404
    assert _witness().latest(sha256(ORIGIN.encode()).hexdigest()).status == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden():
    witness = _witness()
    stranger = SigningKey.from_seed(ORIGIN, bytes(32))
    forged = LOG.note().replace(b"\n7\n", b"\n8\n")

    for note in (stranger.sign(LOG.checkpoint().encode()), forged):
        assert witness.add_checkpoint(encode_request(0, [], note)).status == 403


def test_a_log_s_other_signatures_are_not_shown_and_unknown_ones_ignored():
    witness = _witness()
    stranger = OTHER_KEY.sign(LOG.checkpoint().encode()).partition(b"\n\n")[2]

    assert witness.add_checkpoint(encode_request(0, [], LOG.note() + stranger)).status == 200
    shown = witness.latest(sha256(ORIGIN.encode()).hexdigest()).body
    assert [line.name for line in split(shown)[1]] == [ORIGIN, WITNESS_KEY.name]


def test_a_log_may_change_its_key():
    new = SigningKey.from_seed(ORIGIN, bytes(32))
    witness = _witness(logs=(KEY.verifier, new.verifier))
    assert _ask(witness).status == 200

    assert _ask(witness, a_log(9, new), 7).status == 200


def test_each_log_is_remembered_by_itself():
    disk = Disk()
    witness = _witness(disk, (KEY.verifier, OTHER_KEY.verifier))
    _ask(witness)
    _ask(witness, a_log(3, OTHER_KEY))

    restarted = _witness(disk, (KEY.verifier, OTHER_KEY.verifier))

    assert _ask(restarted).body == b"7\n"
    assert _ask(restarted, a_log(3, OTHER_KEY)).body == b"3\n"


@pytest.mark.parametrize("fails", ["before", "after"])
def test_what_could_not_be_kept_is_not_cosigned(fails):
    disk = Disk(fails=fails)
    witness = _witness(disk)

    answer = _ask(witness)

    assert (answer.status, answer.body) == (
        503,
        b"the witness cannot be sure of what it remembers\n",
    )


def test_after_a_failure_the_disk_is_asked_and_not_what_was_hoped():
    disk = Disk(fails="after")
    witness = _witness(disk)
    _ask(witness)
    disk.fails = ""

    assert _ask(witness, a_log(6).append(b"forged", b"more")).body == b"7\n"
    assert _ask(witness, old=7).status == 200


def test_no_request_comes_between_the_check_and_the_keeping_of_another():
    reached, go_on = Event(), Event()

    class SlowDisk(Disk):
        def write(self, notes):
            reached.set()
            assert go_on.wait(10)
            super().write(notes)

    witness = _witness(SlowDisk())
    with ThreadPoolExecutor(2) as pool:
        larger = pool.submit(_ask, witness, a_log(9))
        assert reached.wait(10)
        smaller = pool.submit(_ask, witness, LOG)
        done, _ = wait([smaller], timeout=0.05)
        assert not done
        go_on.set()

        assert larger.result(10).status == 200
        assert smaller.result(10).last_size == 9


def test_a_memory_that_cannot_be_read_again_is_no_reason_to_guess():
    disk = Disk(fails="after")
    witness = _witness(disk)
    _ask(witness)
    disk.notes, disk.fails = (b"nonsense",), ""

    assert _ask(witness).status == 503
    assert witness.latest(sha256(ORIGIN.encode()).hexdigest()).status == 503


def test_a_witness_does_not_start_with_what_it_did_not_cosign():
    for note in (LOG.note(), b"nonsense", WITNESSES[1].name.encode()):
        with pytest.raises(WitnessError, match="did not cosign what it is to remember"):
            _witness(Disk((note,)))


def test_a_witness_s_key_is_not_followed_as_a_log():
    with pytest.raises(WitnessError, match="does not sign checkpoints"):
        _witness(logs=[VerifierKey("a", bytes(32), KeyType.COSIGNATURE)])


def test_a_request_leads_back():
    request = Request(5, (bytes(32), b"\1" * 32), LOG.note())

    assert decode_request(encode_request(5, request.proof, request.note)) == request
    longest = encode_request(2**62, [bytes(32)] * 63, LOG.note())
    assert len(decode_request(longest).proof) == 63


GOOD = _grown(a_log(7), 3)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"old 0", id="no checkpoint"),
        pytest.param(b"old 0\n\n", id="an empty checkpoint"),
        pytest.param(GOOD.replace(b"old 3", b"3"), id="no word before the old size"),
        pytest.param(GOOD.replace(b"old 3", b"old 03"), id="a leading zero"),
        pytest.param(GOOD.replace(b"old 3", b"old -3"), id="a negative size"),
        pytest.param(GOOD.replace(b"old 3", b"old  3"), id="two spaces"),
        pytest.param(GOOD.replace(b"old 3\n", b"old 3\r\n"), id="line ends of another system"),
        pytest.param(GOOD.replace(b"old 3", b"old " + b"9" * 5000), id="a number without end"),
        pytest.param(GOOD.replace(b"=\n", b"\n", 1), id="a hash that is not base64"),
        pytest.param(GOOD.replace(b"old 3\n", b"old 3\nAAAA\n"), id="a short hash"),
        pytest.param(encode_request(0, [bytes(32)] * 64, LOG.note()), id="too many hashes"),
        pytest.param(GOOD.replace(b"\n7\n", b"\n07\n"), id="a checkpoint's size"),
        pytest.param(GOOD.replace(b"\n7\n", b"\n7\nmore\n"), id="an extension line"),
        pytest.param(GOOD[:-1], id="half a signature line"),
        pytest.param(GOOD + b"\n", id="an empty line at the end"),
        pytest.param(GOOD + b"x" * 20_000, id="a note that is too long"),
        pytest.param(b"x" * MAX_REQUEST_BYTES, id="a long line"),
        pytest.param(b"\n" * MAX_REQUEST_BYTES, id="many lines"),
        pytest.param(b"\xff" + GOOD, id="not UTF-8"),
    ],
)
def test_a_request_is_malformed_with(data):
    answer = _witness().add_checkpoint(data)

    assert answer.status == 400
    assert len(answer.body) < 200
    assert answer.body.count(b"\n") == 1


@given(st.binary(max_size=500))
def test_any_bytes_are_answered_with_400(data):
    assert _witness().add_checkpoint(data).status == 400


@given(st.integers(0, 8 * len(GOOD) - 1))
def test_a_request_with_a_flipped_bit_is_never_cosigned(bit):
    witness = _witness()
    _ask(witness, a_log(3))
    flipped = bytearray(GOOD)
    flipped[bit // 8] ^= 1 << bit % 8

    assert witness.add_checkpoint(bytes(flipped)).status in {400, 403, 404, 409, 422}
    assert witness.add_checkpoint(GOOD).status == 200
