"""The log's pages: byte for byte what an export writes, and nothing beyond the log's end."""

import asyncio

import pytest
from units import an_entry

from audit.export import export
from audit.tiles import Bundle, Tile, parse
from gateway.storage.log import Log
from gateway.storage.pages import LogPages
from gateway.storage.unit import Unit


def _read(pages, place):
    return asyncio.run(pages.tile(place))


@pytest.fixture
def pages(committer):
    for count in (199, 60):  # and the first entry, which opens the log
        committer.submit(Unit(entries=[an_entry() for _ in range(count)])).result()
    return LogPages(committer.log)


def test_the_pages_are_what_an_export_writes(committer, pages, tmp_path):
    log = committer.log
    note = asyncio.run(pages.checkpoint())
    export(
        tmp_path,
        note,
        [log.signing.verifier],
        lambda start, stop: (leaf for _, leaf in log.leaves(start, stop)),
    )
    paths = [
        str(path.relative_to(tmp_path)) for path in (tmp_path / "tile").rglob("*") if path.is_file()
    ]
    assert {"tile/0/000", "tile/1/000.p/1", "tile/entries/001.p/4"} <= set(paths)
    for path in paths:
        assert _read(pages, parse(path)) == (tmp_path / path).read_bytes()
    assert note == (tmp_path / "checkpoint").read_bytes()


def test_a_partial_tile_stays_readable_when_it_is_full(pages):
    assert _read(pages, Tile(0, 0, 200)) == _read(pages, Tile(0, 0))[: 200 * 32]


@pytest.mark.parametrize(
    "place", [Tile(0, 1), Tile(0, 1, 5), Tile(2, 0, 1), Bundle(1), Bundle(7, 1)]
)
def test_there_is_nothing_beyond_the_end(pages, place):
    assert _read(pages, place) is None


def test_a_node_shows_what_the_checkpoint_of_another_covers(database, keys, committer):
    behind = LogPages(Log(database, keys, committer.log.origin))
    committer.commit(Unit(entries=[an_entry(), an_entry()]))

    assert _read(behind, Tile(0, 0, 3)) == _read(LogPages(committer.log), Tile(0, 0, 3))
