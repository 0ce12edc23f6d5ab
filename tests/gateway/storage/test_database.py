"""The database and the settings that it must have."""

import sqlite3

import pytest

from gateway.errors import DurabilityError
from gateway.storage.database import Database, require_durable


def test_a_writer_has_every_setting_that_keeps_a_commit(database):
    connection = database.writer()
    require_durable(connection)
    connection.close()


@pytest.mark.parametrize(
    "pragma",
    ["synchronous = NORMAL", "foreign_keys = OFF", "secure_delete = OFF", "journal_mode = DELETE"],
)
def test_a_weak_setting_is_refused(database, pragma):
    connection = database.writer()
    connection.execute(f"PRAGMA {pragma}").fetchall()

    with pytest.raises(DurabilityError):
        require_durable(connection)
    connection.close()


def test_a_file_that_cannot_have_a_write_ahead_log_is_refused(monkeypatch):
    database = Database("sqlite:////dev/null/x.db")
    monkeypatch.setattr(database, "_connect", lambda _uri: sqlite3.connect(":memory:"))

    with pytest.raises(DurabilityError, match="journal_mode"):
        database.writer()


def test_a_reader_cannot_write(database):
    with database.reading() as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("INSERT INTO audit_head VALUES (1, 'o', 0, x'00')")
