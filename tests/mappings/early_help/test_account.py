"""The account: every leaf of a document once, and nothing unknown passes for known."""

import msgspec
from hypothesis import given
from strategies import assessments

from mappings.caf.view import View
from mappings.early_help.account import account, unknown_members
from mappings.early_help.translation import from_caf
from mappings.fidelity import Fate


def _document(assessment):
    view = View(content=assessment, purpose="early_help")
    return msgspec.json.decode(msgspec.json.encode(from_caf(view)))


def _leaves(value, place=""):
    if isinstance(value, dict) and value:
        return {leaf for name in value for leaf in _leaves(value[name], f"{place}/{name}")}
    if isinstance(value, list) and value:
        return {
            leaf
            for position, one in enumerate(value)
            for leaf in _leaves(one, f"{place}/{position}")
        }
    return {place}


@given(assessments())
def test_every_leaf_is_accounted_for_once(assessment):
    document = _document(assessment)
    places = [leaf.place for leaf in account(document).leaves]
    assert len(places) == len(set(places))
    # Only sources, which no view has, are on no wire.
    assert {place for place in places if "/source/" not in place} == {
        leaf for leaf in _leaves(document) if "/source/" not in leaf
    }


def test_a_member_that_the_format_does_not_know_is_unmapped_wherever_it_stands():
    document = {
        "format": "early-help/1",
        "mood": {"today": "good", "days": [1, 2]},
        "identifying_details": {"names": [{"text": "A", "nick": "B"}], "shoe": []},
    }
    assert unknown_members(document) == [
        "/mood",
        "/identifying_details/names/0/nick",
        "/identifying_details/shoe",
    ]
    fates = {leaf.place: leaf.fate for leaf in account(document).leaves}
    assert fates == {
        "/format": Fate.KEPT,
        "/mood/today": Fate.UNMAPPED,
        "/mood/days/0": Fate.UNMAPPED,
        "/mood/days/1": Fate.UNMAPPED,
        "/identifying_details/names/0/text": Fate.KEPT,
        "/identifying_details/names/0/nick": Fate.UNMAPPED,
        "/identifying_details/shoe": Fate.UNMAPPED,
    }


def test_a_kept_leaf_says_which_element_it_went_to():
    document = {
        "format": "early-help/1",
        "strengths_and_needs": {"parents_and_carers": {"warmth": [{"text": "t"}]}},
        "consent_statements": [{"grantor": {"whom": "child"}}],
    }
    elements = {leaf.place: leaf.element for leaf in account(document).leaves}
    assert elements == {
        "/format": None,
        "/strengths_and_needs/parents_and_carers/warmth/0/text": "carers.warmth",
        "/consent_statements/0/grantor/whom": "consent.statements",
    }


def test_the_notice_of_another_view_is_lost_and_says_why():
    (_, notice) = account({"format": "early-help/1", "notice": "n"}).leaves
    assert notice.fate is Fate.LOST
    assert notice.note
