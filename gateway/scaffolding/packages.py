"""Adapters' packages: where the code of one lies, before any of it is run."""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata, util
from pathlib import Path
from typing import Final

from adapters.contract import Adapter
from adapters.registry import GROUP
from gateway.errors import RequestError

OURS: Final = "caf-gateway"


@dataclass(frozen=True, slots=True)
class Package:
    """The package of the adapter *name*, whose entry point is *entry* (`module:function`).

    *folder* has its code; *project* is what that was built from, None where it was installed.
    *is_ours* says that it comes with the gateway; *readme* is what it says of itself.
    """

    name: str
    entry: str
    folder: Path
    project: Path | None = None
    is_ours: bool = False
    readme: str = ""

    @property
    def modules(self) -> Iterator[Path]:
        """The files of its code."""
        return iter(sorted(self.folder.rglob("*.py")))

    @contextmanager
    def adapter(self) -> Iterator[Adapter]:
        """Load the adapter; the modules of a project are forgotten afterwards."""
        before = list(sys.path)
        known = set(sys.modules)
        if self.project is not None:
            sys.path.insert(0, str(self.folder.parent))
        try:
            module, _, name = self.entry.partition(":")
            yield getattr(import_module(module), name)()
        finally:
            sys.path[:] = before
            if self.project is not None:
                top = self.folder.name
                for one in set(sys.modules) - known:
                    if one.partition(".")[0] == top:
                        del sys.modules[one]


def find(named: str) -> Package:
    """Return the package of the installed adapter *named*, or of the project in that folder.

    Raises `RequestError` where there is neither.
    """
    folder = Path(named)
    if (folder / "pyproject.toml").is_file():
        return _project(folder)
    for entry in metadata.entry_points(group=GROUP, name=named):
        return _installed(entry)
    message = f"there is no adapter, and no project of one, `{named}`"
    raise RequestError(message)


def _project(folder: Path) -> Package:
    try:
        declared = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        message = f"`{folder.name}/pyproject.toml` is not TOML"
        raise RequestError(message) from None
    entries = declared.get("project", {}).get("entry-points", {}).get(GROUP, {})
    if not entries:
        message = f"`{folder.name}/pyproject.toml` has no entry point of the group `{GROUP}`"
        raise RequestError(message)
    name, entry = next(iter(entries.items()))
    top = entry.partition(":")[0].partition(".")[0]
    places = [one / top for one in (folder, folder / "src") if (one / top).is_dir()]
    if not places:
        message = f"`{folder.name}` has no package `{top}`, which its entry point names"
        raise RequestError(message)
    readme = folder / "README.md"
    said = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    return Package(name, entry, places[0].resolve(), folder.resolve(), readme=said)


def _installed(entry: metadata.EntryPoint) -> Package:
    is_ours = entry.dist is not None and entry.dist.name == OURS
    module = entry.module if is_ours else entry.module.partition(".")[0]
    spec = util.find_spec(module)
    if spec is None or spec.origin is None:
        message = f"the code of the adapter `{entry.name}` is not where it was installed"
        raise RequestError(message)
    said = str(entry.dist.metadata.json.get("description", "")) if entry.dist else ""
    folder = Path(spec.origin).parent
    return Package(entry.name, entry.value, folder, is_ours=is_ours, readme=said)
