from pathlib import Path

import pytest

from mappings.caf.codes import system
from policies.code_tables import PURPOSES, THRESHOLDS, purposes, thresholds
from policies.errors import DocumentError
from policies.vocabulary import Purpose, Risk


def test_every_purpose_has_a_use_case() -> None:
    assert set(purposes().codes.values()) == set(Purpose)


@pytest.mark.parametrize(
    ("code", "risk"),
    [
        ("none", Risk.NONE),
        ("worry", Risk.EMERGING),
        ("concern", Risk.EMERGING),
        ("child-in-need", Risk.IN_NEED),
        ("child-protection", Risk.SIGNIFICANT_HARM),
        ("very-worried", None),
    ],
)
def test_a_threshold_of_concern_is_a_level_of_risk(code: str, risk: Risk | None) -> None:
    assert thresholds().of(code) == risk


def test_every_threshold_of_concern_of_the_common_model_has_a_reading() -> None:
    table = thresholds()
    concern = system("concern-threshold")

    assert table.system == concern.uri
    assert set(table.codes) == {*concern.codes, "none"}


def test_a_code_of_another_system_means_nothing_here() -> None:
    table = purposes()

    assert table.of("housing", table.system) is Purpose.HOUSING
    assert table.of("housing", "https://elsewhere.example/use-case") is None


def test_the_reading_of_thresholds_is_local_until_confirmed() -> None:
    assert purposes().confirmed
    assert not thresholds().confirmed


def test_a_word_outside_the_vocabulary_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "purposes.yaml"
    path.write_text(PURPOSES.read_text().replace("housing: housing", "housing: houses"))

    with pytest.raises(DocumentError, match=r"purposes.yaml:\d+: unknown purpose, did you mean"):
        purposes(path)
    with pytest.raises(DocumentError, match="unknown risk"):
        thresholds(path)
    assert THRESHOLDS.exists()
