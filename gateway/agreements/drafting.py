"""Drafting: the file that an agreement begins as, with the words that may stand in each place.

What the parties have yet to agree is left empty, so that `caf-gateway agreement check` names it,
line by line: powers, conditions, what goes where, and who signs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.errors import UnsoundAgreementError
from policies.agreement_faults import organisation_fault
from policies.agreements import Article6, Article9, Controller, Term
from policies.errors import suggestion
from policies.vocabulary import Category, Purpose

A_MONTH: Final = timedelta(days=30)
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a draft begins with; *parties* are organisations as `scheme:value`."""

    id: str
    version: int
    title: str
    parties: tuple[str, ...]
    purposes: tuple[str, ...]
    effective_on: date

    def text(self) -> str:
        """Return the text of the file.

        Raises `UnsoundAgreementError`, with the words that would be right, for a party or a
        purpose that is none.
        """
        for party in self.parties:
            if complaint := organisation_fault(party):
                raise UnsoundAgreementError(complaint, "/parties")
        known = [each.value for each in Purpose]
        for purpose in self.purposes:
            if purpose not in known:
                message = f"unknown purpose{suggestion(purpose, known)}"
                raise UnsoundAgreementError(message, "/purposes")
        return "\n".join([*self._head(), *self._parties(), *self._purposes(), *_TAIL]) + "\n"

    def _head(self) -> Iterator[str]:
        yield "# A draft. Each party's designated person signs it as it stands at the end:"
        yield "# `caf-gateway agreement key` makes a key, `sign` signs."
        yield f"id: {self.id}"
        yield f"version: {self.version}"
        yield f"title: {_quoted(self.title)}"
        yield f"effective_on: {self.effective_on}"
        yield f"until: {self.effective_on + 2 * _YEAR} # the first day on which it holds no more"
        yield f"review_on: {self.effective_on + _YEAR}"
        yield "dpia: null # the reference of the data protection impact assessment"

    def _parties(self) -> Iterator[str]:
        yield "parties:"
        for party in self.parties:
            yield f"  - organisation: {_quoted(party)}"
            yield f"    name: {_quoted(party)} # what people call it"
            yield f"    controller: independent # {_words(Controller)}"
            yield "    signatory: Designated person # their role"
            yield '    key: "" # what `agreement key` printed for them'

    def _purposes(self) -> Iterator[str]:
        yield "purposes:"
        for purpose in self.purposes:
            yield f"  - purpose: {purpose}"
            yield "    powers: [] # the statutory powers to share, as Children Act 2004 s10"
            yield f"    article_6: [] # {_words(Article6)}"
            yield f"    article_9: [] # {_words(Article9)}"
            yield "    schedule_1: null # the condition of the Data Protection Act 2018"
            yield "    subjects: Children, and those who care for them"
            yield "    retention_days: 365"
            yield "    # Each share is one direction:"
            yield f"    #   - from: [{_quoted(self.parties[0])}]"
            yield f"    #     to: [{_quoted(self.parties[-1])}]"
            yield "    #     categories: [identity, contact] # or all, or of:"
            yield from (f"    #       {each.value}" for each in Category)
            yield "    shares: []"


_TAIL: Final = (
    f"obligations: [] # {', '.join(each.value for each in Term)}",
    "onward: null # what a recipient may pass on",
    "transparency: null # how families are told",
    "security: null",
    "training: null",
)


def _words(known: type[StrEnum]) -> str:
    return ", ".join(each.value for each in known)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
