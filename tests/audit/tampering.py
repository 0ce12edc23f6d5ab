"""Ways to tamper with an exported log of `SIZE` entries, and where a verifier says that it was."""

from audit.tiles import decode_bundle, encode_bundle
from tests.audit.builders import KEY, OTHER_KEY, a_log

KEYS = (KEY.verifier,)
SIZE = 700


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
