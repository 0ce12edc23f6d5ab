"""Migrations: how a database comes from one version's tables to the next one's."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from gateway.errors import StorageError

_FOLDER = Path(__file__).parent

# Nodes that start together upgrade one after the other; SQLite's migrations lock the file.
_ALONE = {"postgresql": text("SELECT pg_advisory_xact_lock(212795394)")}


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of *engine* up to *revision*: the newest, unless one is named.

    Raises `StorageError` where that cannot be done.
    """
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database of *engine* down to *revision*, losing what only newer tables hold."""
    _run(engine, command.downgrade, revision)


def _run(engine: Engine, change: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    try:
        with engine.begin() as connection:
            if (lock := _ALONE.get(engine.dialect.name)) is not None:
                connection.execute(lock)
            config.attributes["connection"] = connection
            change(config, revision)
    except DatabaseError as error:
        message = "the database cannot be read or changed"
        raise StorageError(message) from error
