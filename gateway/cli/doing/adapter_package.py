"""What `caf-gateway adapter new` and `check` do: a package is made, or looked through."""

from dataclasses import dataclass
from pathlib import Path

from gateway.scaffolding import checking, package, packages
from gateway.scaffolding.checking import Fault
from gateway.scaffolding.package import Made


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with the adapter *name*."""

    name: str
    faults: tuple[Fault, ...]


def new(name: str, source: Path, into: Path, record: str) -> Made:
    """Make the package of an adapter, or raise `RequestError`."""
    return package.make(name, source, into, record)


def made_in_words(made: Made) -> str:
    """Return what was made, and what is to be done next, for people."""
    lines = [
        f"{made.folder}: {len(made.files)} files",
        f"  {made.guessed} leaves have a guessed place in the CAF: go through them in map.yaml",
        f"  {len(made.undecided)} are to be decided: {', '.join(made.undecided) or 'none'}",
    ]
    if made.left_out:
        lines.append(f"  names that no path can have, left out: {', '.join(made.left_out)}")
    lines.append(f"  next: caf-gateway adapter check {made.folder}")
    return "\n".join(lines)


def check(named: str) -> Checked:
    """Return what is wrong with an adapter, installed or in a folder, or raise `RequestError`."""
    found = packages.find(named)
    return Checked(found.name, checking.check(found))
