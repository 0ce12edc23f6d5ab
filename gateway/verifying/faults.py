"""What does not hold: where, and who must act."""

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """Who must act on a fault, and how."""

    RESTORE = (
        "operator: stop the gateway, keep this database as evidence, restore the log "
        "(docs/operating.md); information governance officer: tell those who hold receipts"
    )
    REVIEW = (
        "operator: restore the row from a backup; information governance officer: "
        "see what was decided or sent since it was changed"
    )
    REMIND = (
        "operator: put the newest checkpoint that a witness or an export holds in the place of "
        "the file, and find out who changed it; nothing starts before"
    )
    EXPLAIN = (
        "operator: see whose clock was wrong then; information governance officer: what happened "
        "at that time is known from the entries around it, not from the time it states"
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold, and *where*: an entry, a tile, a row of a table."""

    where: str
    message: str
    act: Act = Act.REVIEW

    @property
    def is_of_the_log(self) -> bool:
        """Whether the log itself is at fault: nothing may rest on it then."""
        return self.act is Act.RESTORE
