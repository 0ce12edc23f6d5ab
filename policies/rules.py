"""The law set: rules, defined terms and commencement, read from `policies/law`."""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import msgspec

from policies import documents
from policies.conditions import ALWAYS, Condition, Overlay, Settled, leaves, terms_of
from policies.conditions import parse as parse_condition
from policies.documents import Source
from policies.errors import ConditionError, VocabularyError, suggestion
from policies.law_files import LawFiles, Provision, RuleFile, RuleRow
from policies.vocabulary import Obligation, Outcome

SHIPPED: Final = Path(__file__).parent / "law"

GO_ON: Final = "go on"
UNCHANGED: Final = "unchanged"
Effect = Outcome | Literal["go on", "unchanged"]


class Clause(msgspec.Struct, frozen=True):
    """One way in which a rule that applies can end: *effect*, where *condition* holds."""

    effect: Effect
    condition: Condition


class Debt(msgspec.Struct, frozen=True):
    """An obligation that a rule that applies adds, where *condition* holds."""

    obligation: Obligation
    condition: Condition


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: when it applies, how it settles a category, and what it adds to be done."""

    id: str
    section: str
    source: str
    effective_from: dt.date
    effective_until: dt.date | None = None
    territory: str
    commencement: str | None = None
    when: Condition
    clauses: tuple[Clause, ...]
    debts: tuple[Debt, ...] = ()
    reads: str

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions that this rule states."""
        return (
            self.when,
            *(clause.condition for clause in self.clauses),
            *(debt.condition for debt in self.debts),
        )

    def is_in_force(self, as_of: dt.date) -> bool:
        """Whether this rule applies on the day *as_of*."""
        return self.effective_from <= as_of and (
            self.effective_until is None or as_of < self.effective_until
        )


class Definition(msgspec.Struct, frozen=True):
    """A defined term: its condition, and how it reads."""

    condition: Condition
    reads: str


class LawSet(msgspec.Struct, frozen=True, kw_only=True):
    """All rules in the order in which they are tried, and what they are written in terms of.

    *text* holds the files that it was read from, by name, and `parse` reads it again.
    """

    id: str
    version: str
    begins: dt.date
    definitions: Mapping[str, Definition]
    deciding: tuple[Rule, ...]
    lifting: tuple[Rule, ...]
    closing: tuple[Rule, ...]
    provisions: tuple[Provision, ...]
    digest: str
    text: Mapping[str, str] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in order."""
        return (*self.deciding, *self.lifting, *self.closing)

    def in_force(self, provision: str, territory: str, as_of: dt.date) -> bool | None:
        """Whether *provision* is in force in *territory*; `None` where no commencement is known.

        This is what answers the fact `duty_in_force`.
        """
        found = [
            each.from_ <= as_of
            for each in self.provisions
            if each.provision == provision and each.territory == territory
        ]
        return any(found) if found else None


def load(folder: Path = SHIPPED) -> LawSet:
    """Return the law set in *folder*, or raise `DocumentError` with file, line and what is right.

    >>> load().rules[0].id
    'A1'
    """
    return parse(documents.texts(folder), str(folder))


def parse(text: Mapping[str, str], name: str) -> LawSet:
    """Return the law set that the files of *text* make up, by their names.

    Raises `DocumentError` with file, line and what is right; *name* is what it calls the folder.

    >>> parse(load().text, "law").digest == load().digest
    True
    >>> parse({}, "law")
    Traceback (most recent call last):
        ...
    policies.errors.DocumentError: law/bundle.yaml: the file cannot be read
    """
    files = LawFiles(text, name)
    manifest = files.manifest
    reader = _RuleReader(files, _definitions(files))
    read = {name: reader.read(name) for name in manifest.rules}
    return LawSet(
        id=manifest.id,
        version=manifest.version,
        begins=manifest.begins,
        definitions=reader.definitions,
        deciding=_joined(read[name] for name in manifest.deciding),
        lifting=_joined(read[name] for name in manifest.lifting),
        closing=_joined(read[name] for name in manifest.closing),
        provisions=files.commencement.provisions,
        digest=files.digest(),
        text=files.used,
    )


@cache
def shipped() -> LawSet:
    """Return the law set that the gateway ships."""
    return load()


def _joined(files: Iterable[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    return tuple(rule for rules in files for rule in rules)


def _definitions(files: LawFiles) -> Mapping[str, Definition]:
    rows, source = files.terms
    definitions: dict[str, Definition] = {}
    for term, row in rows.terms.items():
        with source.at("terms", term, "means", about=f"term `{term}`: "):
            # A term may use only the terms above it, so that none can go round in a circle.
            condition = parse_condition(row.means, definitions)
            _check_settled(leaves(condition, _conditions(definitions)), files)
        definitions[term] = Definition(condition, row.reads)
    return definitions


class _RuleReader:
    """Reads the rules of one law set, which are written in terms of *definitions*."""

    def __init__(self, files: LawFiles, definitions: Mapping[str, Definition]) -> None:
        self._files = files
        self.definitions = definitions
        self._terms = _conditions(definitions)
        self._provisions = {each.provision for each in files.commencement.provisions}

    def read(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of the file *name*."""
        file, source = self._files.rules[name]
        rules = []
        for index, row in enumerate(file.rules):
            rule = self._rule(file, row, source, index)
            with source.at("rules", index, about=f"rule `{row.id}`: "):
                self._check_phase(name, rule)
            rules.append(rule)
        return tuple(rules)

    def _rule(self, file: RuleFile, row: RuleRow, source: Source, index: int) -> Rule:
        def at(field: str) -> AbstractContextManager[None]:
            return source.at("rules", index, field, about=f"rule `{row.id}`: ")

        with at("commencement"):
            self._check_provision(row.commencement)
        effective_from = row.effective_from or file.effective_from
        with at("effective_until"):
            if row.effective_until is not None and row.effective_until <= effective_from:
                message = "it ends before it begins"
                raise ConditionError(message)
        with at("when"):
            when = self._condition(row.when)
        with at("outcome"):
            clauses = self._clauses(row.outcome)
        with at("obligations"):
            debts = tuple(self._debt(text) for text in row.obligations)
        return Rule(
            id=row.id,
            section=file.section,
            source=row.source,
            effective_from=effective_from,
            effective_until=row.effective_until,
            territory=row.territory or self._files.manifest.territory,
            commencement=row.commencement,
            when=when,
            clauses=clauses,
            debts=debts,
            reads=row.reads,
        )

    def _check_provision(self, name: str | None) -> None:
        if name is not None and name not in self._provisions:
            message = f"unknown provision{suggestion(name, self._provisions)}"
            raise VocabularyError(message)

    def _check_phase(self, name: str, rule: Rule) -> None:
        manifest = self._files.manifest
        effects = {clause.effect for clause in rule.clauses}
        if name in manifest.closing and effects != {GO_ON}:
            message = "a closing rule can only add obligations"
            raise ConditionError(message)
        if name not in manifest.deciding:
            return
        if UNCHANGED in effects:
            message = "a deciding rule has nothing to leave unchanged"
            raise ConditionError(message)
        asked = chain.from_iterable(leaves(each, self._terms) for each in rule.conditions)
        if any(isinstance(leaf, Settled | Overlay) for leaf in asked):
            message = "a deciding rule cannot ask what was settled"
            raise ConditionError(message)

    def _clauses(self, written: str | tuple[str, ...]) -> tuple[Clause, ...]:
        outcomes = (written,) if isinstance(written, str) else written
        clauses = tuple(self._clause(text) for text in outcomes)
        if not clauses or clauses[-1].condition != ALWAYS:
            message = "the last outcome of a rule has no condition"
            raise ConditionError(message)
        return clauses

    def _clause(self, text: str) -> Clause:
        effect, condition = self._split(text)
        for each in (*Outcome, GO_ON, UNCHANGED):
            if each == effect:
                return Clause(each, condition)
        message = f"unknown outcome{suggestion(effect, [*Outcome, GO_ON, UNCHANGED])}"
        raise VocabularyError(message)

    def _debt(self, text: str) -> Debt:
        name, condition = self._split(text)
        if name not in list(Obligation):
            message = f"unknown obligation{suggestion(name, Obligation)}"
            raise VocabularyError(message)
        return Debt(Obligation(name), condition)

    def _split(self, text: str) -> tuple[str, Condition]:
        what, conditional, condition = text.partition(" if ")
        return what.strip(), self._condition(condition) if conditional else ALWAYS

    def _condition(self, text: str) -> Condition:
        condition = parse_condition(text, self.definitions)
        _check_settled(leaves(condition, self._terms), self._files)
        return condition


def _conditions(definitions: Mapping[str, Definition]) -> Mapping[str, Condition]:
    return {name: definition.condition for name, definition in definitions.items()}


def _check_settled(asked: Iterable[Condition], files: LawFiles) -> None:
    """Raise `VocabularyError` where a section or a rule is *asked* for that there is not."""
    sections = {file.section for file, _ in files.rules.values()}
    ids = {row.id for file, _ in files.rules.values() for row in file.rules}
    for leaf in asked:
        for by, known in (("section", sections), ("rule", ids)):
            if isinstance(leaf, Settled) and leaf.by == by and not leaf.words <= known:
                unknown = sorted(leaf.words - known)
                message = f"unknown {by}{suggestion(unknown[0], known)}"
                raise VocabularyError(message)


def unused_terms(law: LawSet) -> frozenset[str]:
    """Return the defined terms that no rule uses, not even through another term."""
    used: set[str] = set()
    waiting = [condition for rule in law.rules for condition in rule.conditions]
    while waiting:
        for term in terms_of(waiting.pop()) - used:
            used.add(term)
            waiting.append(law.definitions[term].condition)
    return frozenset(law.definitions) - used
