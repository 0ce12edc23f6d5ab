"""The named invariants: claims about every decision, as data (`invariants.yaml`)."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents
from policies.attributes import FACTS
from policies.conditions import ALWAYS, Condition, parse
from policies.errors import ConditionError, DocumentError, VocabularyError, suggestion
from policies.vocabulary import Obligation

SHIPPED: Final = Path(__file__).with_name("invariants.yaml")

# A term that a register of agreements gives: one of its active clauses lists this very flow.
IN_A_CLAUSE: Final = "in_a_clause"


class Allowance(msgspec.Struct, frozen=True):
    """A named exception of a claim: a case that meets *condition* is no breach."""

    condition: Condition
    reads: str


class Never(msgspec.Struct, frozen=True):
    """No case meets *condition*."""

    condition: Condition


class Owes(msgspec.Struct, frozen=True):
    """Every case that meets *condition* owes all of *owed*, and none of *not_owed*."""

    condition: Condition
    owed: tuple[Obligation, ...] = ()
    not_owed: tuple[Obligation, ...] = ()


class NoMore(msgspec.Struct, frozen=True):
    """Of two cases that differ in *facts* alone, *after* releases no more than *before*."""

    facts: tuple[str, ...]
    before: Condition
    after: Condition


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One invariant: its name, the sentence that is claimed, where it comes from, and its form.

    One that *asks clauses* is about a register of agreements, any other about the law alone.
    """

    name: str
    sentence: str
    source: str
    form: Never | Owes | NoMore
    allowances: tuple[Allowance, ...] = ()
    asks_clauses: bool = False


class Invariants(msgspec.Struct, frozen=True):
    """All claims, and the terms in which they are written."""

    terms: Mapping[str, Condition]
    claims: tuple[Claim, ...]


class _AllowanceRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    when: str
    reads: str


class _ClaimRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    holds: str
    source: str
    never: str | None = None
    when: str | None = None
    owes: tuple[Obligation, ...] = ()
    owes_none: tuple[Obligation, ...] = ()
    changing: tuple[str, ...] = ()
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None
    unless: tuple[_AllowanceRow, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    terms: dict[str, str]
    claims: tuple[_ClaimRow, ...]


def load(path: Path = SHIPPED) -> Invariants:
    """Return the invariants in the file at *path*, or raise `DocumentError` with file and line.

    >>> load().claims[1].name
    'prohibition-is-absolute'
    >>> load(Path("nowhere.yaml"))
    Traceback (most recent call last):
        ...
    policies.errors.DocumentError: nowhere.yaml: the file cannot be read
    """
    file = documents.load(path, _File)
    lines = documents.lines(path)
    terms: dict[str, Condition] = {}
    for name, text in file.terms.items():
        try:
            terms[name] = parse(text, terms)
        except (ConditionError, VocabularyError) as error:
            message = f"{path}:{lines['terms', name]}: term `{name}`: {error}"
            raise DocumentError(message) from None
    claims = []
    for index, row in enumerate(file.claims):
        try:
            claims.append(_claim(row, terms))
        except (ConditionError, VocabularyError) as error:
            message = f"{path}:{lines['claims', index]}: claim `{row.name}`: {error}"
            raise DocumentError(message) from None
    return Invariants(terms, tuple(claims))


@cache
def shipped() -> Invariants:
    """Return the invariants that the gateway ships."""
    return load()


def _claim(row: _ClaimRow, terms: Mapping[str, Condition]) -> Claim:
    forms = list(_forms(row, terms))
    if len(forms) != 1:
        message = "a claim has one form: `never`, or `when` with what is owed, or `changing`"
        raise ConditionError(message)
    return Claim(
        name=row.name,
        sentence=row.holds.strip(),
        source=row.source,
        form=forms[0],
        asks_clauses=IN_A_CLAUSE in (row.never or ""),
        allowances=tuple(Allowance(_read(each.when, terms), each.reads) for each in row.unless),
    )


def _forms(row: _ClaimRow, terms: Mapping[str, Condition]) -> Iterator[Never | Owes | NoMore]:
    if row.never is not None:
        yield Never(_read(row.never, terms))
    if row.when is not None:
        yield Owes(_read(row.when, terms), row.owes, row.owes_none)
    if row.changing:
        for name in row.changing:
            if name not in FACTS:
                message = f"unknown fact{suggestion(name, FACTS)}"
                raise VocabularyError(message)
        before, after = (
            ALWAYS if text is None else _read(text, terms) for text in (row.from_, row.to)
        )
        yield NoMore(row.changing, before, after)


def _read(text: str, terms: Mapping[str, Condition]) -> Condition:
    return parse(text, (*terms, IN_A_CLAUSE))
