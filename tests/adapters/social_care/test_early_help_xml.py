"""The early-help record as XML: the same record as in JSON, with places as XPath."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from strategies import assessments

from adapters.contract import Envelope, Outcome
from adapters.social_care.early_help import EarlyHelpAdapter
from adapters.social_care.early_help_xml import (
    MEDIA_TYPE,
    NAMESPACE,
    EarlyHelpXMLAdapter,
    to_plain,
    xpath,
)
from adapters.social_care.early_help_xsd import PUBLISHED, render
from mappings.caf.assessment import Assessment
from mappings.caf.view import View, project
from mappings.fidelity import Fate

EXAMPLES = files("adapters.social_care") / "examples"
WHOLE = (EXAMPLES / "every_part.xml").read_bytes()
SCHOOL = (EXAMPLES / "school.xml").read_bytes()
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 6, 1, 8, 15, tzinfo=UTC))
ADAPTER = EarlyHelpXMLAdapter()
SCHEMA = etree.XMLSchema(etree.fromstring(render().encode()))
NS = {"e": NAMESPACE}
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cn")) | st.sampled_from("\t\n\r"),
    max_size=6,
)


def _read(content):
    return ADAPTER.read(content, ENVELOPE)


def _document(inside):
    head = f'<EarlyHelp xmlns="{NAMESPACE}"><format>early-help/1</format>'
    return f"{head}{inside}</EarlyHelp>".encode()


@pytest.mark.parametrize("name", ["school", "every_part"])
def test_an_example_says_what_the_same_example_in_json_says(name):
    content = (EXAMPLES / f"{name}.xml").read_bytes()
    of_xml = _read(content)
    of_json = EarlyHelpAdapter().read((EXAMPLES / f"{name}.json").read_bytes(), ENVELOPE)
    assert (of_xml.outcome, of_xml.findings) == (Outcome.ACCEPT, ())
    assert of_xml.message == of_json.message
    assert of_xml.readings[0].assessment == of_json.readings[0].assessment
    assert of_xml.readings[0].ledger.count() == of_json.readings[0].ledger.count()
    SCHEMA.assertValid(etree.fromstring(content))


@given(assessments(XML_TEXT))
def test_every_view_is_written_as_the_schema_says_and_read_back_the_same(assessment):
    content = project(assessment, lambda *_: True).content
    payload = ADAPTER.write(View(content=content, purpose="early_help"), ENVELOPE)
    assert _read(payload.content).readings[0].assessment == content
    SCHEMA.assertValid(etree.fromstring(payload.content))


def test_what_xml_cannot_say_is_written_as_the_character_that_stands_for_it():
    content = Assessment(id="a\x00b\x1bc")
    written = ADAPTER.write(View(content=content, purpose="early_help"), ENVELOPE).content
    assert _read(written).readings[0].assessment.id == "a\ufffdb\ufffdc"


def test_an_empty_list_and_no_list_are_not_the_same():
    said = (
        "<consent_statements><item><grantor><whom>child</whom></grantor>{}</item>"
        "</consent_statements>"
    )
    (all_,) = _read(_document(said.format(""))).readings[0].assessment.consent.statements
    (none,) = _read(_document(said.format("<scope/>"))).readings[0].assessment.consent.statements
    assert (all_.scope, none.scope) == (None, ())


def test_the_published_schema_is_the_one_that_is_rendered():
    assert PUBLISHED.read_text(encoding="utf-8") == render()


@pytest.mark.parametrize(
    ("was", "becomes", "where"),
    [
        pytest.param("early-help/1<", "early-help/2<", "/EarlyHelp/format", id="another version"),
        pytest.param(
            "<kind>need</kind>",
            "<kind>worry</kind>",
            "/EarlyHelp/strengths_and_needs/development_of_the_child_or_young_person"
            "/emotional_social/item[1]/kind",
            id="a kind that there is not",
        ),
        pytest.param(
            "<born_on>2016-09-18</born_on>",
            "<born_on>2016-02-30</born_on>",
            "/EarlyHelp/identifying_details/date_of_birth_or_expected_delivery/item[1]/born_on",
            id="a date that no calendar has",
        ),
        pytest.param(
            "<born_on>2016-09-18</born_on>",
            "<born_on><day>18</day></born_on>",
            "/EarlyHelp/identifying_details/date_of_birth_or_expected_delivery/item[1]/born_on",
            id="elements for a text",
        ),
        pytest.param(
            "<format>early-help/1</format>",
            "<format>early-help/1</format><format>early-help/1</format>",
            "/EarlyHelp/format",
            id="an element twice",
        ),
    ],
)
def test_a_value_that_is_not_the_elements_is_refused_at_its_place_by_both(was, becomes, where):
    broken = SCHOOL.decode().replace(was, becomes, 1)
    assert broken != SCHOOL.decode()
    received = _read(broken.encode())
    assert received.outcome is Outcome.REJECT
    assert [one.where for one in received.findings] == [where]
    assert not SCHEMA.validate(etree.fromstring(broken.encode()))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"", "not-xml", id="nothing"),
        pytest.param(b"{}", "not-xml", id="JSON"),
        pytest.param(b"<caf/>", "not-early-help", id="another root"),
        pytest.param(b"<EarlyHelp/>", "not-early-help", id="no namespace"),
        pytest.param(f'<EarlyHelp xmlns="{NAMESPACE}"/>'.encode(), "invalid-value", id="empty"),
        pytest.param(_document("<marks><mark>x</mark></marks>"), "not-an-item", id="no items"),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY y "z">]><EarlyHelp>&y;</EarlyHelp>',
            "document-type",
            id="a document type",
        ),
        pytest.param(_document("<a>" * 70 + "</a>" * 70), "too-deep", id="nested too deep"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(payload, code):
    received = _read(payload)
    assert (received.outcome, [one.code for one in received.findings]) == (Outcome.REJECT, [code])


def test_what_the_format_does_not_know_is_told_with_its_xpath_and_goes_nowhere():
    inside = (
        '<shoe size="3">red</shoe><shoe>blue</shoe>'
        "<identifying_details><names>"
        "<item><text>Leila Example</text><nick>Lulu</nick></item></names>"
        "between</identifying_details>"
    )
    received = _read(_document(inside))
    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert [(one.code, one.where) for one in received.findings] == [
        ("unknown-member", "/EarlyHelp/shoe"),
        ("unknown-member", "/EarlyHelp/shoe[2]"),
        ("unknown-member", "/EarlyHelp/identifying_details/#text"),
        ("unknown-member", "/EarlyHelp/identifying_details/names/item[1]/nick"),
    ]
    ledger = received.readings[0].ledger
    assert {leaf.place: leaf.fate for leaf in ledger.leaves if leaf.fate is Fate.UNMAPPED} == {
        "/EarlyHelp/shoe/@size": Fate.UNMAPPED,
        "/EarlyHelp/shoe/#text": Fate.UNMAPPED,
        "/EarlyHelp/shoe[2]": Fate.UNMAPPED,
        "/EarlyHelp/identifying_details/#text": Fate.UNMAPPED,
        "/EarlyHelp/identifying_details/names/item[1]/nick": Fate.UNMAPPED,
    }


def test_an_item_says_where_in_the_document_it_stands():
    received = ADAPTER.read(SCHOOL, replace(ENVELOPE, record="ab" * 32))
    (name, *_) = received.readings[0].assessment.child.names
    assert name.source is not None
    assert name.source.place == "/EarlyHelp/identifying_details/names/item[1]"


def test_every_place_of_the_account_is_in_the_document():
    root = etree.fromstring(WHOLE)
    for leaf in _read(WHOLE).readings[0].ledger.leaves:
        steps = re.sub(r"/(?=[A-Za-z])", "/e:", leaf.place)
        assert len(root.xpath(steps, namespaces=NS)) == 1, leaf.place


def test_elements_in_another_order_say_the_same():
    root = etree.fromstring(SCHOOL)
    root[:] = reversed(root)
    again = _read(etree.tostring(root)).readings[0].assessment
    assert again == _read(SCHOOL).readings[0].assessment


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_nothing_raises(content):
    assert _read(content).outcome is Outcome.REJECT


def test_no_finding_repeats_what_the_document_holds():
    canary = "canary-7f3a"
    for element in etree.fromstring(WHOLE).iter():
        if not len(element):
            changed = etree.fromstring(WHOLE)
            place = etree.ElementTree(element.getroottree().getroot()).getelementpath(element)
            changed.find(place).text = canary
            for finding in _read(etree.tostring(changed)).findings:
                assert canary not in f"{finding.message} {finding.where} {finding.code}"


def test_plain_values_are_those_of_json():
    root = etree.fromstring(_document("<message><id>m</id></message>"))
    assert to_plain(root) == {"format": "early-help/1", "message": {"id": "m"}}
    assert xpath("/a~1b/0") == "/EarlyHelp/a/b/item[1]"
