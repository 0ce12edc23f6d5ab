"""What can go wrong in the policy layer.

    PolicyError
    ├── VocabularyError      a fact, value, category, set or term that nobody defined
    ├── ConditionError       text that is no condition
    ├── DocumentError        a file of rules, tables or agreements that does not hold together
    ├── DateError            a date for which no law is loaded
    └── ProofError           a claim that the solver could not settle

A refusal to share is not an error: it is a `Decision`.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class PolicyError(Exception):
    """Whatever the policy layer could not do."""


class VocabularyError(PolicyError):
    """A word that the vocabulary of facts, values and categories does not hold."""


class ConditionError(PolicyError):
    """Text that the condition language cannot read."""


class DocumentError(PolicyError):
    """A file of rules, tables or agreements that does not hold together, with its place."""


class DateError(PolicyError):
    """A date before the law set begins."""


class ProofError(PolicyError):
    """A claim that the solver could neither prove nor disprove."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the words of *known* that would be right in place of *word*, ready to append.

    Only known words are ever repeated: what was written could be personal data.

    >>> suggestion("recipiant", ["recipient", "role"])
    ', did you mean `recipient`'
    >>> suggestion("zzz", ["recipient", "role"])
    ''
    """
    close = get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f", did you mean {' or '.join(f'`{each}`' for each in close)}" if close else ""
