"""The registry: which adapters there are, and which of them this deployment allows.

Adapters are entry points of the group `caf_gateway.adapters`, our own among them. An entry point
is code that runs here: only one that is allowed by its name is ever loaded, and where a hash of
its distribution's files is given, only that very code. Two of one name, or two for one media
type, refuse to start: never does the last one win.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Final

from adapters.contract import Adapter
from adapters.errors import AdapterClashError, UnknownAdapterError, UntrustedAdapterError

GROUP: Final = "caf_gateway.adapters"


@dataclass(frozen=True, slots=True)
class Edition:
    """Which code an adapter is: *version* of its distribution, and *digest* of its files."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Registry:
    """The adapters that are allowed, by name and by media type, and which code each of them is."""

    adapters: Mapping[str, Adapter]
    editions: Mapping[str, Edition] = field(default_factory=dict)

    def named(self, name: str) -> Adapter:
        """Return the adapter *name*, or raise `UnknownAdapterError` with the names that exist.

        >>> Registry({}).named("fax")
        Traceback (most recent call last):
            ...
        adapters.errors.UnknownAdapterError: there is no adapter `fax`; there are: none
        """
        try:
            return self.adapters[name]
        except KeyError:
            raise UnknownAdapterError(_none_such(name, self.adapters), "unknown-adapter") from None

    def for_media_type(self, media_type: str) -> Adapter | None:
        """Return the adapter that reads *media_type*, whatever its parameters; None if none does.

        >>> from adapters.social_care.early_help import EarlyHelpAdapter
        >>> registry = Registry({"early-help": EarlyHelpAdapter()})
        >>> registry.for_media_type("application/vnd.caf-gateway.early-help+JSON; q=1").name
        'early-help'
        >>> registry.for_media_type("text/plain") is None
        True
        """
        wanted = _bare(media_type)
        for adapter in self.adapters.values():
            if wanted in map(_bare, adapter.media_types):
                return adapter
        return None


def installed() -> tuple[str, ...]:
    """Return the names of the installed adapters, allowed or not; none of them is run."""
    return tuple(sorted(_by_name(metadata.entry_points(group=GROUP))))


def load(
    allowed: Iterable[str],
    *,
    hashes: Mapping[str, str] = MappingProxyType({}),
    entry_points: Iterable[metadata.EntryPoint] | None = None,
) -> Registry:
    """Return the registry of the *allowed* adapters, by name.

    *hashes* gives for an adapter the SHA-256 (hex) of its distribution's files, as
    `distribution_hash` finds it. *entry_points* are those installed unless they are given. Raise
    `UnknownAdapterError`, `AdapterClashError` or `UntrustedAdapterError`.
    """
    offered = metadata.entry_points(group=GROUP) if entry_points is None else entry_points
    found = _by_name(offered)
    adapters, editions = {}, {}
    for name in dict.fromkeys(allowed):
        if name not in found:
            raise UnknownAdapterError(_none_such(name, found), "unknown-adapter")
        editions[name] = _edition(found[name])
        adapters[name] = _loaded(found[name], editions[name].digest, hashes.get(name))
    _refuse_shared_media_types(adapters)
    return Registry(MappingProxyType(adapters), MappingProxyType(editions))


def distribution_hash(distribution: metadata.Distribution) -> str:
    """Return the SHA-256 (hex) over the paths and contents of the files of *distribution*.

    Compiled files are left out: they differ from one machine to the next.
    """
    digest = hashlib.sha256()
    for path in sorted(distribution.files or (), key=str):
        located = Path(path.locate())
        if path.suffix == ".pyc" or not located.is_file():
            continue
        content = hashlib.sha256(located.read_bytes()).hexdigest()
        digest.update(f"{path.as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _by_name(entry_points: Iterable[metadata.EntryPoint]) -> dict[str, metadata.EntryPoint]:
    found: dict[str, metadata.EntryPoint] = {}
    for entry in entry_points:
        if entry.name in found:
            message = f"two distributions have an adapter `{entry.name}`: remove one of them"
            raise AdapterClashError(message, "adapter-clash")
        found[entry.name] = entry
    return found


def _loaded(entry: metadata.EntryPoint, digest: str, expected: str | None) -> Adapter:
    if expected is not None and digest != expected:
        message = f"the files of the adapter `{entry.name}` are not those that were allowed"
        raise UntrustedAdapterError(message, "untrusted-adapter")
    adapter: Adapter = entry.load()()
    if adapter.name != entry.name:
        message = f"the adapter `{entry.name}` gives itself another name"
        raise AdapterClashError(message, "adapter-clash")
    return adapter


def _edition(entry: metadata.EntryPoint) -> Edition:
    """Return which code *entry* would run; nothing is known of one that was not installed."""
    if entry.dist is None:
        return Edition("", "")
    return Edition(entry.dist.version, distribution_hash(entry.dist))


def _refuse_shared_media_types(adapters: Mapping[str, Adapter]) -> None:
    readers: dict[str, str] = {}
    for name, adapter in adapters.items():
        for media_type in map(_bare, adapter.media_types):
            if (other := readers.setdefault(media_type, name)) != name:
                message = f"two adapters read `{media_type}`: `{other}` and `{name}`"
                raise AdapterClashError(message, "adapter-clash")


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _none_such(name: str, names: Iterable[str]) -> str:
    there_are = ", ".join(f"`{one}`" for one in sorted(names)) or "none"
    return f"there is no adapter `{name}`; there are: {there_are}"
