"""Check law, agreements, or a folder with both: that they hold together, and what they prove."""

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from policies import agreements as agreement_files
from policies import rules
from policies.agreements import Agreement, Agreements
from policies.errors import DocumentError
from policies.proving.coverage import Coverage, cover
from policies.proving.proof import Proof, prove
from policies.rules import LawSet

_MANIFEST: Final = "bundle.yaml"


class Checked(msgspec.Struct, frozen=True):
    """What was proved of the rules and the agreements of one day."""

    as_of: dt.date
    proofs: tuple[Proof, ...]


class Surveyed(msgspec.Struct, frozen=True):
    """What was found of the rules that are in force from one day on."""

    begins: dt.date
    coverage: Coverage


class Report(msgspec.Struct, frozen=True):
    """What was checked, and what came of it on each day that makes a difference."""

    law: str
    digest: str
    agreements: tuple[str, ...]
    days: tuple[Checked, ...]
    surveys: tuple[Surveyed, ...]

    @property
    def false(self) -> tuple[Proof, ...]:
        """The claims that do not hold on one of the days."""
        return tuple(proof for day in self.days for proof in day.proofs if not proof.holds)


def check(path: Path) -> Report:
    """Check what is at *path*: a folder of law, an agreement, or a folder that holds these.

    Where there is no law beside agreements, they are checked under the law that we ship. Raise
    `DocumentError`, with file and line, for what does not hold together, `ProofError` where the
    solver cannot tell.
    """
    law, agreements = read(path)
    turns = _turns(law)
    # The last day is the one on which all agreements have begun.
    days = sorted({*turns, *(max(each.effective_on, law.begins) for each in _last(agreements))})
    return Report(
        law=f"{law.id}/{law.version}",
        digest=law.digest,
        agreements=tuple(f"{each.id}/{each.version}" for each in agreements),
        days=tuple(Checked(day, prove(law, day, agreements=agreements)) for day in days),
        surveys=tuple(Surveyed(day, cover(law, day)) for day in turns),
    )


def read(path: Path) -> tuple[LawSet, Agreements]:
    """Return the law and the agreements at *path*, or raise `DocumentError`.

    >>> law, agreements = read(Path(rules.SHIPPED).parent)
    >>> law.id, len(list(agreements))
    ('england', 1)
    """
    if path.is_file():
        return rules.shipped(), Agreements([agreement_files.read(path)])
    if (path / _MANIFEST).is_file():
        return rules.load(path), Agreements(())
    folders = [path / "law", path / "agreements"]
    has_law, has_agreements = ((folders[0] / _MANIFEST).is_file(), folders[1].is_dir())
    agreements = Agreements.of(folders[1] if has_agreements else path)
    if not has_law and not list(agreements):
        message = f"{path}: neither law (`{_MANIFEST}`) nor agreements (`<id>/<version>.yaml`)"
        raise DocumentError(message)
    return rules.load(folders[0]) if has_law else rules.shipped(), agreements


def _turns(law: LawSet) -> list[dt.date]:
    """Return the days from which other rules are in force, the first day of the law among them."""
    days = {day for rule in law.rules for day in (rule.effective_from, rule.effective_until)}
    return sorted({law.begins, *(day for day in days if day is not None and day > law.begins)})


def _last(agreements: Agreements) -> list[Agreement]:
    """Return the agreement that begins last, where there is one."""
    return sorted(agreements, key=lambda each: each.effective_on)[-1:]
