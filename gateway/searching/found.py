"""What a search found, in the forms that programs and people take it in."""

from collections import Counter
from typing import Final

from audit.parts import Part
from gateway.searching.accounts import accounts_of
from gateway.searching.search import Answer, FoundEntry
from gateway.searching.spreadsheets import to_csv

COLUMNS: Final = ("entry", "when", "type", "from", "to", "purpose", "what")

_TOLD: Final = ("kind", "register", "agreement", "fact", "task", "outcome", "reason", "message_id")


def to_document(answer: Answer) -> dict[str, object]:
    """Return *answer* as a document of JSON: what is proved first, then the entries."""
    return {
        "complete": answer.complete,
        "statement": answer.statement,
        "checked": answer.checked,
        "discrepancies": answer.discrepancies,
        "size": answer.size,
        "total": answer.total,
        "entries": answer.entries,
    }


def as_csv(answer: Answer) -> str:
    """Return the entries of *answer* as CSV."""
    return to_csv(COLUMNS, (cells(one, f"{one.at:%Y-%m-%d %H:%M:%S}Z") for one in answer.entries))


def cells(found: FoundEntry, when: str) -> tuple[str, ...]:
    """Return *found* as the cells of a table."""
    return (
        str(found.index),
        when,
        found.type.value,
        found.sender,
        found.recipient,
        found.purpose,
        _what(found),
    )


def _what(found: FoundEntry) -> str:
    """Return in a few words what an entry's detail says, for those who may read all of it."""
    if found.detail is None:
        return "erased"
    outcomes = Counter(one.outcome for account in accounts_of(found) for one in account.elements)
    if outcomes:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    fields = found.part(Part.GATEWAY)
    return " ".join(str(fields[name]) for name in _TOLD if name in fields)
