"""What `caf-gateway audit` does with the log of a gateway."""

from dataclasses import dataclass
from pathlib import Path

from audit import export as tiles
from audit.parts import Part
from gateway import settings, verification
from gateway.stored_log import open_stored_log
from policies.attributes import word_of


@dataclass(frozen=True, slots=True)
class Exported:
    """What a folder holds now, and how much it held before."""

    folder: str
    origin: str
    size: int
    size_before: int


def verify(home: Path | None) -> verification.Verification:
    """Return what does not hold of all that is stored of the log."""
    with open_stored_log(settings.load(home)) as stored:
        return verification.verify(stored)


def export(home: Path | None, folder: Path) -> Exported:
    """Bring the exported log in *folder* up to date.

    Raises `AuditError` where the log has not only grown, or is not what was signed.
    """
    with open_stored_log(settings.load(home)) as stored:
        log = stored.log()
        done = tiles.export(
            folder,
            log.published.note,
            [log.signing.verifier],
            lambda start, stop: (leaf for _, leaf in log.leaves(start, stop)),
        )
    return Exported(str(folder), done.checkpoint.origin, done.checkpoint.size, done.size_before)


def prove(home: Path | None, index: int, part: str, *, early: bool = False) -> str:
    """Return the receipt of one entry for the holder of *part*, as JSON.

    An *early* one has the signatures of then, for those who do not know a key of today.
    """
    whose = word_of(Part, part, "a part is recipient, sender or gateway")
    with open_stored_log(settings.load(home)) as stored:
        return stored.details().receipt(index, whose, early=early).decode()
