"""Law, agreements, or a folder with both are checked as they lie in files."""

import datetime as dt
import shutil

import pytest

from policies import rules
from policies.agreements import SHIPPED
from policies.errors import DocumentError
from policies.proving.check import check, read

AGREEMENT = SHIPPED / "little-marsh-early-help" / "1.yaml"


@pytest.fixture
def law(tmp_path):
    """Return a folder with the law that we ship."""
    return shutil.copytree(rules.SHIPPED, tmp_path / "law")


def _rewritten(folder, name, old, new):
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_we_ship_is_proved_on_every_day_that_makes_a_difference():
    report = check(SHIPPED.parent)
    assert report.agreements == ("little-marsh-early-help/1",)
    assert [day.as_of for day in report.days] == [dt.date(2018, 5, 25), dt.date(2026, 1, 5)]
    assert report.false == ()


def test_a_rule_that_begins_later_is_checked_from_its_day(law):
    _rewritten(law, "gates.yaml", "  - id: E4\n", "  - id: E4\n    effective_from: 2027-01-01\n")
    report = check(law)
    assert [day.as_of for day in report.days] == [dt.date(2018, 5, 25), dt.date(2027, 1, 1)]
    assert {proof.name for proof in report.false} == {"suspension-and-training-hold"}


@pytest.mark.parametrize("found", [AGREEMENT, SHIPPED, SHIPPED.parent])
def test_an_agreement_is_read_as_a_file_and_in_its_folders(found):
    law, agreements = read(found)
    assert law.digest == rules.shipped().digest
    assert [each.id for each in agreements] == ["little-marsh-early-help"]


def test_a_folder_of_law_has_no_agreements(law):
    assert list(read(law)[1]) == []


def test_a_folder_with_neither_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="neither law"):
        read(tmp_path)


def test_a_misspelt_fact_is_refused_with_file_line_and_the_right_word(law):
    _rewritten(law, "gates.yaml", "when: training is lapsed", "when: trianing is lapsed")
    with pytest.raises(
        DocumentError, match=r"gates.yaml:\d+: rule `E4`: .* did you mean `training`"
    ):
        check(law)
