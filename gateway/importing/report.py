"""What is told of an import: a line for each record, and how it all ended.

No line holds what a record says: its number and place, its entry in the log, codes and sentences.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from msgspec import Struct

from adapters.contract import Finding, Outcome, Severity

WHOLE_FILE: Final = 0
"""The number of what is found of the file itself: its records are counted from 1."""


class Fate(StrEnum):
    """What became of one record."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It had been taken in before, from this file."""
    REJECTED = "rejected"


class Line(Struct, frozen=True, kw_only=True):
    """What is told of one record: *number* in the file, *line* where it begins, *entry* in the log.

    The line of the file itself has number 0, and no fate.
    """

    number: int
    line: int | None = None
    fate: Fate | None = None
    entry: int | None = None
    findings: tuple[Finding, ...] = ()


class Kind(Struct, frozen=True, kw_only=True):
    """All findings of one code: *count*, and the first of them as an example."""

    code: str
    severity: Severity
    count: int
    record: int
    where: str
    message: str


class Report(Struct, frozen=True, kw_only=True):
    """How an import ended. *size* is of the file in bytes, *entry* the file's own in the log.

    *outcome* is reject where the file was not of the format, or stopped being it at *stopped*:
    the records before stand by themselves. *next_step* says who must do what now.
    """

    file_sha256: str
    size: int
    format: str
    outcome: Outcome
    taken: int
    repeated: int
    rejected: int
    entry: int
    seconds: float
    records_a_second: float
    megabytes_a_second: float
    kinds: tuple[Kind, ...]
    stopped: Finding | None = None
    next_step: str = ""

    @property
    def records(self) -> int:
        """How many records of the file were met."""
        return self.taken + self.repeated + self.rejected


@dataclass(slots=True)
class Tally:
    """Counts what is told, so that a report of any number of records stays small."""

    fates: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    kinds: dict[tuple[str, Severity], Kind] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Count one line.

        >>> tally = Tally()
        >>> tally.add(Line(number=1, line=3, fate=Fate.TAKEN, entry=9))
        >>> tally.fates[Fate.TAKEN], tally.kinds
        (1, {})
        """
        if line.fate is not None:
            self.fates[line.fate] += 1
        for finding in line.findings:
            key = (finding.code, finding.severity)
            known = self.kinds.get(key)
            self.kinds[key] = Kind(
                code=finding.code,
                severity=finding.severity,
                count=1 if known is None else known.count + 1,
                record=line.number if known is None else known.record,
                where=finding.where if known is None else known.where,
                message=finding.message if known is None else known.message,
            )

    def found(self) -> tuple[Kind, ...]:
        """Return what was found, the gravest and most frequent first."""
        gravity = list(Severity)
        kinds = self.kinds.values()
        return tuple(sorted(kinds, key=lambda one: (gravity.index(one.severity), -one.count)))

    def as_findings(self) -> tuple[Finding, ...]:
        """Return one finding of each kind, for the file's own entry."""
        return tuple(_examples(self.found()))


def _examples(kinds: Iterable[Kind]) -> Iterator[Finding]:
    for one in kinds:
        yield Finding(one.code, one.severity, one.where, one.message)
