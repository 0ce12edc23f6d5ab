"""RFC 6962 trees: roots against published vectors, proofs against a naive oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ProofError
from audit.merkle import (
    EMPTY_ROOT,
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.audit import oracle

# The eight leaves that Certificate Transparency implementations share as test data, and the
# roots of the trees of their first 0 to 8.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(b"%d" % number) for number in range(600)]

sizes = st.integers(1, len(HASHES))


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_the_shared_vectors(size):
    root = oracle.root([leaf_hash(leaf) for leaf in LEAVES[:size]])

    assert root.hex() == ROOTS[size]


@given(sizes, st.data())
def test_inclusion_of_any_leaf_in_any_tree_is_proved(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = _hashes(inclusion_ranges(index, size))

    assert proof == oracle.path(index, HASHES[:size])
    verify_inclusion(HASHES[index], index, size, proof, oracle.root(HASHES[:size]))


@given(sizes, st.data())
def test_growth_between_any_two_sizes_is_proved(new, data):
    old = data.draw(st.integers(0, new))
    proof = _hashes(consistency_ranges(old, new))

    verify_consistency(old, oracle.root(HASHES[:old]), new, oracle.root(HASHES[:new]), proof)


@given(st.integers(2, 300), st.data())
def test_a_changed_bit_anywhere_spoils_an_inclusion_proof(size, data):
    index = data.draw(st.integers(0, size - 1))
    evidence = [HASHES[index], oracle.root(HASHES[:size]), *_hashes(inclusion_ranges(index, size))]
    leaf, root, *proof = _flip(evidence, data)

    with pytest.raises(ProofError):
        verify_inclusion(leaf, index, size, proof, root)


@given(st.integers(2, 300), st.data())
def test_a_changed_bit_anywhere_spoils_a_consistency_proof(new, data):
    old = data.draw(st.integers(1, new - 1))
    roots = [oracle.root(HASHES[:old]), oracle.root(HASHES[:new])]
    old_root, new_root, *proof = _flip([*roots, *_hashes(consistency_ranges(old, new))], data)

    with pytest.raises(ProofError):
        verify_consistency(old, old_root, new, new_root, proof)


@given(st.integers(2, 300), st.data())
def test_a_proof_is_for_one_index_and_one_length(size, data):
    index, other = data.draw(st.permutations(range(size)))[:2]
    proof, root = _hashes(inclusion_ranges(index, size)), oracle.root(HASHES[:size])

    for wrong, hashes in [(other, proof), (index, proof[:-1]), (index, [*proof, root])]:
        with pytest.raises(ProofError):
            verify_inclusion(HASHES[index], wrong, size, hashes, root)


def test_the_root_is_not_passed_off_as_a_leaf():
    root = oracle.root(HASHES[:2])

    with pytest.raises(ProofError, match="shorter than the tree is high"):
        verify_inclusion(root, 0, 2, [], root)


@pytest.mark.parametrize(
    ("index", "size"),
    [
        pytest.param(0, 0, id="an empty tree holds nothing"),
        pytest.param(1, 1, id="an index past the end"),
        pytest.param(-1, 1, id="a negative index"),
        pytest.param(0, 2**63, id="a size that no implementation can hold"),
    ],
)
def test_no_inclusion_in(index, size):
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[0], index, size, [], HASHES[0])


@pytest.mark.parametrize(
    ("old", "old_root", "new", "new_root", "proof"),
    [
        pytest.param(2, HASHES[0], 1, HASHES[0], [], id="a smaller tree"),
        pytest.param(1, HASHES[0], 1, HASHES[1], [], id="another tree of the same size"),
        pytest.param(1, HASHES[0], 1, HASHES[0], [HASHES[1]], id="hashes where none belong"),
        pytest.param(0, HASHES[0], 1, HASHES[1], [], id="an empty tree with a root"),
        pytest.param(0, EMPTY_ROOT, 0, HASHES[0], [], id="an empty tree with another root"),
        pytest.param(3, HASHES[0], 5, HASHES[1], [], id="no hashes where some belong"),
        pytest.param(1, b"short", 2, HASHES[1], [], id="a hash of another length"),
        pytest.param(1, HASHES[0], 2, HASHES[0], [HASHES[1]] * 9, id="too many hashes"),
    ],
)
def test_no_consistency_with(old, old_root, new, new_root, proof):
    with pytest.raises(ProofError):
        verify_consistency(old, old_root, new, new_root, proof)


def _hashes(ranges):
    return [oracle.root(HASHES[start:end]) for start, end in ranges]


def _flip(evidence, data):
    which = data.draw(st.integers(0, len(evidence) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = int.from_bytes(evidence[which], "big") ^ (1 << bit)
    return [*evidence[:which], changed.to_bytes(32, "big"), *evidence[which + 1 :]]
