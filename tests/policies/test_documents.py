from pathlib import Path

import pytest

from policies.documents import lines, plain
from policies.errors import DocumentError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_bytes(text.encode("latin-1"))
    return path


def test_only_true_and_false_are_booleans(tmp_path: Path) -> None:
    path = written(tmp_path, "[yes, no, on, Off, true, false, True]")

    assert plain(path) == ["yes", "no", "on", "Off", True, False, "True"]


def test_every_place_has_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a:\n  - b: 1\n  -\n    c: 2\n")

    assert lines(path)["a", 1, "c"] == 4
    assert lines(path)["a",] == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("a: 1\na: 2\n", "file.yaml:2: the same key is given twice", id="a key twice"),
        pytest.param("a: [1\n", "file.yaml:2:", id="half a list"),
        pytest.param("a: 1\n---\nb: 2\n", "file.yaml:2:", id="two documents"),
        pytest.param("a: !!python/object:os.system 1\n", "file.yaml:1:", id="an object"),
        pytest.param("a: \xff\n", "file.yaml", id="no text"),
        pytest.param("[a]: 1\n{b: c}: 2\n", "file.yaml:", id="a key that is no word"),
        pytest.param("a: 2026-02-31\n", "file.yaml", id="a day that there is not"),
    ],
)
def test_a_file_is_refused_for(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        plain(written(tmp_path, text))

    assert complaint in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        plain(tmp_path / "none.yaml")
