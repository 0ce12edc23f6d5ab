"""The tutorial, `docs/writing-an-adapter.md`: every step of it, in an environment of its own."""

import os
import re
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "writing-an-adapter.md"
BLOCK = re.compile(r"(?:<!-- (file|diff): (\S+) -->\n)?```(\w+)\n(.*?)```\n", re.DOTALL)
EXIT_CODE = re.compile(r"\(exit code (\d)\)")


class Command(NamedTuple):
    """A command of the page, the lines that its output has, and its exit code."""

    line: str
    output: tuple[str, ...]
    code: int


def _commands(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, *output = part.splitlines()
        codes = [found[1] for one in output if (found := EXIT_CODE.fullmatch(one))]
        said = tuple(one for one in output if not EXIT_CODE.fullmatch(one))
        yield Command(line, said, int(codes[0]) if codes else 0)


def _apply(file: Path, diff: str) -> None:
    """Replace the lines of *file* that *diff* takes out by those that it puts in.

    A line that ends in `…` is one that begins so.
    """
    lines = diff.splitlines()
    old = "".join(_pattern(line[1:]) for line in lines if line.startswith("-"))
    new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
    changed, times = re.subn(f"^{old}", lambda _: new, file.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{file.name} does not have once:\n{old}"
    file.write_text(changed)


def _pattern(line: str) -> str:
    begins = line.removesuffix("…")
    return re.escape(begins) + ("" if begins == line else ".*") + "\n"


@pytest.fixture
def environment(tmp_path):
    """Return the variables of a shell in a new environment that has the gateway in it."""
    home = tmp_path / "environment"
    venv.create(home, symlinks=True)
    here = Path(sys.executable).parent.parent.glob("lib/python*/site-packages")
    own = next(home.glob("lib/python*/site-packages"))
    added = "; ".join(f"site.addsitedir({str(one)!r})" for one in here)
    (own / "gateway.pth").write_text(f"import site; {added}\n")
    program = home / "bin" / "caf-gateway"
    program.write_text(f"#!{home}/bin/python\nfrom gateway.cli import main\n\nmain()\n")
    program.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return {**kept, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "COLUMNS": "160"}


@pytest.mark.timeout(240)
def test_every_step_of_the_tutorial_works(tmp_path, environment):
    work = tmp_path / "work"
    work.mkdir()
    run = 0
    for kind, path, language, block in BLOCK.findall(PAGE.read_text()):
        if kind == "file":
            (work / path).write_text(block)
        elif kind == "diff":
            _apply(work / path, block)
        elif language == "console":
            for command in _commands(block):
                run += 1
                _require(command, work, environment)
    assert run > 15


def _require(command: Command, work: Path, environment: dict[str, str]) -> None:
    """Fail unless *command* says what the page says that it says."""
    ran = subprocess.run(
        shlex.split(command.line),
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == command.code, f"$ {command.line}\n{said}"
    flat = " ".join(said.split())
    for line in command.output:
        assert " ".join(line.split()) in flat, f"$ {command.line}\n{said}"


def test_the_page_names_what_may_be_imported():
    from gateway.scaffolding.code import PUBLIC  # noqa: PLC0415 - for this alone

    page = " ".join(PAGE.read_text().split())
    named = ", ".join(f"`{one}`" for one in PUBLIC[:-1])
    assert f"An adapter imports {named} and `{PUBLIC[-1]}`" in page
