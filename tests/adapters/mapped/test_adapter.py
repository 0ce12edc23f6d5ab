"""Adapters that are data: what is read, what is refused, in each form on the wire."""

import pytest

from adapters.contract import Outcome
from adapters.errors import AdapterError
from adapters.mapped import CSV, JSON, XML, MappedAdapter
from adapters.testing import conformance
from adapters.testing.kit import envelope
from mappings.caf.assessment import Assessment, Child
from mappings.caf.items import Name
from mappings.caf.view import View
from mappings.fidelity import Fate
from mappings.language.loading import Format, parse
from mappings.language.shapes import of_paths

TYPE = "application/vnd.example.visit+"
MAPPING = """
mapping: visit
describes: a visit
rows:
  - {caf: child/names/text, theirs: Name}
  - {caf: "child/identifiers[scheme=nhs-number]", theirs: Number}
"""
TEXT = MAPPING.replace(
    '  - {caf: "child/identifiers[scheme=nhs-number]", theirs: Number}\n',
    "items:\n  - item: child/identifiers[scheme=nhs-number]\n    rows:\n"
    "      - {caf: [value, is_valid], theirs: Number, via: nhs_number}\n",
)
RECORDS = {
    "xml": b"<Visit xmlns='urn:v'><Name>Wren</Name><Number>9990000018</Number></Visit>",
    "json": b'{"Name": "Wren", "Number": 9990000018}',
    "csv": b"\xef\xbb\xbfName,Number\r\nWren,9990000018\r\n",
}
FORMS = {
    "xml": XML("Visit", "urn:v"),
    "json": JSON(unquoted=("Number",)),
    "csv": CSV(("Name", "Number")),
}


def _adapter(kind):
    form = FORMS[kind]
    of = Format(of_paths(["Name", "Number"], form.accepts), places=form.places)
    translation = parse(TEXT, "visit.yaml", of)
    return MappedAdapter(
        name="visit", media_types=(TYPE + kind,), form=form, translation=translation
    )


def in_xml():
    return _adapter("xml")


def in_json():
    return _adapter("json")


def in_csv():
    return _adapter("csv")


class Record:
    def __init__(self, kind) -> None:
        self.name = f"visit.{kind}"
        self.content = RECORDS[kind]

    def is_file(self):
        return True

    def read_bytes(self):
        return self.content


TestXML = conformance(in_xml, examples=[Record("xml")], cafs=10)
TestJSON = conformance(in_json, examples=[Record("json")], cafs=10)
TestCSV = conformance(in_csv, examples=[Record("csv")], cafs=10)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_is_read_the_same_in_every_form(kind):
    received = _adapter(kind).read(RECORDS[kind], envelope(TYPE + kind))
    (reading,) = received.readings

    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    assert reading.assessment.child.names[0].text == "Wren"
    assert reading.assessment.child.identifiers[0].value == "9990000018"
    assert reading.ledger.count()[Fate.KEPT] == 2


@pytest.mark.parametrize(
    ("kind", "payload", "code", "where"),
    [
        ("xml", b"<Call/>", "another-root", "/*"),
        ("xml", b"<Visit/>", "another-root", "/*"),
        ("json", b"[]", "no-object", "/"),
        ("csv", b"", "no-columns", "1:1"),
        ("csv", b"Shoe,Hat\n1,2\n", "no-columns", "1:1"),
        ("csv", b"Name,Name\nWren,Otis\n", "duplicate-column", "1:1"),
        ("csv", b"Name,Number\nWren,1,2\n", "too-many-cells", "2:1"),
        ("csv", b'Name,Number\n"Wren', "not-csv", "2:1"),
        ("csv", "Name\nZoë\n".encode("latin-1"), "not-utf-8", "1:1"),
        ("csv", b"Name,Number\n", "no-record", "1:1"),
    ],
)
def test_what_is_no_record_is_rejected_with_its_place(kind, payload, code, where):
    received = _adapter(kind).read(payload, envelope(TYPE + kind))

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.where) for one in received.findings] == [(code, where)]


def test_each_row_of_a_table_is_a_child_at_its_line():
    table = b"Name,Number\nWren,\n\nOtis,12\n"
    received = in_csv().read(table, envelope(TYPE + "csv"))

    assert [one.assessment.child.names[0].text for one in received.readings] == ["Wren", "Otis"]
    assert received.readings[1].assessment.child.names[0].source.place == "/4/Name"
    assert [(one.code, one.where) for one in received.findings] == [
        ("invalid-identifier", "/4/Number")
    ]


def test_a_number_stays_a_number_and_a_formula_does_not_become_one():
    name = Name(text="=cmd()")
    content = Assessment(child=Child(names=(name,)))
    written = in_csv().write(View(content=content, purpose="help"), envelope(TYPE + "csv"))
    read = in_json().read(RECORDS["json"], envelope(TYPE + "json")).readings[0].assessment
    again = in_json().write(View(content=read, purpose="help"), envelope(TYPE + "json"))

    assert b"\r\n'=cmd()," in written.content
    back = in_csv().read(written.content, envelope(TYPE + "csv")).readings[0].assessment
    assert back.child.names[0].text == "=cmd()"
    assert again.content == b'{"Name":"Wren","Number":9990000018}'


def test_what_the_format_does_not_have_is_found_and_unmapped():
    payload = RECORDS["xml"].replace(b"</Visit>", b"<Extra>no</Extra></Visit>")
    received = in_xml().read(payload, envelope(TYPE + "xml"))

    assert [(one.code, one.where) for one in received.findings] == [
        ("unknown-element", "/Visit/Extra")
    ]
    assert received.readings[0].ledger.count()[Fate.UNMAPPED] == 1


def test_a_form_refuses_a_payload_that_is_too_large():
    with pytest.raises(AdapterError, match="larger than"):
        CSV(("Name",)).parse(b"Name\n" * 2**21, of_paths(["Name"]))
