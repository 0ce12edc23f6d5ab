"""The paths and bundles of C2SP tlog-tiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import TreeError
from audit.tiles import Bundle, Tile, decode_bundle, encode_bundle, parse, partial_tiles

widths = st.integers(1, 256)
indices = st.integers(0, 10**12)


@given(st.builds(Tile, st.integers(0, 7), indices, widths) | st.builds(Bundle, indices, widths))
def test_a_path_leads_back_to_its_tile(place):
    assert parse(place.path) == place


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("tile/0/00", id="two digits"),
        pytest.param("tile/0/0000", id="four digits"),
        pytest.param("tile/0/x000/001", id="leading zeros"),
        pytest.param("tile/0/001/002", id="no x before the first group"),
        pytest.param("tile/8/000", id="a level that no tree has"),
        pytest.param("tile/00/000", id="a level with a leading zero"),
        pytest.param("tile/0/000.p/0", id="an empty tile"),
        pytest.param("tile/0/000.p/256", id="a full tile called partial"),
        pytest.param("tile/0/000.p/999", id="wider than a tile"),
        pytest.param("tile/0/../000", id="a step up"),
        pytest.param("tile/0/000\n", id="a line end"),
        pytest.param("tile/0/\u0660\u0661\u0662", id="digits of another script"),
        pytest.param("/tile/0/000", id="a slash first"),
    ],
)
def test_no_tile_is_called(path):
    with pytest.raises(TreeError, match="not the path of a tile"):
        parse(path)


@pytest.mark.parametrize("size", [0, 256, 65_536])
def test_a_tree_of_full_tiles_ends_in_the_partial_tiles_above_them(size):
    assert all(tile.level > 0 for tile in partial_tiles(size))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_holds_its_entries(entries):
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("data", "width", "message"),
    [
        pytest.param(b"", 1, "ends within entry `0`", id="nothing"),
        pytest.param(b"\0\1a\0", 2, "ends within entry `1`", id="half a length"),
        pytest.param(b"\0\2a", 1, "ends within entry `0`", id="half an entry"),
        pytest.param(b"\0\1a\0", 1, "goes on after its last entry, `0`", id="a byte too many"),
    ],
)
def test_a_bundle_is_refused(data, width, message):
    with pytest.raises(TreeError, match=message):
        decode_bundle(data, width)


def test_an_entry_too_long_for_a_bundle_is_refused():
    with pytest.raises(TreeError, match="longer than `65535` bytes"):
        encode_bundle([bytes(65_536)])
