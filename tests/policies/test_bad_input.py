"""Whatever is wrong in a file is told with file, line, and the words that would be right.

The faults are in `faults.yaml`: those of each file that decides something.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from policies import agreements, code_tables, documents, rules
from policies.basis import Bases
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.facts import FactSources
from policies.obligations import Obligations
from policies.reductions import Reductions
from policies.retention import Retention
from policies.tasks import Questions
from policies.wording import Wording

POLICIES = Path(rules.__file__).parent
SAMPLE = "agreements/little-marsh-early-help/1.yaml"

LOADERS: dict[str, Callable[[Path], object]] = {
    "law": lambda path: Bundle.load(path.parent),
    "agreements": agreements.read,
    "facts.yaml": FactSources.load,
    "tasks.yaml": lambda path: Questions.load(rules.shipped(), FactSources.load(), path),
    "reductions.yaml": Reductions.load,
    "purposes.yaml": code_tables.purposes,
    "thresholds.yaml": code_tables.thresholds,
    "retention.yaml": Retention.load,
    "obligations.yaml": Obligations.load,
    "basis.yaml": Bases.load,
    "wording.yaml": Wording.load,
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    before: str
    after: str
    says: str
    below: int = 0
    somewhere: bool = False


FAULTS = [
    pytest.param(file, fault, id=f"{file} {number}: {fault.says}")
    for file, faults in documents.load(
        Path(__file__).with_name("faults.yaml"), dict[str, tuple[Fault, ...]]
    ).items()
    for number, fault in enumerate(faults)
]


def loader(file: str) -> Callable[[Path], object]:
    return LOADERS[file.partition("/")[0]]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("law", "agreements"):
        shutil.copytree(POLICIES / name, tmp_path / name)
    for path in POLICIES.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize(("file", "fault"), FAULTS)
def test_a_file_is_refused_with_its_line_and_the_right_words(
    copied: Path, file: str, fault: Fault
) -> None:
    path = copied / file
    text = path.read_text(encoding="utf-8")
    assert fault.before in text
    path.write_text(text.replace(fault.before, fault.after, 1), encoding="utf-8")
    line = text[: text.index(fault.before)].count("\n") + 1 + fault.below

    with pytest.raises(DocumentError) as refusal:
        loader(file)(path)

    where = f"{path}:" if fault.somewhere else f"{path}:{line}: "
    assert str(refusal.value).startswith(where)
    assert fault.says in str(refusal.value)


@pytest.mark.parametrize("file", [*LOADERS, "law/gates.yaml", "law/bundle.yaml", SAMPLE])
@pytest.mark.parametrize(
    "content", ["", "[", "- 1\n- 2\n", "a: &a [*a]\n", "\t", "\0", "{}", "a\nb: c"]
)
def test_what_is_no_such_file_at_all_is_refused(copied: Path, file: str, content: str) -> None:
    path = copied / file
    if path.is_dir():
        path = path / "definitions.yaml" if file == "law" else copied / SAMPLE
    path.write_text(content, encoding="utf-8")

    with pytest.raises(DocumentError) as refusal:
        loader(file)(path)

    assert str(refusal.value).startswith(str(path))


def test_the_files_as_they_are_hold_together(copied: Path) -> None:
    for name, load in LOADERS.items():
        load(copied / {"law": "law/bundle.yaml", "agreements": SAMPLE}.get(name, name))
