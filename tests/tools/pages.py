"""What the documentation says of the repository, held against it.

Every link leads somewhere, every file, module, test, command and `make` target that a page names
is there, every page is reached from the README, the decisions are numbered and listed, and a page
that many add lines to says nothing twice.
"""

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.tools import generate_commands_page

FOLDERS = "gateway|mappings|adapters|policies|audit|tests|docs"
ENDINGS = "py|md|yaml|csv|json|toml|xml|lock"

LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(rf"((?:{FOLDERS})/[\w./-]+\.(?:{ENDINGS}))(?:::(\w+))?")
MODULE = re.compile(r"(?:gateway|mappings|adapters|policies|audit)(?:\.\w+)+")
TARGET = re.compile(r"make ([a-z-]+)")
SAID_ONCE = {"README.md", "docs/README.md", "CHANGELOG.md"}
"""The pages that many hands add lines to."""
COMMAND = re.compile(r"caf-gateway ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


def pages(root: Path) -> list[Path]:
    """Return every page: those beside the README, and all below `docs/`."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def repeated(text: str) -> Iterator[str]:
    r"""Yield each line of prose that stands twice in *text*.

    >>> list(repeated("- one\n- two\n- one\n"))
    ['- one']
    >>> list(repeated("```\nmake\n```\n\n```\nmake\n```\n"))
    []
    """
    lines = Counter(line.strip() for line in FENCED.sub("", text).splitlines() if line.strip())
    yield from (line for line, count in lines.items() if count > 1)


def complaints(root: Path) -> Iterator[str]:
    """Yield what is not true in the pages of the repository *root*, each with its page."""
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = [path.split()[1:] for path, _ in generate_commands_page.commands()]
    for page in pages(root):
        text = page.read_text("utf-8")
        name = page.relative_to(root)
        prose = FENCED.sub("", text)
        for link in LINK.findall(prose):
            if not _leads_somewhere(page, link):
                yield f"{name}: the link `{link}` leads nowhere"
        for span in SPAN.findall(prose):
            yield from (f"{name}: there is no {what}" for what in _missing(span, root, targets))
        if name.as_posix() in SAID_ONCE:
            yield from (f"{name}: this stands there twice: {line}" for line in repeated(text))
        for command in _unknown_commands(text, commands):
            yield f"{name}: there is no command `{command}`"
    yield from (f"{page}: no page leads here" for page in _unreached(root))
    yield from _misnumbered(root / "docs/decisions")


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, place = link.partition("#")
    file = (page.parent / path) if path else page
    if not place or file.suffix != ".md":
        return file.exists()
    return file.is_file() and place in {
        _anchor(heading) for heading in HEADING.findall(file.read_text("utf-8"))
    }


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _missing(span: str, root: Path, targets: set[str]) -> Iterator[str]:
    """Yield what *span*, the text between two backticks, names and is not there."""
    if found := FILE.fullmatch(span):
        path, test = found.groups()
        file = root / path
        if not file.exists():
            yield f"file `{path}`"
        elif test and f"def {test}(" not in file.read_text("utf-8"):
            yield f"test `{test}` in `{path}`"
    elif MODULE.fullmatch(span) and not _is_there(span):
        yield f"module or name `{span}`"
    elif (made := TARGET.match(span)) and made[1] not in targets:
        yield f"target `{span}`"


def _is_there(name: str) -> bool:
    """Whether *name* is a module of ours, or something in one.

    >>> _is_there("audit.merkle.leaf_hash"), _is_there("audit.merkle.leaf_mash")
    (True, False)
    """
    head, _, last = name.rpartition(".")
    if find_spec(head) is None:
        return False
    module = importlib.import_module(head)
    return hasattr(module, last) or (hasattr(module, "__path__") and find_spec(name) is not None)


def _unknown_commands(text: str, commands: list[list[str]]) -> Iterator[str]:
    quoted = [*SPAN.findall(FENCED.sub("", text)), *FENCED.findall(text)]
    groups = {command[0] for command in commands if len(command) > 1}
    for first, second in COMMAND.findall("\n".join(quoted)):
        words = [first, second] if first in groups and second else [first]
        if not any(command[: len(words)] == words for command in commands):
            yield " ".join(words)


def _unreached(root: Path) -> Iterator[Path]:
    reached, waiting = set[Path](), [root / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            links = LINK.findall(page.read_text("utf-8"))
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links]
    return (page.relative_to(root) for page in pages(root) if page not in reached)


def _misnumbered(folder: Path) -> Iterator[str]:
    names = sorted(page.name for page in folder.glob("[0-9]*.md"))
    listed = LINK.findall((folder / "README.md").read_text("utf-8"))
    for number, name in enumerate(names, start=1):
        if not name.startswith(f"{number:04}-"):
            yield f"docs/decisions/{name}: its number is not {number:04}"
        if name not in listed:
            yield f"docs/decisions/{name}: not listed in docs/decisions/README.md"
