"""Dates of a search: what each grain and prefix means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.fhir_dates import read
from gateway.errors import MalformedRequestError

GRAINS = {
    "2026": timedelta(days=365),
    "2026-02": timedelta(days=28),
    "2026-12": timedelta(days=31),
    "2026-11-30": timedelta(days=1),
    "2026-11-30T09:00Z": timedelta(minutes=1),
    "2026-11-30T09:00:00+01:00": timedelta(seconds=1),
    "2026-11-30T09:00:00.123Z": timedelta(milliseconds=1),
}


@pytest.mark.parametrize(("text", "grain"), GRAINS.items())
def test_a_date_means_all_of_it(text, grain):
    begins, ends = read(text)
    assert ends - begins == grain
    assert read(f"eq{text}") == (begins, ends)
    assert (read(f"ge{text}"), read(f"gt{text}")) == ((begins, None), (ends, None))
    assert (read(f"le{text}"), read(f"lt{text}")) == ((None, ends), (None, begins))


@given(st.text(max_size=30) | st.from_regex(r"[a-z]{0,2}[0-9T:.+Z-]{0,25}", fullmatch=True))
def test_what_is_no_date_is_refused_and_nothing_else_happens(text):
    try:
        begins, ends = read(text)
    except MalformedRequestError:
        return
    assert begins or ends
