"""The SSDA903 adapter: the set of CSV files and the XML, what is found, refused and written."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from lxml import etree
from shared_data import shared
from strategies import assessments

from adapters.contract import Envelope, Outcome, Severity
from adapters.errors import AdapterError, UnsupportedFormatError
from adapters.social_care.ssda903 import MAX_BYTES, XML_TYPE, ZIP_TYPE, SSDA903Adapter
from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.view import View, categories_of, items_of
from mappings.fidelity import Fate
from mappings.language.translation import bare
from mappings.ssda903 import editions
from mappings.ssda903.tables import TABLES

EXAMPLES = files("adapters.social_care") / "examples"
SET = {one.name: one.read_bytes() for one in (EXAMPLES / "ssda903").iterdir()}
XML = (EXAMPLES / "ssda903-2026-27.xml").read_bytes()
AT = datetime(2026, 7, 20, 9, tzinfo=UTC)
ADAPTER = SSDA903Adapter()


def _envelope(media_type):
    return Envelope(media_type=media_type, at=AT, record="ab" * 32)


def packed(tables):
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in tables.items():
            archive.writestr(name, content)
    return file.getvalue()


def _read_set(tables, version="2025-26"):
    return ADAPTER.read(packed(tables), _envelope(f"{ZIP_TYPE}; version={version}"))


def _read_xml(payload=XML, version="2026-27"):
    return ADAPTER.read(payload, _envelope(f"{XML_TYPE}; version={version}"))


def _written(assessment, media_type):
    return ADAPTER.write(View(content=assessment, purpose="early_help"), _envelope(media_type))


def _with(name, *changes):
    content = SET[name]
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    return {**SET, name: content}


def _found(received):
    return {(one.code, one.where) for one in received.findings}


def _children(received):
    return [one.sender_child_id for one in received.readings]


def test_a_whole_set_is_accepted_without_a_finding_and_has_a_caf_for_each_child():
    received = _read_set(SET)

    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    assert _children(received) == ["CLA001", "CLA002", "CLA003", "CLA004"]
    first = received.readings[0].assessment.looked_after
    assert [one.placement.code for one in first.episodes] == ["U6", "U4"]
    assert first.difficulties[0].score == 12
    assert [one.participation.code for one in first.reviews] == ["PN1", "PN2"]


def test_a_whole_file_in_xml_is_accepted_without_a_finding():
    received = _read_xml()

    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    assert _children(received) == ["CLA101", "CLA102"]
    assert editions.schema(2027).validate(etree.fromstring(XML))


def test_every_cell_of_a_set_is_accounted_for_at_its_line_and_column_and_none_is_unmapped():
    cells = Counter()
    for table in TABLES:
        content = SET.get(table.file, b"").decode()
        for line, row in enumerate(csv.DictReader(io.StringIO(content)), start=2):
            cells.update(f"{table.name}:{line}:{name}" for name, cell in row.items() if cell)
    cells["UASC:2"] += 1  # that there is a row says something, too

    leaves = [leaf for one in _read_set(SET).readings for leaf in one.ledger.leaves]

    assert Counter(leaf.place for leaf in leaves) == cells
    assert {leaf.fate for leaf in leaves} == {Fate.KEPT, Fate.CHANGED}


def test_every_leaf_in_xml_is_accounted_for_at_its_place():
    root = etree.fromstring(XML)
    places = [leaf.place for one in _read_xml().readings for leaf in one.ledger.leaves]

    assert len(set(places)) == len(places) == len(root.xpath("//*[not(*)]"))
    assert all(len(root.xpath(place)) == 1 for place in places)


@pytest.mark.parametrize("received", [_read_set(SET), _read_xml()], ids=["set", "xml"])
def test_every_item_has_an_id_of_its_own_and_says_where_it_came_from(received):
    items = [item for one in received.readings for _, item in items_of(one.assessment)]

    assert len({item.id for item in items}) == len(items) > 20
    assert all(item.source.record == "ab" * 32 and item.source.place for item in items)


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("looked_after.episodes", Category.SOCIAL_CARE),
        ("looked_after.placements", Category.ADDRESS),
        ("looked_after.difficulties", Category.MENTAL_HEALTH),
        ("looked_after.substance_misuse", Category.SUBSTANCE_USE),
        ("looked_after.health_checks", Category.HEALTH_BASIC),
        ("looked_after.placed_for_adoption", Category.ADOPTION),
        ("looked_after.previous_permanence", Category.ADOPTION),
        ("looked_after.parenthood", Category.THIRD_PARTY),
    ],
)
def test_each_kind_of_information_is_an_item_that_is_decided_about_by_itself(path, category):
    found = [
        categories_of(item, element)
        for one in _read_xml().readings
        for element, item in items_of(one.assessment)
        if element.path == path
    ]

    assert found
    assert all(category in categories for categories in found)


def test_what_stands_outside_the_children_is_found():
    received = _read_xml(XML.replace(b"<EXPSSDA903>", b"<EXPSSDA903><NOTE>a</NOTE>"))

    assert _found(received) == {("unread-element", "/EXPSSDA903/NOTE")}


def test_an_episode_without_its_addresses_is_written_without_them():
    (reading, *_) = _read_set(SET).readings
    caf = reading.assessment
    kept = type(caf.looked_after)(episodes=caf.looked_after.episodes)

    written = _written(Assessment(child=caf.child, looked_after=kept), XML_TYPE).content

    assert written.count(b"<DECOM>") == 2
    assert b"_POST" not in written
    assert b"URN" not in written


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        pytest.param(
            _with("header.csv", (b"CHILD,SEX", b"\xef\xbb\xbfCHILD,SEX")),
            {("byte-order-mark", "Header:1")},
            id="a byte order mark",
        ),
        pytest.param(
            _with("episodes.csv", (b"B2 4QA", b"EG19 7TT")),
            {("164", "Episodes:2:PL_POST")},
            id="a postcode that cannot be",
        ),
        pytest.param(
            _with("sw_episodes.csv", (b"MANAGE", b"SWLAZY")),
            {("SW13STG1", "SWEpisodes:2:SW_REASON")},
            id="a code of nobody's",
        ),
        pytest.param(
            _with("placed_for_adoption.csv", (b"2025,,", b"2025,07/04/2025,XXX")),
            {("120", "PlacedAdoption:2:REASON_PLACED_CEASED")},
            id="another code of nobody's",
        ),
        pytest.param(
            _with("header.csv", (b"D999200026014", b"A999200026014")),
            {("invalid-identifier", "Header:2:UPN")},
            id="a UPN with another check letter",
        ),
        pytest.param(
            _with("header.csv", (b"CLA001,F", b"CLA001,2")),
            {("repaired-code", "Header:2:SEX")},
            id="the sex of another year",
        ),
        pytest.param(
            _with("episodes.csv", (b"U6", b"Z1")),
            {("146", "Episodes:2:PLACE")},
            id="a placement of another year",
        ),
        pytest.param(
            _with("header.csv", (b"14/05/2014", b"2014-05-14")),
            {
                ("102", "Header:2:DOB"),
                ("INT17", "Reviews:2:DOB"),
                ("INT17", "Reviews:3:DOB"),
                ("INT14", "OC2:2:DOB"),
                ("INT16", "PrevPerm:2:DOB"),
                ("other-than-header", "SWEpisodes:2:DOB"),
            },
            id="a date of another kind",
        ),
        pytest.param(
            _with("episodes.csv", (b"01/09/2025,X1", b"01/06/2024,X1")),
            {("356", "Episodes:2:DEC")},
            id="an end before the beginning",
        ),
        pytest.param(
            _with("uasc.csv", (b"CLA004,M", b"CLA009,M")),
            {("INT09", "UASC:2:CHILD")},
            id="a child whom the header does not have",
        ),
        pytest.param(
            _with("oc2.csv", (b"CLA001,", b"CLA001,14/05/2014,,,,,,,,,,\r\nCLA001,")),
            {("INT33", "OC2:3")},
            id="a second row where there is to be one",
        ),
        pytest.param(
            _with("reviews.csv", (b"PN1", b"PN1,more")),
            {("other-cells", "Reviews:2")},
            id="a cell too many",
        ),
        pytest.param(
            _with("reviews.csv", (b"CLA001,", b",")), {("no-child", "Reviews:2:CHILD")}, id="nobody"
        ),
        pytest.param(
            {**SET, "notes.csv": b"a,b\n1,2\n"}, {("no-such-table", "file 11")}, id="more"
        ),
    ],
)
def test_what_is_dirty_is_read_and_found_at_its_place_under_the_rule_that_it_breaks(tables, found):
    received = _read_set(tables)

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert _found(received) == found
    assert {one.severity for one in received.findings} == {Severity.WARNING}


def test_no_finding_says_what_the_return_holds():
    tables = _with("header.csv", (b"14/05/2014", b"canary-1"), (b"MWBC", b"canary-2"))
    tables["episodes.csv"] = SET["episodes.csv"].replace(b"B2 4QA", b"canary-3")

    findings = _read_set(tables).findings

    assert len(findings) > 3
    assert "canary" not in repr(findings)


def test_what_cannot_be_read_is_unmapped_and_nowhere_in_the_caf():
    (reading, *_) = _read_set(_with("episodes.csv", (b"B2 4QA", b"canary"))).readings
    unmapped = [leaf.place for leaf in reading.ledger.leaves if leaf.fate is Fate.UNMAPPED]

    assert unmapped == ["Episodes:2:PL_POST"]
    assert "canary" not in repr(reading.assessment)


def test_a_return_that_names_no_year_is_read_by_its_codes_and_that_is_said():
    new = ADAPTER.read(packed(SET), _envelope(ZIP_TYPE))
    old = SET["header.csv"].replace(b",F,", b",2,").replace(b",M,", b",1,")
    uasc = SET["uasc.csv"].replace(b",M,", b",1,")
    before = ADAPTER.read(packed({**SET, "header.csv": old, "uasc.csv": uasc}), _envelope(ZIP_TYPE))

    assert [one.code for one in (*new.findings, *before.findings)] == ["no-edition"] * 2
    assert (new.outcome, before.outcome) == (Outcome.ACCEPT, Outcome.ACCEPT)
    sexes = [one.assessment.child.sex[0].codes[0].code for one in before.readings]
    assert sexes == ["female", "male", "female", "male"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"", "not-a-zip", id="nothing"),
        pytest.param(b"CHILD,SEX\n", "not-a-zip", id="a table by itself"),
        pytest.param(packed(SET)[:700], "not-a-zip", id="half a ZIP"),
        pytest.param(packed({}), "no-table", id="an empty ZIP"),
        pytest.param(packed({"a.csv": "a,b\n1,2"}), "no-table", id="other tables"),
        pytest.param(packed({"header.csv": SET["header.csv"][:40]}), "no-child", id="no child"),
        pytest.param(
            packed({**SET, "again.csv": SET["reviews.csv"]}), "table-twice", id="a table twice"
        ),
        pytest.param(packed({"a.csv": 'a,"b\n1,2'}), "not-csv", id="a quotation that does not end"),
        pytest.param(
            packed({f"{number}.csv": "a" for number in range(65)}),
            "too-many-files",
            id="many files",
        ),
        pytest.param(
            packed({"header.csv": b"CHILD" + b"\0" * 3 * MAX_BYTES}), "too-many-bytes", id="a bomb"
        ),
        pytest.param(
            packed({"header.csv": SET["header.csv"] + b"a" * 20_000}), "too-long", id="a long cell"
        ),
    ],
)
def test_what_is_no_set_is_rejected(payload, code):
    received = ADAPTER.read(payload, _envelope(ZIP_TYPE))

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.severity) for one in received.findings] == [(code, Severity.ERROR)]


def test_a_zip_that_is_packed_in_another_way_or_broken_within_is_rejected():
    other = io.BytesIO()
    with ZipFile(other, "w", ZIP_BZIP2) as archive:
        archive.writestr("header.csv", SET["header.csv"])
    broken = bytearray(packed(SET))
    broken[60:70] = b"\xff" * 10

    for payload in (other.getvalue(), bytes(broken)):
        assert _found(ADAPTER.read(payload, _envelope(ZIP_TYPE))) == {("not-a-zip", "")}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"", "not-xml", id="nothing"),
        pytest.param(b"<Message/>", "not-a-903", id="a children in need census"),
        pytest.param(XML[:900], "not-xml", id="half a file"),
        pytest.param(b"<EXPSSDA903/>", "no-child", id="no child"),
        pytest.param(
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><EXPSSDA903/>", "document-type", id="an entity"
        ),
    ],
)
def test_what_is_no_return_in_xml_is_rejected(payload, code):
    received = _read_xml(payload)

    assert received.outcome is Outcome.REJECT
    assert [one.code for one in received.findings] == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param((b"<REC>", b"<RECC/><REC>"), None, id="an empty element of nobody's"),
        pytest.param((b"<REC>", b"<RECC>a</RECC><REC>"), "unknown-element", id="one of nobody's"),
        pytest.param((b"<SEX>F", b"<SEX>F</SEX><SEX>M"), "repeated-element", id="two sexes"),
        pytest.param((b"<SEX>F", b"<SEX>X"), "101", id="a sex that is none"),
        pytest.param((b"<MC_DOB>17/08/2026</MC_DOB>", b""), "611", id="a mother of nobody"),
        pytest.param((b"<DEC>20/07/2026</DEC>", b""), "142", id="an episode that does not end"),
        pytest.param((b"19/10/2026", b"19/10/2025"), "702", id="an order that ended before"),
    ],
)
def test_one_fault_in_xml_is_found(change, code):
    received = _read_xml(XML.replace(*change, 1))

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS or code is None
    assert code is None or code in {one.code for one in received.findings}


@pytest.mark.parametrize("edition", ["2025-26", "2026-27"])
@pytest.mark.parametrize("media_type", [ZIP_TYPE, XML_TYPE])
def test_what_is_written_is_read_again_as_it_was(media_type, edition):
    for reading in _read_set(SET).readings:
        version = f"{media_type}; version={edition}"
        payload = _written(reading.assessment, version)
        again = ADAPTER.read(payload.content, _envelope(payload.media_type))

        assert payload.media_type == version
        assert (again.outcome, again.findings) == (Outcome.ACCEPT, ())
        assert bare(again.readings[0].assessment) == bare(reading.assessment)


def test_what_is_read_in_xml_is_written_as_a_set_but_for_what_a_set_cannot_say():
    first, second = _read_xml().readings
    again = [
        ADAPTER.read(
            _written(one.assessment, ZIP_TYPE).content, _envelope(f"{ZIP_TYPE}; version=2026-27")
        ).readings[0]
        for one in (first, second)
    ]

    assert bare(again[0].assessment) == bare(first.assessment)
    # A child who is no asylum seeker has no row in a set, and nothing says so.
    assert second.assessment.looked_after.asylum_seeking[0].is_unaccompanied is False
    assert again[1].assessment.looked_after.asylum_seeking == ()


def test_the_same_view_is_the_same_bytes():
    (reading, *_) = _read_set(SET).readings

    assert _written(reading.assessment, ZIP_TYPE) == _written(reading.assessment, ZIP_TYPE)


def test_codes_that_a_year_does_not_have_are_not_written_for_it():
    (reading, *_) = _read_xml().readings
    before = _written(reading.assessment, f"{XML_TYPE}; version=2023-24").content

    assert editions.schema(2024).validate(etree.fromstring(before))
    assert b"<SEX>2</SEX>" in before
    assert b"Z12" not in before
    assert b"DOLO" not in before


@settings(max_examples=25, deadline=None)
@given(assessments())
def test_whatever_is_written_is_valid_and_can_be_read(assessment):
    for version in ("2023-24", "2026-27"):
        written = _written(assessment, f"{XML_TYPE}; version={version}").content
        schema = editions.schema(editions.parse(version))
        assert schema.validate(etree.fromstring(written)), schema.error_log
        payload = _written(assessment, f"{ZIP_TYPE}; version={version}")
        outcome = ADAPTER.read(payload.content, _envelope(payload.media_type)).outcome
        assert outcome is not Outcome.REJECT or not _says_anything(payload.content)


def _says_anything(payload):
    with ZipFile(io.BytesIO(payload)) as archive:
        return any(archive.read(one).count(b"\n") > 1 for one in archive.infolist())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((b"<SEX>F</SEX>", b"<SEX>2</SEX>"), id="the sex of another year"),
        pytest.param((b"Z12", b"H5"), id="the placement of another year"),
        pytest.param((b"12/05/2026", b"2026-05-12"), id="a date of another kind"),
        pytest.param((b"<ACTIV>", b"<Activ/><ACTIV>"), id="an element that is none"),
        pytest.param((b"<DECOM>11/01/2025</DECOM>", b""), id="an episode that never began"),
        pytest.param((b"<SDQ_REASON>SDQ5", b"<SDQ_REASON>SDQ6"), id="a reason that is none"),
    ],
)
def test_our_schema_rejects_what_the_format_does_not_allow(change):
    assert not editions.schema(2027).validate(etree.fromstring(XML.replace(*change, 1)))


def test_a_year_that_is_not_written_is_refused():
    with pytest.raises(UnsupportedFormatError, match="only the collections 2023-24 to 2026-27"):
        _written(Assessment(), f"{ZIP_TYPE}; version=2016-17")


def _many(count):
    header, *rows = SET["episodes.csv"].splitlines(keepends=True)
    episodes = [rows[0].replace(b"CLA001", b"C%06d" % number) for number in range(count)]
    return packed({"episodes.csv": header + b"".join(episodes)})


def test_a_big_set_comes_a_child_at_a_time():
    portions = ADAPTER.stream(io.BytesIO(_many(3_000)), _envelope(ZIP_TYPE))

    assert next(portions).message is not None
    assert sum(one.reading is not None for one in portions) == 3_000


def test_a_big_file_in_xml_comes_a_child_at_a_time_and_what_was_read_before_it_breaks_stands():
    begin, end = XML.index(b"  <CHILD>"), XML.index(b"</CHILD>") + len(b"</CHILD>\n")
    big = XML[:begin] + XML[begin:end] * 200
    portions = ADAPTER.stream(io.BytesIO(big), _envelope(XML_TYPE))
    read = []

    with pytest.raises(AdapterError, match="not XML from line"):
        read.extend(portions)
    assert len(read) > 150


@pytest.mark.parametrize(
    "name", ["header", "episodes", "oc2", "previous_permanence", "sw_episodes"]
)
def test_other_peoples_tables_are_read_and_every_row_is_somebodys(name):
    content = shared(f"data/ssda903/fake_data/{name}.csv").read_bytes()
    portions = list(ADAPTER.stream(io.BytesIO(packed({name: content})), _envelope(ZIP_TYPE)))
    rows = content.decode("utf-8-sig").splitlines()[1:]

    assert len(portions) == 2 + len({row.partition(",")[0] for row in rows})


def test_every_file_of_other_people_is_classified():
    folder = shared("data/ssda903")
    outcomes = Counter(
        ADAPTER.read(
            packed({"file": one.read_bytes()}), replace(_envelope(ZIP_TYPE), record="")
        ).outcome
        for one in sorted(folder.rglob("*.*"))
        if one.is_file()
    )

    assert outcomes == {Outcome.ACCEPT_WITH_FINDINGS: 8, Outcome.REJECT: outcomes[Outcome.REJECT]}
