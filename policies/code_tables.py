"""Tables from the codes of messages to the words of facts: purposes, and levels of risk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from policies import documents
from policies.attributes import word_of
from policies.vocabulary import Purpose, Risk

_FOLDER: Final = Path(__file__).parent
PURPOSES: Final = _FOLDER / "purposes.yaml"
THRESHOLDS: Final = _FOLDER / "thresholds.yaml"

_Word = TypeVar("_Word", Purpose, Risk)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    system: str
    codes: dict[str, str]
    confirmed: bool = True


class CodeTable(Generic[_Word]):
    """What the codes of one code system mean; *confirmed* is false where a body must still agree.

    >>> purposes().of("early-help-referral").value
    'early_help'
    >>> purposes().of("general-enquiry") is None
    True
    """

    def __init__(self, system: str, words: Mapping[str, _Word], *, confirmed: bool) -> None:
        self.system = system
        self.confirmed = confirmed
        self._words: dict[str, _Word] = dict(words)

    def of(self, code: str, system: str | None = None) -> _Word | None:
        """Return what *code* means, or `None` where the table, or its *system*, does not say."""
        if system is not None and system != self.system:
            return None
        return self._words.get(code)

    @property
    def codes(self) -> Mapping[str, _Word]:
        """All codes, with what they mean."""
        return self._words.copy()


def purposes(path: Path = PURPOSES) -> CodeTable[Purpose]:
    """Return the purposes of use-case codes, or raise `DocumentError`."""
    return _load(path, Purpose)


def thresholds(path: Path = THRESHOLDS) -> CodeTable[Risk]:
    """Return the levels of risk of thresholds of concern, or raise `DocumentError`.

    >>> thresholds().of("child-protection").value
    'significant_harm'
    """
    return _load(path, Risk)


def _load(path: Path, kind: type[_Word]) -> CodeTable[_Word]:
    table, source = documents.read(path, _File)
    words: dict[str, _Word] = {}
    for code, word in table.codes.items():
        with source.at("codes", code):
            words[code] = word_of(kind, word, f"unknown {kind.__name__.lower()}")
    return CodeTable(table.system, words, confirmed=table.confirmed)
