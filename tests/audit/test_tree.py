"""The growing tree: any way of appending gives the same roots, tiles and proofs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ProofError, TreeError
from audit.merkle import EMPTY_ROOT, fold, leaf_hash, verify_consistency, verify_inclusion
from audit.tiles import TILE_BYTES, Tile, partial_tiles
from audit.tree import Edge
from tests.audit import oracle

HASHES = [leaf_hash(b"%d" % number) for number in range(65_537)]
FAR = 65_537
BOUNDARIES = [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537]

# Trees whose roots are known: small ones, those around full tiles, and some from between.
SIZES = sorted({*range(20), *BOUNDARIES, *range(300, FAR, 1801)})

splits = st.lists(st.integers(0, 700), max_size=6)


class Storage:
    """What a database keeps of a tree: its full tiles."""

    def __init__(self) -> None:
        self.tiles = {}
        self.reads = 0

    def keep(self, extension):
        self.tiles |= {(tile.level, tile.index): tile.hashes for tile in extension.full_tiles}
        return extension.edge

    def read(self, level, index):
        self.reads += 1
        return self.tiles[level, index]


class WholeStorage(Storage):
    """What the gateway's database keeps: full tiles with the nodes inside them."""

    def keep(self, extension):
        self.tiles |= {(tile.level, tile.index): tile.stored for tile in extension.full_tiles}
        return extension.edge


def _grown(size):
    storage = Storage()
    return storage.keep(Edge.empty().extend(HASHES[:size])), storage


def _roots():
    edge, roots = Edge.empty(), {}
    for size in SIZES:
        edge = edge.extend(HASHES[edge.size : size]).edge
        roots[size] = edge.root()
    return roots


ROOTS = _roots()


@pytest.fixture(scope="module")
def far():
    return _grown(FAR)


@pytest.fixture(scope="module")
def far_both(far):
    whole = WholeStorage()
    return far, (whole.keep(Edge.empty().extend(HASHES)), whole)


@pytest.mark.parametrize("size", BOUNDARIES)
def test_the_root_is_that_of_the_oracle(size):
    edge, _ = _grown(size)

    assert edge.size == size
    assert edge.root() == oracle.root(HASHES[:size])


def test_the_root_of_no_leaves_is_the_hash_of_nothing():
    assert Edge.empty().root() == EMPTY_ROOT


@given(splits)
def test_any_split_of_appends_gives_the_same_tree(split):
    storage, edge = Storage(), Edge.empty()
    for count in split:
        edge = storage.keep(edge.extend(HASHES[edge.size : edge.size + count]))
    at_once, expected = _grown(edge.size)

    assert edge == at_once
    assert storage.tiles == expected.tiles
    assert edge.root() == oracle.root(HASHES[: edge.size])


@given(st.integers(0, 1500), st.integers(1, 600))
def test_an_edge_is_still_right_after_an_append_that_was_rolled_back(size, lost):
    edge, storage = _grown(size)
    before = edge.root(), edge.frontier

    edge.extend([leaf_hash(b"lost")] * lost)
    again = storage.keep(edge.extend(HASHES[size : size + lost]))

    assert (edge.root(), edge.frontier) == before
    assert again.root() == oracle.root(HASHES[: size + lost])


@given(st.integers(0, 3000) | st.sampled_from([FAR - 1, FAR]))
def test_a_restored_edge_is_the_edge(size):
    edge, storage = _grown(size)

    restored = Edge.restore(size, storage.read, lambda start, end: HASHES[start:end])

    assert restored == edge


def test_the_frontier_folds_to_the_root(far):
    edge, _ = far
    frontier = [edge.frontier[at : at + 32] for at in range(0, len(edge.frontier), 32)]

    assert len(frontier) == FAR.bit_count()
    assert fold(frontier) == edge.root()


@given(st.sampled_from(SIZES[1:]), st.integers(0, FAR - 1))
def test_any_leaf_is_proved_in_any_tree_so_far(far, size, number):
    edge, storage = far
    index = number % size

    proof = edge.inclusion_proof(index, size, storage.read)

    verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])


@given(st.sampled_from(SIZES), st.sampled_from(SIZES))
def test_any_two_trees_so_far_are_proved_consistent(far, one, other):
    edge, storage = far
    old, new = sorted((one, other))

    proof = edge.consistency_proof(old, new, storage.read)

    verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)


def test_fresh_leaves_are_proved_without_reading_anything(far):
    edge, storage = far
    storage.reads = 0

    for index in range(FAR - 256, FAR):
        edge.inclusion_proof(index, FAR, storage.read)

    assert storage.reads == 0


def test_an_old_leaf_is_proved_by_reading_each_tile_once(far):
    edge, storage = far
    storage.reads = 0

    edge.inclusion_proof(777, FAR, storage.read)

    assert storage.reads == 1


def test_the_edge_gives_its_partial_tiles(far):
    edge, storage = far
    bottom, top = partial_tiles(FAR)

    assert edge.tile(bottom) == HASHES[65_536]
    assert edge.tile(top) == oracle.root(HASHES[:65_536])
    assert edge.tile(Tile(0, 255)) == storage.tiles[0, 255]


@pytest.mark.parametrize(
    "tile",
    [
        pytest.param(Tile(0, 3), id="left behind"),
        pytest.param(Tile(0, 256, 2), id="not yet reached"),
        pytest.param(Tile(5, 0), id="of a level that the tree has not"),
    ],
)
def test_the_edge_does_not_hold_a_tile(far, tile):
    edge, _ = far

    with pytest.raises(TreeError, match="does not hold"):
        edge.tile(tile)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, FAR + 1)])
def test_there_is_no_proof_of(far, index, size):
    edge, storage = far

    with pytest.raises(TreeError, match="no such entry"):
        edge.inclusion_proof(index, size, storage.read)


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (5, FAR + 1)])
def test_there_is_no_consistency_of(far, old, new):
    edge, storage = far

    with pytest.raises(TreeError, match="no such trees"):
        edge.consistency_proof(old, new, storage.read)


def test_a_tile_cut_short_by_storage_is_refused(far):
    edge, _ = far

    with pytest.raises(TreeError, match="not `8192` bytes"):
        edge.inclusion_proof(0, FAR, lambda _level, _index: b"short")


def test_too_few_leaf_hashes_are_refused():
    with pytest.raises(TreeError, match="too few hashes for tile level `0`"):
        Edge.restore(5, Storage().read, lambda start, end: HASHES[start : end - 1])


@given(st.integers(0, FAR - 1), st.integers(1, FAR))
def test_a_proof_is_the_same_from_tiles_with_their_inner_nodes(far_both, index, size):
    (edge, bare), (_, whole) = far_both
    index %= size

    proof = edge.inclusion_proof(index, size, whole.read)

    assert proof == edge.inclusion_proof(index, size, bare.read)


def test_an_edge_is_restored_from_tiles_with_their_inner_nodes(far_both):
    _, (edge, whole) = far_both

    restored = Edge.restore(FAR, whole.read, lambda start, end: HASHES[start:end])

    assert restored.frontier == edge.frontier


def test_a_proof_from_a_tile_with_a_changed_inner_node_does_not_verify(far_both):
    _, (edge, whole) = far_both

    def changed(level, index):
        tile = bytearray(whole.read(level, index))
        tile[TILE_BYTES:] = bytes(len(tile) - TILE_BYTES)
        return bytes(tile)

    proof = edge.inclusion_proof(300, FAR, changed)

    with pytest.raises(ProofError):
        verify_inclusion(HASHES[300], 300, FAR, proof, edge.root())
