"""Value functions of HL7 version 2 messages: who a person is, and how the child is reached.

They are held to the same laws as all others (`mappings.language.values`); `clinical` has those of
what is said about the child.
"""

from datetime import date
from typing import Final
from urllib.parse import quote, unquote

from mappings.caf.codes import BASE
from mappings.caf.identifiers import OURS
from mappings.caf.items import Coding
from mappings.errors import UnreadableError
from mappings.language.tables import coded, table
from mappings.language.values import ValueFunction

DAY: Final = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])"
_NAME: Final = "[A-Z][a-z]{1,8}"
_WORDS: Final = "[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?"
_CODE: Final = "[A-Z0-9]{1,6}"
_LOCAL: Final = f"{OURS}hl7v2/"
_GP: Final = Coding(f"{BASE}occupation", "gp", "GP")
_SIBLING: Final = "SIB"
_NOT_OF_THIS_KIND: Final = "the sender has to check this value: it is not of its kind"


def day(text: str) -> date:
    """Return the day of *text*, year, month and day without separators; a time after it is lost.

    >>> day("20190822140527")
    datetime.date(2019, 8, 22)
    >>> day("2019")
    Traceback (most recent call last):
        ...
    mappings.errors.UnreadableError: this has to be a whole date, YYYYMMDD
    """
    digits = text[:8]
    message = "this has to be a whole date, YYYYMMDD"
    if not (len(digits) == len("YYYYMMDD") and digits.isascii() and digits.isdecimal()):
        raise UnreadableError(message)
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise UnreadableError(message) from None


def _day_back(value: date) -> str:
    return f"{value.year:04}{value:%m%d}"


def _child_name(
    family: str | None, given: str | None, further: str | None
) -> tuple[str, str | None, tuple[str, ...] | None]:
    """Return a name as text, family name and given names; further ones are one word each."""
    if further and not given:
        message = "further names need a given name"
        raise UnreadableError(message)
    names = (*([given] if given else []), *(further.split() if further else []))
    return " ".join([*names, *([family] if family else [])]), family, names or None


def _child_name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[str | None, str | None, str | None]:
    # A name that nobody took apart is not guessed at: it stands whole where a name must be.
    if not family and not given:
        return text, None, None
    first, *further = given or ("",)
    return family, first or None, " ".join(further) or None


def _person_name(*parts: str | None) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())


def _person_name_back(text: str) -> tuple[str | None, ...]:
    before, _, family = text.strip().rpartition(" ")
    return None, before or None, None, family or None


def _lines(street: str | None, other: str | None) -> tuple[str, ...]:
    return tuple(part for part in (street, other) if part)


def _lines_back(lines: tuple[str, ...]) -> tuple[str | None, str | None]:
    street, *others = lines or ("",)
    return street or None, ", ".join(others) or None


def _address_text(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _address_text_back(text: str) -> tuple[str | None, ...]:
    return text or None, None, None, None, None


def _local_identifier(
    value: str | None, authority: str | None, kind: str | None
) -> tuple[str, str]:
    """Return the scheme and the value of an identifier that only its giver understands."""
    if not value:
        message = "the sender has to give the identifier itself"
        raise UnreadableError(message)
    return f"{_LOCAL}{quote(authority or '', safe='')}/{quote(kind or '', safe='')}", value


def _local_identifier_back(scheme: str | None, value: str | None) -> tuple[str | None, ...]:
    if not scheme or not scheme.startswith(_LOCAL):
        raise UnreadableError(_NOT_OF_THIS_KIND)
    authority, _, kind = scheme.removeprefix(_LOCAL).partition("/")
    return value, unquote(authority) or None, unquote(kind) or None


def _described(text: str) -> tuple[None, str]:
    return None, text


def _described_back(relationship: Coding | None, text: str | None) -> str | None:
    return text or (relationship.display if relationship else None)


_RELATIONSHIPS: Final = coded(table("hl7v2-relationship"), None, is_many=False)


def _sibling(*parts: str | None) -> tuple[str | None, object, str | None]:
    """Return name and relationship of a brother or sister: the code is the last part but one."""
    *names, code, text = parts
    return _person_name(*names) or None, _RELATIONSHIPS.read(code or _SIBLING), text


def _sibling_back(
    name: str | None, relationship: Coding | None, text: str | None
) -> tuple[str | None, ...]:
    names = _person_name_back(name) if name else (None,) * 4
    code = _RELATIONSHIPS.write(relationship) if relationship else None
    return *names, str(code or _SIBLING), text


def _primary_care(*parts: str | None) -> tuple[str, Coding]:
    name = _person_name(*parts)
    if not name:
        raise UnreadableError(_NOT_OF_THIS_KIND)
    return name, _GP


def _primary_care_back(name: str | None, occupation: Coding | None) -> tuple[str | None, ...]:
    if not name or occupation != _GP:
        raise UnreadableError(_NOT_OF_THIS_KIND)
    return _person_name_back(name)


PERSONAL: Final = (
    ValueFunction(name="hl7_day", read=day, write=_day_back, texts=(DAY,)),
    ValueFunction(
        name="child_name",
        read=_child_name,
        write=_child_name_back,
        texts=(_NAME, _NAME, _WORDS),
        fields=3,
    ),
    ValueFunction(
        name="person_name",
        read=_person_name,
        write=_person_name_back,
        texts=("Ms|Mr", _NAME, _NAME, _NAME),
        how="title, given names and family name as one text",
    ),
    ValueFunction(name="address_lines", read=_lines, write=_lines_back, texts=(_WORDS, _WORDS)),
    ValueFunction(
        name="address_text",
        read=_address_text,
        write=_address_text_back,
        texts=(_WORDS,) * 5,
        how="the lines of the address as one text",
    ),
    ValueFunction(
        name="local_identifier",
        read=_local_identifier,
        write=_local_identifier_back,
        texts=(_CODE, _CODE, _CODE),
        fields=2,
        how="who gave the identifier, and its kind, as its scheme",
    ),
    ValueFunction(
        name="described", read=_described, write=_described_back, texts=(_WORDS,), fields=2
    ),
    ValueFunction(
        name="sibling",
        read=_sibling,
        write=_sibling_back,
        texts=("Ms|Mr", _NAME, _NAME, _NAME, "SIB|BRO|SIS", _WORDS),
        fields=3,
        how="title, given names and family name as one text",
    ),
    ValueFunction(
        name="primary_care",
        read=_primary_care,
        write=_primary_care_back,
        texts=("Dr", _NAME, _NAME, _NAME),
        fields=2,
        how="title, given names and family name as one text, and a GP by trade",
    ),
)
"""The functions of people, identifiers and addresses."""
