"""Write the tables of UK Core's rules: facts of its definitions, for the profiles that we use.

Run it as `python -m tests.tools.generate_profile_rules FOLDER`, with a folder of the definitions
(`structuredefinitions`, `valuesets`, `codesystems`); a test holds the tables to them.
"""

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.health.fhir_r4.definitions import codes_in, rules_in
from adapters.health.fhir_r4.profiles import UK_CORE, Kind, Rule
from mappings.uk_core.shape import ABOUT_A_CHILD, MEANT

TARGET = Path(__file__).parents[2] / "adapters/health/fhir_r4"
TYPES = frozenset({"Patient", *ABOUT_A_CHILD, *MEANT})


def is_ours(url: str) -> bool:
    """Say whether the profile *url* is of a resource, or an extension, that we read or write."""
    name = url.removeprefix(UK_CORE)
    return name.startswith("Extension-") or name.removeprefix("UKCore-") in TYPES


def render(folder: Path) -> Mapping[str, str]:
    """Return the text of each table by its name."""
    rules = {url: found for url, found in rules_in(folder).items() if is_ours(url)}
    sets = {one.value for found in rules.values() for one in found if one.kind is Kind.CODES}
    codes = codes_in(folder)
    return {
        "uk_core_rules.csv": _table(("profile", "path", "rule", "value"), _of_rules(rules)),
        "uk_core_codes.csv": _table(
            ("value_set", "system", "code"),
            [[one, *code.rsplit("|", 1)] for one in sorted(sets) for code in sorted(codes[one])],
        ),
    }


def _of_rules(rules: Mapping[str, tuple[Rule, ...]]) -> list[list[str]]:
    return [
        [url.removeprefix(UK_CORE), one.path, one.kind.value, one.value]
        for url, found in rules.items()
        for one in found
    ]


def _table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()


if __name__ == "__main__":
    for name, text in render(Path(sys.argv[1])).items():
        (TARGET / name).write_text(text, encoding="utf-8")
