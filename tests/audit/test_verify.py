"""Verification of whole logs: what was changed is found, and named."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.export import export
from audit.quorum import Quorum
from audit.tiles import decode_bundle, encode_bundle
from audit.verify import Fault, verify_folder, verify_leaves
from tests.audit.builders import KEY, ORIGIN, OTHER_KEY, WITNESSES, a_log, cosigned
from tests.shared_data import shared

KEYS = (KEY.verifier,)
SIZE = 700


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a folder with an exported log of `SIZE` entries, not to be changed."""
    path = tmp_path_factory.mktemp("log")
    log = a_log(SIZE)
    export(path, log.note(), KEYS, log.read_leaves)
    return path


@pytest.fixture
def folder(exported, tmp_path):
    """Return a copy of the exported log, to be tampered with."""
    return shutil.copytree(exported, tmp_path / "log")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Return a verifier that others wrote: golang.org/x/mod, behind a small driver."""
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
    program = build / "tlogcheck"
    subprocess.run(["go", "build", "-o", program, source], check=True, env=go, cwd=build)

    def accepts(path, *options: object):
        command = [program, "-dir", path, "-vkeys", path / "vkeys", "-quorum", "0", "-full"]
        done = subprocess.run([*command, *map(str, options)], capture_output=True, check=False)
        return done.returncode == 0

    return accepts


def _edit(file, change):
    file.write_bytes(change(file.read_bytes()))


def _swap(file, width):
    entries = decode_bundle(file.read_bytes(), width)
    entries[3], entries[4] = entries[4], entries[3]
    file.write_bytes(encode_bundle(entries))


def _drop(file, width):
    entries = decode_bundle(file.read_bytes(), width)
    file.write_bytes(encode_bundle([*entries[:3], *entries[4:], b"{}"]))


def _sign_anew(path, log):
    (path / "checkpoint").write_bytes(log.note())


# Each kind of tampering, and where the verifier says that it is.
TAMPERING = {
    "an entry altered": (
        lambda path: _edit(path / "tile/entries/001", lambda data: data.replace(b":300", b":999")),
        "entry 300",
    ),
    "an entry altered in the last bundle": (
        lambda path: _edit(
            path / "tile/entries/002.p/188", lambda data: data.replace(b":600", b":601")
        ),
        "entries 512 to 699",
    ),
    "two entries swapped": (lambda path: _swap(path / "tile/entries/000", 256), "entry 3"),
    "an entry dropped and one added": (
        lambda path: _drop(path / "tile/entries/000", 256),
        "entry 3",
    ),
    "a bundle cut short": (
        lambda path: _edit(path / "tile/entries/001", lambda data: data[:-1]),
        "tile/entries/001",
    ),
    "a bundle with more in it": (
        lambda path: _edit(path / "tile/entries/001", lambda data: data + b"\0\0"),
        "tile/entries/001",
    ),
    "a bundle removed": (
        lambda path: (path / "tile/entries/001").unlink(),
        "tile/entries/001",
    ),
    "a full tile altered": (
        lambda path: _edit(path / "tile/0/001", lambda data: data[:40] + b"x" + data[41:]),
        "entry 257",
    ),
    "a partial tile altered": (
        lambda path: _edit(path / "tile/0/002.p/188", lambda data: b"x" * len(data)),
        "tile/0/002.p/188",
    ),
    "an upper tile altered": (
        lambda path: _edit(path / "tile/1/000.p/2", lambda data: data[32:] + data[:32]),
        "tile/1/000.p/2",
    ),
    "a tile cut short": (
        lambda path: _edit(path / "tile/0/001", lambda data: data[:-32]),
        "tile/0/001",
    ),
    "a tile with more in it": (
        lambda path: _edit(path / "tile/0/001", lambda data: data + b"x"),
        "tile/0/001",
    ),
    "a checkpoint's size altered": (
        lambda path: _edit(path / "checkpoint", lambda data: data.replace(b"\n700\n", b"\n699\n")),
        "checkpoint",
    ),
    "a checkpoint signed by a stranger": (
        lambda path: (path / "checkpoint").write_bytes(
            OTHER_KEY.sign(a_log(SIZE).checkpoint().encode())
        ),
        "checkpoint",
    ),
    "a checkpoint removed": (lambda path: (path / "checkpoint").unlink(), "checkpoint"),
    "a checkpoint of more entries than there are": (
        lambda path: _sign_anew(path, a_log(SIZE + 1)),
        "tile/entries/002.p/189",
    ),
    "a checkpoint of another log with as many entries": (
        lambda path: _sign_anew(path, a_log(SIZE - 1).append(b"another")),
        "entries 512 to 699",
    ),
}


@pytest.mark.parametrize(
    ("tamper", "where"), [pytest.param(*case, id=kind) for kind, case in TAMPERING.items()]
)
def test_tampering_is_found_and_named(folder, tamper, where):
    tamper(folder)

    report = verify_folder(folder, KEYS)

    assert not report.holds
    assert report.fault is not None
    assert report.fault.where == where


def test_any_flipped_bit_is_found(folder):
    dice = random.Random(6962)  # noqa: S311 - which bits are tried need not be secret
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "vkeys")
    for _ in range(60):
        file = dice.choice(files)
        genuine = file.read_bytes()
        bit = dice.randrange(8 * len(genuine))
        flipped = bytearray(genuine)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)

        assert not verify_folder(folder, KEYS).holds, file.name
        file.write_bytes(genuine)
    assert verify_folder(folder, KEYS).holds


def test_a_log_that_was_rolled_back_is_found_by_who_remembers(folder):
    older = a_log(SIZE).append(b"the entry that vanished").checkpoint()

    assert verify_folder(folder, KEYS, older).fault == Fault(
        "checkpoint", "the log is smaller than it once was: it was rolled back"
    )


def test_a_history_rewritten_with_the_log_s_own_key_is_found_by_who_remembers(folder):
    older = a_log(600).append(b"the entry that was replaced").checkpoint()

    report = verify_folder(folder, KEYS, older)

    assert report.fault is not None
    assert report.fault.where == "checkpoint"
    assert verify_folder(folder, KEYS).holds


@pytest.mark.parametrize("size", [0, 1, 256, 699, 700])
def test_a_log_that_only_grew_satisfies_who_remembers(exported, size):
    assert verify_folder(exported, KEYS, a_log(size).checkpoint()).holds


def test_the_entries_of_a_database_verify_without_tiles():
    log = a_log(SIZE)

    assert verify_leaves(iter(log.leaves), log.checkpoint()).holds


def test_entries_after_the_checkpoint_are_left_for_the_next():
    checkpoint = a_log(300).checkpoint()

    assert verify_leaves(iter(a_log(SIZE).leaves), checkpoint).holds


def test_a_changed_entry_is_named_by_the_tiles_of_the_database():
    log = a_log(SIZE)
    log.leaves[300] = log.leaves[300].replace(b"0", b"1")

    report = verify_leaves(log.leaves, log.checkpoint(), log.read_tile)

    assert report.fault == Fault("entry 300", "the entry and its tile `tile/0/001` disagree")
    without = verify_leaves(log.leaves, log.checkpoint()).fault
    assert without is not None
    assert without.where == "entries 0 to 699"


def test_a_log_that_ends_early_is_found():
    log = a_log(SIZE)
    del log.leaves[650:]

    assert verify_leaves(log.leaves, log.checkpoint()).fault == Fault(
        "entry 650", "the log ends before the checkpoint does"
    )


def test_a_report_says_which_checkpoint_it_is_about(exported):
    assert verify_folder(exported, KEYS).checkpoint == Checkpoint(
        ORIGIN, SIZE, a_log(SIZE).edge.root()
    )


def test_a_stranger_s_verifier_accepts_an_export(stranger, exported, tmp_path):
    log = a_log(300)
    older, proof, entry = (tmp_path / name for name in ("older", "7.tlog-proof", "7.json"))
    older.write_bytes(log.note())
    proof.write_bytes(log.proof(7).encode())
    entry.write_bytes(log.leaves[7])

    evidence = ["-old", older, "-index", 512, "-proof", proof, "-entry", entry]

    assert stranger(exported, *evidence)


@pytest.mark.parametrize("size", [1, 256, 70_000])
def test_a_stranger_s_verifier_accepts_a_log_of_any_size(stranger, tmp_path, size):
    log = a_log(size)
    export(tmp_path, log.note(), KEYS, log.read_leaves)

    assert stranger(tmp_path, "-index", size // 2)


def test_a_stranger_s_verifier_refuses_what_ours_refuses(stranger, exported, tmp_path):
    older = tmp_path / "older"
    older.write_bytes(a_log(257).note())
    accepted = set()
    for kind, (tamper, _) in TAMPERING.items():
        folder = shutil.copytree(exported, tmp_path / kind)
        tamper(folder)
        # The replay reads bundles only; consistency and inclusion make it read tiles.
        if stranger(folder, "-old", older, "-index", 600):
            accepted.add(kind)

    assert accepted == set()


@pytest.fixture
def witnessed(tmp_path):
    """Return a folder with an exported log that two of three witnesses cosigned."""
    path, log = tmp_path / "witnessed", a_log(SIZE)
    known = (*KEYS, *(witness.verifier for witness in WITNESSES))
    export(path, cosigned(log.note(), *WITNESSES[:2]), known, log.read_leaves)
    return path


TWO = Quorum(tuple(witness.verifier for witness in WITNESSES), 2)


def test_what_two_witnesses_cosigned_holds(witnessed):
    assert verify_folder(witnessed, KEYS, quorum=TWO).holds


def test_a_stranger_s_verifier_accepts_our_witnesses(witnessed, stranger):
    assert stranger(witnessed, "-quorum", 2)


def _without_witnesses(note):
    return b"".join(line for line in note.splitlines(keepends=True) if b"witness" not in line)


def _with_one_witness(note):
    return cosigned(_without_witnesses(note), WITNESSES[2])


def _with_another_time(note):
    line = WITNESSES[0].cosign(a_log(SIZE).checkpoint(), 1)
    late = type(line)(line.name, line.id, (2).to_bytes(8, "big") + line.signature[8:])
    return _without_witnesses(note) + late.encode().encode()


def _of_another_history(note):
    forged = a_log(SIZE - 1).append(b"forged")
    return forged.note() + note[len(_without_witnesses(note)) :]


not_cosigned_by_two = pytest.mark.parametrize(
    "change",
    [_without_witnesses, _with_one_witness, _with_another_time, _of_another_history],
    ids=lambda change: change.__name__.strip("_"),
)


@not_cosigned_by_two
def test_a_checkpoint_that_no_two_witnesses_cosigned_is_refused(witnessed, change):
    _edit(witnessed / "checkpoint", change)

    report = verify_folder(witnessed, KEYS, quorum=TWO)

    assert report.fault is not None
    assert report.fault.where == "checkpoint"


@not_cosigned_by_two
def test_a_stranger_s_verifier_refuses_what_no_two_witnesses_cosigned(witnessed, change, stranger):
    _edit(witnessed / "checkpoint", change)

    assert not stranger(witnessed, "-quorum", 2)


def test_verifying_needs_nothing_but_cryptography():
    script = (
        "import sys, audit.verify, audit.receipts, audit.gate, audit.export\n"
        "heavy = {'sqlalchemy', 'msgspec', 'orjson', 'gateway', 'mappings', 'pydantic'}\n"
        "print(*heavy & set(sys.modules))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout == b"\n"


def test_the_folder_copied_alone_verifies_a_log(exported, tmp_path):
    root = Path(__file__).parents[2]
    shutil.copytree(root / "audit", tmp_path / "audit")
    script = (
        "import sys; from pathlib import Path; from audit.note import VerifierKey\n"
        "from audit.verify import verify_folder\n"
        "folder = Path(sys.argv[1])\n"
        "key = VerifierKey.parse((folder / 'vkeys').read_text().strip())\n"
        "sys.exit(not verify_folder(folder, [key]).holds)\n"
    )

    done = subprocess.run([sys.executable, "-c", script, exported], cwd=tmp_path, check=False)

    assert done.returncode == 0
