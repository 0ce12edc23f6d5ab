"""The accounting of disclosures: what was told to whom about a child, for the family to read.

One line for each disclosure, with what ASTM E2147 and 45 CFR 164.528(b) list: when, to whom, what,
why, by whom held, on whose authority. What was withheld is for the information governance officer
alone: a family may be told by the officer, never by a list that was made without a thought.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway.registers import Registers
from gateway.searching.accounts import RELEASED, Account, accounts_of
from gateway.searching.search import FoundEntry
from gateway.searching.spreadsheets import to_csv
from mappings.caf.elements import CATALOGUE

TYPES: Final = frozenset(
    {
        EntryType.DISCLOSURE,
        EntryType.DELIVERED,
        EntryType.DELIVERY_FAILED,
        EntryType.RECALLED,
    }
)
"""The entries that an accounting is made of."""

COLUMNS: Final = (
    "date",
    "recipient",
    "what",
    "purpose",
    "custodian",
    "authoriser",
    "agreement",
    "lawful basis",
    "emergency",
    "delivery",
    "entry",
    "receipt",
)
_ENDINGS: Final[Mapping[EntryType, str]] = {
    EntryType.DELIVERED: "delivered",
    EntryType.DELIVERY_FAILED: "could not be delivered",
    EntryType.RECALLED: "taken back before it was sent",
}
_TITLES: Final[Mapping[str, str]] = {str(one.path): one.title for one in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Accounting:
    """Writes found *entries* as an accounting, with services named as in the *registers*."""

    entries: Iterable[FoundEntry]
    registers: Registers

    def to_csv(self, *, with_withheld: bool) -> str:
        """Return the accounting as CSV; *with_withheld* adds what only an officer may read."""
        entries = tuple(self.entries)
        endings = dict(_ending(one) for one in entries if one.type in _ENDINGS)
        disclosures = [one for one in entries if one.type is EntryType.DISCLOSURE]
        columns = (*COLUMNS, "without consent", "withheld") if with_withheld else COLUMNS
        return to_csv(
            columns,
            (
                (*self._line(one, endings), _without_consent(one), _withheld(one))
                if with_withheld
                else self._line(one, endings)
                for one in disclosures
            ),
        )

    def _line(self, entry: FoundEntry, endings: Mapping[int, str]) -> tuple[str, ...]:
        accounts, said = accounts_of(entry), entry.part(Part.GATEWAY)
        is_answer = entry.part(Part.RECIPIENT).get("synchronous") is True
        # An answer is given as it is recorded, unless the witnesses were too late for it.
        unknown = "given in response" if is_answer else "no delivery in this list"
        return (
            f"{entry.at:%Y-%m-%d %H:%M}Z",
            self._name(entry.recipient),
            "erased" if entry.detail is None else _elements(accounts, is_released=True),
            entry.purpose,
            "; ".join(dict.fromkeys(self._name(one.holder) for one in accounts)),
            str(said.get("user", "")),
            "; ".join(dict.fromkeys(name for one in accounts for name in one.agreements)),
            "; ".join(dict.fromkeys(name for one in accounts for name in one.basis)),
            "yes" if any(one.is_break_glass for one in accounts) else "no",
            endings.get(entry.index, unknown),
            str(entry.index),
            f"caf-gateway audit prove {entry.index}",
        )

    def _name(self, service: str) -> str:
        known = self.registers.services.get(service)
        return service if known is None else f"{known.name} ({service})"


def _ending(entry: FoundEntry) -> tuple[int, str]:
    of = entry.part(Part.GATEWAY).get("entry")
    return (of if isinstance(of, int) else -1), f"{_ENDINGS[entry.type]} {entry.at:%Y-%m-%d %H:%M}Z"


def _without_consent(entry: FoundEntry) -> str:
    """Return why consent was not relied on: for the officer, as it may tell of a danger."""
    return "; ".join(
        dict.fromkeys(why for one in accounts_of(entry) for why in one.without_consent)
    )


def _withheld(entry: FoundEntry) -> str:
    return _elements(accounts_of(entry), is_released=False)


def _elements(accounts: Iterable[Account], *, is_released: bool) -> str:
    """Return the titles of what was released, or was not; what was reduced is marked."""
    told = (
        _TITLES.get(one.element, one.element) + (" (in part)" if one.outcome == "reduced" else "")
        for account in accounts
        for one in account.elements
        if (one.outcome in RELEASED) is is_released
    )
    return "; ".join(dict.fromkeys(told))
