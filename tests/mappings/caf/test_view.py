"""Views: what is built up from what is permitted, and what can never be in it."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from strategies import assessments, canary_assessments

from mappings.caf.assessment import Analysis, Assessment, Consent, Development, PreAssessment
from mappings.caf.categories import Category
from mappings.caf.elements import element
from mappings.caf.items import (
    About,
    AboutWhom,
    Checklist,
    Coding,
    Comment,
    Conclusion,
    ConsentStatement,
    Dissent,
    Item,
    Kind,
    Person,
    Reduction,
    Refusal,
    Signature,
    Source,
    Statement,
)
from mappings.caf.view import Extent, View, categories_of, items_of, project
from mappings.caf.vocabulary import ConsentAnswer, FamilyRefusal

CATEGORIES = st.frozensets(st.sampled_from(Category))
REDUCED = {"id", "holder", "recorded_at", "summary", "codes", "kind", "level_of_need"}


def _only(permitted):
    return lambda categories, _: categories <= permitted


def _view(assessment, release):
    projection = project(assessment, release)
    return msgspec.json.encode(View(content=projection.content, purpose="early_help"))


def _ids(assessment):
    return {item.id for _, item in items_of(assessment)}


def _without(assessment, ids):
    sections = {}
    for found, item in items_of(assessment):
        fields = sections.setdefault(found.section, {})
        fields.setdefault(found.field, ())
        if item.id not in ids:
            fields[found.field] += (item,)
    return replace(
        assessment,
        **{name: replace(getattr(assessment, name), **kept) for name, kept in sections.items()},
    )


def _withheld(assessment, release):
    return {
        one.id for one in project(assessment, release).dispositions if one.released == "nothing"
    }


@given(assessments())
def test_where_nothing_is_released_the_view_is_empty(assessment):
    assert not _ids(project(assessment, lambda *_: False).content)


@given(assessments())
def test_where_all_is_released_all_is_there_but_where_it_came_from(assessment):
    everything = project(assessment, lambda *_: True, include_private=True).content
    present = _ids(assessment)
    expected = {
        item.id: item
        for _, item in items_of(assessment)
        if not isinstance(item, Dissent) or item.on in present
    }
    found = {item.id: item for _, item in items_of(everything)}
    assert found.keys() >= {
        item_id for item_id, item in expected.items() if not isinstance(item, Dissent)
    }
    assert all(item.source is None for item in found.values())
    assert project(everything, lambda *_: True, include_private=True).content == everything
    assert all(_text_of(found[item_id]) == _text_of(expected[item_id]) for item_id in found)


def _text_of(item):
    return getattr(item, "text", None), getattr(item, "name", None), item.recorded_at


@given(assessments(), CATEGORIES, CATEGORIES)
def test_who_may_see_more_categories_never_sees_fewer_items(assessment, some, others):
    fewer = project(assessment, _only(some)).content
    more = project(assessment, _only(some | others)).content
    assert _ids(fewer) <= _ids(more)


@given(assessments(), CATEGORIES)
def test_no_reference_points_at_what_is_not_there(assessment, permitted):
    content = project(assessment, _only(permitted), include_private=True).content
    present = _ids(content)
    assert {one for _, item in items_of(content) for one in _references(item)} <= present


def _references(item: Item) -> set[str]:
    abouts = [*item.about]
    abouts += [getattr(item, name, None) for name in ("by", "said_by", "grantor")]
    abouts += [signature.by for signature in getattr(item, "signatures", ())]
    named = {about.person for about in abouts if about is not None and about.person is not None}
    return named | {*getattr(item, "evidence", ())} | ({item.on} if hasattr(item, "on") else set())


@given(canary_assessments(), CATEGORIES)
def test_no_text_of_a_withheld_item_is_in_the_view(assessment, permitted):
    withheld = _withheld(assessment, _only(permitted))
    hidden, shown = set(), {assessment.id, assessment.version}
    for _, item in items_of(assessment):
        (hidden if item.id in withheld else shown).update(_canaries(msgspec.to_builtins(item)))
    view = _view(assessment, _only(permitted)).decode()
    assert not [text for text in hidden - shown if text in view]


def _canaries(value):
    match value:
        case str():
            return {value} if value.startswith("canary-") else set()
        case dict():
            return set().union(*map(_canaries, value.values()))
        case list() | tuple():
            return set().union(*map(_canaries, value))
    return set()


@given(assessments(), CATEGORIES)
def test_who_may_not_see_an_item_cannot_tell_whether_it_is_held(assessment, permitted):
    never_held = _without(assessment, _withheld(assessment, _only(permitted)))
    assert _view(assessment, _only(permitted)) == _view(never_held, _only(permitted))


@given(assessments(), CATEGORIES)
def test_the_account_says_of_every_item_what_became_of_it(assessment, permitted):
    projection = project(assessment, _only(permitted))
    assert [one.id for one in projection.dispositions] == [
        item.id for _, item in items_of(assessment)
    ]
    assert {one.id for one in projection.dispositions if one.released is Extent.WHOLE} == _ids(
        projection.content
    )


def test_the_holder_of_an_item_is_asked_about_with_its_categories():
    held = (Statement(id="a", holder="school"), Statement(id="b", holder="camhs"))
    whole = Assessment(development=Development(identity=held))
    projection = project(whole, lambda _, holder: holder == "school")
    assert _ids(projection.content) == {"a"}
    assert [one.matter.holder for one in projection.dispositions] == ["school", "camhs"]


@given(assessments())
def test_redaction_leaves_codes_and_summary_and_nothing_that_was_written_for_others(assessment):
    content = project(assessment, lambda *_: Reduction()).content
    for _, item in items_of(content):
        assert msgspec.to_builtins(item).keys() <= REDUCED
        assert item.codes or getattr(item, "summary", None) is not None


def test_redaction_keeps_the_codes_of_the_systems_that_it_names_alone():
    said = Statement(id="s", text="t", codes=(Coding("support", "1"), Coding("diagnosis", "2")))
    reduced = said.reduced(Reduction(code_systems=frozenset({"support"})))
    assert reduced is not None
    assert reduced.codes == (Coding("support", "1"),)
    assert said.reduced(Reduction(keep_summary=False, code_systems=frozenset())) is None


def test_a_person_is_reduced_to_the_relationship_where_that_is_kept():
    father = Person(id="p", name="N", phone="0", relationship=Coding("v3", "FTH"))
    assert father.reduced(Reduction()) is None
    assert father.reduced(Reduction(keep_relationship=True)) == Person(
        id="p", relationship=Coding("v3", "FTH")
    )


def _signed(by):
    return ConsentStatement(grantor=by, signatures=(Signature(by),))


CONCLUSION = Conclusion(id="c", text="more help is needed", evidence=("s",))
DISSENT = Dissent(id="d", on="c", by=About(AboutWhom.PARENT_OR_CARER), text="I do not agree")
SHIELDED = replace(CONCLUSION, labels=(Category.SOCIAL_CARE,))


@pytest.mark.parametrize(
    ("conclusion", "ids"),
    [
        pytest.param(CONCLUSION, {"c", "d"}, id="a dissent goes where its conclusion goes"),
        pytest.param(SHIELDED, set(), id="a dissent never goes without its conclusion"),
    ],
)
def test_dissent_travels_with_its_conclusion(conclusion, ids):
    whole = Assessment(analysis=Analysis(conclusions=(conclusion,), dissents=(DISSENT,)))
    projection = project(whole, _only({Category.CAF_NEEDS}))
    assert _ids(projection.content) == ids
    assert {one.id for one in projection.dispositions if one.released == "whole"} == ids


def test_a_conclusion_keeps_the_evidence_that_its_reader_may_see():
    said = Statement(id="s", text="t")
    whole = Assessment(
        development=Development(behavioural=(said,)),
        analysis=Analysis(conclusions=(replace(CONCLUSION, evidence=("s", "hidden")),)),
    )
    content = project(whole, lambda *_: True).content
    assert content.analysis.conclusions[0].evidence == ("s",)


FATHER = About(AboutWhom.PARENT_OR_CARER, "father")
SOMEONE = About(AboutWhom.PARENT_OR_CARER)


@pytest.mark.parametrize(
    ("whole", "closed"),
    [
        pytest.param(
            Assessment(development=Development(identity=(Statement(said_by=FATHER),))),
            Assessment(development=Development(identity=(Statement(said_by=SOMEONE),))),
            id="who said it",
        ),
        pytest.param(
            Assessment(development=Development(identity=(Statement(about=(FATHER,)),))),
            Assessment(development=Development(identity=(Statement(about=(SOMEONE,)),))),
            id="whom it is about",
        ),
        pytest.param(
            Assessment(analysis=Analysis(comments=(Comment(by=FATHER, text="t"),))),
            Assessment(analysis=Analysis(comments=(Comment(by=SOMEONE, text="t"),))),
            id="whose comment it is",
        ),
        pytest.param(
            Assessment(consent=Consent(statements=(_signed(FATHER),))),
            Assessment(consent=Consent(statements=(_signed(SOMEONE),))),
            id="who consented and who signed",
        ),
    ],
)
def test_a_person_who_is_not_in_the_view_is_only_somebody(whole, closed):
    assert project(whole, lambda *_: True).content == closed


def _told(names, **said):
    statement = ConsentStatement(
        id="k", grantor=SOMEONE, sharing=ConsentAnswer.GIVEN, given_on=date(2026, 11, 2), **said
    )
    whole = Assessment(consent=Consent(statements=(statement,)))
    (told,) = project(whole, lambda *_: True, names=frozenset(names)).content.consent.statements
    return told


@pytest.mark.parametrize(
    ("names", "sharing", "services"),
    [
        pytest.param({"s3", "school"}, ConsentAnswer.GIVEN, ("school",), id="who is listed"),
        pytest.param({"s6", "camhs"}, ConsentAnswer.REFUSED, (), id="who is excepted"),
        pytest.param({"s9", "gp"}, ConsentAnswer.NOT_ASKED, (), id="who is not named"),
        pytest.param((), ConsentAnswer.NOT_ASKED, (), id="nobody"),
    ],
)
def test_a_consent_statement_tells_a_recipient_its_own_answer(names, sharing, services):
    told = _told(names, services=("school", "s2"), except_services=("camhs",))

    assert (told.sharing, told.services, told.except_services) == (sharing, services, ())
    assert (told.grantor, told.given_on) == (SOMEONE, date(2026, 11, 2))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"except_services": ("camhs",)}, id="another service that is excepted"),
        pytest.param({"services": ("school", "camhs")}, id="another service that is listed"),
        pytest.param({"refused_categories": (Category.SEN,)}, id="a kind that is refused"),
        pytest.param({"scope": (Category.SEN,)}, id="a kind that is agreed to"),
        pytest.param({"exceptional_circumstances": "a move"}, id="exceptional circumstances"),
        pytest.param(
            {"refusals": (Refusal(of=FamilyRefusal.INFORMATION_SHARING),)}, id="what was refused"
        ),
    ],
)
def test_a_consent_statement_tells_of_nothing_else(more):
    said = {"services": ("school",)}

    assert _told({"school"}, **said | more) == _told({"school"}, **said)


def test_a_checklist_is_private_until_it_is_agreed_or_a_protective_basis_exists():
    def seen(*, agreed, private=False):
        held = PreAssessment(checklists=(Checklist(id="k", is_agreed=agreed),))
        whole = Assessment(checklist=held)
        return _ids(project(whole, lambda *_: True, include_private=private).content)

    assert seen(agreed=True) == {"k"}
    assert seen(agreed=False) == set()
    assert seen(agreed=False, private=True) == {"k"}


def test_not_assessed_and_no_concern_differ_and_a_withheld_element_reads_as_neither():
    def view(said):
        whole = Assessment(development=Development(behavioural=said))
        return _view(whole, _only({Category.CAF_NEEDS}))

    no_concern = Statement(id="s", kind=Kind.NO_CONCERN)
    not_assessed = Statement(id="s", kind=Kind.NOT_ASSESSED)
    withheld = Statement(id="s", text="t", labels=(Category.POLICE_INTEL,))
    assert view((no_concern,)) != view((not_assessed,))
    assert view((withheld,)) == view(())
    assert b"concern" not in view((withheld,))


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (About(AboutWhom.CHILD), set()),
        (About(AboutWhom.PRACTITIONER), set()),
        (About(AboutWhom.SIBLING), {Category.SIBLING}),
        (About(AboutWhom.OTHER_PERSON), {Category.THIRD_PARTY}),
        (About(AboutWhom.PARENT_OR_CARER, "mother"), set()),
        (About(AboutWhom.PARENT_OR_CARER, "father"), {Category.THIRD_PARTY}),
        (About(AboutWhom.PARENT_OR_CARER), {Category.THIRD_PARTY}),
    ],
)
def test_whom_an_item_is_about_adds_to_its_categories(about, expected):
    said = Statement(id="s", about=(about,), labels=(Category.HEALTH_BASIC,))
    found = categories_of(said, element("carers.warmth"), frozenset({"mother"}))
    assert found == {Category.PARENTING, Category.HEALTH_BASIC} | expected


def test_a_view_does_not_say_where_its_items_came_from():
    said = Statement(id="s", text="t", source=Source("aa", "/development"))
    whole = Assessment(development=Development(identity=(said,)))
    assert b"source" not in _view(whole, lambda *_: True)
