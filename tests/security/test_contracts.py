"""An adapter is handed nothing with which to decide, record, store or send (invariant 8)."""

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from bars_messages import payload_of

from adapters.health.bars import BaRSAdapter
from adapters.registry import Registry
from adapters.social_care.early_help import EarlyHelpAdapter
from gateway.disclosing import Writer

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "mappings", "adapters", "policies", "audit")
VIOLATIONS = [
    (
        "adapters/health/bars/adapter.py",
        "import gateway.storage.database",
        "An adapter never decides, records, stores or sends",
    ),
    (
        "adapters/social_care/early_help.py",
        "import adapters.health.bars.adapter",
        "Sectors are independent of one another",
    ),
    (
        "audit/merkle.py",
        "import policies.decision",
        "The audit log stands alone: an auditor can run it without the gateway",
    ),
    (
        "mappings/caf/items.py",
        "import sqlalchemy",
        "The CAF is pure: it imports nothing of ours, no database, no web, no XML",
    ),
    (
        "gateway/exchange.py",
        "import adapters.health.bars",
        "The gateway imports no format: adapters come by name through the registry",
    ),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Return what import-linter says of a copy of this project with forbidden imports in it."""
    copy = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, forbidden, _ in VIOLATIONS:
        file = copy / path
        file.write_text(f"{file.read_text()}\n{forbidden}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache"], cwd=copy, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("contract", [contract for *_, contract in VIOLATIONS])
def test_a_forbidden_import_breaks_its_contract(judged, contract):
    assert judged.returncode == 1, judged.stderr
    kept = next(line for line in judged.stdout.splitlines() if line.startswith(contract))
    assert kept.endswith("BROKEN")


def reachable(value: object, seen: set[int] | None = None) -> Iterator[object]:
    """Yield *value* and all that can be reached from it."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    for part in _parts(value):
        yield from reachable(part, seen)


def _parts(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (tuple, list, frozenset)):
        return list(value)
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if dataclasses.is_dataclass(value):
        return [getattr(value, each.name) for each in dataclasses.fields(value)]
    return []


_PLAIN = (str, bytes, int, float, bool, date, datetime, Enum, tuple, frozenset, type(None))


def require_values(handed: tuple[object, ...]) -> None:
    """Fail unless all that was *handed* to an adapter are values, of the CAF or plain."""
    for one in reachable(handed):
        is_ours = type(one).__module__.startswith(("mappings.caf", "adapters.contract"))
        assert is_ours or isinstance(one, (*_PLAIN, Mapping)), type(one)


class _Watched:
    """An adapter that notes what it is handed, and does its work."""

    def __init__(self, adapter) -> None:
        self._adapter = adapter
        self.handed = []

    def __getattr__(self, name) -> object:
        return getattr(self._adapter, name)

    def read(self, *handed):
        self.handed.append(handed)
        return self._adapter.read(*handed)

    def write(self, *handed):
        self.handed.append(handed)
        return self._adapter.write(*handed)


def test_an_adapter_is_handed_bytes_or_a_view_with_an_envelope_and_nothing_else(world):
    bars, early_help = _Watched(BaRSAdapter()), _Watched(EarlyHelpAdapter())
    registry = Registry({"bars": bars, "early-help": early_help})
    world.gateway.office.writer = Writer(registry)
    watched = dataclasses.replace(
        world,
        gateway=dataclasses.replace(
            world.gateway, exchange=dataclasses.replace(world.gateway.exchange, adapters=registry)
        ),
    )

    child = watched.take(payload_of("health-visitor-to-early-help")).children[0]
    watched.ask(child)

    assert [type(handed[0]).__name__ for handed in bars.handed] == ["bytes"]
    assert [type(handed[0]).__name__ for handed in early_help.handed] == ["View"] * 3
    for handed in (*bars.handed, *early_help.handed):
        assert len(handed) == 2
        require_values(handed)
