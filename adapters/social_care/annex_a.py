"""The adapter of Annex A: a view out as a row of list 2, early-help assessments. It only writes.

A list has a row for each child, and each row is a view of its own, decided and recorded by itself:
`joined` puts several such files together into the one that an inspector is given.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from adapters.contract import Envelope, Finding, Outcome, Payload, Received, Severity
from adapters.errors import InvalidRecordError
from mappings.annex_a.rows import HEADERS, age, row
from mappings.caf.view import View

MEDIA_TYPE: Final = "application/vnd.caf-gateway.annex-a+csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ENDS: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class AnnexAAdapter:
    """Writes list 2 of Annex A."""

    name: str = "annex-a"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:  # noqa: ARG002 - it is rejected whatever it holds
        """Reject *payload*: a list for an inspection is nobody's record of a child."""
        message = "lists of Annex A are written and not read: the sender has to send the records"
        return Received(Outcome.REJECT, (Finding("not-read", Severity.ERROR, "", message),))

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a list with one row; the age is that on the day of *envelope*."""
        cells = {name: str(node) for name, node in row().write(view.content).items()}
        for birth in view.content.child.birth:
            if birth.born_on is not None:
                years = age(birth.born_on, envelope.at.date())
                cells["Age"] = "" if years is None else str(years)
                break
        text = io.StringIO()
        writer = csv.writer(text, lineterminator=_ENDS)
        writer.writerow(HEADERS.values())
        writer.writerow(_cell(cells.get(name, "")) for name in HEADERS)
        return Payload(text.getvalue().encode(), MEDIA_TYPE)


def joined(lists: Iterable[bytes]) -> bytes:
    r"""Return one list with the rows of all *lists*, in their order, or raise `InvalidRecordError`.

    >>> head = (",".join(HEADERS.values()) + _ENDS).encode()
    >>> joined([head + b"a\r\n", head + b"b\r\n"]) == head + b"a\r\nb\r\n"
    True
    >>> joined([b"a\r\n"])
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: this is no list 2 of Annex A
    """
    head = (",".join(HEADERS.values()) + _ENDS).encode()
    rows: list[bytes] = []
    for one in lists:
        if not one.startswith(head):
            message = "this is no list 2 of Annex A"
            raise InvalidRecordError(message, "not-annex-a", where="1:1")
        rows.append(one.removeprefix(head))
    return head + b"".join(rows)


def _cell(text: str) -> str:
    """Return *text* as a cell that a spreadsheet takes for a text, whatever it begins with.

    >>> _cell("=1+1"), _cell("Harbour Trust")
    ("'=1+1", 'Harbour Trust')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
