"""The laws that every mapping is held to, as one function that a test calls.

    def test_the_laws_hold():
        hold(translation)

It draws records of the format from the mapping itself, and tells which law fails on which record.
It needs hypothesis, which nothing else of the package does.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from mappings.caf.assessment import Assessment
from mappings.caf.items import Item
from mappings.errors import UnreadableError
from mappings.fidelity import Fate
from mappings.language.parts import Each, Form, Origin, Part
from mappings.language.paths import Slot
from mappings.language.rows import Row, addresses_of, as_tree
from mappings.language.translation import Translation, bare
from mappings.language.trees import HERE, Address, Node, Tree, copied, leaves
from mappings.language.values import ValueFunction

_CANARY: Final = "canary-7f3a"
_MOST_NODES: Final = 6
_ROOT: Final = "/r"


def hold(
    translation: Translation,
    *,
    trees: st.SearchStrategy[Tree] | None = None,
    cafs: st.SearchStrategy[Assessment] | None = None,
    examples: int = 100,
) -> None:
    """Hold *translation* to its laws, on *examples* records each, or raise `AssertionError`.

    *trees* draws records of the format, as `trees_of` does; *cafs* any CAFs at all.
    """
    drawn = trees_of(translation) if trees is None else trees
    run = settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    for law in (
        what_is_written_is_read,
        what_nobody_changed_comes_out_as_it_came_in,
        the_account_is_true,
    ):
        run(given(drawn)(_of(translation, law)))()
    for law_with_draws in (a_change_changes_only_itself, nothing_raises):
        run(given(drawn, st.data())(_of_with_draws(translation, law_with_draws)))()
    if cafs is not None:
        run(given(cafs)(_of(translation, what_is_carried_stays)))()


def _of(translation: Translation, law: Callable[..., None]) -> Callable[[Any], None]:
    # The translation is no argument of what is drawn: hypothesis would print all of it.
    def held(drawn: Any) -> None:
        law(translation, drawn)

    return held


def _of_with_draws(translation: Translation, law: Callable[..., None]) -> Callable[..., None]:
    def held(tree: Tree, data: Any) -> None:
        law(translation, tree, data)

    return held


def what_is_written_is_read(translation: Translation, tree: Tree) -> None:
    """`read(write(c)) == c`, for what the format can carry; in ids and sources alone it differs."""
    assessment = translation.read(tree, at=_ROOT).assessment
    assert bare(translation.carried(assessment)) == bare(assessment)


def what_nobody_changed_comes_out_as_it_came_in(translation: Translation, tree: Tree) -> None:
    """`write(read(d), base=d) == d`, to the last leaf that the mapping does not know."""
    before = copied(tree)
    assessment = translation.read(tree, record="r", at=_ROOT).assessment
    assert translation.write(assessment, tree, record="r", at=_ROOT) == before
    assert tree == before


def the_account_is_true(translation: Translation, tree: Tree) -> None:
    """What is lost or unmapped cannot be told from the CAF; what is kept or changed can.

    A leaf that decides which item a whole element is has a part in it, whatever became of it.
    """
    said = bare(translation.read(tree).assessment)
    deciding = set(_deciding(translation, tree))
    for (address, _), fated in zip(leaves(tree), translation.account(tree).leaves, strict=True):
        if address in deciding:
            continue
        other = as_tree(copied(tree))
        _set(other, address, _CANARY)
        is_told = bare(translation.read(other).assessment) != said
        assert is_told == (fated.fate in {Fate.KEPT, Fate.CHANGED}), fated


def a_change_changes_only_itself(translation: Translation, tree: Tree, data: Any) -> None:
    """A field that is given another value changes the leaves of its row, and no other."""
    read = translation.read(tree, record="r", at=_ROOT).assessment
    placed = list(_placed(translation, tree, read))
    assume(placed)
    part, item, address = data.draw(st.sampled_from(placed))
    row = data.draw(st.sampled_from(part.form.rows))
    assume(not any(guard.slot in row.slots for guard in part.guards))
    node = _at(tree, address)
    changed = _with(item, row, node, data.draw(_texts(row)))
    assume(changed is not None and part.form.fits(changed))
    written = translation.write(
        _replaced(read, part.form, item, changed), tree, record="r", at=_ROOT
    )
    touched = _places_of(row, address, tree) | _places_of(row, address, written)
    before, after = dict(leaves(tree)), dict(leaves(written))
    for place in before.keys() | after.keys():
        if not any(place[: len(one)] == one for one in touched):
            assert before.get(place) == after.get(place), place


def nothing_raises(translation: Translation, tree: Tree, data: Any) -> None:
    """A record that is not of the format is read for what it holds: nothing in it raises."""
    broken = copied(tree)
    places = [address for address, _ in leaves(broken)]
    assume(places)
    address = data.draw(st.sampled_from(places))
    junk: st.SearchStrategy[Node] = st.sampled_from(
        ["", "x", " ", 0, True, None, {}, [], {"x": "y"}, ["x"], [{}], [[]]]
    )
    _set(broken, address[: data.draw(st.integers(1, len(address)))], data.draw(junk))
    assert isinstance(broken, dict)
    assessment = translation.read(broken, record="r", at=_ROOT).assessment
    translation.account(broken)
    assert translation.write(assessment, broken, record="r", at=_ROOT) == broken


def what_is_carried_stays(translation: Translation, assessment: Assessment) -> None:
    """Whatever a CAF holds, it can be written, and what was carried once is carried again."""
    once = bare(translation.carried(assessment))
    assert bare(translation.carried(once)) == once


def trees_of(translation: Translation) -> st.SearchStrategy[Tree]:
    """Any record of the format, drawn from what the rows of *translation* read, with unknowns."""
    nodes = st.one_of([_node(part) for part in translation.parts])
    return st.builds(_joined, st.lists(nodes, max_size=_MOST_NODES), st.booleans())


def _node(part: Part) -> st.SearchStrategy[tuple[Part, Tree]]:
    needed = part.needed if isinstance(part, Each) else ()
    texts = st.tuples(*[_texts(row, needed) for row in part.form.rows])
    guards = st.tuples(*[st.sampled_from(sorted(guard.texts)) for guard in part.guards])
    drawn = st.tuples(texts, guards, st.booleans())
    return drawn.map(lambda one: (part, _filled(part, *one)))


def _texts(row: Row, needed: tuple[str, ...] = ()) -> st.SearchStrategy[tuple[Node, ...]]:
    """Return what may stand in the leaves of *row*: at times nothing, where nothing is *needed*."""
    each = [
        leaf.filter(_allowed(slot))
        for slot, leaf in zip(row.slots, leaves_for(row.function), strict=True)
    ]
    if row.function.takes_lists:
        return st.tuples(st.none() | st.lists(each[0], min_size=1, max_size=3))
    return st.tuples(
        *[
            texts if slot.steps[0].name in needed else st.none() | texts
            for slot, texts in zip(row.slots, each, strict=True)
        ]
    )


def _allowed(slot: Slot) -> Callable[[Node], bool]:
    """Return what says whether the format allows a leaf at *slot*."""
    accepts = slot.accepts
    return lambda leaf: accepts is None or not isinstance(leaf, str) or accepts(leaf)


def leaves_for(function: ValueFunction) -> list[st.SearchStrategy[Any]]:
    """Return for each leaf of *function* what may stand there in its canonical form."""
    texts = [st.from_regex(re.compile(one, re.ASCII), fullmatch=True) for one in function.texts]
    return [one.map(_decoded) for one in texts] if function.takes_nodes else list(texts)


def _decoded(text: str) -> Node:
    found: Node = json.loads(text) if text[:1] in {"{", "["} else text
    return found


def _filled(
    part: Part,
    texts: tuple[tuple[Node, ...], ...],
    guards: tuple[str, ...],
    has_more: bool,  # noqa: FBT001 - drawn
) -> Tree:
    node: Tree = {}
    for row, of_row in zip(part.form.rows, texts, strict=True):
        for slot, text in zip(row.slots, of_row, strict=True):
            if text is not None and slot.locate(node) is None:
                slot.put(node, text)
    for guard, text in zip(part.guards, guards, strict=True):
        guard.slot.put(node, text)
    if has_more:
        for lost in part.form.lost:
            if lost.slot.locate(node) is None:
                lost.slot.put(node, "lost")
    return node


def _joined(drawn: list[tuple[Part, Tree]], has_unknown: bool) -> Tree:  # noqa: FBT001 - drawn
    tree: Tree = {"Unknown": {"Thing": "stays"}} if has_unknown else {}
    for part, node in drawn:
        if isinstance(part, Each):
            there = [one for one, _ in part.elements.copies(tree)]
            part.elements.replace(tree, [*there, as_tree(copied(node))])
        else:
            _merge(tree, as_tree(copied(node)))
    return tree


def _merge(tree: Tree, more: Tree) -> None:
    for name, node in more.items():
        there = tree.setdefault(name, node)
        if isinstance(there, dict) and isinstance(node, dict) and there is not node:
            _merge(there, node)


def _deciding(translation: Translation, tree: Tree) -> Iterator[Address]:
    for part in translation.parts:
        if isinstance(part, Each):
            for node, address in part.elements.of(tree):
                yield from part.deciding(node, address)


def _placed(
    translation: Translation, tree: Tree, read: Assessment
) -> Iterator[tuple[Part, Item, Address]]:
    """Yield each item with the part that read it, and the address of the node it came from."""
    items = {item.id: item for part in translation.parts for item in _items(read, part.form)}
    for part in translation.parts:
        nodes = part.elements.of(tree) if isinstance(part, Each) else [(tree, ())]
        for node, address in nodes:
            origin = Origin.of("r", _ROOT, translation.places)
            place = translation.places.suffix(address) if isinstance(part, Each) else None
            built = part.form.build(node, origin, place)
            if built is not None and built == items.get(built.id):
                yield part, built, address


def _items(assessment: Assessment, form: Form) -> tuple[Item, ...]:
    section, _, field = form.element.partition(".")
    found: tuple[Item, ...] = getattr(getattr(assessment, section), field)
    return found


def _replaced(assessment: Assessment, form: Form, old: Item, new: Item | None) -> Assessment:
    section, _, field = form.element.partition(".")
    items = tuple(new if one is old or one == old else one for one in _items(assessment, form))
    held = getattr(assessment, section)
    return structs.replace(assessment, **{section: structs.replace(held, **{field: items})})


def _with(item: Item, row: Row, node: Tree, texts: tuple[Node, ...]) -> Item | None:
    """Return *item* with what *texts* say in the fields of *row*; None where they say nothing."""
    if all(text is None for text in texts):
        return None
    was: dict[str, object] = {}
    row.read_into(was, node)
    try:
        found = row.function.read(*texts)
    except UnreadableError:
        return None
    if not row.adds:
        if len(row.fields) == 1:
            return structs.replace(item, **{row.fields[0]: found})
        pairs = zip(row.fields, found, strict=True)  # type: ignore[call-overload]  # as many as fields
        return structs.replace(item, **{name: value for name, value in pairs if value is not None})
    name = row.fields[0]
    others = tuple(one for one in getattr(item, name) if one not in was.get(name, ()))  # type: ignore[operator]  # codings
    return structs.replace(item, **{name: others + found})  # type: ignore[operator]  # codings


def _places_of(row: Row, address: Address, tree: Tree) -> set[Address]:
    """Return the addresses of the leaves of *row* in *tree*, and of those that choose them."""
    node = _at(tree, address)
    found = (one for slot in row.slots_in(node) for one in addresses_of(slot, node))
    return {address if one == (HERE,) else address + one for one in found}


def _at(tree: Tree, address: Address) -> Tree:
    node: Any = tree
    for step in address:
        node = node[step]
    return node if isinstance(node, dict) else {HERE: node}


def _set(node: Node, address: Address, value: Node) -> None:
    found: Any = node
    for step in address[:-1]:
        found = found[step]
    found[address[-1]] = value
