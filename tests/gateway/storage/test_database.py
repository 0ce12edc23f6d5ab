"""The database, and the settings that it must have."""

import sqlite3

import pytest
from postgres import name_of, server
from sqlalchemy import insert, select, text

from gateway.errors import DatabaseError, DurabilityError, StorageError, UnreachableError
from gateway.storage import postgres, sqlite
from gateway.storage.database import Database
from gateway.storage.sqlite import SQLiteConnection
from gateway.storage.tables import audit_head, stamp


class TestSQLite:
    @pytest.fixture
    def database_url(self, sqlite_url):
        return sqlite_url

    def test_a_writer_has_every_setting_that_keeps_a_commit(self, database):
        connection = database.writer()
        sqlite.require_durable(connection)
        connection.close()

    @pytest.mark.parametrize(
        "pragma",
        [
            "synchronous = NORMAL",
            "foreign_keys = OFF",
            "secure_delete = OFF",
            "journal_mode = DELETE",
        ],
    )
    def test_a_weak_setting_is_refused(self, database, pragma):
        connection = database.writer()
        connection.execute(f"PRAGMA {pragma}")

        with pytest.raises(DurabilityError):
            sqlite.require_durable(connection)
        connection.close()

    def test_a_file_that_cannot_have_a_write_ahead_log_is_refused(self, monkeypatch):
        database = Database("sqlite:////dev/null/x.db")
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: memory)

        with pytest.raises(DurabilityError, match="journal_mode"):
            database.writer()

    def test_a_file_that_cannot_be_opened_is_not_reached(self):
        with pytest.raises(UnreachableError):
            SQLiteConnection("file:///nowhere/at/all.db?mode=ro")


class TestPostgreSQL:
    @pytest.fixture
    def database_url(self, postgresql_url):
        return postgresql_url

    @pytest.fixture
    def settings(self):
        """Return what changes settings of the server; they are as before in the end."""
        pg = server()

        def change(*statements):
            pg.run(*statements, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.05)")

        yield change
        change("ALTER SYSTEM RESET ALL")

    @pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
    def test_a_server_that_could_lose_a_commit_is_refused(self, database, settings, setting):
        settings(f"ALTER SYSTEM SET {setting} = off")

        with pytest.raises(DurabilityError, match=setting):
            database.writer()

    @pytest.mark.parametrize("level", ["off", "local", "remote_write"])
    def test_a_database_that_confirms_commits_too_early_is_refused(
        self, database, database_url, level
    ):
        name = name_of(database_url)
        server().run(f"ALTER DATABASE {name} SET synchronous_commit = {level}")

        with pytest.raises(DurabilityError, match="synchronous_commit"):
            database.writer()

    def test_a_server_that_is_not_there_is_not_reached(self, tmp_path):
        database = Database(f"postgresql://postgres@/gateway?host={tmp_path}")

        with pytest.raises(UnreachableError):
            database.writer()
        with pytest.raises(UnreachableError):
            database.row(select(stamp))

    def test_a_read_survives_that_the_server_was_restarted(self, database, database_url):
        assert database.rows(select(stamp)) == []
        name = name_of(database_url)
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - a name of our own
        server().run(ended)

        assert database.rows(select(stamp)) == []
        with database.reading():
            assert database.rows(select(stamp)) == []

    def test_neither_its_name_nor_an_error_says_the_password(self, tmp_path):
        for url in (
            f"postgresql://gateway:s3cr3t@/x?host={tmp_path}",
            f"postgresql://gateway@/x?host={tmp_path}&password=s3cr3t",
            "postgresql://gateway:s3cr3t@127.0.0.1:1/x?connect_timeout=1",
            "postgresql://gateway:s3cr3t@127.0.0.1/x?no_such_parameter=1",
        ):
            database = Database(url)
            with pytest.raises(UnreachableError) as raised:
                database.writer()
            assert "s3cr3t" not in f"{database.name}{raised.value!r}{raised.value.__cause__!r}"

    def test_many_rows_are_copied_and_few_are_inserted(self, database):
        connection = database.writer()
        put = insert(stamp)
        for count in (1, postgres._COPY_FROM, 200):  # noqa: SLF001 - the border between them
            rows = [("kind", f"{count}-{number}", number) for number in range(count)]
            database.insert(connection, put, rows)
        connection.close()

        assert len(database.rows(select(stamp))) == 201 + postgres._COPY_FROM  # noqa: SLF001 - the same


def test_a_reader_cannot_write(database):
    with database.reading() as connection, pytest.raises(DatabaseError):
        connection.execute("DELETE FROM audit_head")


def test_what_the_database_refuses_is_told_by_its_code(database):
    with pytest.raises(DatabaseError, match=r"`(SQLITE_ERROR|42P01)`"):
        database.row(text("SELECT 1 FROM nowhere"))


def test_a_moment_is_one_however_much_is_committed_meanwhile(database):
    """Reads never block the writer, nor the writer reads."""
    connection = database.writer()
    put, all_ = insert(stamp), select(stamp)

    with database.reading():
        assert database.rows(all_) == []
        connection.begin_writing()
        database.insert(connection, put, [("child", "c1", 1)])
        connection.commit()
        assert database.rows(all_) == []
        with database.reading():
            assert database.rows(all_) == []

    assert database.rows(all_) == [("child", "c1", 1)]
    connection.close()


def test_of_inserts_that_are_sent_together_one_that_is_refused_undoes_all(database):
    connection = database.writer()
    first, second, head = insert(stamp), insert(stamp), insert(audit_head)
    row = ("child", "c1", 1)

    connection.begin_writing()
    with pytest.raises(DatabaseError, match=r"`(SQLITE_CONSTRAINT_PRIMARYKEY|23505)`"):
        database.insert_all(
            connection, [(first, [row]), (second, [row]), (head, [(1, "origin", 0, b"")])]
        )
    connection.roll_back()
    assert database.rows(select(stamp)) == []

    connection.begin_writing()
    database.insert_all(connection, [(first, [row]), (second, []), (head, [(1, "origin", 0, b"")])])
    connection.commit()
    assert database.rows(select(stamp)) == [row]
    assert len(database.rows(select(audit_head))) == 1
    connection.close()


@pytest.mark.parametrize(
    "url",
    ["", "not a url", "mysql://localhost/x", "sqlite://", "postgresql://localhost", "postgresql:"],
)
def test_an_address_of_no_database_is_refused(url):
    with pytest.raises(StorageError):
        Database(url)
