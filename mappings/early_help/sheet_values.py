"""Value functions of the early-help spreadsheet: what people write in a cell, and what it says.

They are held to the same laws as all others (`mappings.language.values`).
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from mappings.caf.codes import system
from mappings.caf.items import About, AboutWhom, Coding
from mappings.caf.vocabulary import (
    ConsentAnswer,
    ConsentManner,
    ParentalResponsibility,
    StorageAnswer,
)
from mappings.errors import UnreadableError
from mappings.language.values import STANDARD, ValueFunction, registry

SOMEBODY_ELSE: Final = "somebody else"
"""The word for whoever answered about consent and is neither the child nor a parent or carer."""

_WORD: Final = "[A-Z][a-z]{1,8}"
_YES: Final = {
    **dict.fromkeys(("Y", "y", "TRUE", "True", "true", "1"), "yes"),
    **dict.fromkeys(("N", "n", "FALSE", "False", "false", "0"), "no"),
}


def _one_of(
    name: str,
    words: Mapping[str, object],
    repairs: Mapping[str, str] | None = None,
    *,
    unsaid: object = None,
) -> ValueFunction:
    """Return the pair of a cell that takes one of *words*, in capitals or not.

    *unsaid* is the value of an empty cell: its word is read, and never written.
    """
    said = {word: value for word, value in words.items() if value is not unsaid}
    message = f"the sender has to write one of these: {', '.join(words)}"

    def read(text: str) -> object:
        word = " ".join(text.lower().split())
        if word not in words:
            raise UnreadableError(message)
        return words[word]

    def write(value: object) -> str | None:
        return next((word for word, one in said.items() if one == value), None)

    texts = "|".join(map(re.escape, said))
    return ValueFunction(name=name, read=read, write=write, texts=(texts,), repairs=repairs or {})


def _words(kind: type[StrEnum]) -> dict[str, object]:
    """Return the members of *kind* by the words that people write for them.

    >>> list(_words(StorageAnswer))
    ['yes', 'no', 'not asked']
    """
    return {one.value.replace("-", " "): one for one in kind}


def _sexes() -> dict[str, object]:
    sexes = system("sex")
    return {code: (Coding(sexes.uri, code),) for code in sexes.codes}


def _full_name(
    given: str | None, family: str | None
) -> tuple[str, str | None, tuple[str, ...] | None]:
    names = tuple(given.split()) if given else ()
    return " ".join([*names, *([family] if family else [])]), family, names or None


def _full_name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[str | None, str | None]:
    # A name that nobody took apart is not guessed at: it stands whole where a name must be.
    if not family and not given:
        return None, text
    return " ".join(given or ()) or None, family


def _lines(text: str) -> tuple[str, ...]:
    apart = text.splitlines() if "\n" in text else text.split(",")
    return tuple(line.strip() for line in apart if line.strip())


def _lines_back(lines: tuple[str, ...]) -> str | None:
    return "\n".join(lines) or None


def _names_listed(text: str) -> tuple[str, ...]:
    return tuple(name for one in text.split(";") if (name := one.strip()))


def _names_listed_back(names: tuple[str, ...]) -> str | None:
    return "; ".join(names) or None


_GRANTORS: Final = {
    "child": AboutWhom.CHILD,
    "parent or carer": AboutWhom.PARENT_OR_CARER,
    SOMEBODY_ELSE: AboutWhom.OTHER_PERSON,
}
_PARENTS: Final = (
    "parent",
    "parents",
    "carer",
    "parent/carer",
    "mother",
    "mum",
    "mam",
    "mom",
    "father",
    "dad",
    "guardian",
)
_CHILDREN: Final = ("young person", "the child", "child or young person", "child/young person")
_GRANTOR_WORD: Final = _one_of("grantor_word", _GRANTORS)


def _grantor(text: str) -> object:
    return About(_GRANTOR_WORD.read(text))  # type: ignore[arg-type]  # one of the words


def _grantor_back(grantor: About) -> object:
    """Return the word for *grantor*: the sheet does not say which person it is."""
    return _GRANTOR_WORD.write(grantor.whom) or SOMEBODY_ELSE


def _cased(words: Iterable[str], meant: str) -> dict[str, str]:
    """Return what each of *words* means, as it is typed: with capitals, without, or all in them.

    >>> _cased(["mum"], "parent or carer")
    {'mum': 'parent or carer', 'Mum': 'parent or carer', 'MUM': 'parent or carer'}
    """
    cases = (str.lower, str.capitalize, str.title, str.upper)
    return {case(word): meant for word in words for case in cases}


_SHARING: Final = _one_of("sharing", _words(ConsentAnswer), unsaid=ConsentAnswer.NOT_ASKED)
_NO_LIMITS: Final = (None,) * 7


def _sharing(text: str) -> tuple[object, ...]:
    return (_SHARING.read(text), *_NO_LIMITS)


def _sharing_back(answer: object, *limits: object) -> object:
    """Return *answer*; none where it is only given within limits that the sheet cannot say.

    An empty scope is a limit, too: nothing is in it.
    """
    is_limited = any(one is not None and one != () for one in limits) or limits[0] == ()
    if answer is ConsentAnswer.GIVEN and is_limited:
        message = "the sheet has no column for what limits this"
        raise UnreadableError(message)
    return _SHARING.write(answer)


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        _one_of("yes_or_no", {"yes": True, "no": False}, _YES),
        _one_of(
            "responsibility_word",
            _words(ParentalResponsibility),
            _YES,
            unsaid=ParentalResponsibility.UNKNOWN,
        ),
        _one_of("storage_answer", _words(StorageAnswer), _YES, unsaid=StorageAnswer.NOT_ASKED),
        _one_of("manner", _words(ConsentManner)),
        _one_of("sex_word", _sexes(), {"F": "female", "f": "female", "M": "male", "m": "male"}),
        ValueFunction(
            name="grantor",
            read=_grantor,
            write=_grantor_back,
            texts=_GRANTOR_WORD.texts,
            repairs=_cased(_PARENTS, "parent or carer") | _cased(_CHILDREN, "child"),
        ),
        ValueFunction(
            name="sharing_answer",
            read=_sharing,
            write=_sharing_back,
            texts=_SHARING.texts,
            fields=1 + len(_NO_LIMITS),
        ),
        ValueFunction(
            name="full_name",
            read=_full_name,
            write=_full_name_back,
            texts=(f"{_WORD}( {_WORD})?", _WORD),
            fields=3,
        ),
        ValueFunction(
            name="lines",
            read=_lines,
            write=_lines_back,
            texts=(f"{_WORD}(\n{_WORD}){{0,3}}",),
        ),
        ValueFunction(
            name="names_listed",
            read=_names_listed,
            write=_names_listed_back,
            texts=("[a-z]{1,9}(; [a-z]{1,9}){0,2}",),
        ),
    ],
)
"""The functions that the mapping of a row may name."""
