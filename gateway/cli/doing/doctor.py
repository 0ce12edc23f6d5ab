"""What `caf-gateway doctor` looks at."""

from collections.abc import Callable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

from gateway import settings
from gateway.errors import GatewayError
from gateway.security.keys import Keys
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.log import Log

OUR_PACKAGES = ("adapters", "audit", "gateway", "mappings", "policies")


def examine(home: Path | None) -> Mapping[str, str | None]:
    """Return what is wrong, None where nothing is, for each check."""
    folder = settings.home_folder(home)
    checks: dict[str, Callable[[], object]] = {
        "settings": lambda: settings.load(folder),
        "keys": lambda: Keys.load(folder / "keys"),
        "packages": _require_own_packages,
        "log": lambda: _open_log(settings.load(folder), Keys.load(folder / "keys")),
    }
    return {name: _complaint(check) for name, check in checks.items()}


def _complaint(check: Callable[[], object]) -> str | None:
    try:
        check()
    except GatewayError as error:
        return str(error)
    return None


def _require_own_packages() -> None:
    """Raise `GatewayError` where another distribution brings a package of one of our names."""
    owners = packages_distributions()
    for package in OUR_PACKAGES:
        strangers = set(owners.get(package, ())) - {"caf-gateway"}
        if strangers:
            message = f"package `{package}` is also installed by another distribution"
            raise GatewayError(message)


def _open_log(found: Settings, keys: Keys) -> None:
    database = Database(found.database_url)
    if not database.exists():
        message = "there is no database yet: make it with `caf-gateway db upgrade`"
        raise GatewayError(message)
    Log(database, keys, found.origin)
