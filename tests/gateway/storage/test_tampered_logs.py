"""A log that was tampered with is not opened, not appended to, or found when it is verified."""

import pytest
from tampering import change, stored
from units import an_entry, an_import

from gateway.errors import (
    IntegrityError,
)
from gateway.ports import Ports
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.unit import Unit

ORIGIN = "gateway.example/audit/2026"


def rows(database, text):
    with database.reading() as connection:
        return connection.execute(text).fetchall()


def roll_back(database, head):
    """Bring back this head of a log of two entries."""
    change(database, "DELETE FROM audit_leaf WHERE seq > 1")
    change(database, "UPDATE audit_head SET head = :head", head=head)


class TestALogThatWasTamperedWith:
    """Somebody who can write to the database, and has no key."""

    @pytest.fixture
    def filled(self, database, keys):
        committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        for number in range(3):
            committer.commit(Unit(entries=[an_entry() for _ in range(150)]))
            committer.commit(an_import(f"r{number}"))
        committer.close()
        return database

    def refuses(self, database, keys):
        with pytest.raises(IntegrityError):
            Committer(database, keys, Ports(), node="n1", origin=ORIGIN)

    @pytest.mark.parametrize(
        "statement",
        [
            pytest.param("DELETE FROM audit_leaf WHERE seq = 453", id="the last entry deleted"),
            pytest.param(
                "UPDATE audit_leaf SET entry = :junk WHERE seq = 452", id="a late entry edited"
            ),
            pytest.param("DELETE FROM audit_tile", id="a tile deleted"),
            pytest.param("UPDATE audit_tile SET hashes = :zeros", id="a tile edited"),
            pytest.param("DELETE FROM audit_head", id="the head deleted"),
            pytest.param("UPDATE audit_head SET head = :zeros", id="the head edited"),
            pytest.param("INSERT INTO audit_leaf VALUES (454, :junk)", id="an entry inserted"),
            pytest.param("UPDATE audit_checkpoint SET note = :junk", id="a checkpoint edited"),
        ],
    )
    def test_a_log_whose_tail_was_changed_is_not_opened(self, filled, keys, statement):
        values = {"junk": b"{}", "zeros": bytes(8192)}
        change(filled, statement, **values)

        self.refuses(filled, keys)

    def test_an_older_head_brought_back_is_refused(self, database, keys):
        committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        committer.commit(an_import("r0"))
        ((head,),) = rows(database, "SELECT head FROM audit_head")
        committer.commit(an_import("r1"))
        committer.commit(an_import("r2"))
        committer.close()

        roll_back(database, head)

        self.refuses(database, keys)

    def test_a_log_rolled_back_under_a_running_committer_halts_it(self, database, keys):
        committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        committer.commit(an_import("r0"))
        ((head,),) = rows(database, "SELECT head FROM audit_head")
        committer.commit(an_import("r1"))
        roll_back(database, head)

        for id_, said in (("r2", "rolled back"), ("r3", "halted")):
            with pytest.raises(IntegrityError, match=said):
                committer.commit(an_import(id_))
        committer.close()

    def test_another_log_of_ours_put_in_its_place_halts_a_running_committer(
        self, database, keys, a_new_one
    ):
        """Every row of it is genuine, head and all; it is longer, and another history."""
        committer = Committer(database, keys, Ports(), node="n1", origin=ORIGIN)
        committer.commit(an_import("r0"))
        with a_new_one("sqlite") as url:
            other = Database(url)
            elsewhere = Committer(other, keys, Ports(), node="n1", origin=ORIGIN)
            for number in range(4):
                elsewhere.commit(an_import(f"o{number}"))
            elsewhere.close()
            leaves = stored(other, "SELECT seq, entry FROM audit_leaf")
            ((head,),) = stored(other, "SELECT head FROM audit_head")
            other.close()

        change(database, "DELETE FROM audit_leaf")
        for seq, entry in leaves:
            insert = "INSERT INTO audit_leaf VALUES (:seq, :entry)"
            change(database, insert, seq=seq, entry=bytes(entry))
        change(database, "UPDATE audit_head SET head = :head", head=bytes(head))

        with pytest.raises(IntegrityError, match="does not continue"):
            committer.commit(an_import("r1"))
        committer.close()

    def test_an_early_entry_edited_is_found_when_the_whole_log_is_verified(self, filled, keys):
        change(filled, "UPDATE audit_leaf SET entry = :junk WHERE seq = 7", junk=b"{}")

        committer = Committer(filled, keys, Ports(), node="n1", origin=ORIGIN)
        report = committer.log.verify()
        committer.close()

        assert report.fault.where == "entry 7"

    def test_a_log_that_nobody_touched_verifies(self, filled, keys):
        committer = Committer(filled, keys, Ports(), node="n1", origin=ORIGIN)

        assert committer.log.verify().holds
        committer.close()
