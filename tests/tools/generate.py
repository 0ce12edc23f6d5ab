"""Write every generated file anew: `make generate`; with `--check`, say which ones differ.

The check looks at the documentation too: see `tests.tools.pages`. Run it from anywhere; it
writes in the repository that it stands in.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from adapters.social_care import early_help_schema, early_help_xml, early_help_xsd
from audit import events
from gateway import problems
from gateway.notices import document
from mappings.early_help.record import EarlyHelp
from tests.signatories import shipped_signatures
from tests.tools import (
    generate_bars_definitions,
    generate_commands_page,
    generate_fhir_structs,
    generate_fidelity_pages,
    generate_findings_page,
    pages,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = "adapters/social_care/examples"


def generated() -> dict[str, str]:
    """Return the text of every generated file by its path in the repository.

    >>> "docs/problems.md" in generated()
    True
    """
    definitions = generate_bars_definitions.render()
    return {
        "mappings/fhir_r4/generated.py": generate_fhir_structs.render(),
        "adapters/schemas/early-help.schema.json": early_help_schema.render(),
        "adapters/schemas/early-help.xsd": early_help_xsd.render(),
        **{f"{EXAMPLES}/{name}.xml": _example_in_xml(name) for name in ("every_part", "school")},
        **{f"mappings/bars/definitions/{name}": text for name, text in definitions.items()},
        **{f"policies/agreements/{name}": text for name, text in shipped_signatures().items()},
        "docs/schemas/notice.schema.json": document.schema(),
        "docs/audit-events.md": events.page(),
        "docs/problems.md": problems.page(),
        "docs/commands.md": generate_commands_page.render(),
        **{f"docs/fidelity/{name}": text for name, text in generate_fidelity_pages.pages()},
        "docs/findings.md": generate_findings_page.render(),
    }


def _example_in_xml(name: str) -> str:
    """Return the early-help example *name*, which is JSON, as XML."""
    content = (ROOT / EXAMPLES / f"{name}.json").read_bytes()
    return early_help_xml.document(msgspec.json.decode(content, type=EarlyHelp)).decode()


def complaints(root: Path = ROOT) -> Iterator[str]:
    """Yield what is wrong in *root*: generated files that differ, leftovers, untrue pages."""
    wanted = generated()
    for name, text in wanted.items():
        file = root / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            yield f"{name}: not what is generated; run `make generate`"
    for folder in ("mappings/bars/definitions", "docs/fidelity"):
        for file in sorted((root / folder).iterdir()):
            if f"{folder}/{file.name}" not in wanted:
                yield f"{folder}/{file.name}: nothing generates it"
    yield from pages.complaints(root)


def write(root: Path = ROOT) -> Iterator[str]:
    """Write each file that differs, and yield its path."""
    for name, text in generated().items():
        file = root / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            yield name


def main(arguments: list[str]) -> int:
    """Write, or check; return the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tests.tools.generate [--check]\n")
        return 2
    found = list(complaints() if arguments else write())
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if arguments and found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
