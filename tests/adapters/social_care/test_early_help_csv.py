"""The early-help spreadsheet: what people and their programs make of it, and what is read."""

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import assessments

from adapters import spreadsheets
from adapters.contract import Destination, Envelope, Outcome
from adapters.social_care.early_help_csv import MEDIA_TYPE, EarlyHelpCSVAdapter, template
from adapters.social_care.early_help_habits import meant
from mappings.caf.assessment import Assessment, Consent
from mappings.caf.items import About, AboutWhom, ConsentStatement
from mappings.caf.view import View
from mappings.caf.vocabulary import ConsentAnswer, StorageAnswer
from mappings.early_help.sheet import columns, translation
from mappings.fidelity import Fate
from mappings.language.translation import bare

EXAMPLE = (files("adapters.social_care") / "examples" / "early_help.csv").read_bytes()
TEMPLATE = Path(__file__).parents[3] / "docs" / "examples" / "early-help-template.csv"
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 6, 1, tzinfo=UTC), record="ab" * 32)
ADAPTER = EarlyHelpCSVAdapter()
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).map(
    lambda text: text if text.strip() else ""
)


def _read(content):
    return ADAPTER.read(content if isinstance(content, bytes) else content.encode(), ENVELOPE)


def _row(**cells):
    """Read a sheet of one child, Leila, with *cells* by header (underscores are spaces)."""
    named = {
        "First names": "Leila",
        **{name.replace("_", " "): cell for name, cell in cells.items()},
    }
    return _read(spreadsheets.document([list(named), list(named.values())]))


def _codes(received):
    return [(one.code, one.where) for one in received.findings]


def test_the_example_is_accepted_with_a_child_a_row_and_nothing_unmapped():
    received = _read(EXAMPLE)
    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    leila, tom = received.readings
    assert leila.assessment.child.names[1].text == "Leila Example"
    assert leila.assessment.child.addresses[0].lines == ("Flat 2", "14 Sample Street")
    assert leila.assessment.people.carers[0].phone == "+44 7700 900456"
    assert leila.assessment.plan.actions[0].by_when == date(2026, 4, 1)
    assert leila.assessment.consent.statements[0].services == ("council-early-help", "school")
    assert tom.assessment.consent.statements[0].sharing is ConsentAnswer.REFUSED
    assert [one.sender_child_id for one in received.readings] == ["CH-014", "CH-015"]
    assert [one.ledger.count()[Fate.UNMAPPED] for one in received.readings] == [0, 0]


def _written_again(content):
    (reading,) = _read(content).readings
    view = View(content=reading.assessment, purpose="early_help")
    return ADAPTER.write(view, ENVELOPE).content


@given(assessments(TEXT))
def test_every_view_is_written_and_what_was_carried_once_is_carried_again(assessment):
    payload = ADAPTER.write(View(content=assessment, purpose="early_help"), ENVELOPE)
    once = _written_again(payload.content)
    assert _written_again(once) == once


def test_the_sheet_of_an_example_read_again_says_the_same():
    for reading in _read(EXAMPLE).readings:
        payload = ADAPTER.write(View(content=reading.assessment, purpose="p"), ENVELOPE)
        (again,) = _read(payload.content).readings
        assert bare(again.assessment) == bare(reading.assessment)


def test_every_column_is_written_whatever_is_in_it():
    whole = ADAPTER.write(
        View(content=_read(EXAMPLE).readings[0].assessment, purpose="p"), ENVELOPE
    )
    empty = ADAPTER.write(View(content=Assessment(), purpose="p", notice="n"), ENVELOPE)
    heads = [payload.content.splitlines()[0] for payload in (whole, empty)]
    assert heads == [template().splitlines()[0]] * 2
    assert empty.content.splitlines()[1].endswith(b",n")


def test_the_published_template_is_the_sheet_that_is_read():
    assert TEMPLATE.read_bytes() == template()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_the_program_puts_between_cells_and_saves_in_is_read(delimiter, encoding):
    sheet = f'"First names"{delimiter}Family name\r\n"Zoë"{delimiter}"a,b;c"\r\n{delimiter}\r\n'
    received = _read(sheet.encode(encoding))
    assert received.outcome is Outcome.ACCEPT
    (name,) = received.readings[0].assessment.child.names
    assert (name.given, name.family) == (("Zoë",), "a,b;c")


def test_the_windows_code_page_is_read_with_a_finding():
    received = _read("First names\nZoë".encode("cp1252"))
    assert _codes(received) == [("not-utf-8", "row 1")]
    assert received.readings[0].assessment.child.names[0].text == "Zoë"


def test_headers_are_known_however_they_were_typed():
    received = _read("FIRST  NAMES ,consent 1: \u201cwho answered\nLeila,child")
    assert _codes(received) == [("unknown-column", "row 1, column B")]
    assert _read("FIRST  NAMES ,Consent 1: who answered\nLeila,child").findings == ()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("18/09/2016", None),
        ("18.9.2016", None),
        ("2016-09-18", None),
        ("42631", "repaired-date"),
        ("18-Sep-2016", "repaired-date"),
        ("18 September 2016", "repaired-date"),
        ("18/09/16", "repaired-date"),
        ("2016-09-18 00:00:00", "repaired-date"),
        ("18/09/2016 00:00", "repaired-date"),
    ],
)
def test_a_date_is_read_however_the_program_shows_it(cell, code):
    received = _row(Date_of_birth=cell)
    assert received.readings[0].assessment.child.birth[0].born_on == date(2016, 9, 18)
    assert [one.code for one in received.findings] == ([] if code is None else [code])


@pytest.mark.parametrize("cell", ["09/18/2016", "31/02/2016", "last spring", "2016", "99999"])
def test_what_is_no_date_is_told_and_goes_nowhere(cell):
    received = _row(Date_of_birth=cell)
    assert _codes(received) == [("unreadable-value", "row 2, column Date of birth")]
    (reading,) = received.readings
    assert reading.assessment.child.birth == ()
    assert [leaf.place for leaf in reading.ledger.leaves if leaf.fate is Fate.UNMAPPED] == [
        "row 2, column Date of birth"
    ]


def test_every_day_that_a_program_counts_is_the_day_that_was_meant():
    for serial in range(10_000, 60_000, 487):
        day, month, year = map(int, meant(str(serial), "date").text.split("/"))
        assert (date(year, month, day) - date(1899, 12, 30)).days == serial


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        ("Telephone", "7700900123", "repaired-telephone"),
        ("Telephone", "7.7009E+09", "rounded-number"),
        ("NHS number", "9.99E+09", "rounded-number"),
        ("Telephone", '="07700900123"', "formula-text"),
        ("Is an interpreter needed?", "Y", "repaired-code"),
        ("Sex", "F", "repaired-code"),
        ("Sex", "girl", "unreadable-value"),
        ("Shoe size", "3", "unknown-column"),
    ],
)
def test_what_was_not_written_as_it_should_be_is_told(header, cell, code):
    received = _row(**{header: cell})
    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert code in [one.code for one in received.findings]
    assert all(cell not in f"{one.message} {one.where}" for one in received.findings)


def test_a_telephone_number_has_its_zero_again():
    assert (
        _row(Telephone="7700900123").readings[0].assessment.child.contacts[0].value == "07700900123"
    )


def test_an_invalid_nhs_number_is_a_finding_and_no_match():
    received = _row(NHS_number="9990000116")
    assert _codes(received) == [("invalid-identifier", "row 2, column NHS number")]
    assert not received.readings[0].assessment.child.identifiers[0].is_valid


def test_a_row_without_a_name_is_a_finding():
    assert _codes(_read("First names,Town\n,Testborough")) == [("no-name", "row 2")]


def test_a_cell_below_no_column_is_found_and_kept_with_the_original_alone():
    received = _read("First names,,\nLeila,,canary")
    (reading,) = received.readings
    assert _codes(received) == [("row-too-long", "row 2, column C")]
    assert [(leaf.place, leaf.fate) for leaf in reading.ledger.leaves] == [
        ("row 2, column First names", Fate.KEPT),
        ("row 2, column C", Fate.UNMAPPED),
    ]


@pytest.mark.parametrize(
    "row", ["Leila,1 Street, Town,", "Leila,Street,Town,given", "Leila,,,,"], ids=len
)
def test_a_row_that_is_longer_than_its_header_is_refused(row):
    received = _read(f"First names,Address,Town\nTom,,\n{row}")
    assert received.outcome is Outcome.REJECT
    assert _codes(received) == [("row-too-long", "row 3")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "not-early-help", id="nothing"),
        pytest.param(b"{}", "not-early-help", id="JSON"),
        pytest.param(b"shoe,size\nred,3", "not-early-help", id="another sheet"),
        pytest.param(template(), "no-child", id="the empty sheet"),
        pytest.param(b"Town,town\na,b", "duplicate-column", id="a column twice"),
        pytest.param(b"Town\n" + b"x\n" * 2_001, "too-many-children", id="too many"),
        pytest.param(b'First names\n"Lei"la', "not-csv", id="a quotation mark out of place"),
        pytest.param(b"First names\n\0", "unknown-encoding", id="a NUL"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_reason(content, code):
    received = _read(content)
    assert (received.outcome, [one.code for one in received.findings]) == (Outcome.REJECT, [code])


@given(st.binary(max_size=60))
def test_nothing_raises(content):
    _read(content)
    _read(b"First names\nLeila," + content)


GIVEN = {
    "Consent 1: who answered?": "parent or carer",
    "Consent 1: may we share this?": "given",
}
REFUSED = {"Consent 2: who answered?": "child", "Consent 2: may we share this?": "refused"}
WHO = "Consent 2: who answered?"


def _statements(**cells):
    (reading,) = _row(**cells).readings
    return reading.assessment.consent.statements


def test_consent_that_is_read_is_not_in_doubt():
    assert [one.doubts for one in _statements(**GIVEN, **REFUSED)] == [(), ()]
    assert _row(**GIVEN, **REFUSED).findings == ()


@pytest.mark.parametrize(
    "unread",
    [
        pytest.param({**REFUSED, WHO: "aunt"}, id="whoever refused"),
        pytest.param({**REFUSED, WHO: ""}, id="nobody refused"),
        pytest.param({**REFUSED, "Consent 2: may we share this?": "rather not"}, id="the answer"),
        pytest.param({**REFUSED, "Consent 2: may we keep this?": "ask mum"}, id="the keeping"),
        pytest.param({"Consent 2: with whom not?": "school"}, id="an exception alone"),
        pytest.param({"Consent 1: date": "last spring"}, id="the date"),
        pytest.param({"Consent 1: but not with": "school"}, id="a column nobody knows"),
        pytest.param({"Consent 3: may we share this?": "refused"}, id="a third statement"),
        pytest.param({"Who not to share with": "school"}, id="another word for it"),
        pytest.param({"": "refused"}, id="below no column"),
    ],
)
def test_what_cannot_be_read_of_one_statement_puts_every_one_in_doubt(unread):
    received = _row(**GIVEN, **unread)
    (reading,) = received.readings
    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    statements = reading.assessment.consent.statements
    assert {one.doubts for one in statements} == {("unreadable-answer",)}
    assert statements[0].sharing is ConsentAnswer.GIVEN


@pytest.mark.parametrize("who", ["aunt", ""])
def test_a_no_is_kept_of_whoever_said_it(who):
    said = {
        WHO: who,
        "Consent 2: may we keep this?": "no",
        "Consent 2: may we share this?": "refused",
    }
    (reading,) = _row(**GIVEN, **said).readings
    _, no = reading.assessment.consent.statements
    assert no.grantor == About(AboutWhom.OTHER_PERSON)
    assert (no.sharing, no.may_store) == (ConsentAnswer.REFUSED, StorageAnswer.NO)
    fates = {leaf.place: leaf.fate for leaf in reading.ledger.leaves}
    assert fates.pop(f"row 2, column {WHO}", Fate.UNMAPPED) is Fate.UNMAPPED
    assert set(fates.values()) == {Fate.KEPT}


def test_consent_that_is_only_in_a_lost_column_leaves_a_doubt():
    (lost,) = _statements(**{"Consent: may we share this?": "refused"})
    assert (lost.sharing, lost.doubts) == (ConsentAnswer.NOT_ASKED, ("unreadable-answer",))
    assert _statements(**{"Consent: may we share this?": " "}) == ()


@pytest.mark.parametrize(
    ("word", "whom"),
    [
        ("mother", AboutWhom.PARENT_OR_CARER),
        ("Mum", AboutWhom.PARENT_OR_CARER),
        ("DAD", AboutWhom.PARENT_OR_CARER),
        ("Carer", AboutWhom.PARENT_OR_CARER),
        ("Young Person", AboutWhom.CHILD),
    ],
)
def test_the_word_for_a_parent_or_the_child_is_repaired_and_believed(word, whom):
    received = _row(**{**GIVEN, "Consent 1: who answered?": word})
    (said,) = received.readings[0].assessment.consent.statements
    assert _codes(received) == [("repaired-code", "row 2, column Consent 1: who answered?")]
    assert (said.grantor, said.doubts) == (About(whom), ())


@pytest.mark.parametrize(
    ("grantor", "whom"),
    [
        (About(AboutWhom.PARENT_OR_CARER, "p1"), AboutWhom.PARENT_OR_CARER),
        (About(AboutWhom.CHILD, "c1"), AboutWhom.CHILD),
        (About(AboutWhom.PRACTITIONER), AboutWhom.OTHER_PERSON),
    ],
)
def test_who_answered_is_written_whichever_person_it_was(grantor, whom):
    said = ConsentStatement(grantor=grantor, sharing=ConsentAnswer.REFUSED)
    content = Assessment(consent=Consent(statements=(said,)))
    payload = ADAPTER.write(View(content=content, purpose="p"), ENVELOPE)
    (again,) = _read(payload.content).readings[0].assessment.consent.statements
    assert (again.grantor, again.sharing, again.doubts) == (About(whom), ConsentAnswer.REFUSED, ())


def test_consent_for_which_there_is_no_room_is_not_written_in_part():
    said = ConsentStatement(grantor=About(AboutWhom.CHILD), sharing=ConsentAnswer.GIVEN)
    three = Assessment(consent=Consent(statements=(said,) * 3))
    payload = ADAPTER.write(View(content=three, purpose="p"), ENVELOPE)
    assert _read(payload.content).readings[0].assessment.consent.statements == ()


def test_no_cell_that_is_written_is_a_formula():
    canary = "=HYPERLINK(1)"
    tree = {"name": {"family": canary}, "led_to": "@SUM(1)", "home": "-2", "phone": "+44 1"}
    content = translation().read(tree).assessment
    payload = ADAPTER.write(View(content=content, purpose="p"), ENVELOPE).content.decode(
        "utf-8-sig"
    )
    (_, row) = spreadsheets.rows(spreadsheets.Text(payload), ",")
    assert canary in row.cells
    assert all(
        not cell.startswith(("=", "+", "-", "@")) for cell in payload.split("\r\n")[1].split(",")
    )


def test_whom_the_sheet_is_for_is_said_beside_it():
    to = (Destination("https://caf-gateway.example/Id/service", "council"),)
    beside = replace(ENVELOPE, message_id="m", destinations=to, use_case="u")
    message = ADAPTER.read(EXAMPLE, beside).message
    assert message is not None
    assert (message.id, message.destinations, message.use_case) == ("m", to, "u")


def test_every_column_has_a_kind_that_is_known():
    assert {column.kind for column in columns()} <= {
        "text",
        "date",
        "number",
        "telephone",
        "choice",
        "list",
    }
