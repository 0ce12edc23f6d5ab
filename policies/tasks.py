"""Every refer is a question to a named role, with a due time by risk: nothing waits unseen."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec

from policies import documents, rules
from policies.attributes import FACTS, Facts
from policies.decision import NOT_RECORDED, Decision
from policies.documents import Source
from policies.errors import suggestion
from policies.facts import UNRECORDED, FactSources
from policies.rules import LawSet
from policies.vocabulary import Appointment, Category, Outcome, Purpose, Risk

SHIPPED: Final = Path(__file__).parent / "tasks.yaml"


class TaskSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One question: whose it is, about which categories, due within *due*, and who is told next.

    *missing* names the facts that nobody recorded and that would tell, *answers* all whose
    recording would answer it.
    """

    owner: str
    rules: tuple[str, ...]
    categories: frozenset[Category]
    question: str
    missing: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    due: dt.timedelta
    escalation: tuple[str, ...]


class Sharing(StrEnum):
    """Who may decide that something is shared, of those who are asked."""

    OWNER = "owner"
    ANSWERS = "answers"


class Deciding(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions a question takes: *may_share* is None where a fact is the answer.

    *owners* are the offices that it belongs to; a decision *holds* so long.
    """

    owners: frozenset[str]
    may_share: Sharing | None
    holds: dt.timedelta


class _Due(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    risk: dict[str, int]
    purpose: dict[Purpose, int]


class _General(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    owner: str
    asks: str
    shares: Sharing | None = None


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[str, ...]
    owner: str
    asks: str
    facts: tuple[str, ...] = ()
    shares: Sharing | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    due_in_hours: _Due
    escalation: tuple[str, ...]
    owners: tuple[str, ...]
    partnership: tuple[Appointment, ...]
    decision_days: Annotated[int, msgspec.Meta(ge=1)]
    questions: tuple[_Question, ...]
    failed: _General
    unlisted: _General
    unrecorded: str


class Questions:
    """Which question follows from which refer.

    >>> from policies.decision import Ruling
    >>> referred = Decision({Category.SEN: Ruling(Outcome.REFER, ("E13",))}, frozenset())
    >>> [task.owner for task in shipped().of(referred, Facts())]
    ['safeguarding_lead']
    """

    def __init__(self, table: _File, law: LawSet, sources: FactSources) -> None:
        self._table = table
        self._sources = sources
        self._by_rule = {rule: row for row in table.questions for rule in row.rules}
        # A law that was activated may refer by a rule that the table does not know.
        self._reads = {rule.id: rule.reads for rule in law.rules if rule.id in _referring(law)}

    @classmethod
    def load(cls, law: LawSet, sources: FactSources, path: Path = SHIPPED) -> "Questions":
        """Return the questions in the file at *path*.

        Raise `DocumentError` where a rule of *law* that can refer has no question, a question is
        about a rule that there is not, a question or fact goes to a role that is not listed, or a
        level of risk has no due time.
        """
        table, source = documents.read(path, _File)
        _check_owners(table, sources, source)
        _check_hours(table.due_in_hours.risk, source)
        _check_questions(table.questions, _referring(law), source)
        return cls(table, law, sources)

    def under(self, law: LawSet) -> "Questions":
        """Return the same questions as they follow from *law*.

        A rule of it that can refer, and has no question in the table, has the general one.
        """
        return Questions(self._table, law, self._sources)

    def of(self, decision: Decision, facts: Facts) -> tuple[TaskSpec, ...]:
        """Return the questions that *decision* on *facts* leaves, one for each role and matter."""
        due = self.due(facts)
        merged: dict[tuple[str, str], list[tuple[Category, str, frozenset[str]]]] = {}
        for category, ruling in decision.rulings.items():
            if ruling.outcome is not Outcome.REFER:
                continue
            for rule in ruling.rules:
                for owner, asks, missing in self._asked(rule, ruling.missing, decision.failed):
                    merged.setdefault((owner, asks), []).append((category, rule, missing))
        return tuple(
            TaskSpec(
                owner=owner,
                rules=tuple(dict.fromkeys(rule for _, rule, _ in matters)),
                categories=frozenset(category for category, _, _ in matters),
                question=self._question(asks, frozenset().union(*(each[2] for each in matters))),
                missing=frozenset().union(*(missing for _, _, missing in matters)),
                answers=frozenset().union(*(self._answers(*each[1:]) for each in matters)),
                due=due,
                escalation=self._table.escalation,
            )
            for (owner, asks), matters in merged.items()
        )

    @property
    def escalation(self) -> tuple[str, ...]:
        """The roles that are told, in this order, of what is not done in its time."""
        return self._table.escalation

    @property
    def owners(self) -> frozenset[str]:
        """All roles that questions go to, and that are told of what is late."""
        return frozenset(self._table.owners)

    @property
    def partnership(self) -> frozenset[Appointment]:
        """The offices that answer for the whole partnership, whoever holds what is asked about."""
        return frozenset(self._table.partnership)

    def deciding(self, rules: Iterable[str]) -> Deciding:
        """Return which decisions a question takes that *rules* asked together.

        >>> shipped().deciding(["E12"]).may_share.value
        'answers'
        >>> shipped().deciding(["E12", "E3"]).may_share is None
        True
        """
        rows = [self._by_rule.get(rule) or self._general(rule) for rule in rules]
        sharing = {row.shares for row in rows}
        if not sharing or None in sharing:
            may_share = None
        else:
            may_share = Sharing.OWNER if Sharing.OWNER in sharing else Sharing.ANSWERS
        return Deciding(
            owners=frozenset(row.owner for row in rows),
            may_share=may_share,
            holds=dt.timedelta(days=self._table.decision_days),
        )

    def _general(self, rule: str) -> _General:
        return self._table.unlisted if rule in self._reads else self._table.failed

    def _asked(
        self, rule: str, missing: frozenset[str], failed: frozenset[str]
    ) -> Iterator[tuple[str, str, frozenset[str]]]:
        if rule == NOT_RECORDED and missing:
            for owner in sorted({self._sources[name].owner for name in missing}):
                names = frozenset(name for name in missing if self._sources[name].owner == owner)
                yield owner, self._table.unrecorded, names
            return
        row = None if rule in failed else self._by_rule.get(rule)
        if row is None and rule in self._reads and rule not in failed:
            general = self._table.unlisted
            yield general.owner, general.asks.format(reads=self._reads[rule]), frozenset()
            return
        found = row or self._table.failed
        yield found.owner, found.asks, frozenset()

    def _answers(self, rule: str, missing: frozenset[str]) -> frozenset[str]:
        row = self._by_rule.get(rule)
        return missing if row is None else missing.union(row.facts)

    def _question(self, asks: str, missing: frozenset[str]) -> str:
        return " ".join([asks, *(self._sources[name].asks for name in sorted(missing))])

    def due(self, facts: Facts) -> dt.timedelta:
        """Return within what time a question is due, by the risk to the child and the purpose."""
        table = self._table.due_in_hours
        hours = table.risk[facts.risk or UNRECORDED]
        if facts.purpose is not None:
            hours = min(hours, table.purpose.get(facts.purpose, hours))
        return dt.timedelta(hours=hours)


def _check_owners(table: _File, sources: FactSources, source: Source) -> None:
    owners: list[tuple[str, tuple[str | int, ...]]] = [
        *((row.owner, ("questions", at, "owner")) for at, row in enumerate(table.questions)),
        *((role, ("escalation", at)) for at, role in enumerate(table.escalation)),
        (table.failed.owner, ("failed", "owner")),
        (table.unlisted.owner, ("unlisted", "owner")),
        *((sources[name].owner, ("owners",)) for name in sources),
    ]
    for owner, place in owners:
        if owner not in table.owners:
            complaint = f"a question goes to an unknown role{suggestion(owner, table.owners)}"
            raise source.fault(complaint, *place)


def _check_hours(hours: Mapping[str, int], source: Source) -> None:
    levels = (*Risk, UNRECORDED)
    for level in hours:
        if level not in levels:
            complaint = f"unknown level of risk{suggestion(level, levels)}"
            raise source.fault(complaint, "due_in_hours", "risk", level)
    for level in levels:
        if hours.get(level, 0) <= 0:
            complaint = f"no due time is given for `{level}`"
            raise source.fault(complaint, "due_in_hours", "risk", level)


def _check_questions(questions: tuple[_Question, ...], referring: set[str], source: Source) -> None:
    asked: set[str] = set()
    for at, row in enumerate(questions):
        for rule in row.rules:
            complaint = None
            if rule not in referring:
                complaint = f"no such rule can refer{suggestion(rule, referring)}"
            elif rule in asked:
                complaint = f"two questions are about `{rule}`"
            if complaint:
                raise source.fault(complaint, "questions", at, "rules")
            asked.add(rule)
        for name in row.facts:
            if name not in FACTS:
                complaint = f"a question is answered by an unknown fact{suggestion(name, FACTS)}"
                raise source.fault(complaint, "questions", at, "facts")
    silent = [f"`{each}`" for each in sorted(referring - asked)]
    if silent:
        complaint = f"no question is given for {', '.join(silent)}"
        raise source.fault(complaint, "questions")


def _referring(law: LawSet) -> set[str]:
    return {
        rule.id
        for rule in law.rules
        if any(clause.effect == Outcome.REFER for clause in rule.clauses)
    }


@cache
def shipped() -> Questions:
    """Return the questions that go with the law set that the gateway ships."""
    return Questions.load(rules.shipped(), FactSources.load())


def of(law: LawSet) -> Questions:
    """Return the questions that follow from *law*, by the shipped table."""
    return shipped().under(law)


def questions(decision: Decision, facts: Facts) -> tuple[TaskSpec, ...]:
    """Return the questions that *decision* on *facts* leaves, one for each role and matter."""
    return shipped().of(decision, facts)
