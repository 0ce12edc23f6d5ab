"""What Cedar answers to questions about the published policies.

Note        the policy that governs, and what it says of itself
Missing     it depends on a fact that is not recorded
Failed      Cedar could not say, or what it said does not hold together
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import cedarpy

from policies.cedar.law import WHOLE
from policies.cedar.questions import QUESTION
from policies.cedar.schema import BREAK_GLASS, DISCLOSE, OWE, schema
from policies.errors import DocumentError
from policies.rules import UNCHANGED
from policies.vocabulary import Category, Obligation, Outcome

ENGINE: Final = "cedar"

_BATCH: Final = 5_000
_IN_ERROR: Final = re.compile(r"error while evaluating policy `([^`]+)`: (.*)", re.DOTALL)
_WORDS: Final[Mapping[str, Collection[str]]] = {
    DISCLOSE: frozenset(Outcome),
    BREAK_GLASS: frozenset({*Outcome, UNCHANGED}),
    OWE: frozenset(Obligation),
}
_LACKS: Final = re.compile(rf'`{QUESTION}::"\d+"` does not have the attribute `(\w+)`')


class Note(NamedTuple):
    """What a policy says of itself in its annotations: *says* is its outcome, or its obligation."""

    order: int
    rule: str
    section: str
    says: str

    @classmethod
    def of(cls, action: str, annotations: Mapping[str, str]) -> "Note":
        """Return what a policy on *action* says, or raise `KeyError` or `ValueError`."""
        says = annotations["obligation" if action == OWE else "outcome"]
        if says not in _WORDS[action]:
            message = "no such outcome or obligation"
            raise ValueError(message)
        return cls(
            int(annotations["order"]), annotations["rule"], annotations.get("section", ""), says
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """The fact that is not recorded, and would tell."""

    fact: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The rules in error."""

    rules: frozenset[str]


class Case(NamedTuple):
    """One category of the question called *name*, with the *context* of the action."""

    name: str
    category: Category
    context: str = "{}"


class Answer(NamedTuple):
    """Cedar's answer to one case: its reasons, and its errors with the fact that each lacked."""

    allowed: bool
    reasons: list[Note]
    errors: list[tuple[Note, str | None]]

    def governing(self) -> "Note | Missing | Failed | None":
        """Return the policy that governs: the first of those that applied; `None` if none did."""
        first = min(self.reasons, default=None)
        # What comes after the policy that governs would not have been asked.
        amiss = self._amiss(first)
        if amiss is not None or first is None:
            return amiss
        return first if self.allowed == (first.says in WHOLE) else Failed(frozenset({first.rule}))

    def owed(self) -> "frozenset[Obligation] | Missing | Failed":
        """Return the obligations of all policies that applied."""
        amiss = self._amiss(None)
        return amiss or frozenset(Obligation(note.says) for note in self.reasons)

    def _amiss(self, before: Note | None) -> "Missing | Failed | None":
        failed = frozenset(note.rule for note, fact in self.errors if fact is None)
        if failed:
            return Failed(failed)
        lacking = [(note, fact) for note, fact in self.errors if before is None or note < before]
        return Missing(min(lacking)[1] or "") if lacking else None


class Published:
    """Published policies, ready to be asked.

    Raise `DocumentError` for policies that Cedar cannot read, that do not fit the schema, or that
    lack the annotations by which an answer is read.
    """

    def __init__(self, policies: str) -> None:
        checked = cedarpy.validate_policies(policies, schema())
        if not checked.validation_passed:
            message = f"the published policies do not fit their schema: {checked.errors[0]}"
            raise DocumentError(message)
        parsed = json.loads(cedarpy.policies_to_json_str(policies))
        named, self._notes = _named(parsed["staticPolicies"])
        # Cedar looks at every policy it is given: those of other actions are left out.
        self._policies = {
            action: cedarpy.PolicySet.from_json_str(
                json.dumps({**parsed, "staticPolicies": _about(action, named)})
            )
            for action in (DISCLOSE, BREAK_GLASS, OWE)
        }
        self.orders = {note.rule: note.order for note in sorted(self._notes.values(), reverse=True)}
        """The order of each rule: that of its first policy."""

    def ask(
        self, action: str, cases: Sequence[Case], questions: cedarpy.Entities
    ) -> Iterator[Answer]:
        """Yield Cedar's answer to *action* for each of *cases* about *questions*."""
        for start in range(0, len(cases), _BATCH):
            requests = [_request(action, case) for case in cases[start : start + _BATCH]]
            for result in cedarpy.is_authorized_batch(requests, self._policies[action], questions):
                yield self._answer(result)

    def _answer(self, result: cedarpy.AuthzResult) -> Answer:
        told = result.diagnostics
        return Answer(
            result.allowed,
            [self._notes[name] for name in told.reasons],
            [self._error(each) for each in told.errors],
        )

    def _error(self, error: str) -> tuple[Note, str | None]:
        where = _IN_ERROR.fullmatch(error)
        if where is None:
            return Note(0, ENGINE, "", ""), None
        lacks = _LACKS.fullmatch(where[2])
        return self._notes[where[1]], lacks[1] if lacks else None


def _named(policies: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Note]]:
    """Return *policies* under the names that they give themselves, and what else they say."""
    named: dict[str, Any] = {}
    notes: dict[str, Note] = {}
    for policy in policies.values():
        annotations = policy.get("annotations", {})
        try:
            name = annotations["id"]
            notes[name] = Note.of(_action(policy), annotations)
        except (KeyError, ValueError) as error:
            message = "a published policy lacks an annotation, or has a wrong one"
            raise DocumentError(message) from error
        if name in named:
            message = f"two published policies are called `{name}`"
            raise DocumentError(message)
        named[name] = policy
    return named, notes


def _about(action: str, policies: Mapping[str, Any]) -> dict[str, Any]:
    return {name: policy for name, policy in policies.items() if _action(policy) == action}


def _action(policy: Mapping[str, Any]) -> str:
    return str(policy["action"].get("entity", {}).get("id"))


def _request(action: str, case: Case) -> dict[str, Any]:
    return {
        "principal": {"type": QUESTION, "id": case.name},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Category", "id": case.category.value},
        "context": case.context,
    }
