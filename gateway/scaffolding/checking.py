"""Checking an adapter: what would weaken the gateway, what is missing, what is still undecided."""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from adapters.contract import Adapter, Envelope, Outcome
from adapters.errors import AdapterError
from gateway.ports import Ports
from gateway.scaffolding.code import look_through
from gateway.scaffolding.drafting import UNDECIDED
from gateway.scaffolding.packages import Package
from mappings.errors import MappingError
from mappings.language.translation import Translation


class Fault(NamedTuple):
    """One thing that is wrong: which *check* found it, *where*, and what is to be done."""

    check: str
    where: str
    message: str


def check(package: Package) -> tuple[Fault, ...]:
    """Return what is wrong with the adapter in *package*; it is run only if its code is harmless.

    Its code, its mapping and tables (which are checked when they are loaded), its examples, its
    page and its tests are looked at.
    """
    of_code = tuple(_code(package))
    return (*of_code, *(() if of_code else _loaded(package)), *_papers(package))


def _code(package: Package) -> Iterator[Fault]:
    own = package.folder.name
    for file in package.modules:
        where = file.relative_to(package.folder).as_posix()
        for found in look_through(file, own, is_ours=package.is_ours):
            if package.is_ours and found.check == "file":
                continue  # ours keep what they stream in files that nobody else sees
            yield Fault(found.check, f"{where}:{found.line}", found.message)


def _loaded(package: Package) -> Iterator[Fault]:
    try:
        with package.adapter() as adapter:
            yield from _adapter(package, adapter)
    except (AdapterError, MappingError) as error:
        yield Fault("mapping", "", str(error))
    except Exception as error:  # noqa: BLE001 - whatever its code raises, it does not load
        yield Fault("loads", package.entry, f"it does not load: `{type(error).__name__}`")


def _adapter(package: Package, adapter: Adapter) -> Iterator[Fault]:
    if adapter.name != package.name:
        yield Fault("name", package.entry, f"it calls itself another name than `{package.name}`")
    if not adapter.media_types:
        yield Fault("media-types", package.entry, "it has to read a media type")
        return
    translation = getattr(adapter, "translation", None)
    if isinstance(translation, Translation):
        yield from _undecided(translation)
    # Ours of one sector share a folder.
    folders = (package.folder, package.folder.parent) if package.is_ours else (package.folder,)
    files = [one for folder in folders for one in sorted(folder.glob("examples/*"))]
    if not files:
        yield Fault("examples", "examples/", "there has to be an example of the format")
    if package.is_ours:
        return  # one folder has the examples of several formats
    for file in files:
        content = file.read_bytes()
        digest = sha256(content).hexdigest()
        envelope = Envelope(media_type=adapter.media_types[0], at=Ports().now(), record=digest)
        received = adapter.read(content, envelope)
        if received.outcome is Outcome.REJECT:
            found = received.findings[0] if received.findings else None
            why = f"{found.code} at `{found.where}`" if found else "no reason is given"
            yield Fault("examples", f"examples/{file.name}", f"it is rejected: {why}")


def _undecided(translation: Translation) -> Iterator[Fault]:
    lost = [*translation.lost, *(one for part in translation.parts for one in part.form.lost)]
    for one in lost:
        if one.why == UNDECIDED:
            message = "say which field of the CAF this is, or why it is lost"
            yield Fault("undecided", str(one.slot), message)


def _papers(package: Package) -> Iterator[Fault]:
    if package.is_ours:
        return
    if package.name not in package.readme:
        yield Fault("page", "README.md", "it has to say what the adapter reads, by its name")
    if package.project is not None:
        tests = package.project.glob("tests/test_*.py")
        if not any("conformance(" in one.read_text(encoding="utf-8") for one in tests):
            yield Fault("tests", "tests/", "the conformance kit has to be run: it is three lines")
