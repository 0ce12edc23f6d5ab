"""Value functions of a Common Transfer File: what does not fit a row by itself.

They are held to the same laws as all others (`mappings.language.values`).
"""

import re
from typing import Final

from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import uprn
from mappings.caf.vocabulary import ParentalResponsibility
from mappings.errors import UnreadableError
from mappings.language.values import STANDARD, ValueFunction, registry

_LINES: Final = 4
_NAME: Final = "[A-Z][a-z]{1,8}"
_WORDS: Final = "[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?"
_DAY: Final = "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_NOT_OF_THIS_KIND: Final = "the sender has to check this value: it is not of its kind"

_MEALS: Final = re.compile(
    r"free school meals from (\S{10})(?: until (\S{10}))?(?: \((ENG|WLS|SCT|NIR)\))?"
)
_SESSIONS: Final = re.compile(
    r"in ([0-9]{4}): (\d+|\?) sessions possible, (\d+|\?) attended, "
    r"(\d+|\?) authorised and (\d+|\?) unauthorised absences"
)


def _pupil_name(
    forename: str | None, middle: str | None, surname: str | None
) -> tuple[str, str | None, tuple[str, ...] | None]:
    """Return a name as text, family name and given names; middle names are one word each."""
    given = (*([forename] if forename else []), *(middle.split() if middle else []))
    if middle and not forename:
        message = "middle names need a forename"
        raise UnreadableError(message)
    return " ".join([*given, *([surname] if surname else [])]), surname, given or None


def _pupil_name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[str | None, str | None, str | None]:
    # A name that nobody took apart is not guessed at: it stands whole where a name must be.
    if not family and not given:
        return None, None, text
    forename, *middle = given or ("",)
    return forename or None, " ".join(middle) or None, family


def _other_name(
    forename: str | None, surname: str | None
) -> tuple[str, str | None, tuple[str, ...] | None]:
    return _pupil_name(forename, None, surname)


def _other_name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[str | None, str | None]:
    if given and len(given) > 1:
        message = "there is one forename here"
        raise UnreadableError(message)
    forename, _, surname = _pupil_name_back(text, family, given)
    return forename, surname


def _contact_name(*parts: str | None) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())


def _contact_name_back(text: str) -> tuple[str | None, ...]:
    before, _, surname = text.rpartition(" ")
    return None, before or None, None, surname


def _lines(*parts: str | None) -> tuple[str, ...]:
    """Return the lines of an address: of a structured one, or of one in lines if there is none."""
    structured, plain = parts[:_LINES], parts[_LINES:]
    return tuple(part for part in structured if part) or tuple(part for part in plain if part)


def _lines_back(lines: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return *lines* as flat, house, street and locality; what is beyond four stays in the last."""
    nothing = (None,) * 5
    match lines:
        case (street,):
            return None, None, street, None, *nothing
        case (house, street):
            return None, house, street, None, *nothing
        case (flat, house, street, *more):
            return flat, house, street, ", ".join(more) or None, *nothing
        case _:
            return (None,) * _LINES + nothing


def _address_text(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _address_text_back(text: str) -> tuple[str | None, ...]:
    lines = text.split(", ")
    shown = [*lines[:4], ", ".join(lines[4:])] if len(lines) > 4 else lines  # noqa: PLR2004 - of five lines
    return *(None,) * 6, *shown, *(None,) * (5 - len(shown)), None


def _establishment(
    name: str | None, authority: str | None, school: str | None
) -> tuple[str, str | None]:
    """Return a school's name, and its seven digits if it has them: XXX and XXXX is none."""
    if not name:
        message = "the sender has to give the school a name"
        raise UnreadableError(message)
    number = (authority or "") + (school or "")
    return name, number if _is_school(number) else None


def _establishment_back(name: str | None, organisation: str | None) -> tuple[str | None, ...]:
    if not organisation or not _is_school(organisation):
        return name, None, None
    return name, organisation[:3], organisation[3:]


def _is_school(number: str) -> bool:
    return re.fullmatch("[0-9]{7}", number) is not None


def _meals(start: str | None, end: str | None, country: str | None) -> str:
    for day in filter(None, (start, end)):
        STANDARD["iso_date"].read(day)
    until = f" until {end}" if end else ""
    text = f"free school meals from {start or ''}{until}{f' ({country})' if country else ''}"
    _groups(_MEALS, text)
    return text


def _meals_back(text: str) -> tuple[str | None, ...]:
    return _groups(_MEALS, text)


def _sessions(year: str | None, *counts: str | None) -> str:
    possible, attended, authorised, unauthorised = (count or "?" for count in counts)
    text = (
        f"in {year}: {possible} sessions possible, {attended} attended, "
        f"{authorised} authorised and {unauthorised} unauthorised absences"
    )
    _groups(_SESSIONS, text)
    return text


def _sessions_back(text: str) -> tuple[str | None, ...]:
    return tuple(None if one == "?" else one for one in _groups(_SESSIONS, text))


def _groups(pattern: re.Pattern[str], text: str) -> tuple[str | None, ...]:
    found = pattern.fullmatch(text)
    if found is None:
        raise UnreadableError(_NOT_OF_THIS_KIND)
    return found.groups()


def _after(name: str, words: str, texts: str, kind: str = "text") -> ValueFunction:
    """Return the pair that puts *words* before a text that *texts* matches, and *kind* can read."""
    pattern, check = re.compile(texts), STANDARD[kind].read

    def checked(text: str) -> str:
        if not pattern.fullmatch(text):
            raise UnreadableError(_NOT_OF_THIS_KIND)
        check(text)
        return text

    def read(text: str) -> str:
        return words + checked(text)

    def write(text: str) -> str:
        if not text.startswith(words):
            raise UnreadableError(_NOT_OF_THIS_KIND)
        return checked(text.removeprefix(words))

    how = f"`{words.strip()}` before it"
    return ValueFunction(name=name, read=read, write=write, texts=(texts,), how=how)


def _responsibility(text: str) -> ParentalResponsibility:
    holds = STANDARD["boolean"].read(text)
    return ParentalResponsibility.YES if holds else ParentalResponsibility.NO


def _responsibility_back(held: ParentalResponsibility) -> str | None:
    return {ParentalResponsibility.YES: "true", ParentalResponsibility.NO: "false"}.get(held)


def _property(text: str) -> str:
    try:
        return uprn(text)
    except IdentifierError as error:
        raise UnreadableError(str(error)) from None


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        ValueFunction(
            name="pupil_name",
            read=_pupil_name,
            write=_pupil_name_back,
            texts=(_NAME, _WORDS, _WORDS),
            fields=3,
        ),
        ValueFunction(
            name="other_name",
            read=_other_name,
            write=_other_name_back,
            texts=(_NAME, _WORDS),
            fields=3,
        ),
        ValueFunction(
            name="contact_name",
            read=_contact_name,
            write=_contact_name_back,
            texts=("Ms|Mr", _NAME, _NAME, _NAME),
            how="title, forename, middle names and surname as one text",
        ),
        ValueFunction(
            name="address_lines",
            read=_lines,
            write=_lines_back,
            texts=(_WORDS,) * 9,
        ),
        ValueFunction(
            name="address_text",
            read=_address_text,
            write=_address_text_back,
            texts=(_WORDS,) * 12,
            how="the lines of the address as one text",
        ),
        ValueFunction(
            name="establishment",
            read=_establishment,
            write=_establishment_back,
            texts=(_WORDS, "[0-9]{3}", "[0-9]{4}"),
            fields=2,
        ),
        ValueFunction(
            name="free_school_meals",
            read=_meals,
            write=_meals_back,
            texts=(_DAY, _DAY, "ENG|WLS|SCT|NIR"),
            how="as a sentence",
        ),
        ValueFunction(
            name="sessions",
            read=_sessions,
            write=_sessions_back,
            texts=("20[0-2][0-9]", *("[1-9][0-9]{0,2}",) * 4),
            how="as a sentence",
        ),
        ValueFunction(
            name="responsibility",
            read=_responsibility,
            write=_responsibility_back,
            texts=("true|false",),
        ),
        ValueFunction(name="uprn", read=_property, write=str, texts=("[1-9][0-9]{0,11}",)),
        _after("since_day", "since ", _DAY, "iso_date"),
        _after("in_year", "in ", "(19|20)[0-9]{2}"),
        _after("need_ranked", "need ranked ", "[1-9][0-9]?"),
    ],
)
"""The functions that the mapping of a pupil may name."""
