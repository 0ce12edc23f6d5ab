"""Items beside others: two of one element, so that one may be told without the other."""

from datetime import date

import pytest

from mappings.caf.assessment import Assessment, LookedAfter
from mappings.caf.looked_after import CareEpisode, PlacementAddress
from mappings.errors import MappingError
from mappings.language.loading import Format, parse
from mappings.language.shapes import of_paths
from mappings.language.testing import hold
from mappings.language.translation import bare

SHAPE = of_paths(["Stay*/From", "Stay*/To", "Stay*/Postcode", "Stay*/More"])
HEAD = "mapping: test\ndescribes: a test\nitems:\n"
STAY = """
  - item: looked_after/episodes
    each: Stay
    rows:
      - {caf: began_on, theirs: From, via: iso_date}
      - {caf: ended_on, theirs: To, via: iso_date}
"""
ADDRESS = """
  - item: looked_after/placements
    each: Stay
    beside: began_on
    rows:
      - {caf: began_on, theirs: From, via: iso_date}
      - {caf: placement_postcode, theirs: Postcode}
"""
FIRST, SECOND = "2026-01-05", "2026-02-05"
RECORD = {
    "Stay": [
        {"From": FIRST, "Postcode": "ZE1 0AA", "More": "stays"},
        {"From": SECOND, "To": "2026-03-01"},
        {"From": SECOND, "Postcode": "ZE1 0AB"},
    ]
}


def _mapping(text=STAY + ADDRESS):
    return parse(HEAD + text, "test.yaml", Format(SHAPE))


def _caf(episodes, placements):
    return Assessment(looked_after=LookedAfter(episodes=episodes, placements=placements))


def _episode(day):
    return CareEpisode(began_on=date.fromisoformat(day))


def _address(day, postcode):
    return PlacementAddress(began_on=date.fromisoformat(day), placement_postcode=postcode)


def test_the_laws_of_mappings_hold():
    hold(_mapping(), examples=60)


def test_one_element_is_two_items_and_where_it_has_one_kind_alone_it_is_one():
    read = bare(_mapping().read(RECORD).assessment).looked_after

    assert [one.ended_on for one in read.episodes] == [None, date(2026, 3, 1), None]
    assert read.placements == (_address(FIRST, "ZE1 0AA"), _address(SECOND, "ZE1 0AB"))


def test_an_item_that_is_not_told_leaves_the_other_in_its_element():
    mapping = _mapping()
    read = mapping.read(RECORD, record="r").assessment.looked_after

    written = mapping.write(_caf(read.episodes, read.placements[1:]), RECORD, record="r")

    assert written == {"Stay": [{"From": FIRST, "More": "stays"}, *RECORD["Stay"][1:]]}


def test_what_stands_with_one_never_comes_to_stand_with_another():
    mapping = _mapping()
    read = mapping.read(RECORD, record="r").assessment.looked_after

    written = mapping.write(_caf(read.episodes[1:], read.placements), RECORD, record="r")

    assert written == {"Stay": RECORD["Stay"][1:]}


def test_new_items_find_one_another_and_one_without_the_other_is_not_written():
    episodes = (_episode(FIRST), _episode(SECOND))
    placements = (_address(SECOND, "b"), _address(FIRST, "a"), _address("2026-04-01", "c"))

    assert _mapping().write(_caf(episodes, placements)) == {
        "Stay": [{"From": FIRST, "Postcode": "a"}, {"From": SECOND, "Postcode": "b"}]
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ADDRESS, "test.yaml:5: no item before takes each `Stay`", id="alone"),
        pytest.param(
            STAY + ADDRESS.replace("beside: began_on", "beside: home_postcode"),
            "test.yaml:11: `beside` needs `each`, and one row for the field that it names",
            id="by a field that no row gives",
        ),
    ],
)
def test_what_is_beside_nothing_is_refused_at_load(text, said):
    with pytest.raises(MappingError) as error:
        _mapping(text)
    assert str(error.value) == said
