"""PostgreSQL gone amid a commit: nothing is signed that is not durable, and nobody halts."""

import pytest
from postgres import name_of, server
from severing import Moment, a_go_between
from units import a_child, an_entry, an_import

from audit.checkpoint import open_checkpoint
from gateway.errors import DurabilityError, UnreachableError
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.requests import used_token
from gateway.storage.times import from_ms
from gateway.storage.unit import Unit

ORIGIN = "gateway.example/audit/2026"
SLOW_COMMIT = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON audit_leaf DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION slow()
"""


@pytest.fixture
def database_url(postgresql_url):
    return postgresql_url


@pytest.fixture
def go_between(tmp_path):
    with a_go_between(server().folder, tmp_path) as go_between:
        yield go_between


@pytest.fixture
def far_committer(go_between, database_url, tmp_path, keys):  # noqa: ARG001 - it listens there
    """Return a committer whose every connection passes the go-between."""
    database = Database(f"postgresql://postgres@/{name_of(database_url)}?host={tmp_path}")
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    yield committer
    committer.close()
    database.close()


def a_token(id_):
    """Return a unit without an entry."""
    return Unit(writes=[used_token("client", id_, from_ms(0))])


def stored(database, table):
    with database.reading() as connection:
        ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - of the test's
    return count


def require_one_log(committer, database):
    """Fail unless the log holds, has an entry for each record, and continues what was signed."""
    published = committer.log.published
    committer.log.verify()
    assert committer.log.verify().holds
    assert committer.log.refresh().size == published.size == 1 + stored(database, "record")
    assert open_checkpoint(published.note, [committer.log.signing.verifier]).size == published.size


@pytest.mark.parametrize("moment", [Moment.AFTER_COMMIT, Moment.DURING_COMMIT])
def test_a_commit_whose_answer_was_lost_is_found_to_be_one(
    far_committer, go_between, database, moment
):
    server().run(SLOW_COMMIT, database=database.engine.url.database)
    go_between.cut(moment)

    committed = far_committer.commit(an_import("r1"))

    assert go_between.cuts == 1
    assert committed.indices == (1,)
    assert committed.published.size == 2
    far_committer.commit(an_import("r2"))
    require_one_log(far_committer, database)


def test_a_commit_that_the_server_never_heard_of_is_none(far_committer, go_between, database):
    go_between.cut(Moment.BEFORE_COMMIT)

    with pytest.raises(UnreachableError, match="try again"):
        far_committer.commit(an_import("r1"))

    assert go_between.cuts == 1
    assert far_committer.log.published.size == 1
    assert far_committer.commit(an_import("r1")).indices == (1,)
    require_one_log(far_committer, database)


@pytest.mark.parametrize(("moment", "rows"), [(Moment.AFTER_COMMIT, 1), (Moment.BEFORE_COMMIT, 0)])
def test_the_same_is_found_out_of_units_that_have_no_entry(
    far_committer, go_between, database, moment, rows
):
    go_between.cut(moment)

    answer = far_committer.submit(a_token("t1"))

    assert isinstance(answer.exception(), UnreachableError) is (rows == 0)
    assert stored(database, "replay") == rows
    far_committer.commit(a_token("t2"))


def test_where_another_node_goes_on_meanwhile_a_lost_commit_is_still_found(
    far_committer, go_between, database, keys
):
    """The head has moved on: the entry in its place says whose commit it was."""
    other = Committer(database, keys, Ports(), node="n2", origin=ORIGIN)
    server().run(SLOW_COMMIT, database=database.engine.url.database)
    go_between.cut(Moment.DURING_COMMIT)

    lost = far_committer.submit(an_import("r1"))
    others = [other.submit(an_import(f"o{number}")) for number in range(3)]

    assert lost.result().indices[0] in {1, 2, 3, 4}
    assert {answer.result().indices[0] for answer in [lost, *others]} == {1, 2, 3, 4}
    other.close()
    far_committer.log.refresh()
    require_one_log(far_committer, database)


@pytest.mark.parametrize("step", ["begin", "written", "appended", "before-commit"])
def test_a_connection_lost_amid_a_transaction_fails_what_was_in_it_and_no_more(
    database, keys, step
):
    armed = []

    def end(name):
        if armed and name == f"committer:{step}":
            armed.clear()
            pid = committer._transaction.connection.driver.info.backend_pid  # noqa: SLF001 - whose connection is to be lost
            server().run(f"SELECT pg_terminate_backend({pid}, 5000)")

    committer = Committer(database, keys, Ports(step=end), node="n1", origin=ORIGIN)
    armed.append(step)

    answer = committer.submit(an_import("r1"))
    if step == "begin":  # nothing is lost yet
        assert answer.result().indices == (1,)
    else:
        assert isinstance(answer.exception(), UnreachableError)
    committer.commit(an_import("r2"))

    require_one_log(committer, database)
    committer.close()


def test_a_server_that_has_gone_is_waited_for_by_nobody(database, keys, database_url):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    name = name_of(database_url)
    server().run(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - a name of our own
    )
    with pytest.raises(UnreachableError):
        committer.commit(an_import("r1"))

    server().run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert committer.commit(an_import("r1")).indices == (1,)
    committer.close()


def test_a_server_that_came_back_less_durable_is_not_written_to(database, keys, database_url):
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    name = name_of(database_url)
    server().run(
        f"ALTER DATABASE {name} SET synchronous_commit = off",
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - a name of our own
    )
    with pytest.raises(DurabilityError):
        committer.commit(an_import("r1"))
    committer.close()


def test_one_that_is_waited_for_too_long_fails_what_waits_and_no_more(database, keys, monkeypatch):
    monkeypatch.setattr("gateway.storage.postgres._FOR_WRITING", "SET lock_timeout = 100")
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    blocking = database.writer()
    blocking.begin_writing()

    with pytest.raises(UnreachableError, match="busy"):
        committer.commit(Unit(writes=[a_child(committer, "c1")], entries=[an_entry()]))

    blocking.close()
    committer.commit(an_import("r1"))
    committer.close()


def test_a_node_that_stops_amid_its_transaction_is_not_waited_for_long(database, keys, monkeypatch):
    rid_of = "SET idle_in_transaction_session_timeout = 200"
    monkeypatch.setattr("gateway.storage.postgres._FOR_WRITING", rid_of)
    committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
    stopped = database.writer()
    stopped.begin_writing()

    assert committer.commit(an_import("r1")).indices == (1,)

    with pytest.raises(UnreachableError):
        stopped.commit()
    stopped.close()
    committer.close()
