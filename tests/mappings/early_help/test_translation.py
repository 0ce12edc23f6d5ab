"""Early-help record and CAF: nothing is lost either way, and what only the gateway can say."""

import msgspec
from hypothesis import given
from strategies import assessments

from mappings.caf.assessment import Assessment, Child
from mappings.caf.elements import CATALOGUE
from mappings.caf.items import Identifier, Name, Source
from mappings.caf.view import View, items_of, project
from mappings.early_help.record import AssessmentFacts, EarlyHelp, IdentifyingDetails
from mappings.early_help.translation import from_caf, place_of, placed_items, to_caf


def _view(assessment):
    content = project(assessment, lambda *_: True, include_private=True).content
    return View(content=content, purpose="early_help", marks=("no-onward",))


def _read(wire):
    return msgspec.convert(msgspec.json.decode(wire), EarlyHelp)


@given(assessments())
def test_every_view_that_is_written_is_read_back_the_same(assessment):
    view = _view(assessment)
    record = _read(msgspec.json.encode(from_caf(view)))
    assert to_caf(record) == view.content
    assert (record.notice, record.purpose, record.marks) == (view.notice, view.purpose, view.marks)


@given(assessments())
def test_what_was_written_is_written_again_the_same(assessment):
    written = msgspec.json.encode(from_caf(_view(assessment)))
    content = to_caf(_read(written))
    again = View(content=content, purpose="early_help", marks=("no-onward",))
    assert msgspec.json.encode(from_caf(again)) == written


def test_every_element_has_a_place_of_its_own_in_the_document():
    assert len({place_of(element) for element in CATALOGUE}) == len(CATALOGUE)


def test_the_childs_own_words_open_the_document():
    view = View(content=Assessment(), purpose="early_help")
    assert next(iter(EarlyHelp.__struct_encode_fields__)) == "childs_own_words"
    assert msgspec.json.encode(from_caf(view)).startswith(b'{"format":"early-help/1","notice":')


@given(assessments())
def test_each_item_knows_the_record_and_the_place_that_it_came_from(assessment):
    record = from_caf(_view(assessment))
    read = to_caf(record, received="ab" * 32)
    document = msgspec.to_builtins(record)
    for pointer, item in placed_items(read):
        assert item.source == Source("ab" * 32, pointer)
        assert _at(document, pointer).get("id", "") == item.id


def _at(document, pointer):
    for step in pointer.split("/")[1:]:
        document = document[int(step) if step.isdecimal() else step]
    return document


def test_an_item_without_an_id_is_given_an_opaque_one_the_same_each_time():
    names = (Name(text="A"), Name(text="B"))
    record = EarlyHelp(format="early-help/1", identifying_details=IdentifyingDetails(names=names))
    once, again = to_caf(record, received="cd"), to_caf(record, received="cd")
    assert once == again
    assert len({item.id for _, item in items_of(once)}) == 2
    assert to_caf(record, received="ce") != once
    assert not any(item.id.isdecimal() and len(item.id) < 6 for _, item in items_of(once))


def test_nobody_can_tell_the_gateway_where_an_item_came_from_or_that_a_number_is_valid():
    wrong = Identifier(scheme="nhs-number", value="9990000116", source=Source("x", "/y"))
    record = EarlyHelp(
        format="early-help/1", identifying_details=IdentifyingDetails(identifiers=(wrong,))
    )
    (read,) = to_caf(record).child.identifiers
    assert not read.is_valid
    assert read.source is None


def test_an_identifier_of_a_local_scheme_is_taken_as_it_is():
    local = Identifier(id="i", scheme="clinic", value="7")
    view = View(content=Assessment(child=Child(identifiers=(local,))), purpose="early_help")
    assert to_caf(from_caf(view)).child.identifiers == (local,)


def test_the_facts_of_the_assessment_travel():
    facts = AssessmentFacts(id="a1", version="2")
    read = to_caf(EarlyHelp(format="early-help/1", assessment=facts))
    assert (read.id, read.version) == ("a1", "2")
