"""Rules about a whole return: its header, and what no child shows by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from adapters.social_care.cin_rules.rule import Broken, Record, is_within, of_file
from mappings.cin.header import Header

_CHILDREN: Final = "/Message/Children"
_MOST_WITHOUT_SEX: Final = 0.02
_REFERENCE: Final = of_file(
    "100", "the sender has to give 31 March of the census year as the reference date"
)
_SAME_ID: Final = of_file(
    "8510", "the sender has to give a child once: its identifier was there before"
)
_SAME_UPN: Final = of_file(
    "1520", "the sender has to check the UPN: another child of the return has it"
)
_NO_SEX: Final = of_file("2886Q", "the sender has to give the sex of more children, or say why not")
_TOO_FEW_CONFERENCES: Final = of_file(
    "2883", "the sender has to give a conference for each protection plan that starts"
)
CODES: Final = frozenset(
    rule.code for rule in (_REFERENCE, _SAME_ID, _SAME_UPN, _NO_SEX, _TOO_FEW_CONFERENCES)
)


def of_header(header: Header, at: str) -> Iterator[Broken]:
    """Yield what is wrong with the *header*, which stands at *at*."""
    if header.year is not None and header.reference_date != date(header.year, 3, 31):
        yield Broken(_REFERENCE, f"{at}/CollectionDetails/ReferenceDate")


@dataclass(slots=True)
class Return:
    """What is known of a return while its children are read, one after another.

    Of identifiers it holds hashes alone: a return may have very many.
    """

    ids: set[int] = field(default_factory=set)
    upns: set[int] = field(default_factory=set)
    born: int = 0
    without_sex: int = 0
    plans: int = 0
    conferences: int = 0

    def take(self, record: Record) -> Iterator[Broken]:
        """Take one child, and yield what is wrong with it beside those before."""
        for scheme, seen, rule in (
            ("la-child-id", self.ids, _SAME_ID),
            ("upn", self.upns, _SAME_UPN),
        ):
            found = record.identifiers.get(scheme)
            if found is not None:
                known = len(seen)
                seen.add(hash(found.value))
                if len(seen) == known:
                    yield Broken(rule, f"{record.at}/ChildIdentifiers")
        if record.born_on is not None:
            self.born += 1
            self.without_sex += not _has_sex(record)
        for case in record.cases:
            for day in case.conferences:
                self.conferences += is_within(day, record.period)
        for plan in record.held.protection_plans:
            self.plans += is_within(plan.started_on, record.period)

    def end(self) -> Iterator[Broken]:
        """Yield what is wrong with the return as a whole."""
        if self.without_sex > self.born * _MOST_WITHOUT_SEX:
            yield Broken(_NO_SEX, _CHILDREN)
        if self.plans > self.conferences:
            yield Broken(_TOO_FEW_CONFERENCES, _CHILDREN)


def _has_sex(record: Record) -> bool:
    return any(one.code != "unknown" for sex in record.child.sex for one in sex.codes)
