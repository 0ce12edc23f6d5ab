"""The law set: rules, defined terms and commencement, read from `policies/law`."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from policies import documents
from policies.conditions import (
    ALWAYS,
    Condition,
    Either,
    Every,
    Not,
    Overlay,
    Settled,
    leaves,
    terms_of,
)
from policies.conditions import parse as parse_condition
from policies.errors import ConditionError, DocumentError, VocabularyError, suggestion
from policies.law_files import LawFiles
from policies.vocabulary import AGENCY_SETS, CATEGORY_SETS, Obligation, Outcome

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


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A provision whose commencement is data: the day from which it is in force, by territory."""

    provision: str
    title: str
    enacted_by: str
    territory: str
    from_: dt.date = msgspec.field(name="from")
    confirmed: bool


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


class _DefinitionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    means: str
    reads: str


class _Definitions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    terms: dict[str, _DefinitionRow]


class _Commencement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provisions: tuple[Provision, ...]


class _RuleRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    source: str
    when: str
    outcome: str | tuple[str, ...]
    obligations: tuple[str, ...] = ()
    reads: str
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None
    territory: str | None = None
    commencement: str | None = None


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    section: str
    title: str
    effective_from: dt.date
    rules: tuple[_RuleRow, ...]


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    version: str
    begins: dt.date
    territory: str
    definitions: str
    commencement: str
    deciding: tuple[str, ...]
    lifting: tuple[str, ...]
    closing: tuple[str, ...]


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
    manifest = files.read("bundle.yaml", _Manifest)
    definitions = _read_definitions(files, manifest.definitions)
    commencement = files.read(manifest.commencement, _Commencement)
    names = [*manifest.deciding, *manifest.lifting, *manifest.closing]
    sources = {name: files.read(name, _RuleFile) for name in names}
    reader = _RuleReader(files, manifest, sources, definitions, commencement)
    read = {name: reader.read(name) for name in names}
    return LawSet(
        id=manifest.id,
        version=manifest.version,
        begins=manifest.begins,
        definitions=definitions,
        deciding=_joined(read[name] for name in manifest.deciding),
        lifting=_joined(read[name] for name in manifest.lifting),
        closing=_joined(read[name] for name in manifest.closing),
        provisions=commencement.provisions,
        digest=_digest(
            manifest, sources, files.read(manifest.definitions, _Definitions), commencement
        ),
        text={each: text[each] for each in ("bundle.yaml", *_named(manifest))},
    )


def _named(manifest: _Manifest) -> tuple[str, ...]:
    """Return the names of the files that *manifest* makes a law set of."""
    rules = (*manifest.deciding, *manifest.lifting, *manifest.closing)
    return (manifest.definitions, manifest.commencement, *rules)


@cache
def shipped() -> LawSet:
    """Return the law set that the gateway ships."""
    return load()


def _joined(files: Iterable[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    return tuple(rule for rules in files for rule in rules)


def _digest(
    manifest: _Manifest,
    sources: Mapping[str, _RuleFile],
    definitions: _Definitions,
    commencement: _Commencement,
) -> str:
    """Return the SHA-256 of what the law set says: comments and layout do not count."""
    content = {
        "manifest": manifest,
        "rules": sources,
        "definitions": definitions,
        "commencement": commencement,
        "sets": {name: sorted(words) for name, words in {**CATEGORY_SETS, **AGENCY_SETS}.items()},
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _read_definitions(files: LawFiles, name: str) -> Mapping[str, Definition]:
    rows = files.read(name, _Definitions).terms
    lines = files.lines(name)
    definitions: dict[str, Definition] = {}
    for term, row in rows.items():
        try:
            # A term may use only the terms above it, so that none can go round in a circle.
            definitions[term] = Definition(parse_condition(row.means, definitions), row.reads)
        except (ConditionError, VocabularyError) as error:
            message = f"{files.place(name)}:{lines['terms', term]}: term `{term}`: {error}"
            raise DocumentError(message) from None
    return definitions


class _RuleReader:
    """Reads the rule files of one law set."""

    def __init__(
        self,
        files: LawFiles,
        manifest: _Manifest,
        sources: Mapping[str, _RuleFile],
        definitions: Mapping[str, Definition],
        commencement: _Commencement,
    ) -> None:
        self._files = files
        self._manifest = manifest
        self._sources = sources
        self._definitions = definitions
        self._provisions = {each.provision for each in commencement.provisions}
        self._ids = {row.id for file in sources.values() for row in file.rules}
        self._sections = {file.section for file in sources.values()}
        self._check_definitions(manifest.definitions, definitions)

    def read(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of the file *name*."""
        file = self._sources[name]
        lines = self._files.lines(name)
        rules = []
        for index, row in enumerate(file.rules):
            try:
                rules.append(self._rule(file, row))
                self._check_phase(name, rules[-1])
            except (ConditionError, VocabularyError) as error:
                where = f"{self._files.place(name)}:{lines['rules', index]}"
                message = f"{where}: rule `{row.id}`: {error}"
                raise DocumentError(message) from None
        return tuple(rules)

    def _rule(self, file: _RuleFile, row: _RuleRow) -> Rule:
        if row.commencement is not None and row.commencement not in self._provisions:
            message = f"unknown provision{suggestion(row.commencement, self._provisions)}"
            raise VocabularyError(message)
        outcomes = (row.outcome,) if isinstance(row.outcome, str) else row.outcome
        clauses = tuple(self._clause(text) for text in outcomes)
        if not clauses or clauses[-1].condition != ALWAYS:
            message = "the last outcome of a rule has no condition"
            raise ConditionError(message)
        return Rule(
            id=row.id,
            section=file.section,
            source=row.source,
            effective_from=row.effective_from or file.effective_from,
            effective_until=row.effective_until,
            territory=row.territory or self._manifest.territory,
            commencement=row.commencement,
            when=self._condition(row.when),
            clauses=clauses,
            debts=tuple(self._debt(text) for text in row.obligations),
            reads=row.reads,
        )

    def _check_phase(self, name: str, rule: Rule) -> None:
        effects = {clause.effect for clause in rule.clauses}
        terms = {name: definition.condition for name, definition in self._definitions.items()}
        asked = [leaf for condition in rule.conditions for leaf in leaves(condition, terms)]
        message = None
        if name in self._manifest.closing and effects != {GO_ON}:
            message = "a closing rule can only add obligations"
        elif name in self._manifest.deciding and UNCHANGED in effects:
            message = "a deciding rule has nothing to leave unchanged"
        elif name in self._manifest.deciding and any(
            isinstance(leaf, Settled | Overlay) for leaf in asked
        ):
            message = "a deciding rule cannot ask what was settled"
        if message:
            raise ConditionError(message)

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
        condition = parse_condition(text, self._definitions)
        self._check_settled(condition, "condition")
        return condition

    def _check_definitions(self, file: str, definitions: Mapping[str, Definition]) -> None:
        lines = self._files.lines(file)
        for name, definition in definitions.items():
            try:
                self._check_settled(definition.condition, f"term `{name}`")
            except VocabularyError as error:
                message = f"{self._files.place(file)}:{lines['terms', name]}: {error}"
                raise DocumentError(message) from None

    def _check_settled(self, condition: Condition, where: str) -> None:
        match condition:
            case Settled("section", words) if not words <= self._sections:
                message = f"{where} names an unknown section"
                raise VocabularyError(message)
            case Settled("rule", words) if not words <= self._ids:
                message = f"{where} names an unknown rule"
                raise VocabularyError(message)
            case Not(inner):
                self._check_settled(inner, where)
            case Every(parts) | Either(parts):
                for part in parts:
                    self._check_settled(part, where)
            case _:
                pass


def unused_terms(law: LawSet) -> frozenset[str]:
    """Return the defined terms that no rule uses, not even through another term."""
    used: set[str] = set()
    waiting = [condition for rule in law.rules for condition in rule.conditions]
    while waiting:
        for term in terms_of(waiting.pop()) - used:
            used.add(term)
            waiting.append(law.definitions[term].condition)
    return frozenset(law.definitions) - used
