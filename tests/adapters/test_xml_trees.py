"""Elements as trees: the quick way, from their text, gives what looking at each of them gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.xml_trees import _with_all, tree_of
from mappings.language.shapes import Shape, departures, of_paths

SHAPE = of_paths(["a", "b*", "c/a", "c/b*", "c/c/a", "d*/a", "d*/d*/b"])
TEXTS = st.sampled_from(["", "", " ", "1", " 1\n", "<&>", "</a><a>", '="', "/>", "\r", "é", "]]>"])


@st.composite
def elements(draw: st.DrawFn, name: str = "root", depth: int = 3) -> etree._Element:
    """Draw an element of names that the shape has, or has elsewhere, or does not have."""
    element = etree.Element(name)
    names = st.lists(st.sampled_from(["a", "b", "b", "c", "d", "odd"]), max_size=4)
    children = [draw(elements(one, depth - 1)) for one in draw(names)] if depth else []
    element.extend(children)
    if not children:
        element.text = draw(TEXTS)
    elif draw(st.integers(0, 9)) == 0:
        children[-1].tail = draw(TEXTS)
        element.text = draw(TEXTS)
    if draw(st.integers(0, 19)) == 0:
        element.set("b", draw(TEXTS))
    return element


@given(elements())
def test_a_tree_is_the_same_from_the_text_and_from_the_elements(element: etree._Element) -> None:
    departed: list[str] = []
    tree = tree_of(element, SHAPE, departed)
    assert tree == _with_all(element, SHAPE)
    if not departed:
        assert not list(departures(tree, SHAPE))


@pytest.mark.parametrize(
    "text",
    [
        "<root><a>1</a>stray</root>",
        "<root>stray<a>1</a></root>",
        "<root><c>stray<a>1</a></c></root>",
        "<root><c><a>1</a></c>stray<b/></root>",
        "<root b='1'><a>1</a></root>",
        "<root><a b='1'>1</a></root>",
        "<root xmlns='urn:x'><a>1</a></root>",
        "<root>stray</root>",
        "<root><a>1</a><a>2</a></root>",
        "<root><odd/></root>",
        "<root><c/></root>",
    ],
)
def test_what_is_not_as_the_shape_has_it_is_said(text: str) -> None:
    departed: list[str] = []
    tree = tree_of(etree.XML(text), SHAPE, departed)
    assert departed
    assert tree == _with_all(etree.XML(text), SHAPE)


def test_what_is_as_the_shape_has_it_departs_from_nothing() -> None:
    departed: list[str] = []
    element = etree.XML("<root><c><a>1 &lt; 2 &amp;lt;</a></c><b/><b> x </b><d><d/></d></root>")
    assert tree_of(element, Shape(), []) == _with_all(element, Shape())
    element = etree.XML("<root><c><a>1 &lt; 2 &amp;lt;</a></c><b/><b> x </b></root>")
    assert tree_of(element, SHAPE, departed) == {"c": {"a": "1 < 2 &lt;"}, "b": ["", "x"]}
    assert not departed
