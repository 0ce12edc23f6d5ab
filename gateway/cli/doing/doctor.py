"""What `caf-gateway doctor` looks at."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import msgspec

from adapters import registry
from adapters.errors import AdapterError
from gateway import registers, settings
from gateway.attachments.scanner import scanner_at
from gateway.errors import GatewayError, SettingsError
from gateway.registers import parse
from gateway.security.keys import Keys
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.log import Log
from gateway.storage.memory import Memory
from gateway.storage.registers import Registers
from gateway.witnessing.sections import ANYBODY
from gateway.worklists.unheld import unheld

OUR_PACKAGES = ("adapters", "audit", "gateway", "mappings", "policies")


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found: what is wrong, None where nothing is; or what it looked at."""

    complaint: str | None
    said: str = ""


def examine(home: Path | None) -> Mapping[str, Check]:
    """Return what each check found."""
    folder = settings.home_folder(home)
    checks: dict[str, Callable[[], str | None]] = {
        "settings": lambda: str(settings.load(folder).home),
        "keys": lambda: _keys(folder),
        "packages": _require_own_packages,
        "adapters": lambda: _load_adapters(settings.load(folder)),
        "database": lambda: _require_durable(settings.load(folder)),
        "log": lambda: _open_log(settings.load(folder), Keys.load(folder / settings.KEYS)),
        "offices": lambda: _unheld_offices(settings.load(folder)),
        "attachments": lambda: _scanned_by(settings.load(folder)),
        "witnesses": lambda: _require_known_pairs(settings.load(folder)),
    }
    return {name: _checked(check) for name, check in checks.items()}


def _checked(check: Callable[[], str | None]) -> Check:
    try:
        return Check(None, check() or "")
    except GatewayError as error:
        return Check(str(error))


def _keys(folder: Path) -> None:
    """Raise `KeysError` where the keys are not in order."""
    Keys.load(folder / settings.KEYS)


def _require_own_packages() -> None:
    """Raise `GatewayError` where another distribution brings a package of one of our names."""
    owners = packages_distributions()
    for package in OUR_PACKAGES:
        strangers = set(owners.get(package, ())) - {"caf-gateway"}
        if strangers:
            message = f"package `{package}` is also installed by another distribution"
            raise GatewayError(message)


def _load_adapters(found: Settings) -> str:
    """Return which formats are allowed, or raise `GatewayError` where one cannot be loaded."""
    try:
        loaded = registry.load(found.adapters, hashes=found.adapter_hashes)
    except AdapterError as error:
        raise GatewayError(str(error)) from None
    return ", ".join(loaded.adapters)


def _require_durable(found: Settings) -> str:
    """Return which database it is, or raise `StorageError` where it could lose a commit."""
    with closing(_database(found)) as database:
        database.writer().close()
        return f"{database.name}, durable"


def _open_log(found: Settings, keys: Keys) -> None:
    with closing(_database(found)) as database:
        log = Log(database, keys, found.origin)
        Memory(found.home / settings.LAST_CHECKPOINT).require(log)


def _require_known_pairs(found: Settings) -> str:
    """Return how many witnesses there are, or raise `SettingsError` for a pair of strangers."""
    named = {name for pair in found.witnesses.pairs for name in (pair.sender, pair.recipient)}
    if named - {ANYBODY}:
        with closing(_database(found)) as database:
            registered = {row.id for row in Registers(database).snapshot().rows}
        for stranger in sorted(named - registered - {ANYBODY}):
            message = f"`witnesses.pairs` names `{stranger}`, which is not registered"
            raise SettingsError(message)
    return f"{len(found.witnesses.witness)} are named"


def _scanned_by(found: Settings) -> str:
    """Return what scans attachments, or raise `ScannerError` where that does not answer."""
    of = found.attachments
    scanner = scanner_at(of.scanner, of.scan_seconds)
    if scanner is None:
        return "no scanner is set up: documents that come with records are held as not scanned"
    scanner.require_answer()
    return "the scanner answers"


def _unheld_offices(found: Settings) -> str:
    """Return the offices that tasks go to and nobody holds: a partnership may have none yet."""
    if not Database(found.database_url).exists():
        return ""
    with closing(_database(found)) as database:
        rows = Registers(database).snapshot().rows
    documents = [parse(row.kind, msgspec.json.decode(row.document)) for row in rows]
    lacking = unheld(registers.Registers.of(documents))
    if not lacking:
        return ""
    places = "; ".join(f"{office} ({', '.join(where)})" for office, where in lacking.items())
    return f"nobody holds these offices, and what is asked of them waits: {places}"


def _database(found: Settings) -> Database:
    """Return the database, or raise `GatewayError` where it was not made yet."""
    database = Database(found.database_url)
    if not database.exists():
        message = "there is no database yet: make it with `caf-gateway db upgrade`"
        raise GatewayError(message)
    return database
