"""RFC 6962 at the sizes where implementations go wrong, against others and its own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit.checkpoint import require_growth
from audit.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from audit.tree import Edge
from tests.audit import oracle
from tests.audit.builders import Log
from tests.audit.test_merkle import LEAVES, ROOTS

SMALL = range(9)
AROUND_A_TILE = (255, 256, 257)
AROUND_TWO_LEVELS = (65_535, 65_536, 65_537)
SIZES = (*SMALL, *AROUND_A_TILE, *AROUND_TWO_LEVELS)
FAR = SIZES[-1]
ENTRIES = [b"%d" % number for number in range(FAR)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]


@pytest.fixture(scope="module")
def log():
    return Log().append(*ENTRIES)


@pytest.fixture(scope="module")
def roots():
    """Return the roots that pymerkle gives, whose code has nothing to do with ours."""
    tree = InmemoryTree(algorithm="sha256")
    found = {0: EMPTY_ROOT}
    for number, entry in enumerate(ENTRIES, 1):
        tree.append_entry(entry)
        if number in SIZES:
            found[number] = tree.get_root(number)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_another_implementation_and_of_the_definition(roots, size):
    root = Edge.empty().extend(HASHES[:size]).edge.root()

    assert root == roots[size]
    assert root == oracle.root(HASHES[:size])


@pytest.mark.parametrize("size", SMALL)
def test_the_root_of_the_shared_leaves_is_the_published_one(size):
    edge = Edge.empty().extend([leaf_hash(leaf) for leaf in LEAVES[:size]]).edge

    assert edge.root().hex() == ROOTS[size]


# Proofs in the tree of the shared leaves, as the tests of Certificate Transparency
# implementations have them.
_96A2 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_5F08 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_6B47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_BC1A = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_CA85 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_0EBC = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


@pytest.mark.parametrize(
    ("index", "size", "published"),
    [
        (0, 1, []),
        (0, 8, [_96A2, _5F08, _6B47]),
        (5, 8, [_BC1A, _CA85, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], _5F08, _BC1A]),
    ],
)
def test_an_inclusion_proof_of_the_shared_leaves_is_the_published_one(index, size, published):
    shared = Log().append(*LEAVES)

    proof = shared.edge.inclusion_proof(index, size, shared.read_tile)

    assert [item.hex() for item in proof] == published
    verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(
    ("old", "new", "published"),
    [
        (1, 1, []),
        (1, 8, [_96A2, _5F08, _6B47]),
        (6, 8, [_0EBC, _CA85, ROOTS[4]]),
        (2, 5, [_5F08, _BC1A]),
    ],
)
def test_a_consistency_proof_of_the_shared_leaves_is_the_published_one(old, new, published):
    shared = Log().append(*LEAVES)

    proof = shared.edge.consistency_proof(old, new, shared.read_tile)

    assert [item.hex() for item in proof] == published
    verify_consistency(old, bytes.fromhex(ROOTS[old]), new, bytes.fromhex(ROOTS[new]), proof)


@pytest.mark.parametrize("size", [*SMALL, *AROUND_A_TILE])
def test_each_leaf_and_each_earlier_size_is_proved_as_the_definition_has_it(log, roots, size):
    for index in range(size):
        inclusion = log.edge.inclusion_proof(index, size, log.read_tile)
        assert inclusion == oracle.path(index, HASHES[:size])
        verify_inclusion(HASHES[index], index, size, inclusion, roots[size])
    for old in range(size + 1):
        growth = log.edge.consistency_proof(old, size, log.read_tile)
        assert growth == oracle.proof(old, HASHES[:size])
        verify_consistency(old, oracle.root(HASHES[:old]), size, roots[size], growth)


@pytest.mark.parametrize("size", AROUND_TWO_LEVELS)
@pytest.mark.parametrize("index", [0, 255, 256, 65_279, 65_280, 65_534])
def test_a_leaf_of_a_large_tree_is_proved_as_the_definition_has_it(log, roots, index, size):
    proof = log.edge.inclusion_proof(index, size, log.read_tile)

    assert proof == oracle.path(index, HASHES[:size])
    verify_inclusion(HASHES[index], index, size, proof, roots[size])


@pytest.mark.parametrize("old", SIZES)
def test_growth_to_a_large_tree_is_proved_between_any_two_of_the_sizes(log, roots, old):
    for new in AROUND_TWO_LEVELS:
        if old <= new:
            proof = log.edge.consistency_proof(old, new, log.read_tile)
            verify_consistency(old, roots[old], new, roots[new], proof)


@pytest.mark.parametrize(
    ("old", "new"), [(1, 65_537), (8, 65_535), (257, 65_536), (65_535, 65_537), (65_536, 65_537)]
)
def test_growth_to_a_large_tree_is_proved_as_the_definition_has_it(log, old, new):
    proof = log.edge.consistency_proof(old, new, log.read_tile)

    assert proof == oracle.proof(old, HASHES[:new])


steps = st.lists(
    st.tuples(st.sampled_from(["append", "append", "append", "roll back", "restart"]),
              st.integers(0, 2), st.integers(0, 300)),
    max_size=9,
)  # fmt: skip


@given(steps)
def test_any_interleaving_of_appends_gives_consistency_between_any_two_checkpoints(taken):
    log, checkpoints = Log(), []
    for step, writer, count in taken:
        batch = [b"writer %d, entry %d" % (writer, len(log.leaves) + at) for at in range(count)]
        if step == "append":
            log.append(*batch)
            checkpoints.append(log.checkpoint())
        elif step == "roll back":
            log.edge.extend([leaf_hash(leaf) for leaf in batch])
        else:
            hashes = [leaf_hash(leaf) for leaf in log.leaves]
            log.edge = Edge.restore(
                log.edge.size, log.read_tile, lambda start, end, known=hashes: known[start:end]
            )

    for number, older in enumerate(checkpoints):
        assert older.root == oracle.root([leaf_hash(leaf) for leaf in log.leaves[: older.size]])
        for newer in checkpoints[number:]:
            proof = log.edge.consistency_proof(older.size, newer.size, log.read_tile)
            require_growth(older, newer, proof)
