"""The early-help spreadsheet: one row a child, plain-English columns, in and out as CSV.

It is for those who have a spreadsheet and no other system. The columns are
`mappings/early_help/columns.csv`, in any order; an empty sheet to fill in is `template()`. It
cannot say all that the record holds, nor what binds its recipient: see
`docs/fidelity/early-help-csv.md`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from typing import Final

from adapters import spreadsheets
from adapters.contract import (
    Envelope,
    Finding,
    Message,
    Outcome,
    Payload,
    Reading,
    Received,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError, InvalidRecordError, TooLargeError
from adapters.social_care import early_help_csv_consent as consent
from adapters.social_care.early_help_habits import meant
from adapters.spreadsheets import Row
from mappings.caf.view import View
from mappings.early_help.sheet import Column, columns, get, put, translation
from mappings.language.trees import Tree

MEDIA_TYPE: Final = "application/vnd.caf-gateway.early-help+csv"
MAX_CHILDREN: Final = 2_000  # read whole, within the seconds that an answer may take
MAX_FINDINGS: Final = 1_000
_UNTYPED: Final = str.maketrans("\u2018\u2019\u201c\u201d\u00a0\u2013", "''\"\" -")
_TOO_LONG: Final = (
    "the sender has to put quotation marks around a cell with a comma in it, or name its column: "
    "the row is longer than the names of the columns"
)
_UNKNOWN: Final = "the sheet has no such column: it is kept with the original, never shared"
_UNKNOWN_CONSENT: Final = (
    "the sender has to use the sheet's own columns for consent: in a row that has something in "
    "this one, no consent is believed"
)
_INVALID: Final = "the sender has to check this identifier: it is kept and never matched"


@dataclass(frozen=True, slots=True)
class EarlyHelpCSVAdapter:
    """Reads and writes early-help spreadsheets."""

    name: str = "early-help-csv"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        r"""Return what the sheet says of each child: rejected where it is no such sheet.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> EarlyHelpCSVAdapter().read(b"First names;Family name\nLeila;Example", envelope).outcome
        <Outcome.ACCEPT: 'accept'>
        >>> EarlyHelpCSVAdapter().read(b"shoe,size", envelope).findings[0].code
        'not-early-help'
        """
        try:
            sheet = _Sheet.of(payload, envelope)
            readings = tuple(map(sheet.reading, sheet.rows))
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))
        message = Message(
            id=envelope.message_id or envelope.record,
            destinations=envelope.destinations,
            use_case=envelope.use_case,
        )
        findings = tuple(sheet.findings[:MAX_FINDINGS])
        outcome = outcome_of(findings)
        return Received(outcome, findings, message, readings)

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a sheet of one row: all that the sheet has columns for.

        Every column is there, whatever of it is filled. Consent is written only where there is
        room for every statement: one that is left out may be the one that refuses.
        """
        del envelope
        tree = translation().write(view.content)
        if len(_listed(tree, "consent")) > _room("consent"):
            del tree["consent"]
        tree["notice"] = view.notice or ""
        row = [get(tree, column.address) for column in columns()]
        return Payload(spreadsheets.document([_headers(), row]), MEDIA_TYPE)


def template() -> bytes:
    """Return an empty sheet: the columns, to be filled in below."""
    return spreadsheets.document([_headers()])


def _headers() -> list[str]:
    return [column.header for column in columns()]


def _room(name: str) -> int:
    """Return how many of *name* the sheet has columns for."""
    return len({column.address[1] for column in columns() if column.address[0] == name})


def _listed(tree: Tree, name: str) -> list[object]:
    found = tree.get(name)
    return list(found) if isinstance(found, list) else []


@dataclass(slots=True)
class _Sheet:
    """One sheet while it is read: which column each cell is of, and what was found."""

    envelope: Envelope
    head: Row
    columns: Mapping[int, Column]
    rows: tuple[Row, ...]
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, payload: bytes, envelope: Envelope) -> "_Sheet":
        """Return the sheet in *payload*, or raise `AdapterError`."""
        text = spreadsheets.decode(payload)
        delimiter = _delimiter(text)
        rows = tuple(islice(spreadsheets.rows(text, delimiter), MAX_CHILDREN + 2))
        if len(rows) < 2:  # noqa: PLR2004 - what the columns are called, and a child
            message = "the sender has to send a row for each child, below what the columns are"
            raise InvalidRecordError(message, "no-child", where="row 1")
        if len(rows) > MAX_CHILDREN + 1:
            message = f"the sender has to send at most {MAX_CHILDREN} children in one sheet"
            raise TooLargeError(message, "too-many-children", where=f"row {rows[-1].number}")
        head, *children = rows
        _refuse_longer(children, head)
        sheet = cls(envelope, head, dict(_known(head)), tuple(children))
        if text.is_guessed:
            message = "the sender has to save the sheet in UTF-8: it was read as Windows-1252"
            sheet.find("not-utf-8", f"row {head.number}", message)
        for position, cell in enumerate(head.cells):
            if cell.strip() and position not in sheet.columns:
                is_of_consent = consent.is_of_consent(_plain(cell))
                message = _UNKNOWN_CONSENT if is_of_consent else _UNKNOWN
                sheet.find("unknown-column", _at(head, position), message)
        return sheet

    def find(self, code: str, where: str, message: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(code, Severity.WARNING, where, message))

    def reading(self, row: Row) -> Reading:
        """Return what *row* says of its child."""
        tree = self._tree(row)
        at = f"row {row.number}"
        read = translation().read(tree, record=self.envelope.record, at=at)
        for doubt in read.doubts:
            self.find(doubt.code, doubt.where, _sentence(doubt.message))
        assessment, account = read.assessment, translation().account
        if self._may_lose_consent(row) or consent.leave_doubt(read.doubts):
            assessment = consent.doubted(tree, self.envelope.record, at)
            account = consent.account
        if not assessment.child.names:
            message = (
                "the sender has to give the child a name: this row says nothing of whose it is"
            )
            self.find("no-name", at, message)
        for one in assessment.child.identifiers:
            if not one.is_valid:
                column = "NHS number" if one.scheme == "nhs-number" else "Unique pupil number (UPN)"
                self.find("invalid-identifier", f"{at}, column {column}", _INVALID)
        return Reading(
            assessment,
            partial(account, tree, at=at),
            get(tree, ("reference",)).strip() or None,
        )

    def _may_lose_consent(self, row: Row) -> bool:
        """Whether a cell of *row* that is not read may be of consent: its column says so, or none.

        One below no column at all may have been pushed there by a comma in another.
        """
        unread = [
            self._header(at) for at, cell in enumerate(row.cells) if self._is_unread(cell, at)
        ]
        return any(not header or consent.is_of_consent(header) for header in unread)

    def _is_unread(self, cell: str, position: int) -> bool:
        return bool(cell.strip()) and position not in self.columns

    def _header(self, position: int) -> str:
        cells = self.head.cells
        return _plain(cells[position]) if position < len(cells) else ""

    def _tree(self, row: Row) -> Tree:
        tree: Tree = {}
        for position, cell in enumerate(row.cells):
            if not cell.strip():
                continue
            column = self.columns.get(position)
            if column is None:
                tree[f"column {spreadsheets.letter(position)}"] = cell
                if not self._header(position):
                    self.find("row-too-long", _at(row, position), _TOO_LONG)
                continue
            found = meant(cell, column.kind)
            if found.code is not None:
                self.find(found.code, f"row {row.number}, column {column.header}", found.message)
            put(tree, column.address, found.text)
        return tree


def _refuse_longer(children: Iterable[Row], head: Row) -> None:
    # What stands in the wrong column is taken for something else, and shared as that.
    longer = next((row for row in children if row.width > head.width), None)
    if longer is not None:
        raise InvalidRecordError(_TOO_LONG, "row-too-long", where=f"row {longer.number}")


def _delimiter(text: spreadsheets.Text) -> str:
    """Return what stands between the cells of *text*: that with which most columns are known."""
    counted = dict.fromkeys(spreadsheets.DELIMITERS, 0)
    for delimiter in spreadsheets.DELIMITERS:
        try:
            first = next(spreadsheets.rows(text, delimiter), Row(1, (), 0))
        except AdapterError:  # as cells are quoted, nothing else stands between them
            continue
        counted[delimiter] = sum(_plain(cell) in _by_header() for cell in first.cells)
    best = max(counted, key=lambda delimiter: counted[delimiter])
    if not counted[best]:
        message = "the sender has to send the columns of the early-help sheet in its first row"
        raise InvalidRecordError(message, "not-early-help", where="row 1")
    return best


def _known(head: Row) -> Iterator[tuple[int, Column]]:
    """Yield the position of each column that is known, or raise `InvalidRecordError`."""
    seen: set[str] = set()
    for position, cell in enumerate(head.cells):
        column = _by_header().get(_plain(cell))
        if column is None:
            continue
        if column.header in seen:
            message = "the sender has to give each column once"
            raise InvalidRecordError(message, "duplicate-column", where=_at(head, position))
        seen.add(column.header)
        yield position, column


@cache
def _by_header() -> Mapping[str, Column]:
    return {_plain(column.header): column for column in columns()}


def _plain(header: str) -> str:
    """Return *header* however it was typed: capitals, spaces and curly quotation marks aside.

    >>> _plain(" Consent 1:  who answered? ")
    'consent 1: who answered'
    """
    words = header.translate(_UNTYPED).casefold().split()
    return " ".join(words).rstrip(" :?*.")


def _at(row: Row, position: int) -> str:
    return f"row {row.number}, column {spreadsheets.letter(position)}"


def _sentence(message: str) -> str:
    """Return *message* so that it says who must act."""
    return message if message.startswith("the sender") else f"the sender has to mend it: {message}"
