"""The published folder: schema, policies of the law, one file for each agreement, and a guide."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from policies.agreements import Agreements
from policies.cedar.agreements import agreements_schema
from policies.cedar.engine import CedarBundle
from policies.cedar.expressions import text
from policies.cedar.law import complete_policy, law_policies
from policies.cedar.register import CedarAgreements, published
from policies.cedar.schema import schema
from policies.errors import DocumentError
from policies.phrasing import phrase
from policies.rules import LawSet

_GUIDE: Final = Path(__file__).with_name("guide.md")
_LAW: Final = "law.cedar"
_AGREEMENTS: Final = "agreements"


def publish(law: LawSet, agreements: Agreements, folder: Path) -> tuple[Path, ...]:
    """Write *law* and *agreements* as Cedar into *folder*, and return the files.

    What says the same is written as the same bytes. Files of agreements that are published no
    longer are removed. Raise `OSError` where the folder cannot be written.
    """
    texts = publication(law, agreements)
    for stale in (folder / _AGREEMENTS).glob("*.cedar"):
        if f"{_AGREEMENTS}/{stale.name}" not in texts:
            stale.unlink()
    files = {folder / name: written for name, written in texts.items()}
    for path, written in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8", newline="\n")
    return tuple(files)


def publication(law: LawSet, agreements: Agreements) -> Mapping[str, str]:
    """Return the text of each published file by its name.

    >>> from policies.rules import shipped
    >>> sorted(publication(shipped(), Agreements([])))[:3]
    ['README.md', 'agreements.cedarschema', 'complete.cedar']
    """
    source = f"// Law set {text(law.id)}, version {text(law.version)}: SHA-256 {law.digest}\n"
    texts = {
        "README.md": _readme(law, agreements),
        "terms.md": _terms(law),
        "law.cedarschema": f"{source}\n{schema()}",
        _LAW: f"{source}\n{law_policies(law)}",
        "complete.cedar": f"{source}\n{complete_policy()}",
        "agreements.cedarschema": agreements_schema(),
    }
    for name, policies in published(agreements).items():
        texts[f"{_AGREEMENTS}/{name}.cedar"] = f"{_sources(name, agreements)}\n{policies}"
    return texts


def read(folder: Path) -> tuple[CedarBundle, CedarAgreements]:
    """Return the law and the agreements in the published *folder*, or raise `DocumentError`."""
    try:
        law = (folder / _LAW).read_text(encoding="utf-8")
        agreements = {
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted((folder / _AGREEMENTS).glob("*.cedar"))
        }
    except (OSError, UnicodeDecodeError):
        message = f"{folder}: no published policies can be read there"
        raise DocumentError(message) from None
    return CedarBundle(law), CedarAgreements(agreements)


def _sources(name: str, agreements: Agreements) -> str:
    return "".join(
        f"// Agreement {text(each.id)}, version {each.version}: SHA-256 {each.digest}\n"
        for each in agreements
        if each.id == name
    )


def _readme(law: LawSet, agreements: Agreements) -> str:
    def rows() -> Iterator[str]:
        yield f"| law set `{law.id}` | {law.version} | `{law.digest}` |"
        for each in sorted(agreements, key=lambda each: (each.id, each.version)):
            yield f"| agreement `{each.id}` | {each.version} | `{each.digest}` |"

    guide = _GUIDE.read_text(encoding="utf-8")
    sources = "\n".join(["| source | version | SHA-256 |", "|---|---|---|", *rows()])
    return f"{guide}\n## What this was written from\n\n{sources}\n"


def _terms(law: LawSet) -> str:
    rows = (
        f"| `{name}` | {each.reads} | `{phrase(each.condition)}` |"
        for name, each in law.definitions.items()
    )
    return "\n".join(
        [
            f"# The defined terms of law set {law.id}, version {law.version}",
            "",
            "| term | reads | means |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
