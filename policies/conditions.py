"""The language in which rules say when they apply: text to a small closed tree, and nothing else.

    condition = "always" | conjunction ("or" conjunction)*
    conjunction = test ("and" test)*
    test = "not" test | "(" condition ")" | atom
    atom = TERM | FACT                          a defined term; a fact that is true or false
         | FACT "is" WORD | FACT ["not"] "in" WORDS
         | FACT ("at least" | "at most") WORD   where the words have an order: risk, age
         | FACT "has" WORD                      a list of clearances
         | "category" "is" WORD | "category" ["not"] "in" WORDS
         | "category" ["not"] "within" FACT     a list of categories
         | ("outcome" | "section" | "rule") "is" WORD | ... ["not"] "in" WORDS
         | "overlay" "is" WORD                  what the overlays alone would give
    WORDS = WORD ("," WORD)*                    a named set stands for its members

Every word is checked against the vocabulary when the text is read, so that a misspelt rule is
refused and never silently false. The tree is data: `policies.expressions` makes tests on bit masks
of it, and other forms (a second engine, a prover) can be made from the same tree.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from policies.attributes import FACTS, OLDEST, Domain, word_of
from policies.errors import ConditionError, VocabularyError, suggestion
from policies.vocabulary import AGENCY_SETS, CATEGORY_SETS, Agency, Category, Clearance, Outcome

Value = StrEnum | bool | int


@dataclass(frozen=True, slots=True)
class Among:
    """A fact whose value is among *values*."""

    fact: str
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class Has:
    """A list of clearances that holds *clearance*."""

    fact: str
    clearance: Clearance


@dataclass(frozen=True, slots=True)
class Within:
    """The category that is decided lies within the categories recorded as *fact*."""

    fact: str


@dataclass(frozen=True, slots=True)
class CategoryAmong:
    """The category that is decided is among *categories*."""

    categories: frozenset[Category]


@dataclass(frozen=True, slots=True)
class Settled:
    """What the rules before gave: *by* is `outcome`, `section` or `rule`."""

    by: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Overlay:
    """The overlays, taken alone, would give *outcome*."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Term:
    """A defined term."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """*Condition* does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All *parts* hold, tried in order."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the *parts* holds, tried in order."""

    parts: tuple["Condition", ...]


Condition = Among | Has | Within | CategoryAmong | Settled | Overlay | Term | Not | Every | Either

ALWAYS: Final = Every(())

_TOKEN: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*|[0-9]+|[(),])")
_RESERVED: Final = frozenset({"and", "or", "not", "(", ")", ","})
_SETTLED: Final = ("outcome", "section", "rule")


def parse(text: str, terms: Iterable[str] = ()) -> Condition:
    """Return the condition that *text* states, in which the defined *terms* may be used.

    Raise `ConditionError` for text outside the language, `VocabularyError` for a word outside the
    vocabulary.

    >>> parse("not shielded or category in locating").parts[0]
    Not(condition=Among(fact='shielded', values=frozenset({True})))
    >>> parse("recipient is shool")
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: `recipient` has no such value, did you mean `school`
    """
    if text.strip() == "always":
        return ALWAYS
    reader = _Reader(_tokens(text), frozenset(terms))
    condition = reader.condition()
    reader.expect_end()
    return condition


def terms_of(condition: Condition) -> frozenset[str]:
    """Return the names of the defined terms that *condition* uses directly."""
    match condition:
        case Term(name):
            return frozenset({name})
        case Not(inner):
            return terms_of(inner)
        case Every(parts) | Either(parts):
            return frozenset().union(*map(terms_of, parts))
        case _:
            return frozenset()


def leaves(condition: Condition, terms: Mapping[str, Condition]) -> Iterator[Condition]:
    """Yield what *condition* asks, through its *terms* too: tests that have no parts."""
    match condition:
        case Term(name):
            yield from leaves(terms[name], terms)
        case Not(inner):
            yield from leaves(inner, terms)
        case Every(parts) | Either(parts):
            for part in parts:
                yield from leaves(part, terms)
        case _:
            yield condition


def facts_of(condition: Condition, terms: Mapping[str, Condition]) -> frozenset[str]:
    """Return the names of the facts that *condition* may consult, through its *terms* too."""
    return frozenset(
        leaf.fact for leaf in leaves(condition, terms) if isinstance(leaf, Among | Has | Within)
    )


def _tokens(text: str) -> list[str]:
    tokens = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            message = f"a condition holds no such sign, at character `{at + 1}`"
            raise ConditionError(message)
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Reader:
    """Reads tokens from left to right; each method takes one form of the grammar."""

    def __init__(self, tokens: list[str], terms: frozenset[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._terms = terms

    def condition(self) -> Condition:
        parts = [self._conjunction()]
        while self._take("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            self._refuse("the condition should end")

    def _conjunction(self) -> Condition:
        parts = [self._test()]
        while self._take("and"):
            parts.append(self._test())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _test(self) -> Condition:
        if self._take("not"):
            return Not(self._test())
        if self._take("("):
            inner = self.condition()
            if not self._take(")"):
                self._refuse("a closing bracket is missing")
            return inner
        return self._atom()

    def _atom(self) -> Condition:
        name = self._word()
        if name in self._terms:
            return Term(name)
        if name == "category":
            return self._category()
        if name in _SETTLED:
            return self._settled(name)
        if name == "overlay":
            self._need("is")
            return Overlay(word_of(Outcome, self._word(), "unknown outcome"))
        if name in FACTS:
            return self._fact(FACTS[name])
        known = {*self._terms, *FACTS, "category", "overlay", *_SETTLED}
        message = f"neither a fact nor a defined term{suggestion(name, known)}"
        raise VocabularyError(message)

    def _category(self) -> Condition:
        negated = self._take("not")
        if self._take("within"):
            return _negate(Within(self._list_of_categories()), negated=negated)
        if not negated and self._take("is"):
            words = [self._word()]
        else:
            self._need("in")
            words = self._words()
        found: set[Category] = set()
        for word in words:
            found |= CATEGORY_SETS.get(word) or {_category_of(word)}
        return _negate(CategoryAmong(frozenset(found)), negated=negated)

    def _list_of_categories(self) -> str:
        name = self._word()
        lists = [each for each, domain in FACTS.items() if _holds_categories(domain)]
        if name not in lists:
            message = f"not a fact that lists categories{suggestion(name, lists)}"
            raise VocabularyError(message)
        return name

    def _settled(self, by: str) -> Condition:
        negated = self._take("not")
        if not negated and self._take("is"):
            words = [self._word()]
        else:
            self._need("in")
            words = self._words()
        if by == "outcome":
            words = [word_of(Outcome, word, "unknown outcome").value for word in words]
        return _negate(Settled(by, frozenset(words)), negated=negated)

    def _fact(self, domain: Domain) -> Condition:
        if domain.kind is frozenset and not _holds_categories(domain):
            self._need("has")
            return Has(domain.name, word_of(Clearance, self._word(), "unknown clearance"))
        if domain.kind is frozenset:
            self._refuse(f"`{domain.name}` is a list: use `category within`")
        if self._take("at"):
            return self._ordered(domain)
        if self._take("is"):
            return Among(domain.name, frozenset({_value(domain, self._word())}))
        if self._peek() == "in" or self._peek() == "not":
            negated = self._take("not")
            self._need("in")
            return _negate(Among(domain.name, self._values(domain)), negated=negated)
        if domain.kind is not bool:
            self._refuse(f"`{domain.name}` needs a comparison")
        return Among(domain.name, frozenset({True}))

    def _ordered(self, domain: Domain) -> Condition:
        least = self._take("least")
        if not least:
            self._need("most")
        bound = _value(domain, self._word())
        scale: list[Value] = list(domain.words or range(OLDEST + 1))
        place = scale.index(bound)
        return Among(domain.name, frozenset(scale[place:] if least else scale[: place + 1]))

    def _values(self, domain: Domain) -> frozenset[Value]:
        found: set[Value] = set()
        for word in self._words():
            members = AGENCY_SETS.get(word) if domain.kind is Agency else None
            found |= members or {_value(domain, word)}
        return frozenset(found)

    def _words(self) -> list[str]:
        words = [self._word()]
        while self._take(","):
            words.append(self._word())
        return words

    def _word(self) -> str:
        word = self._peek()
        if word is None or word in _RESERVED:
            self._refuse("a word is missing")
        self._at += 1
        return word

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _need(self, token: str) -> None:
        if not self._take(token):
            self._refuse(f"`{token}` is missing")

    def _refuse(self, complaint: str) -> NoReturn:
        message = f"{complaint}, at word `{self._at + 1}`"
        raise ConditionError(message)


def _negate(condition: Condition, *, negated: bool) -> Condition:
    return Not(condition) if negated else condition


def _category_of(word: str) -> Category:
    if word not in list(Category):
        message = f"unknown category{suggestion(word, [*Category, *CATEGORY_SETS])}"
        raise VocabularyError(message)
    return Category(word)


def _holds_categories(domain: Domain) -> bool:
    return domain.kind is frozenset and isinstance(domain.words[0], Category)


def _value(domain: Domain, word: str) -> Value:
    if domain.kind is bool and word in {"true", "false"}:
        return word == "true"
    if domain.kind is int and word.isdecimal() and int(word) <= OLDEST:
        return int(word)
    for each in domain.words:
        if each == word:
            return each
    sets = AGENCY_SETS if domain.kind is Agency else ()
    message = f"`{domain.name}` has no such value{suggestion(word, [*domain.words, *sets])}"
    raise VocabularyError(message)
