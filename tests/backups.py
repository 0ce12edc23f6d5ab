"""Backups of a home's database, made as its operator makes them while it runs, and put back."""

import sqlite3
from contextlib import closing
from pathlib import Path

from postgres import server

from gateway.settings import Settings


def back_up(home: Path, backup: Path) -> Path:
    """Write the database of *home*, as it is now, to the file *backup*, and return that."""
    url = Settings(home=home).database_url
    if url.startswith("sqlite:"):
        _copy(_file(url), backup)
    else:
        server().dump(url, backup)
    return backup


def put_back(home: Path, backup: Path) -> None:
    """Put what *backup* holds in the place of the database of *home*, which may be in use."""
    url = Settings(home=home).database_url
    if url.startswith("sqlite:"):
        _copy(backup, _file(url))
    else:
        server().restore(url, backup)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _copy(one: Path, other: Path) -> None:
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)
