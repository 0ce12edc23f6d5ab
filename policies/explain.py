"""A decision in plain English, for three readers.

An information governance officer reads everything: the rules with their sources, the facts that
counted and where each comes from, what must be done, and which single fact would change the
outcome. A practitioner reads what was shared, what was not and why, and what they can do next. A
family reads what was shared with whom, and why.

What must stay hidden is left out by what a reader is told *of*, never by cutting words out of what
another one reads: a practitioner is told nothing of a rule by which a shield, an adoption or police
intelligence would show; what a family is told rests on facts from which these were taken out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from policies import sentences
from policies.conditions import facts_of
from policies.decision import NOT_RECORDED, Decision, Ruling
from policies.sentences import Sentences
from policies.vocabulary import ALL_CATEGORIES, Category, Clearance, Obligation, Outcome
from policies.what_if import Counterfactual, Matter, Turn, WhatIf, counterfactuals, what_if

_Left = Callable[[Category, Ruling], str]

RELEASED: Final = frozenset({Outcome.PERMIT, Outcome.BREAK_GLASS, Outcome.REDACT})
_NOT_TOLD: Final = frozenset({Obligation.DO_NOT_INFORM, Obligation.ADVICE_BEFORE_INFORMING})


class Reader(StrEnum):
    """Who reads an explanation."""

    OFFICER = "officer"
    PRACTITIONER = "practitioner"
    FAMILY = "family"


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a decision beside its facts, to name things by; all of it may be unknown.

    *holder* and *recipient* are names of services; *provenance* says for a fact who recorded it.
    """

    holder: str = ""
    recipient: str = ""
    agreement: str = ""
    provenance: Mapping[str, str] = {}


class Section(msgspec.Struct, frozen=True):
    """Lines under one title."""

    title: str
    lines: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """What one *reader* is told of a decision."""

    reader: Reader
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The whole, to be read."""
        parts = ("\n".join([one.title, *(f"  {line}" for line in one.lines)]) for one in self.told)
        return "\n\n".join(parts)

    @property
    def told(self) -> tuple[Section, ...]:
        """The sections that say anything."""
        return tuple(one for one in self.sections if one.lines)


_UNKNOWN: Final = Background()


def explain(matter: Matter, reader: Reader, known: Background = _UNKNOWN) -> Explanation:
    """Return what *reader* is told of the decision on *matter*.

    >>> from datetime import date
    >>> from policies.attributes import Facts
    >>> from policies.decision import Bundle
    >>> matter = Matter(bundle=Bundle.load(), facts=Facts(), as_of=date(2026, 11, 2))
    >>> explain(matter, Reader.FAMILY).told[0].lines
    ('There is nothing to show you here.',)
    """
    of = sentences.of(matter.bundle.law)
    match reader:
        case Reader.OFFICER:
            return Explanation(reader, tuple(_Officer(of, matter, known).sections()))
        case Reader.PRACTITIONER:
            return Explanation(reader, tuple(_Practitioner(of, matter).sections()))
        case Reader.FAMILY:
            return Explanation(reader, tuple(_Family(of, matter, known).sections()))


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One decision as it is told, and what would become of it if facts were others.

    An officer reads *what_if*, category by category with the rules; any other reader what they
    would be told *then*, which gives no more away.
    """

    explanation: Explanation
    what_if: WhatIf | None = None
    then: Explanation | None = None
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole, to be read."""
        then = () if self.then is None else ("", "If it were so:", self.then.text)
        return "\n".join([self.explanation.text, *self.lines, *then])


def explained(
    matter: Matter, reader: Reader, changes: Mapping[str, object], known: Background = _UNKNOWN
) -> Explained:
    """Return what *reader* is told of *matter*, and what if facts were *changes*, plain data.

    Raises `VocabularyError` for a fact or a value that there is not.
    """
    explanation = explain(matter, reader, known)
    if not changes:
        return Explained(explanation=explanation)
    if reader is not Reader.OFFICER:
        return Explained(
            explanation=explanation, then=explain(matter.where(changes), reader, known)
        )
    found = what_if(matter, changes)
    return Explained(explanation=explanation, what_if=found, lines=tuple(_turned(matter, found)))


def _turned(matter: Matter, found: WhatIf) -> Iterator[str]:
    """Yield a line for each thing that would change, or one that nothing would."""
    of, facts = sentences.of(matter.bundle.law), matter.where(found.changes).facts
    for turn in found.turns:
        yield f"was   {of.sentence(turn.category, turn.before, matter.facts)}"
        yield f"then  {of.sentence(turn.category, turn.after, facts)}"
    yield from (f"newly owed: {one}" for one in sorted(found.newly_owed))
    yield from (f"no longer owed: {one}" for one in sorted(found.no_longer_owed))
    if not (found.turns or found.newly_owed or found.no_longer_owed):
        yield "nothing would change"


class _Officer:
    """Tells an information governance officer everything."""

    def __init__(self, of: Sentences, matter: Matter, known: Background) -> None:
        self._of, self._matter, self._known = of, matter, known
        self._words = of.words.officer
        self._decision = matter.decide()
        self._turning = tuple(counterfactuals(matter))

    def sections(self) -> Iterator[Section]:
        titles = self._words.titles
        yield Section(titles["question"], tuple(self._question()))
        yield Section(titles["outcomes"], tuple(self._outcomes()))
        yield Section(titles["facts"], tuple(map(self._fact, self._counted())))
        owed = sorted(self._decision.obligations)
        lines = tuple(self._of.words.obligations[one].officer for one in owed)
        yield Section(titles["obligations"], lines)
        turning = tuple(map(self._counterfactual, self._turning)) or (self._words.steady,)
        yield Section(titles["counterfactuals"], turning)

    def _question(self) -> Iterator[str]:
        facts, law = self._matter.facts, self._matter.bundle.law
        yield self._words.question.format(
            holder=self._known.holder or value_words(facts.holder),
            recipient=self._known.recipient or value_words(facts.recipient),
            purpose=value_words(facts.purpose),
            as_of=f"{self._matter.as_of:%d %B %Y}",
        )
        yield self._words.law.format(law=law.id, version=law.version, digest=law.digest)
        agreement = self._known.agreement
        form = self._words.agreement if agreement else self._words.no_agreement
        yield form.format(agreement=agreement)

    def _outcomes(self) -> Iterator[str]:
        for ruling, left, categories in _alike(self._decision.rulings, self._left):
            told = self._of.words.outcomes[ruling.outcome].format(
                category=_labels(self._of, categories), why=self._of.why(ruling), left=left
            )
            yield f"{told}{self._people(ruling)} ({'; '.join(self._sources(ruling))})"

    def _people(self, ruling: Ruling) -> str:
        """Return who decided where rules had referred it, and which rules that passed."""
        if not ruling.decided_by:
            return ""
        past = f", past {', '.join(ruling.passed)}" if ruling.passed else ""
        return f"; {self._of.words.decided}: {', '.join(ruling.decided_by)}{past}"

    def _left(self, category: Category, ruling: Ruling) -> str:
        if ruling.outcome is not Outcome.REDACT:
            return ""
        return self._of.reductions.reads(category, self._matter.facts.recipient)

    def _sources(self, ruling: Ruling) -> Iterator[str]:
        for name in ruling.rules:
            rule = self._of.rule(name, ruling.outcome)
            yield name if rule is None else f"{name}: {rule.source}"

    def _counted(self) -> list[str]:
        """Return the facts that the rules of the outcome ask for, or that would change it."""
        terms = {name: one.condition for name, one in self._matter.bundle.law.definitions.items()}
        found = {one.fact for one in self._turning} | self._decision.missing
        for ruling in self._decision.rulings.values():
            for name in ruling.rules:
                rule = self._of.rule(name, ruling.outcome)
                for condition in (
                    ()
                    if rule is None
                    else (
                        rule.when,
                        *(clause.condition for clause in rule.clauses),
                    )
                ):
                    found |= facts_of(condition, terms)
        return [name for name in self._of.sources if name in found]

    def _fact(self, name: str) -> str:
        source = self._of.sources[name]
        return self._words.fact.format(
            asks=source.asks,
            value=value_words(getattr(self._matter.facts, name)),
            source=f" ({self._known.provenance.get(name) or source.from_})",
        )

    def _counterfactual(self, one: Counterfactual) -> str:
        return self._words.counterfactual.format(
            asks=self._of.sources[one.fact].asks,
            value=" or ".join(map(value_words, one.values)),
            changes="; ".join(self._turns(one.turns)),
        )

    def _turns(self, turns: Iterable[Turn]) -> Iterator[str]:
        after = {turn.category: turn.after for turn in turns}
        for ruling, _, categories in _alike(after, lambda _, __: ""):
            verb = self._words.turns[ruling.outcome]
            yield f"{_labels(self._of, categories)} {verb} ({', '.join(ruling.rules)})"


class _Practitioner:
    """Tells a practitioner what was shared, what was not and why, and what they can do next."""

    def __init__(self, of: Sentences, matter: Matter) -> None:
        self._of, self._matter = of, matter
        self._words = of.words.practitioner
        rulings = matter.decide().rulings
        self._told = {one: each for one, each in rulings.items() if not self._is_hidden(one, each)}

    def sections(self) -> Iterator[Section]:
        titles, told = self._words.titles, self._told
        shared = {one: each for one, each in told.items() if each.outcome in RELEASED}
        withheld = {one: each for one, each in told.items() if each.outcome not in RELEASED}
        yield Section(titles["shared"], tuple(self._lines(shared)) or (self._words.none,))
        yield Section(titles["withheld"], (*self._lines(withheld), self._words.rest))
        yield Section(titles["next"], (*self._next(), self._words.urgent))

    def _is_hidden(self, category: Category, ruling: Ruling) -> bool:
        """Whether what became of *category* could tell of a shield, adoption or intelligence."""
        if ruling.outcome in RELEASED:
            return False
        return (
            category in self._words.hidden_categories
            or any(self._of.words.of_rule(rule).hidden for rule in ruling.rules)
            or not self._words.hidden_facts.isdisjoint(ruling.missing)
        )

    def _lines(self, rulings: Mapping[Category, Ruling]) -> Iterator[str]:
        alike = _alike({one: self._shown(each) for one, each in rulings.items()}, self._left)
        for ruling, left, categories in alike:
            form = {
                Outcome.PERMIT: self._words.shared,
                Outcome.BREAK_GLASS: self._words.shared,
                Outcome.REDACT: self._words.reduced,
                Outcome.REFER: self._words.waiting,
                Outcome.DENY: self._words.withheld,
            }[ruling.outcome]
            names = _labels(self._of, categories)
            yield form.format(category=names, why=self._why(ruling), left=left) + "."

    def _shown(self, ruling: Ruling) -> Ruling:
        """Return *ruling* as it may be told: a reduction that would give something away is none."""
        is_hidden = any(self._of.words.of_rule(rule).hidden for rule in ruling.rules)
        return _PLAINLY_SHARED if is_hidden or ruling.outcome is Outcome.PERMIT else ruling

    def _left(self, category: Category, ruling: Ruling) -> str:
        if ruling.outcome is not Outcome.REDACT:
            return ""
        return self._of.reductions.reads(category, self._matter.facts.recipient)

    def _why(self, ruling: Ruling) -> str:
        if ruling.rules == (NOT_RECORDED,):
            return self._words.unrecorded
        words = (self._of.words.of_rule(rule).practitioner for rule in ruling.rules)
        return " or ".join(dict.fromkeys(one or self._words.unlisted for one in words))

    def _next(self) -> tuple[str, ...]:
        sources = self._of.sources
        shown = [self._shown(each) for each in self._told.values()]
        rules = (rule for each in shown for rule in each.rules)
        steps = [step for rule in rules if (step := self._of.words.of_rule(rule).next)]
        missing = sorted({name for each in shown for name in each.missing})
        steps += [self._words.record.format(asks=sources[name].asks) for name in missing]
        owed = self._matter.decide(frozenset(self._told)).obligations if self._told else frozenset()
        words = (self._of.words.obligations[one].practitioner for one in sorted(owed))
        return tuple(dict.fromkeys([*steps, *filter(None, words)]))


_PLAINLY_SHARED: Final = Ruling(Outcome.PERMIT, ())


class _Family:
    """Tells a family what was shared with whom and why; the same, whatever is hidden from them."""

    def __init__(self, of: Sentences, matter: Matter, known: Background) -> None:
        self._of, self._known = of, known
        self._words = of.words.family
        named = matter.categories - self._words.never
        released = frozenset().union(*(matter.decide(named).settled(one) for one in RELEASED))
        # From here on nothing rests on what is hidden: it is the same matter without.
        facts = msgspec.structs.replace(matter.facts, **_NOTHING_HIDDEN)
        self._matter = msgspec.structs.replace(matter, facts=facts, categories=released)

    def sections(self) -> Iterator[Section]:
        titles = self._words.titles
        yield Section(titles["shared"], tuple(self._shared()) or (self._words.nothing,))
        yield Section(titles["more"], (self._words.always, self._words.ask))

    def _shared(self) -> Iterator[str]:
        decision = self._matter.decide()
        if not decision.rulings or decision.obligations & _NOT_TOLD:
            return
        facts, words = self._matter.facts, self._of.words
        yield self._words.shared.format(
            recipient=self._known.recipient
            or (words.agencies[facts.recipient] if facts.recipient else self._words.somebody),
            purpose=words.purposes[facts.purpose] if facts.purpose else self._words.some_reason,
        )
        for why, categories in self._reasons(decision):
            yield self._words.item.format(category=_labels(self._of, categories), why=why)

    def _reasons(self, decision: Decision) -> Iterator[tuple[str, list[Category]]]:
        reasons: dict[str, list[Category]] = {}
        for category, ruling in decision.rulings.items():
            said = (self._of.words.of_rule(rule).family for rule in ruling.rules)
            why = " or ".join(dict.fromkeys(one or self._words.unlisted for one in said))
            reasons.setdefault(why, []).append(category)
        yield from reasons.items()


# What a family must not learn by its effects, as it is where there is nothing to hide.
_NOTHING_HIDDEN: Final[Mapping[str, object]] = {
    "shielded": False,
    "adopted": False,
    "third_party_consent": False,
    "clearance": frozenset[Clearance](),
}


def value_words(value: object) -> str:
    """Return the value of a fact as a person reads it.

    >>> value_words(None), value_words(True), value_words(Outcome.BREAK_GLASS)
    ('not recorded', 'yes', 'break glass')
    """
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        if value == ALL_CATEGORIES:
            return "all kinds"
        return ", ".join(sorted(map(value_words, value))) or "none"
    return str(value).replace("_", " ")


def _alike(
    rulings: Mapping[Category, Ruling], left: _Left
) -> Iterator[tuple[Ruling, str, list[Category]]]:
    """Yield the categories that met the same fate together, with what is *left* of them."""
    found: dict[tuple[Ruling, str], list[Category]] = {}
    for category, ruling in rulings.items():
        found.setdefault((ruling, left(category, ruling)), []).append(category)
    for (ruling, remains), categories in found.items():
        yield ruling, remains, categories


def _labels(of: Sentences, categories: Iterable[Category]) -> str:
    return ", ".join(of.words.categories[one] for one in categories)
