"""Anchoring: an authority's time-stamps of the log, by a real one, and what is none."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from authorities import an_authority
from worlds import Clock, a_world

from audit.checkpoint import Checkpoint
from audit.events import EntryType
from gateway.errors import SettingsError, TimeStampError
from gateway.verifying.times import wrong_anchors
from gateway.witnessing.anchoring import Authority, TimeStampClient

CHECKPOINT = Checkpoint("example.org/log", 7, bytes(32))
SKEW = timedelta(seconds=30)


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "authority"
    folder.mkdir()
    with an_authority(folder) as running:
        yield running


@pytest.fixture
def client(authority):
    client = TimeStampClient(authority.url, Authority.read(authority.certificates), seconds=5)
    yield client
    client.close()


@pytest.fixture
def anchored(tmp_path, authority):
    """Open a gateway whose log the authority stamps; its clock is right."""
    settings = {"url": authority.url, "certificates": str(authority.certificates)}
    with a_world(tmp_path, clock=Clock(datetime.now(UTC)), anchor=settings) as world:
        yield world


def complaints(world, authority):
    log, details = world.gateway.office.committer.log, world.gateway.office.details
    log.refresh()
    return list(wrong_anchors(log, details, Authority.read(authority.certificates), SKEW))


def test_a_checkpoint_is_stamped_with_the_authority_s_time(client):
    stamp = client.stamp(CHECKPOINT)
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.authority == "CN=tsa.example"


def test_a_stranger_verifies_a_token_with_a_tool_of_others(client, authority, tmp_path):
    (tmp_path / "token").write_bytes(client.stamp(CHECKPOINT).token)
    (tmp_path / "checkpoint").write_text(CHECKPOINT.encode())
    said = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-in", tmp_path / "token"),
            *("-data", tmp_path / "checkpoint", "-CAfile", authority.certificates),
            *("-untrusted", authority.certificates),
        ],
        check=False,
        capture_output=True,
    )
    assert said.returncode == 0, said.stderr


def test_a_token_stamps_one_checkpoint_and_no_other(client, authority):
    token = client.stamp(CHECKPOINT).token
    theirs = Authority.read(authority.certificates)
    assert theirs.verify(CHECKPOINT, token).token == token
    with pytest.raises(TimeStampError):
        theirs.verify(replace(CHECKPOINT, size=8), token)


@pytest.mark.parametrize("answer", [b"", b"no token", bytes(70_000)])
def test_what_is_no_token_is_none(client, authority, answer):
    authority.answers = answer
    with pytest.raises(TimeStampError):
        client.stamp(CHECKPOINT)


def test_another_request_s_token_is_not_taken_for_this_one_s(client, authority):
    authority.answers = client.stamp(CHECKPOINT).token
    with pytest.raises(TimeStampError):
        client.stamp(CHECKPOINT)


def test_another_authority_s_token_is_none(client, tmp_path):
    (other := tmp_path / "other").mkdir()
    with an_authority(other) as stranger:
        theirs = Authority.read(stranger.certificates)
    with pytest.raises(TimeStampError):
        theirs.verify(CHECKPOINT, client.stamp(CHECKPOINT).token)


def test_certificates_that_are_none_are_said_to_be(tmp_path):
    (tmp_path / "c.pem").write_text("none")
    with pytest.raises(SettingsError):
        Authority.read(tmp_path / "c.pem")


def test_the_log_is_anchored_when_it_is_due_and_has_grown(anchored, authority):
    anchoring = anchored.gateway.anchoring()
    anchoring.see_to()
    assert anchored.types()[-1] is EntryType.ANCHOR
    size = anchored.size

    anchoring.see_to()
    anchored.clock.advance(hours=2)
    anchoring.see_to()
    assert anchored.size == size, "nothing was added but the anchor itself"

    anchored.ask("nobody")
    anchored.clock.advance(hours=2)
    anchoring.see_to()
    assert anchored.types()[-1] is EntryType.ANCHOR
    assert complaints(anchored, authority)[1:] == []


def test_an_anchor_agrees_with_the_log_that_it_stamps(anchored, authority):
    anchored.gateway.anchoring().see_to()
    assert complaints(anchored, authority) == []


def test_an_authority_that_is_away_is_asked_again(anchored, authority):
    anchoring = anchored.gateway.anchoring()
    authority.answers = b""
    anchoring.see_to()
    assert EntryType.ANCHOR not in anchored.types()
    authority.answers = None
    anchoring.see_to()
    assert anchored.types()[-1] is EntryType.ANCHOR


def test_a_log_whose_clock_was_set_back_is_found_by_its_anchor(anchored, authority):
    anchored.clock.advance(hours=-3)
    anchored.gateway.anchoring().see_to()
    ((index, complaint),) = complaints(anchored, authority)
    assert anchored.types()[index] is EntryType.ANCHOR
    assert "does not agree" in complaint
