"""The Department's rules that one child decides: each finds its fault, and no other."""

import csv
import io
import re

import pytest
from shared_data import shared

from mappings.ssda903 import editions
from mappings.ssda903.rules import UNREADABLE, faults
from mappings.ssda903.tables import TABLES


def _episodes(*rows):
    names = ("DECOM", "DEC", "REC")
    return {"EPISODE": [dict(zip(names, row, strict=False)) for row in rows]}


def _header(**leaves):
    return {"HEADER": leaves}


FIRST = ("01/05/2025", "01/06/2025", "X1")


@pytest.mark.parametrize(
    ("child", "found"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(_episodes(FIRST, ("01/06/2025",)), [], id="two in turn"),
        pytest.param(_episodes(("01/05/2025", "30/04/2025", "X1")), ["356"], id="ends before"),
        pytest.param(_episodes(("01/05/2025", "01/06/2025")), ["148"], id="ends without a reason"),
        pytest.param(_episodes(("01/05/2025", "", "X1")), ["148"], id="a reason, and no end"),
        pytest.param(_episodes(("01/05/2025",), ("01/06/2025",)), ["142"], id="does not end"),
        pytest.param(_episodes(FIRST, ("31/05/2025",)), ["501"], id="begins too early"),
        pytest.param(_episodes(("31/05/2025",), FIRST), ["501"], id="whatever their order"),
        pytest.param(_episodes(("31/02/2025", "01/01/2025", "X1")), [], id="no day at all"),
        pytest.param({"EPISODE": [{"PL_POST": "EG19 7TT"}]}, ["164"], id="no such postcode"),
        pytest.param({"EPISODE": [{"HOME_POST": "ze1 0aa"}]}, [], id="a postcode in small letters"),
        pytest.param(_header(MOTHER="1"), ["611"], id="a mother of nobody"),
        pytest.param(_header(MOTHER="0", MC_DOB="01/05/2025"), ["612"], id="nobody's mother"),
        pytest.param(_header(DATE_INT="01/05/2025"), ["151"], id="half an adoption"),
        pytest.param(
            _header(AMISSING=[{"MIS_START": "02/05/2025", "MIS_END": "01/05/2025"}]),
            ["567"],
            id="back before missing",
        ),
        pytest.param(
            _header(DOLO=[{"DOLO_START": "02/05/2026", "DOLO_END": "01/05/2026"}]),
            ["702"],
            id="an order that ends before",
        ),
        pytest.param(
            _header(AD_PLACED=[{"DATE_PLACED": "02/05/2025", "DATE_PLACED_CEASED": "01/05/2025"}]),
            ["522", "119"],
            id="a decision that ends before, and without a reason",
        ),
        pytest.param(_header(SWEPISODE=[{"SW_ID": "AB123"}]), ["SW02STG1"], id="another number"),
        pytest.param(_header(OC2={"SUBSTANCE_MISUSE": "1"}), ["192"], id="nothing was done"),
        pytest.param(
            _header(OC2={"SUBSTANCE_MISUSE": "0", "INTERVENTION_RECEIVED": "1"}),
            ["193"],
            id="something was done about nothing",
        ),
        pytest.param(_header(OC2={"INTERVENTION_RECEIVED": "0"}), ["159"], id="was it offered"),
        pytest.param(
            _header(OC2={"INTERVENTION_RECEIVED": "1", "INTERVENTION_OFFERED": "1"}),
            ["158"],
            id="offered and received",
        ),
        pytest.param(
            {"HEADER": "x", "EPISODE": ["x", {"DECOM": ["y"]}]}, [], id="what is no such record"
        ),
    ],
)
def test_a_rule_finds_its_fault_and_says_nothing_of_what_the_child_has(child, found):
    broken = list(faults(child))

    assert [fault.code for fault in broken] == found
    assert all(fault.message.startswith("the sender has to") for fault in broken)
    assert not any(re.search(r"[0-9]{2}/|EG19|AB123", fault.message) for fault in broken)


def test_every_rule_of_a_leaf_is_about_a_leaf_that_the_format_has():
    names = {path.rpartition("/")[2] for path in editions.child(editions.NEWEST).shape.paths()}

    assert UNREADABLE.keys() <= names


def test_our_codes_are_those_that_are_published():
    published = shared("data/ssda903/output_data/903_2024_25_rule_info.csv").read_text("utf-8")
    codes = {row["Rule code"] for row in csv.DictReader(io.StringIO(published))}
    later = {"700", "701", "702"}  # deprivations of liberty, from 2026-27
    ours = {*UNREADABLE.values(), *(code for table in TABLES for code in table.rules.values())}

    assert ours - later <= codes
