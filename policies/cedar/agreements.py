"""Agreements as Cedar policies, and what they answer.

Each agreement is a resource of its own. `Rely` is allowed where it is active between two
organisations that it binds, `Ask` where it names the purpose, and `Receive` where it lets the
category go from the holder to the recipient for that purpose. The policies of one agreement are
asked on their own: how many others there are costs nothing.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from policies.agreements import Agreement, Share
from policies.cedar.expressions import entity, in_words, text, wrapped
from policies.cedar.schema import day_number, enumeration
from policies.cedar.writing import Policy
from policies.vocabulary import AgreementState, Category, Purpose

ORGANISATION: Final = "Organisation"
RELY: Final = "Rely"
ASK: Final = "Ask"
RECEIVE: Final = "Receive"


def agreements_schema() -> str:
    """Return the schema of questions to agreements, in Cedar's own notation."""
    context = f"holder: {ORGANISATION}, day: Long"
    actions = (
        (RELY, context, "Is it active between the holder and the principal, the recipient?"),
        (ASK, f"{context}, purpose: Purpose", "Does it name the purpose?"),
        (
            RECEIVE,
            f"{context}, purpose: Purpose, category: Category",
            "Does it let the category go from the holder to the recipient for the purpose?",
        ),
    )
    return "\n".join(
        [
            enumeration(Category),
            enumeration(Purpose),
            f"entity {ORGANISATION};",
            "entity Agreement;",
            *(
                f"\n// {asks}\naction {name} appliesTo {{\n  principal: {ORGANISATION},\n"
                f"  resource: Agreement,\n  context: {{ {needs} }}\n}};"
                for name, needs, asks in actions
            ),
            "",
        ]
    )


def agreement_policies(versions: Iterable[Agreement], suspended: Collection[int] = ()) -> str:
    """Return all *versions* of one agreement as Cedar text; the *suspended* by their numbers."""
    begun = sorted(versions, key=lambda each: each.version)
    later = [each.effective_on for each in begun[1:]]
    return "\n".join(
        str(policy)
        for at, agreement in enumerate(begun)
        for policy in _Version(
            agreement, later[at:], is_suspended=agreement.version in suspended
        ).policies()
    )


class _Version:
    """Writes the policies of one version, up to where a later one begins."""

    def __init__(
        self, agreement: Agreement, later: Sequence[dt.date], *, is_suspended: bool
    ) -> None:
        self._agreement = agreement
        self._state_before_its_end = (
            AgreementState.SUSPENDED if is_suspended else AgreementState.ACTIVE
        )
        self._days = [f"context.day >= {day_number(agreement.effective_on)}"]
        if later:
            self._days.append(f"context.day < {day_number(min(later))}")
        parties = [party.organisation for party in agreement.parties]
        self._parties = [_among("principal", parties), _among("context.holder", parties)]

    def policies(self) -> Iterator[Policy]:
        """Yield the policies: in which state it is, which purposes it names, what may go where."""
        agreement = self._agreement
        until = day_number(agreement.until)
        yield self._state(self._state_before_its_end, f"context.day < {until}")
        yield self._state(AgreementState.EXPIRED, f"context.day >= {until}")
        named = [terms.purpose for terms in agreement.purposes]
        if named:
            tests = [*self._parties, in_words("context.purpose", named)]
            yield self._policy("purposes", "permit", ASK, tests)
        for terms in agreement.purposes:
            for number, share in enumerate(terms.shares, start=1):
                tests = [f"context.purpose == {entity(terms.purpose)}", *_shared(share)]
                yield self._policy(f"{terms.purpose}-{number}", "permit", RECEIVE, tests)

    def _state(self, state: AgreementState, term: str) -> Policy:
        effect = "permit" if state is AgreementState.ACTIVE else "forbid"
        return self._policy(state, effect, RELY, [*self._parties, term], state=state)

    def _policy(
        self, name: str, effect: str, action: str, tests: Iterable[str], **notes: str
    ) -> Policy:
        version = str(self._agreement.version)
        parties = " ".join(sorted(party.organisation for party in self._agreement.parties))
        return Policy(
            {"id": f"{version}-{name}", "version": version, **notes, "parties": parties},
            effect,
            action,
            resource=f"Agreement::{text(self._agreement.id)}",
            when=(" &&\n  ".join(map(wrapped, [*self._days, *tests])),),
        )


def _shared(share: Share) -> list[str]:
    covered = share.covered()
    categories = [category for category in Category if category in covered]
    tests = [_among("principal", share.to), _among("context.holder", share.from_)]
    every = len(categories) == len(Category)
    return tests if every else [*tests, in_words("context.category", categories)]


def _among(who: str, organisations: Sequence[str]) -> str:
    named = ", ".join(f"{ORGANISATION}::{text(each)}" for each in organisations)
    return f"{who} in [{named}]"
