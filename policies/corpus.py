"""Corpora of scenarios: facts with the decision that is expected of them; and decisions in bulk."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from policies import documents
from policies.attributes import Facts, categories_of, word_of
from policies.decision import Bundle, Decision
from policies.errors import DocumentError, PolicyError, VocabularyError
from policies.vocabulary import ALL_CATEGORIES, Category, Obligation, Outcome
from policies.what_if import Matter


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Facts, where they differ from the corpus's defaults, and what is expected of them."""

    id: str
    title: str
    facts: dict[str, Any]
    expect: dict[str, tuple[str, ...]]
    obligations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    source: str | None = None


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A corpus: *defaults* for the facts that a scenario leaves out, and the scenarios."""

    defaults: dict[str, Any] = {}
    as_of: dt.date | None = None
    scenarios: tuple[Scenario, ...] = ()


class CorpusResult(msgspec.Struct, frozen=True):
    """How many scenarios came out as expected, and what was wrong with the others."""

    passed: int
    failures: Mapping[str, tuple[str, ...]]

    @property
    def failed(self) -> int:
        """How many scenarios came out otherwise."""
        return len(self.failures)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def run(path: Path, bundle: Bundle | None = None) -> CorpusResult:
    """Decide every scenario of the corpus at *path* with *bundle*, or with the law we ship.

    Outcomes must be as expected, obligations and rules must include what is expected. Raise
    `DocumentError`, with file and line, for a corpus that is not well formed.
    """
    bundle = bundle or Bundle.load()
    corpus = documents.load(path, Corpus)
    lines = documents.lines(path)
    failures = {}
    for index, scenario in enumerate(corpus.scenarios):
        try:
            wrong = _wrong(scenario, corpus, bundle)
        except VocabularyError as error:
            where = f"{path}:{lines['scenarios', index]}: scenario `{scenario.id}`"
            message = f"{where}: {error}"
            raise DocumentError(message) from None
        if wrong:
            failures[scenario.id] = tuple(wrong)
    return CorpusResult(len(corpus.scenarios) - len(failures), failures)


def decide_lines(
    lines: Iterable[str | bytes],
    defaults: Path | None = None,
    *,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
) -> Iterator[str]:
    """Decide each JSON object of *lines* (facts, and `categories`), and yield a JSON object each.

    Facts that a line leaves out come from the defaults of the corpus at *defaults*; without one
    they are not recorded. Raise `PolicyError`, with the number of the line, for one that is wrong.

    >>> line = '{"categories": ["sen"], "identity_verified": false, "court_order": "none"}'
    >>> next(decide_lines([line]))
    '{"outcomes":{"sen":"deny"},"rules":{"sen":["A2"]},"obligations":["account","record_reason"]}'
    """
    for matter in matters(lines, defaults, bundle=bundle, as_of=as_of):
        yield msgspec.json.encode(plain(matter.decide())).decode()


def matters(
    lines: Iterable[str | bytes],
    defaults: Path | None = None,
    *,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    asks_all: bool = False,
) -> Iterator[Matter]:
    """Yield what each JSON object of *lines* asks: read as `decide_lines` does.

    A line without `categories` is refused, unless it then *asks_all*.
    """
    bundle = bundle or Bundle.load()
    known = documents.load(defaults, Corpus).defaults if defaults else {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = msgspec.json.decode(line, type=dict[str, Any])
            yield Matter(
                bundle=bundle,
                categories=_categories(given.pop("categories", None), asks_all=asks_all),
                facts=Facts.parse({**known, **given}),
                as_of=as_of or bundle.law.begins,
            )
        except (VocabularyError, msgspec.MsgspecError) as error:
            complaint = error if isinstance(error, VocabularyError) else "not a JSON object"
            message = f"line `{number}`: {complaint}"
            raise PolicyError(message) from None


def plain(decision: Decision) -> dict[str, object]:
    """Return *decision* as plain data: outcomes and rules by category, and the obligations."""
    return {
        "outcomes": {category: ruling.outcome for category, ruling in decision.rulings.items()},
        "rules": {category: ruling.rules for category, ruling in decision.rulings.items()},
        "obligations": sorted(decision.obligations),
    }


def _categories(given: object, *, asks_all: bool) -> frozenset[Category]:
    if given is None and asks_all:
        return ALL_CATEGORIES
    if not isinstance(given, list):
        message = "`categories` must be a list"
        raise VocabularyError(message)
    return categories_of(given)


def _wrong(scenario: Scenario, corpus: Corpus, bundle: Bundle) -> list[str]:
    expected = _expected(scenario)
    facts = Facts.parse({**corpus.defaults, **scenario.facts})
    as_of = corpus.as_of or bundle.law.begins
    decision = bundle.decide(facts, frozenset(expected), as_of=as_of)
    wrong = [
        f"{category}: {ruling.outcome} by {', '.join(ruling.rules)}, not {expected[category]}"
        for category, ruling in decision.rulings.items()
        if ruling.outcome is not expected[category]
    ]
    owed = {word_of(Obligation, each, "unknown obligation") for each in scenario.obligations}
    wrong += [f"obligation {each} is missing" for each in sorted(owed - decision.obligations)]
    used = {rule for ruling in decision.rulings.values() for rule in ruling.rules}
    wrong += [f"rule {each} was not used" for each in sorted(set(scenario.rules) - used)]
    return wrong


def _expected(scenario: Scenario) -> dict[Category, Outcome]:
    expected: dict[Category, Outcome] = {}
    for outcome, names in scenario.expect.items():
        for category in categories_of(names):
            if category in expected:
                message = "a category is expected twice"
                raise VocabularyError(message)
            expected[category] = word_of(Outcome, outcome, "unknown outcome")
    return expected
