"""Others' verifier (golang.org/x/mod, behind a small driver) and ours, side by side.

It needs Go and `golang.org/x/mod`, and is skipped where they are not there; what ours says of the
same files is tested anyway.
"""

import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.export import export
from audit.note import KeyType
from audit.quorum import Quorum
from audit.verify import Witnessed, verify_folder
from tests.audit.builders import KEY, OTHER_KEY, WITNESSES, Log, a_detail, a_leaf, a_log, cosigned
from tests.audit.tampering import SIZE, TAMPERING
from tests.shared_data import shared

FIRST, SECOND, THIRD = WITNESSES[:3]
TRUSTED = (KEY.verifier, FIRST.verifier, SECOND.verifier)
WITNESSED = Witnessed(Quorum(TRUSTED[1:], 2))
FLIPS = 200
MANY = 100_000


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return the verifier that others wrote, built."""
    source = shared("verifier/main.go")
    if shutil.which("go") is None or not Path("/usr/share/gocode/src/golang.org/x/mod").is_dir():
        pytest.skip("needs Go and golang.org/x/mod (golang-go golang-golang-x-mod-dev)")
    build = tmp_path_factory.mktemp("go")
    go = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(build / "cache"),
        "PATH": "/usr/bin:/bin:/usr/local/go/bin",
        "HOME": str(build),
    }
    made = build / "tlogcheck"
    subprocess.run(["go", "build", "-o", made, source], check=True, env=go, cwd=build)
    return made


@dataclass(frozen=True)
class Stranger:
    """Others' verifier with the keys that it trusts."""

    program: Path
    keys: Path

    def accepts(self, folder, *options: object, keys=None, quorum=2):
        command = [self.program, "-dir", folder, "-vkeys", keys or self.keys, "-full"]
        asked = [*command, "-quorum", str(quorum), *map(str, options)]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def stranger(program, tmp_path_factory):
    keys = tmp_path_factory.mktemp("trusted") / "vkeys"
    keys.write_text("".join(f"{key.vkey}\n" for key in TRUSTED))
    return Stranger(program, keys)


def ours(folder, older=()):
    return verify_folder(folder, TRUSTED, older, WITNESSED).holds


def exported(log, path, *witnesses, at=1_767_261_600):
    note = cosigned(log.note(), *(witnesses or (FIRST, SECOND)), at=at)
    export(path, note, TRUSTED, log.read_leaves)
    return path


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    """Return a small exported log with two cosignatures, not to be changed."""
    return exported(a_log(SIZE), tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def remembered(tmp_path_factory):
    """Return a cosigned checkpoint from before, which every tile is needed to prove."""
    path = tmp_path_factory.mktemp("older") / "checkpoint"
    path.write_bytes(cosigned(a_log(100).note(), FIRST, SECOND))
    return path


@pytest.fixture(scope="module")
def large():
    """Return a log of a hundred thousand disclosures."""
    one = a_leaf(a_detail()).encode()
    nonce = b'"nonce":"' + b"0" * 32
    leaves = (one.replace(nonce, b'"nonce":"%032x' % number) for number in range(MANY))
    return Log().append(*leaves)


def test_a_hundred_thousand_entries_with_two_witnesses_are_accepted_by_both(
    stranger, large, tmp_path
):
    log = exported(large, tmp_path / "log", at=int(time.time()))
    smaller = Log().append(*large.leaves[:70_001])
    older, proof, entry = (tmp_path / name for name in ("older", "7.tlog-proof", "7.json"))
    older.write_bytes(cosigned(smaller.note(), FIRST, SECOND))
    with_witnesses = smaller.proof(7)
    proof.write_bytes(type(with_witnesses)(7, with_witnesses.hashes, older.read_bytes()).encode())
    entry.write_bytes(large.leaves[7])
    evidence = ["-old", older, "-proof", proof, "-entry", entry, "-max-age", "1h"]

    assert all(stranger.accepts(log, *evidence, "-index", n) for n in (0, 65_536, MANY - 1))
    assert ours(log, [smaller.checkpoint()])

    entry.write_bytes(large.leaves[8])
    assert not stranger.accepts(log, *evidence)


@pytest.mark.parametrize("size", [1, 256, 70_000])
def test_a_log_of_any_size_is_accepted_by_both(stranger, tmp_path, size):
    log = exported(a_log(size), tmp_path)

    assert stranger.accepts(log, "-index", size // 2)
    assert ours(log)


def _without(path, *witnesses):
    lines = (path / "checkpoint").read_bytes().splitlines(keepends=True)
    names = [f"— {witness.name} ".encode() for witness in witnesses]
    kept = [line for line in lines if not line.startswith(tuple(names))]
    (path / "checkpoint").write_bytes(b"".join(kept))


def _sign_anew(path, log, *witnesses):
    for folder in ("tile",):
        shutil.rmtree(path / folder)
    (path / "checkpoint").unlink()
    exported(log, path, *witnesses)


def _pass_off(path):
    """Have a stranger cosign in the name of the second witness."""
    forger = type(SECOND).from_seed(SECOND.name, bytes(range(40, 72)))
    note = cosigned(a_log(SIZE).note(), FIRST, forger)
    (path / "checkpoint").write_bytes(note)


def _borrow(path):
    """Put the witnesses' lines below an older checkpoint under the newest."""
    lines = cosigned(a_log(SIZE - 1).note(), FIRST, SECOND).splitlines(keepends=True)
    (path / "checkpoint").write_bytes(a_log(SIZE).note() + b"".join(lines[-2:]))


def _postdate(path):
    line = SECOND.cosign(a_log(SIZE).checkpoint(), 1)
    late = type(line)(line.name, line.id, (2).to_bytes(8, "big") + line.signature[8:])
    (path / "checkpoint").write_bytes(cosigned(a_log(SIZE).note(), FIRST) + late.encode().encode())


def _rewritten(*last):
    """Return a history of as many entries in which the first is another, signed by the log."""
    return Log().append(b'{"entry":"rewritten"}', *a_log(SIZE).leaves[1:]).append(*last)


# What the witnesses, or what somebody remembers, are needed for.
TAMPERING_WITH_WITNESSES = {
    "both witnesses removed": lambda path: _without(path, FIRST, SECOND),
    "one witness removed": lambda path: _without(path, SECOND),
    "a cosignature by somebody else in a witness's name": _pass_off,
    "cosignatures of an older checkpoint": _borrow,
    "a cosignature with another time": _postdate,
    "a cosignature by a witness who is not trusted": lambda path: _sign_anew(
        path, a_log(SIZE), FIRST, THIRD
    ),
    "a rewritten history that the log's key signed, without witnesses": lambda path: (
        _sign_anew(path, _rewritten()),
        _without(path, FIRST, SECOND),
    ),
    "a rewritten history that witnesses cosigned too": lambda path: _sign_anew(path, _rewritten()),
    "an older log put back, with its genuine cosigned checkpoint": lambda path: _sign_anew(
        path, a_log(99)
    ),
}


@pytest.fixture(params=[*TAMPERING, *TAMPERING_WITH_WITNESSES])
def tampered(genuine, tmp_path, request):
    folder = shutil.copytree(genuine, tmp_path / "log")
    if request.param in TAMPERING:
        TAMPERING[request.param][0](folder)
    else:
        TAMPERING_WITH_WITNESSES[request.param](folder)
    return folder


def test_tampering_of_every_kind_is_refused_by_ours(tampered):
    assert not ours(tampered, [a_log(100).checkpoint()])


def test_tampering_of_every_kind_is_refused_by_the_strangers(stranger, tampered, remembered):
    assert not stranger.accepts(tampered, "-old", remembered, "-index", 300)


def _flips(folder):
    """Flip one bit of one file at a time; the folder is as it was afterwards."""
    dice = random.Random(6962)  # noqa: S311 - which bits are tried need not be secret
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for _ in range(FLIPS):
        file = dice.choice(files)
        genuine = file.read_bytes()
        bit = dice.randrange(8 * len(genuine))
        flipped = bytearray(genuine)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        yield f"{file.relative_to(folder)} bit {bit}"
        file.write_bytes(genuine)


@pytest.fixture
def folder(genuine, tmp_path):
    return shutil.copytree(genuine, tmp_path / "log")


def test_any_of_two_hundred_flipped_bits_is_refused_by_ours(folder):
    accepted = [flip for flip in _flips(folder) if ours(folder)]

    assert accepted == []
    assert ours(folder)


def test_any_of_two_hundred_flipped_bits_is_refused_by_the_strangers(stranger, folder, remembered):
    keys = folder / "vkeys"  # it is among the files
    asked = ("-old", remembered, "-index", 300)

    accepted = [flip for flip in _flips(folder) if stranger.accepts(folder, *asked, keys=keys)]

    assert accepted == []
    assert stranger.accepts(folder, *asked, keys=keys)


def test_the_word_of_witnesses_can_be_too_old(stranger, genuine):
    late = Witnessed(WITNESSED.quorum, not_before=1_767_261_600 + 3600)

    report = verify_folder(genuine, TRUSTED, (), late)

    assert report.fault is not None
    assert report.fault.where == "checkpoint"
    assert not stranger.accepts(genuine, "-max-age", "1h", "-now", "2026-01-01T11:30:00Z")
    assert stranger.accepts(genuine, "-max-age", "1h", "-now", "2026-01-01T10:30:00Z")


def test_keys_of_witnesses_stand_behind_the_log_s_own(genuine):
    lines = (genuine / "vkeys").read_text().splitlines()

    assert lines == [key.vkey for key in TRUSTED]
    assert [key.type for key in TRUSTED[1:]] == [KeyType.COSIGNATURE] * 2


def test_a_log_signed_by_another_key_is_refused(stranger, tmp_path):
    log = a_log(SIZE, OTHER_KEY)
    export(tmp_path, log.note(), (OTHER_KEY.verifier,), log.read_leaves)

    assert not stranger.accepts(tmp_path, quorum=0)
    assert not verify_folder(tmp_path, TRUSTED).holds
