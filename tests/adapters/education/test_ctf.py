"""The CTF adapter: what is read of each variant, what is refused and where, what is written."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given, settings
from lxml import etree
from msgspec.structs import replace as replace_struct
from shared_data import shared
from strategies import assessments

from adapters.contract import Destination, Envelope, Outcome, Severity
from adapters.education.ctf import MEDIA_TYPE, CTFAdapter
from adapters.education.ctf_file import ESTABLISHMENT
from adapters.errors import AdapterError, TooLargeError, UnsupportedFormatError
from adapters.whole import MAX_BYTES
from adapters.xml_stream import MAX_ELEMENT_BYTES
from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.elements import element
from mappings.caf.items import About, AboutWhom, Person
from mappings.caf.view import View, categories_of
from mappings.ctf import editions
from mappings.fidelity import Fate
from mappings.language.translation import bare

EXAMPLES = files("adapters.education") / "examples"
WHOLE, TWO, DIRTY = ((EXAMPLES / f"ctf-{name}.xml").read_bytes() for name in ("25", "24", "dirty"))
ENVELOPE = Envelope(
    media_type=MEDIA_TYPE, at=datetime(2026, 7, 20, 9, tzinfo=UTC), record="ab" * 32
)
ADAPTER = CTFAdapter()
PARENT = (About(AboutWhom.PARENT_OR_CARER),)


def _read(payload):
    return ADAPTER.read(payload, ENVELOPE)


def _written(assessment, edition=25, destinations=()):
    envelope = replace(
        ENVELOPE, media_type=f"{MEDIA_TYPE}; version={edition}", destinations=destinations
    )
    return ADAPTER.write(View(content=assessment, purpose="early_help"), envelope)


def _codes(received):
    return {finding.code for finding in received.findings}


def _pupils(count):
    begin, end = WHOLE.index(b"<Pupil>"), WHOLE.index(b"</Pupil>") + len(b"</Pupil>")
    return WHOLE[:begin] + WHOLE[begin:end] * count + WHOLE[end:]


def test_a_whole_file_is_accepted_with_its_message_and_without_a_finding():
    received = _read(WHOLE)

    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    assert received.message.sender == Destination(ESTABLISHMENT, "9992001")
    assert received.message.destinations == (Destination(ESTABLISHMENT, "9994002"),)
    assert received.message.sent_at == datetime(2026, 7, 17, 13, 5, tzinfo=UTC)


def test_every_leaf_of_a_whole_file_is_accounted_for_and_none_is_unmapped():
    (reading,) = _read(WHOLE).readings
    root = etree.fromstring(WHOLE)
    places = {leaf.place for leaf in reading.ledger.leaves}

    assert len(places) == len(root.xpath("//*[not(*)]"))
    assert all(len(root.xpath(place)) == 1 for place in places)
    assert reading.ledger.count()[Fate.UNMAPPED] == 0


def test_every_item_says_where_it_came_from_and_has_an_id_of_its_own():
    (reading,) = _read(WHOLE).readings
    items = [
        item
        for name in Assessment.__struct_fields__
        if hasattr(section := getattr(reading.assessment, name), "__struct_fields__")
        for field in section.__struct_fields__
        for item in getattr(section, field)
    ]
    root = etree.fromstring(WHOLE)

    assert len({item.id for item in items}) == len(items) > 20
    assert all(item.source.record == ENVELOPE.record for item in items)
    assert all(root.xpath(item.source.place) for item in items)


def test_a_code_that_has_no_one_counterpart_is_kept_beside_the_one_it_is_read_as():
    (reading,) = _read(WHOLE).readings
    (ethnicity,) = reading.assessment.child.ethnicity

    assert [one.code for one in ethnicity.codes] == ["Z", "REFU"]


def test_being_looked_after_is_social_care_whatever_element_it_stands_in():
    (reading,) = _read(WHOLE).readings
    (said,) = reading.assessment.people.home

    assert [label.value for label in said.labels] == ["social_care"]


def test_each_pupil_of_a_file_is_a_child_of_its_own():
    received = _read(TWO)
    given_names = [one.assessment.child.names[0].given for one in received.readings]

    assert received.outcome is Outcome.ACCEPT
    assert given_names == [("Idris",), ("Nia",)]


def test_a_dirty_file_is_read_and_every_repair_is_a_finding_at_its_place():
    received = _read(DIRTY)
    found = {(one.code, one.where) for one in received.findings}
    at = "/CTF/Pupils/Pupil[1]"

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert found == {
        ("other-root", "/CTF"),
        ("no-edition", "/CTF/Header/CTFversion"),
        ("no-sender", "/CTF/Header/SourceSchool"),
        ("other-wrapper", "/CTF/Pupils"),
        ("read-elsewhere", f"{at}/FormerUPN"),
        ("read-elsewhere", f"{at}/BasicDetails/LegalSurname"),
        ("read-elsewhere", f"{at}/BasicDetails/LegalForename"),
        ("read-elsewhere", f"{at}/BasicDetails/DOB"),
        ("read-elsewhere", f"{at}/BasicDetails/Gender"),
        ("read-elsewhere", f"{at}/BasicDetails/FirstLanguage"),
        ("read-elsewhere", f"{at}/Address/AddressLine1"),
        ("read-elsewhere", f"{at}/Address/Postcode"),
        ("read-elsewhere", f"{at}/SEN/SENprovision"),
        ("repaired-code", f"{at}/BasicDetails/Ethnicity"),
        ("unreadable-value", f"{at}/BasicDetails/NCyearActual"),
        ("unknown-element", f"{at}/House"),
        ("invalid-identifier", f"{at}/UPN"),
    }


def test_a_finding_says_what_to_do_and_nothing_of_what_the_file_holds():
    texts = {text for text in etree.fromstring(DIRTY).itertext() if len(text.strip()) > 2}
    for finding in _read(DIRTY).findings:
        assert finding.message
        assert not any(text in finding.message for text in texts)


def test_what_is_unmapped_is_named_and_nowhere_in_the_caf():
    (reading,) = _read(DIRTY).readings
    unmapped = [one.place for one in reading.ledger.leaves if one.fate is Fate.UNMAPPED]

    assert unmapped == [
        "/CTF/Pupils/Pupil[1]/House",
        "/CTF/Pupils/Pupil[1]/BasicDetails/NCyearActual",
    ]
    assert "Otters" not in repr(reading.assessment)


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(b"", "not-xml", "1:1", id="nothing"),
        pytest.param(b"Surname,Forename\nSample,Wren\n", "not-xml", "1:1", id="a CSV export"),
        pytest.param(WHOLE[:900], "not-xml", "31:19", id="half a file"),
        pytest.param(b"<ATfile/>", "not-a-ctf", "/ATfile", id="an admissions file"),
        pytest.param(b"<a xmlns='urn:x'><Pupil/></a>", "not-a-ctf", "/*", id="an invented root"),
        pytest.param(b"<CTfile><Header/></CTfile>", "no-pupil", "/CTfile", id="no pupil"),
        pytest.param(
            b"<!DOCTYPE CTfile [<!ENTITY a 'b'>]><CTfile/>", "document-type", "", id="an entity"
        ),
        pytest.param(b"<CTfile>&a;</CTfile>", "not-xml", "1:1", id="an entity of nobody's"),
    ],
)
def test_what_is_no_ctf_is_rejected_with_its_place(payload, code, where):
    received = _read(payload)

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.where, one.severity) for one in received.findings] == [
        (code, where, Severity.ERROR)
    ]


@pytest.mark.parametrize(
    ("encode", "code"),
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), None, id="UTF-8 with a mark"),
        pytest.param(lambda text: text.encode("utf-16"), None, id="UTF-16 that says UTF-8"),
        pytest.param(
            lambda text: text.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
            None,
            id="Latin-1 that says so",
        ),
        pytest.param(lambda text: text.encode("latin-1"), "undeclared-encoding", id="Latin-1"),
        pytest.param(
            lambda text: text.replace("UTF-8", "utf-16").encode(),
            "undeclared-encoding",
            id="UTF-8 that says UTF-16",
        ),
    ],
)
def test_a_file_is_read_in_the_encodings_that_are_seen(encode, code):
    received = _read(encode(WHOLE.decode()))
    (reading,) = received.readings

    assert reading.assessment.child.names[0].given[0] == "Zoë"
    assert _codes(received) == ({code} if code else set())


@pytest.mark.parametrize("edition", ["21.0", "22.0", "23.0", "24.0"])
def test_editions_before_25_have_a_gender_and_no_finding(edition):
    received = _read(TWO.replace(b"24.0", edition.encode()))

    assert received.outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param((b"24.0", b"25.0"), "read-elsewhere", id="a gender in edition 25"),
        pytest.param((b"24.0", b"18.0"), "unknown-edition", id="an edition long ago"),
        pytest.param((b"2025-01-10T09:00:00", b"10/01/2025"), "no-time", id="another date"),
        pytest.param((b"<Gender>M</Gender>", b"<Gender>X</Gender>"), "unreadable-value", id="code"),
        pytest.param((b"2017-11-30", b"2017-02-30"), "unreadable-value", id="no such day"),
        pytest.param(
            (b"<DOB>", b"<DOB>2017-11-29</DOB><DOB>"), "repeated-element", id="two birth dates"
        ),
        pytest.param((b"<CTFpupilData>", b"<CTFpupilData>stray"), None, id="text around pupils"),
        pytest.param((b"<DOB>", b"stray<DOB>"), "stray-text", id="text between elements"),
        pytest.param((b"<Surname>", b"<Surname x='y'>"), "unreadable-value", id="an attribute"),
        pytest.param((b"<Header>", b"<Other>"), None, id="a header that does not end"),
    ],
)
def test_one_fault_is_one_kind_of_finding(change, code):
    received = _read(TWO.replace(*change))

    if code is None:
        assert received.outcome in {Outcome.ACCEPT, Outcome.REJECT}
    else:
        assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
        assert code in _codes(received)


def test_neither_of_two_birth_dates_is_believed():
    received = _read(TWO.replace(b"<DOB>2017", b"<DOB>2017-11-29</DOB><DOB>2017"))

    assert received.readings[0].assessment.child.birth == ()


@pytest.mark.parametrize("edition", editions.WRITTEN)
def test_what_is_written_is_valid_and_read_again_as_it_was(edition):
    (reading,) = _read(WHOLE).readings
    payload = _written(reading.assessment, edition)
    again = _read(payload.content)

    assert editions.schema(edition).validate(etree.fromstring(payload.content))
    assert [one.code for one in again.findings] == ["no-sender"]
    assert bare(again.readings[0].assessment) == bare(reading.assessment)


@settings(max_examples=50, deadline=None)
@given(assessments())
def test_whatever_is_written_is_valid_against_our_schemas(assessment):
    for edition in editions.WRITTEN:
        written = etree.fromstring(_written(assessment, edition).content)
        schema = editions.schema(edition)
        assert schema.validate(written), schema.error_log


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((b"<Sex>F</Sex>", b"<Gender>F</Gender>"), id="a gender in edition 25"),
        pytest.param((b"2015-03-02", b"2015-02-30"), id="no such day"),
        pytest.param((b"REFU", b"PAKI"), id="a code that is none"),
        pytest.param((b"<UCI>", b"<Uci/><UCI>"), id="an element that is none"),
        pytest.param((b"Y999200026001", b"Y99920002600"), id="a UPN that is too short"),
        pytest.param((b"<LEA>999</LEA>", b""), id="a school without its authority"),
    ],
)
def test_our_schema_rejects_what_the_format_does_not_allow(change):
    schema = editions.schema(25)

    assert schema.validate(etree.fromstring(WHOLE))
    assert not schema.validate(etree.fromstring(WHOLE.replace(*change, 1)))


def test_a_file_is_addressed_to_the_school_that_it_goes_to():
    written = etree.fromstring(
        _written(Assessment(), destinations=(Destination(ESTABLISHMENT, "9994002"),)).content
    )

    assert written.findtext("Header/DestSchool/Estab") == "4002"
    assert written.findtext("Header/DateTime") == "2026-07-20T10:00:00"
    assert written.findtext("Header/SourceSchool/AcademicYear") == "2025"


def test_an_edition_that_is_not_written_is_refused():
    with pytest.raises(UnsupportedFormatError, match="only editions 24 and 25 are written"):
        _written(Assessment(), edition=17)


def test_a_big_file_comes_a_pupil_at_a_time():
    portions = ADAPTER.stream(io.BytesIO(_pupils(300)), ENVELOPE)

    assert next(portions).message.sender == Destination(ESTABLISHMENT, "9992001")
    assert sum(one.reading is not None for one in portions) == 300


def test_what_was_read_before_a_file_breaks_stands_by_itself():
    portions = ADAPTER.stream(io.BytesIO(_pupils(300)[:-50_000]), ENVELOPE)
    read = []

    with pytest.raises(AdapterError, match="not XML from line"):
        read.extend(portions)
    assert len(read) > 200


def test_a_pupil_beyond_the_bounds_is_refused_before_it_is_held():
    endless = b"<CTfile><CTFpupilData><Pupil>" + b"<a>b</a>" * (MAX_ELEMENT_BYTES // 4)

    with pytest.raises(TooLargeError, match="one record has more than"):
        list(ADAPTER.stream(io.BytesIO(endless), ENVELOPE))


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        pytest.param(b"<a>" * 100 + b"</a>" * 100, "too-deep", id="deep"),
        pytest.param(b"<a>" * 300 + b"</a>" * 300, "too-deep", id="deeper than the parser goes"),
    ],
)
def test_a_pupil_that_is_nested_too_deep_is_refused(inner, code):
    payload = b"<CTfile><CTFpupilData><Pupil>" + inner + b"</Pupil></CTFpupilData></CTfile>"

    received = _read(payload)

    assert (received.outcome, received.findings[0].code) == (Outcome.REJECT, code)


def test_a_file_too_big_to_be_held_is_to_be_streamed():
    received = _read(b" " * (MAX_BYTES + 1))

    assert _codes(received) == {"too-many-bytes"}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("giap_v25_partial_reconstructed.xml", Outcome.ACCEPT_WITH_FINDINGS),
        ("synthetic_v25_full.xml", Outcome.ACCEPT),
        ("variant_flat_no_ctfpupildata_v18.xml", Outcome.ACCEPT_WITH_FINDINGS),
        ("variant_fsp_minimal_header.xml", Outcome.ACCEPT_WITH_FINDINGS),
        ("variant_livelike_nested_names.xml", Outcome.ACCEPT_WITH_FINDINGS),
    ],
)
def test_every_variant_that_was_seen_is_classified_and_comes_out_valid(name, outcome):
    received = _read(shared(f"data/ctf/{name}").read_bytes())
    (reading,) = received.readings
    written = _written(reading.assessment).content

    assert received.outcome is outcome
    assert reading.ledger.count()[Fate.UNMAPPED] == 0
    assert editions.schema(25).validate(etree.fromstring(written))


def _with_contact(relationship):
    named = f"<Relationship>{relationship}</Relationship>" if relationship else ""
    return WHOLE.replace(b"<Relationship>FOF</Relationship>", named.encode())


@pytest.mark.parametrize("relationship", ["PAM", "PAF", "STM", "STF", "FOM", "FOF", "CAR"])
def test_family_and_carers_are_carers(relationship):
    (reading,) = _read(_with_contact(relationship)).readings
    (carer,) = reading.assessment.people.carers

    assert [one.whom for one in carer.about] == [AboutWhom.PARENT_OR_CARER]


@pytest.mark.parametrize("relationship", ["DOC", "CHM", "HTC", "TCH"])
def test_a_professional_is_no_carer_but_a_service(relationship):
    (reading,) = _read(_with_contact(relationship)).readings
    people = reading.assessment.people

    assert people.carers == ()
    assert relationship in {one.occupation.code for one in people.services if one.occupation}


@pytest.mark.parametrize("relationship", ["XYZ", "REL", ""])
def test_a_contact_of_no_known_relationship_is_a_third_party_and_keeps_its_code(relationship):
    (reading,) = _read(_with_contact(relationship)).readings
    (other,) = reading.assessment.people.household

    assert reading.assessment.people.carers == ()
    assert (other.relationship.code if other.relationship else "") == relationship
    assert Category.THIRD_PARTY in categories_of(other, element("people.household"))


def test_that_a_child_has_a_social_worker_is_social_care():
    (reading,) = _read(WHOLE).readings
    labelled = [one for one in reading.assessment.people.services if one.labels]

    assert [one.labels for one in labelled] == [(Category.SOCIAL_CARE,)]
    assert labelled[0].occupation.code == "SWR"


def test_a_carer_of_another_format_is_written_as_a_carer():
    (reading,) = _read(WHOLE).readings
    people = replace_struct(
        reading.assessment.people, carers=(Person(name="Ada Example", about=PARENT),)
    )
    assessment = replace_struct(bare(reading.assessment), people=people)

    (again,) = _read(_written(assessment).content).readings

    assert [one.name for one in again.assessment.people.carers] == ["Ada Example"]
