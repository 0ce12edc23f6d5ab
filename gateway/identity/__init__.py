"""Whose record is this? Exact rules only; everything else is a new child or a human's question.

The same child only on a verified NHS number with birth date, or on the same sender's own id for
the child (design section 3). A near miss makes a new child and a task, never a match; an invalid
identifier is a finding, never a match and never a lost message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from adapters.contract import Reading
from mappings.caf.assessment import Assessment
from mappings.caf.identifiers import Scheme

Find = Callable[[str, str], str | None]

VERIFIED = "nhs-number+birth"
LOCAL = "sender-child-id"
NUMBER_ONLY = "nhs-number"


@dataclass(frozen=True, slots=True)
class Question:
    """Why a person must look: *code* is a stable name, *other* the child it may be, if any."""

    code: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose record it is: a known child, or None for a new one; how it was known; what to ask.

    *keys* are the search keys (kind, text) to file the child under from now on.
    """

    child_id: str | None
    matched_by: str | None
    keys: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...] = ()


def resolve(reading: Reading, sender: str, find: Find) -> Resolution:
    """Return whose record *reading* is; *find* returns the child filed under a search key.

    Two keys that name different children are a question, and the record starts a new child.
    """
    keys = _keys(reading, sender)
    filed: Mapping[tuple[str, str], str] = {
        key: child for key in keys if (child := find(*key)) is not None
    }
    fresh = tuple(key for key in keys if key not in filed)
    matches = {kind: child for (kind, _), child in filed.items() if kind != NUMBER_ONLY}
    known = set(matches.values())
    if len(known) > 1:
        others = sorted(known)
        questions = tuple(Question("identifiers-disagree", other) for other in others)
        return Resolution(None, None, (), questions)
    if known:
        return Resolution(known.pop(), next(iter(matches)), fresh)
    possible = tuple(Question("possible-match", child) for child in filed.values())
    return Resolution(None, None, fresh, possible + _invalid(reading.assessment))


def born_on(assessment: Assessment) -> date | None:
    """Return the birth date in *assessment*, if it has one."""
    return next((birth.born_on for birth in assessment.child.birth if birth.born_on), None)


def verified_key(number: str, born: date) -> str:
    """Return the text that a verified NHS number and birth date are filed under."""
    return f"{number}|{born.isoformat()}"


def _keys(reading: Reading, sender: str) -> tuple[tuple[str, str], ...]:
    keys = []
    born = born_on(reading.assessment)
    for identifier in reading.assessment.child.identifiers:
        if identifier.scheme != Scheme.NHS_NUMBER or not identifier.is_valid:
            continue
        if identifier.is_verified and born is not None:
            keys.append((VERIFIED, verified_key(identifier.value, born)))
        keys.append((NUMBER_ONLY, identifier.value))
    if reading.sender_child_id is not None:
        keys.append((LOCAL, f"{sender}|{reading.sender_child_id}"))
    return tuple(dict.fromkeys(keys))


def _invalid(assessment: Assessment) -> tuple[Question, ...]:
    return tuple(
        Question("identifier-invalid")
        for identifier in assessment.child.identifiers
        if not identifier.is_valid
    )
