import datetime as dt
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from policies.agreements import SHIPPED, Agreements, Term, read
from policies.errors import DocumentError
from policies.vocabulary import AgreementState, Category, Purpose

SAMPLE = SHIPPED / "little-marsh-early-help" / "1.yaml"
DAY = dt.date(2026, 11, 2)
NURSES, COUNCIL, SCHOOL = "ods:X9A01", "la:999", "urn:999001"


def written(tmp_path: Path, *edits: tuple[str, str], version: int = 1) -> Path:
    text = SAMPLE.read_text()
    for before, after in edits:
        assert before in text
        text = text.replace(before, after, 1)
    path = tmp_path / "little-marsh-early-help" / f"{version}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def between(register: Agreements, recipient: str = COUNCIL, as_of: dt.date = DAY):
    return register.between(NURSES, recipient, Purpose.EARLY_HELP, as_of=as_of)


def test_an_active_agreement_covers_what_is_listed_for_that_direction() -> None:
    register = Agreements.of(SHIPPED)

    there = between(register)
    assert (there.agreement, there.agreement_purpose) == (AgreementState.ACTIVE, True)
    assert {Category.ADDRESS, Category.MENTAL_HEALTH} <= there.agreement_covers
    assert Category.SOCIAL_CARE not in there.agreement_covers
    assert Category.ADDRESS not in between(register, SCHOOL).agreement_covers
    assert (there.id, there.version, there.retention_days) == ("little-marsh-early-help", 1, 730)
    assert there.obligations == {Term.NO_ONWARD, Term.EXPIRY}
    assert len(there.digest or "") == 64


def test_a_purpose_that_is_not_listed_is_not_covered() -> None:
    answer = Agreements.of(SHIPPED).between(NURSES, COUNCIL, Purpose.HOUSING, as_of=DAY)

    assert (answer.agreement, answer.agreement_purpose) == (AgreementState.ACTIVE, False)
    assert answer.agreement_covers == frozenset()


def test_who_is_no_party_has_no_agreement() -> None:
    assert between(Agreements.of(SHIPPED), "charity:9900001").recorded() == {
        "agreement": "none",
        "agreement_purpose": False,
        "agreement_covers": frozenset(),
    }


@pytest.mark.parametrize(
    ("day", "state"),
    [
        pytest.param(dt.date(2026, 1, 4), "none", id="before it begins"),
        pytest.param(dt.date(2026, 1, 5), "active", id="the day it begins"),
        pytest.param(dt.date(2028, 1, 4), "active", id="its last day"),
        pytest.param(dt.date(2028, 1, 5), "expired", id="the day after"),
    ],
)
def test_an_agreement_begins_and_ends_by_itself(day: dt.date, state: str) -> None:
    assert between(Agreements.of(SHIPPED), as_of=day).agreement == state


def test_a_suspended_version_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    first = read(written(tmp_path))
    later = ("effective_on: 2026-01-05", "effective_on: 2026-06-01")
    second = read(written(tmp_path, ("version: 1", "version: 2"), later, version=2))
    register = Agreements([first, second], suspended={(second.id, 2)})

    assert between(register, as_of=dt.date(2026, 5, 31)).agreement == "active"
    assert between(register).agreement == "suspended"


def test_of_several_agreements_an_active_one_that_names_the_purpose_is_relied_on(
    tmp_path: Path,
) -> None:
    sample = read(written(tmp_path))
    other = replace(sample, id="other")

    assert between(Agreements([sample, other], {(sample.id, 1)})).id == "other"
    assert between(Agreements([sample, other], {("other", 1)})).id == sample.id


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param("title:", "titel:", "1.yaml:6: object contains unknown field", id="a field"),
        pytest.param("- address", "- adress", "unknown category, did you mean", id="a category"),
        pytest.param(
            "purpose: education", "purpose: eduction", "1.yaml:106: no such word is known here",
            id="a purpose",
        ),
        pytest.param(
            "to: [la:999]", "to: [la:998]", "not a party to this agreement, did you mean `la:999`",
            id="an unknown agency",
        ),
        pytest.param(
            "organisation: la:999", "organisation: council", "`scheme:value`", id="no scheme"
        ),
        pytest.param("organisation: la:999", "organisation: lea:999", "scheme", id="a scheme"),
        pytest.param("until: 2028-01-05", "until: 2025-01-05", "it ends before", id="its end"),
        pytest.param("review_on: 2027-01-05", "review_on: 2029-01-05", "review", id="its review"),
        pytest.param("purpose: education", "purpose: early_help", "given twice", id="twice"),
        pytest.param("retention_days: 730", "retention_days: 0", "at least a day", id="retention"),
        pytest.param("version: 1", "version: 2", "it does not lie in the folder", id="its place"),
        pytest.param("id: little", "id: [", "1.yaml:", id="no YAML"),
        pytest.param("version: 1", "version: 1\nstatus: active", "unknown field", id="a status"),
        pytest.param("key: 98cy", "key: 98c", "1.yaml:16: a key is", id="a key cut short"),
        pytest.param("key: 98cy", "key: 98cyAAAA", "1.yaml:16: a key is", id="a key too long"),
        pytest.param(
            "organisation: la:999", "organisation: ods:X9A01", "the party is given twice",
            id="a party twice",
        ),
        pytest.param(
            "    schedule_1: paragraph 18, safeguarding of children\n", "",
            "1.yaml:38: this condition of Article 9 needs its `schedule_1`", id="no reason",
        ),
        pytest.param("article_6: [public_task]", "article_6: []", "at least one", id="no basis"),
        pytest.param("id: little", "version: 1\nid: little", "given twice", id="a key twice"),
    ],
)  # fmt: skip
def test_an_agreement_is_refused_for(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    path = written(tmp_path, (before, after))

    with pytest.raises(DocumentError) as refusal:
        read(path)

    assert complaint in str(refusal.value)
    assert f"{path}:" in str(refusal.value)


@given(title=st.text(), version=st.integers(1, 2**53 - 1))
def test_what_is_signed_is_canonical_json(title: str, version: int) -> None:
    agreement = replace(read(SAMPLE), title=title, version=version)

    assert agreement.canonical == rfc8785.dumps(json.decode(agreement.canonical))
    assert json.decode(agreement.canonical, type=type(agreement)) == agreement


def test_the_digest_is_of_what_is_agreed(tmp_path: Path) -> None:
    same = read(written(tmp_path, ("# The sharing", "# Another word on the sharing")))
    other = read(written(tmp_path, ("retention_days: 730", "retention_days: 731")))

    assert same.digest == read(SAMPLE).digest
    assert other.digest != same.digest
