"""The laws bite: a mapping that breaks one is found out."""

from dataclasses import replace

import pytest

from mappings.caf.vocabulary import ContactKind
from mappings.errors import UnreadableError
from mappings.language.loading import Format, parse
from mappings.language.shapes import of_paths
from mappings.language.testing import hold
from mappings.language.values import STANDARD, ValueFunction, registry

SHAPE = of_paths(["Name", "Other", "Phone*/No", "Phone*/Kind"])
TEXT = """
mapping: test
describes: a test
rows:
  - {{caf: child/religion/text, theirs: Name, via: {via}}}
items:
  - item: child/contacts[kind=phone]
    each: Phone
    rows:
      - {{caf: value, theirs: No}}
"""


def _refused(text):
    raise UnreadableError(text)


def _mapping(read=lambda text: text, write=lambda text: text):
    bad = ValueFunction(name="bad", read=read, write=write, texts=("[a-z]{1,4}",))
    functions = registry(STANDARD.values(), [bad])
    return parse(TEXT.format(via="bad"), "test.yaml", Format(SHAPE, functions=functions))


def test_a_mapping_that_keeps_the_laws_holds():
    hold(_mapping(), examples=20)


@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param(_mapping(write=lambda text: text[:1]), id="writes another value"),
        pytest.param(_mapping(read=lambda text: "same"), id="reads all alike"),  # noqa: ARG005 - that is the fault
        pytest.param(_mapping(write=_refused), id="writes nothing"),
        pytest.param(_mapping(read=lambda text: {}[text]), id="raises"),
    ],
)
def test_a_mapping_that_breaks_a_law_is_found_out(mapping):
    with pytest.raises((AssertionError, KeyError)):
        hold(mapping, examples=20)


def test_a_part_that_writes_what_it_would_read_as_something_else_is_found_out():
    mapping = _mapping()
    (once, each) = mapping.parts
    row = replace(each.form.rows[0], slots=once.form.rows[0].slots)
    other = {"selectors": {}, "constants": {"kind": ContactKind.EMAIL}}
    broken = replace(once, form=replace(each.form, rows=(row,), **other))

    with pytest.raises(AssertionError):
        hold(replace(mapping, parts=(broken, each)), examples=20)


def test_what_one_part_read_is_not_taken_by_an_earlier_one_that_it_would_fit_too():
    mapping = _mapping()
    (once, each) = mapping.parts
    row = replace(each.form.rows[0], slots=once.form.rows[0].slots)

    hold(replace(mapping, parts=(each, replace(once, form=replace(each.form, rows=(row,))))))
