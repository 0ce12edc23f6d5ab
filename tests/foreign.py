"""Other people's validators, in environments of their own, so that what they pin stays theirs.

    foreign.python("be-cin")   an interpreter that imports what `foreign/be-cin.lock` pins
    foreign.npm("fhir")        the `node_modules` that `foreign/fhir/package-lock.json` pins
    foreign.node()             Node.js itself

An environment is made once, under `build/foreign`, and anew when its lock changes. Where it cannot
be made (no network, another Python) the test that asked skips in one line.
"""

import fcntl
import functools
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

_LOCKS = Path(__file__).parent / "foreign"
_MADE = Path(__file__).parents[1] / "build" / "foreign"
_SECONDS = 600
_NODE = "node"


@functools.cache
def python(name: str) -> Path:
    """Return the interpreter of the environment that `foreign/<name>.lock` pins, or skip."""
    lock = _LOCKS / f"{name}.lock"
    folder = _environment(name, lock.read_bytes(), lambda made: _install(made, lock))
    return folder / "bin" / "python"


@functools.cache
def npm(name: str) -> Path:
    """Return the `node_modules` that `foreign/<name>/package-lock.json` pins, or skip."""
    pinned = _LOCKS / name
    node()
    lock = (pinned / "package-lock.json").read_bytes()
    return _environment(name, lock, lambda made: _clean_install(made, pinned)) / "node_modules"


@functools.cache
def node() -> Path:
    """Return Node.js: the machine's own, or one from a wheel; or skip."""
    if own := shutil.which("node"):
        return Path(own)
    return python(_NODE).with_name("node")


def _environment(name: str, lock: bytes, make: Callable[[Path], None]) -> Path:
    """Return the folder of *name*, made by one process while the others wait."""
    digest = sha256(lock + sys.version.encode()).hexdigest()
    folder, stamp = _MADE / name, _MADE / f"{name}.made"
    with _alone(_MADE / f"{name}.busy"):
        if stamp.exists() and stamp.read_text() == digest:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        try:
            make(folder)
        except (OSError, subprocess.SubprocessError):
            pytest.skip(f"needs `{name}` of another project, which could not be installed here")
        stamp.write_text(digest)
    return folder


def _install(folder: Path, lock: Path) -> None:
    venv.create(folder, with_pip=True)
    _run([folder / "bin/python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])


def _clean_install(folder: Path, pinned: Path) -> None:
    shutil.copytree(pinned, folder)
    runner = node().with_name("npm")
    _run([runner, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def _run(command: list[str | Path], folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_SECONDS)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
