"""Generated files are current, pages true, modules described, the wheel holds what it should."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tools import generate, pages

ROOT = Path(__file__).parents[2]
PACKAGES = ("adapters", "audit", "gateway", "mappings", "policies")
MODULES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def test_generated_files_are_current_and_pages_true():
    assert list(generate.complaints()) == []


def test_a_generated_file_that_was_edited_or_has_no_source_is_named(tmp_path):
    for name, text in generate.generated().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    a_repository(tmp_path)
    (tmp_path / "docs/problems.md").write_text("# Nothing ever fails\n")
    (tmp_path / "docs/fidelity/fax.md").write_text("# Fax\n")

    found = list(generate.complaints(tmp_path))

    assert "docs/problems.md: not what is generated; run `make generate`" in found
    assert "docs/fidelity/fax.md: nothing generates it" in found


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        pytest.param("[x](y.md)", "the link `y.md` leads nowhere", id="a link"),
        pytest.param("[x](#y)", "the link `#y` leads nowhere", id="a link to no heading"),
        pytest.param("`audit/fax.py`", "there is no file `audit/fax.py`", id="a file"),
        pytest.param(
            "`tests/audit/test_gate.py::test_fax`",
            "there is no test `test_fax` in `tests/audit/test_gate.py`",
            id="a test",
        ),
        pytest.param(
            "`audit.gate.Fax`", "there is no module or name `audit.gate.Fax`", id="a name"
        ),
        pytest.param("`make fax`", "there is no target `make fax`", id="a target"),
        pytest.param("`caf-gateway fax`", "there is no command `fax`", id="a command"),
        pytest.param(
            "`caf-gateway db fax`", "there is no command `db fax`", id="a command of a group"
        ),
        pytest.param("```\ncaf-gateway fax\n```", "there is no command `fax`", id="a block"),
    ],
)
def test_a_page_that_names_what_is_not_there_is_found(tmp_path, said, complaint):
    a_repository(tmp_path)
    test_file = tmp_path / "tests/audit/test_gate.py"
    test_file.parent.mkdir(parents=True)
    test_file.write_text("def test_what_the_log_permits_goes_out(): ...\n")
    (tmp_path / "README.md").write_text(f"# Ours\n\n{said}\n\n[d](docs/decisions/README.md)\n")

    assert list(pages.complaints(tmp_path)) == [f"README.md: {complaint}"]


def test_a_page_to_which_nothing_leads_is_found(tmp_path):
    a_repository(tmp_path)
    (tmp_path / "docs/lost.md").write_text("# Lost\n")

    assert list(pages.complaints(tmp_path)) == ["docs/lost.md: no page leads here"]


def test_a_line_that_stands_twice_where_many_add_lines_is_found(tmp_path):
    a_repository(tmp_path)
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n- D: one\n- O: two\n- D: one\n")

    found = list(pages.complaints(tmp_path))

    assert "CHANGELOG.md: this stands there twice: - D: one" in found


def test_a_decision_that_is_misnumbered_or_not_listed_is_found(tmp_path):
    a_repository(tmp_path)
    (tmp_path / "docs/decisions/0002-two.md").write_text("# Two\n")

    found = list(pages.complaints(tmp_path))

    assert "docs/decisions/0002-two.md: its number is not 0001" in found
    assert "docs/decisions/0002-two.md: not listed in docs/decisions/README.md" in found


def a_repository(root: Path) -> None:
    """Make the least repository of which every page is true."""
    (root / "docs/decisions").mkdir(parents=True, exist_ok=True)
    (root / "Makefile").write_text("check: ## Look\n")
    (root / "README.md").write_text("# Ours\n\n[d](docs/decisions/README.md)\n")
    (root / "docs/decisions/README.md").write_text("# Decisions\n")


def test_every_module_says_what_it_is():
    silent = [
        str(file.relative_to(ROOT))
        for file in MODULES
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_the_wheel_holds_the_five_packages_and_nothing_else(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as opened:
        held = {Path(name) for name in opened.namelist()}

    tops = {path.parts[0] for path in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert {file.relative_to(ROOT) for file in MODULES} <= held
    assert {Path(package) / "py.typed" for package in PACKAGES} <= held
    data = [*ROOT.glob("policies/law/*.yaml"), *ROOT.glob("mappings/caf/code_systems/*.csv")]
    assert {file.relative_to(ROOT) for file in data} <= held
