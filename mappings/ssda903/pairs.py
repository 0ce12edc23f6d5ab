"""Value functions of an SSDA903 return: what does not fit a row by itself.

They are held to the same laws as all others (`mappings.language.values`).
"""

import re
from datetime import date
from typing import Final, NoReturn

from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import upn
from mappings.errors import UnreadableError
from mappings.language.values import STANDARD, ValueFunction, registry

UPN_UNKNOWN: Final = "upn-unknown"
"""The scheme of why a child has no UPN: UN1 to UN5."""

_WHY_NO_UPN: Final = re.compile("UN[1-5]")
_PARTIAL: Final = re.compile(r"(0[1-9]|[12][0-9]|3[01]|[zZ]{2})/(0[1-9]|1[0-2]|[zZ]{2})/([0-9]{4})")
_ISO: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_UNKNOWN: Final = "zz"
_HIGHEST_SCORE: Final = 40


def _refuse() -> NoReturn:
    message = "the sender has to check this value: it is not of its kind"
    raise UnreadableError(message)


def _upn_or_why(text: str) -> tuple[str, str, bool]:
    """Return a UPN, valid or not, or why there is none, each in its scheme."""
    if _WHY_NO_UPN.fullmatch(text):
        return UPN_UNKNOWN, text, True
    try:
        return "upn", upn(text), True
    except IdentifierError:
        return "upn", text, False


def _upn_or_why_back(scheme: str, value: str, is_valid: bool) -> str:  # noqa: FBT001 - a field of the item
    if (scheme, value, is_valid) != _upn_or_why(value):
        _refuse()
    return value


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        message = "this has to be 0 or 1"
        raise UnreadableError(message)
    return text == "1"


def _score(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]?", text) or int(text) > _HIGHEST_SCORE:
        message = "this has to be a score from 0 to 40"
        raise UnreadableError(message)
    return int(text)


def _adopters(text: str) -> int:
    if text not in {"1", "2"}:
        message = "this has to be 1 or 2"
        raise UnreadableError(message)
    return int(text)


def _partial_day(text: str) -> str:
    """Return a day of which `zz` stands for what is not known, as the part of it that is.

    >>> _partial_day("zz/03/2016"), _partial_day("zz/zz/2016")
    ('2016-03', '2016')
    """
    found = _PARTIAL.fullmatch(text)
    if found is None:
        message = "this has to be a date, day/month/year, with zz for what is not known"
        raise UnreadableError(message)
    day, month, year = (None if part.lower() == _UNKNOWN else part for part in found.groups())
    if day is not None and month is None:
        message = "a day of no month is no date"
        raise UnreadableError(message)
    known = "-".join(part for part in (year, month, day) if part)
    if day is not None:
        _real_day(known)
    return known


def _partial_day_back(text: str) -> str:
    found = _ISO.fullmatch(text)
    if found is None:
        _refuse()
    year, month, day = found.groups()
    written = f"{day or _UNKNOWN}/{month or _UNKNOWN}/{year}"
    _partial_day(written)
    return written


def _real_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        message = "there is no such day"
        raise UnreadableError(message) from None


def _of(name: str, texts: str, example: str | None = None) -> ValueFunction:
    """Return the pair that keeps a text that *texts* matches; tests draw from *example*, if any."""
    pattern = re.compile(texts, re.ASCII)

    def kept(text: str) -> str:
        if not pattern.fullmatch(text):
            _refuse()
        return text

    return ValueFunction(name=name, read=kept, write=kept, texts=(example or texts,))


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        ValueFunction(
            name="upn_or_why",
            read=_upn_or_why,
            write=_upn_or_why_back,
            texts=("UN[1-5]|[A-HJ-NP-RT-Z][0-9]{12}",),
            fields=3,
        ),
        ValueFunction(
            name="flag", read=_flag, write=lambda is_so: "1" if is_so else "0", texts=("0|1",)
        ),
        ValueFunction(name="score", read=_score, write=str, texts=("[0-9]|[1-3][0-9]|40",)),
        ValueFunction(name="adopters", read=_adopters, write=str, texts=("1|2",)),
        ValueFunction(
            name="partial_day",
            read=_partial_day,
            write=_partial_day_back,
            texts=("((0[1-9]|1[0-9]|2[0-8]|zz)/(0[1-9]|1[0-2])|zz/zz)/(19|20)[0-9]{2}",),
            how="the date in ISO 8601, as far as it is known",
        ),
        _of("postcode", "[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}"),
        _of("provider_urn", "(SC)?[0-9]{6}|[0-9]{7}|X{7}"),
        _of("authority", "[0-9]{3}|WAL|SCO|NIR|NUK"),
        _of("worker", "[A-Za-z0-9]{1,20}", "SW[0-9]{2,6}"),
    ],
)
"""The functions that the mapping of a child may name."""
