"""The log over HTTP: proofs for everybody, entries for monitors."""

import pytest

MONITOR = "system/log.read"


def test_the_checkpoint_is_for_everybody_and_always_fresh(door):
    answer = door.http.get("/log/checkpoint")
    assert answer.content.startswith(b"gateway.example/log\n5\n")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_tile_of_hashes_is_for_everybody_and_never_changes_at_its_log_s_own_address(door):
    for path, caching in (
        ("/log/1/tile/0/000.p/5", "public, max-age=31536000, immutable"),
        ("/log/tile/0/000.p/5", "public, no-cache"),
    ):
        answer = door.http.get(path)
        assert answer.content == bytes(160)
        assert answer.headers["Cache-Control"] == caching


def test_entries_are_for_monitors(door):
    path = "/log/tile/entries/000.p/5"
    assert door.http.get(path).status_code == 401
    refused = door.http.get(path, headers=door.authorised("system/records.c"))
    assert refused.status_code == 403
    answer = door.http.get(path, headers=door.authorised(MONITOR))
    assert answer.content == b"\x00\x02ab" * 5
    assert answer.headers["Cache-Control"] == "private, no-cache"
    at_its_own = door.http.get("/log/1/tile/entries/000.p/5", headers=door.authorised(MONITOR))
    assert at_its_own.headers["Cache-Control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "0/001",
        "0/000.p/256",
        "0/000.p/0",
        "9/000",
        "0/x000/001",
        "0/%2e%2e/checkpoint",
        "a/000",
        f"{'9' * 5000}/000",
    ],
)
def test_what_is_no_tile_of_the_log_is_not_found(door, path):
    answer = door.http.get(f"/log/tile/{path}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"  # it may be there in a moment


def test_each_shard_keeps_an_address_by_its_number(door):
    monitor = door.authorised(MONITOR)
    for path in ("checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"):
        newest = door.http.get(f"/log/{path}", headers=monitor)
        assert door.http.get(f"/log/1/{path}", headers=monitor).content == newest.content
        assert door.http.get(f"/log/2/{path}", headers=monitor).status_code == 404
    assert door.http.get("/log/1/tile/entries/000.p/5").status_code == 401
    assert door.http.get("/log/one/checkpoint").status_code == 404
