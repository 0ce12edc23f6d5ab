"""The Annex A adapter: a view as a row of list 2, and several as one list."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from strategies import assessments

from adapters.contract import Envelope, Outcome
from adapters.errors import InvalidRecordError
from adapters.social_care.annex_a import MEDIA_TYPE, AnnexAAdapter, joined
from mappings.annex_a.rows import HEADERS
from mappings.caf.assessment import Assessment, Child, Information
from mappings.caf.items import Birth, Coded, Coding, Identifier, ServiceInvolved
from mappings.caf.view import View

ADAPTER = AnnexAAdapter()
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 5, 13, 9, tzinfo=UTC))
SEX = "https://caf-gateway.example/fhir/CodeSystem/sex"
ETHNICITY = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory"
CAF = Assessment(
    started_on=date(2026, 1, 5),
    completed_on=date(2026, 2, 2),
    child=Child(
        identifiers=(Identifier(scheme="la-child-id", value="EH00412"),),
        birth=(Birth(born_on=date(2014, 5, 14)),),
        sex=(Coded(codes=(Coding(SEX, "female"),)),),
        ethnicity=(Coded(codes=(Coding(ETHNICITY, "A"),)),),
    ),
    information=Information(
        assessor=(ServiceInvolved(name="Sam Ortiz", organisation="Harbour Family Trust"),)
    ),
)


def _written(caf):
    return ADAPTER.write(View(content=caf, purpose="inspection"), ENVELOPE).content


def _rows(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_a_view_is_a_row_under_the_published_headers_with_the_cells_that_the_list_has():
    assert _rows(_written(CAF)) == [
        [
            "Child Unique ID",
            "Gender",
            "Ethnicity",
            "Date of Birth",
            "Age",
            "Assessment start date",
            "Assessment completion date",
            "Organisation completing assessment",
        ],
        [
            "EH00412",
            "b) Female",
            "a) WBRI",
            "14/05/2014",
            "11",
            "05/01/2026",
            "02/02/2026",
            "Harbour Family Trust",
        ],
    ]


def test_an_age_is_told_to_nobody_who_may_not_see_the_date_of_birth():
    caf = Assessment(child=Child(sex=CAF.child.sex))

    assert _rows(_written(caf))[1] == ["", "b) Female", *[""] * 6]


def test_a_name_that_a_spreadsheet_would_calculate_is_a_text():
    assessor = ServiceInvolved(name="n", organisation="=HYPERLINK(1)")
    caf = Assessment(information=Information(assessor=(assessor,)))

    assert _rows(_written(caf))[1][-1] == "'=HYPERLINK(1)"


def test_several_views_are_one_list_with_a_row_for_each():
    whole = joined([_written(CAF), _written(Assessment()), _written(CAF)])

    assert [row[0] for row in _rows(whole)] == ["Child Unique ID", "EH00412", "", "EH00412"]
    with pytest.raises(InvalidRecordError, match="no list 2"):
        joined([b"Child,Gender\r\n"])


@settings(max_examples=30, deadline=None)
@given(assessments())
def test_whatever_a_view_holds_it_is_one_row_of_eight_cells(caf):
    head, row = _rows(_written(caf))

    assert len(head) == len(row) == len(HEADERS)


def test_a_list_is_not_read_and_says_so():
    received = ADAPTER.read(_written(CAF), ENVELOPE)

    assert received.outcome is Outcome.REJECT
    assert [one.code for one in received.findings] == ["not-read"]
