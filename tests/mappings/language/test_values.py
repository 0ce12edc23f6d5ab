"""Value functions: the laws of a pair, over every pair that any mapping may name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.annex_a.rows import FUNCTIONS as ANNEX_A
from mappings.ctf.pairs import FUNCTIONS
from mappings.errors import UnreadableError
from mappings.hl7v2.clinical import CLINICAL
from mappings.hl7v2.pairs import PERSONAL
from mappings.language.tables import coded, tables
from mappings.language.testing import leaves_for
from mappings.language.values import STANDARD, each_of
from mappings.ssda903.pairs import FUNCTIONS as SSDA903

TABLES = {
    f"{name} as {'codings' if is_many else 'a coding'}": coded(table, None, is_many=is_many)
    for name, table in tables().items()
    for is_many in (True, False)
    if is_many or not table.loss  # one coding alone cannot keep the agency's own beside ours
}
HL7V2 = {f"{one.name} of hl7v2": one for one in (*PERSONAL, *CLINICAL)}
EVERY = {**FUNCTIONS, **SSDA903, **ANNEX_A, **HL7V2, **TABLES}
NAMES = sorted(EVERY)


def _values(function, found):
    return (found,) if function.fields == 1 else tuple(found)


def _read(function, leaves):
    """Return the values that were read, or None where it is refused."""
    try:
        return _values(function, function.read(*leaves))
    except UnreadableError:
        return None


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_was_read_is_written_and_read_again_the_same(name, data):
    function = EVERY[name]
    texts = leaves_for(function)
    leaves = data.draw(st.tuples(*(one if len(texts) == 1 else st.none() | one for one in texts)))
    read = _read(function, leaves)

    if read is not None and any(leaves):
        written = function.texts_of(read)
        assert any(text is not None for text in written)
        assert _read(function, written) == read
        if len(leaves) == 1:
            assert written == leaves


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_text_is_refused_or_can_be_written(name, data):
    function = EVERY[name]
    text = st.text(min_size=1, max_size=12) | st.sampled_from(["0", "1", "2026-02-30", "true"])
    leaves = data.draw(st.tuples(*(text for _ in function.texts)))
    read = _read(function, leaves)

    assert read is None or any(text is not None for text in function.texts_of(read))


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_never_says_what_was_refused(name):
    function = EVERY[name]
    refusal = ""
    try:
        function.read(*("canary-7f3a" for _ in function.texts))
    except UnreadableError as error:
        refusal = str(error)

    assert "canary" not in refusal


def test_a_leaf_that_repeats_is_a_tuple_of_values():
    days = each_of(STANDARD["iso_date"])

    assert days.texts_of((days.read(["2026-01-05", "2026-02-05"]),)) == (
        ["2026-01-05", "2026-02-05"],
    )
    assert days.texts_of(((),)) == (None,)
