"""Identifiers of children, organisations and places: each parses, or is refused with the reason.

What parses is in its scheme's own canonical form, so that equal identifiers are equal texts.
A refusal says what is wrong and never repeats the identifier: refusals end up in logs.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import mul
from typing import Final, NewType, NoReturn

from mappings.caf.errors import IdentifierError

NHSNumber = NewType("NHSNumber", str)
UPN = NewType("UPN", str)
ULN = NewType("ULN", str)
LAChildID = NewType("LAChildID", str)
ODSCode = NewType("ODSCode", str)
URN = NewType("URN", str)
UPRN = NewType("UPRN", str)

OURS: Final = "https://caf-gateway.example/Id/"


class Scheme(StrEnum):
    """A scheme of identifiers that the gateway knows."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    ULN = "uln"
    LA_CHILD_ID = "la-child-id"
    ODS = "ods"
    URN = "urn"
    UPRN = "uprn"

    @property
    def system(self) -> str:
        """The URI of the scheme in FHIR: the national one where there is one, else ours.

        >>> Scheme.NHS_NUMBER.system
        'https://fhir.nhs.uk/Id/nhs-number'
        """
        return _SYSTEMS[self]


_SYSTEMS: Final[Mapping[Scheme, str]] = {
    Scheme.NHS_NUMBER: "https://fhir.nhs.uk/Id/nhs-number",
    Scheme.UPN: f"{OURS}upn",
    Scheme.ULN: f"{OURS}uln",
    Scheme.LA_CHILD_ID: f"{OURS}la-child-id",
    Scheme.ODS: "https://fhir.nhs.uk/Id/ods-organization-code",
    Scheme.URN: f"{OURS}urn",
    Scheme.UPRN: f"{OURS}uprn",
}
_BY_SYSTEM: Final = {system: scheme for scheme, system in _SYSTEMS.items()}


def scheme_of(system: str) -> Scheme | None:
    """Return the scheme that *system*, a URI, names in FHIR; None where it is not one of these.

    >>> scheme_of("https://fhir.nhs.uk/Id/ods-organization-code")
    <Scheme.ODS: 'ods'>
    >>> scheme_of("urn:oid:1.2.3") is None
    True
    """
    return _BY_SYSTEM.get(system)


def nhs_number(text: str) -> NHSNumber:
    """Return the NHS number in *text*, ten digits without spaces, or raise `IdentifierError`.

    The tenth digit is 11 less the weighted sum (10 to 2) of the others modulo 11; 11 stands for
    0, and no number has 10 (NHS Data Dictionary). Spaces or hyphens after the third and sixth
    digit are how it is displayed.

    >>> nhs_number("943 476 5919")
    '9434765919'
    >>> nhs_number("943 476 5918")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not an NHS number: wrong check digit
    """
    found = _NHS_NUMBER.fullmatch(text.strip())
    if found is None:
        _refuse("an NHS number", "ten digits are needed")
    digits = "".join(found.groups())
    check = (11 - _weighted(digits[:9])) % 11
    if check == 10:  # noqa: PLR2004 - the remainder that the scheme gives no digit to
        _refuse("an NHS number", "no number has these nine digits")
    if check != int(digits[9]):
        _refuse("an NHS number", "wrong check digit")
    return NHSNumber(digits)


def is_placeholder(number: NHSNumber) -> bool:
    """Say whether *number* is one digit ten times: it has a right check digit and is nobody's.

    >>> is_placeholder(nhs_number("9999999999"))
    True
    >>> is_placeholder(nhs_number("9434765919"))
    False
    """
    return len(set(number)) == 1


def upn(text: str) -> UPN:
    """Return the unique pupil number in *text*, in capitals, or raise `IdentifierError`.

    A check letter, then twelve digits (permanent), or eleven digits and a letter (temporary).
    The letter stands for the sum of the other characters, each times its position (2 to 13),
    modulo 23, in an alphabet without I, O and S (DfE Common Basic Data Set).

    >>> upn("b801200005001")
    'B801200005001'
    >>> upn("A801200005001")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not a UPN: wrong check letter
    """
    upper = text.strip().upper()
    if not _UPN.fullmatch(upper):
        _refuse("a UPN", "a letter and twelve digits are needed, the last may be a letter")
    total = sum(map(mul, map(_UPN_VALUES.__getitem__, upper[1:]), range(2, 14)))
    if _UPN_LETTERS[total % 23] != upper[0]:
        _refuse("a UPN", "wrong check letter")
    return UPN(upper)


def is_temporary(number: UPN) -> bool:
    """Say whether *number* is temporary: such a one may change, and never joins two records.

    >>> is_temporary(upn("F38080583882P"))
    True
    """
    return number[-1].isalpha()


def uln(text: str) -> ULN:
    """Return the unique learner number in *text*, or raise `IdentifierError`.

    Ten digits, the first not 0; weighted 10 to 1 they leave 10 modulo 11 (Learning Records
    Service).

    >>> uln("9276308686")
    '9276308686'
    >>> uln("9999999999")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not a ULN: wrong check digit
    """
    digits = text.strip()
    if not _ULN.fullmatch(digits):
        _refuse("a ULN", "ten digits are needed, the first not 0")
    if _weighted(digits) != 10:  # noqa: PLR2004 - what the scheme wants to be left
        _refuse("a ULN", "wrong check digit")
    return ULN(digits)


def la_child_id(text: str) -> LAChildID:
    """Return a local authority's own id for a child, or raise `IdentifierError`.

    At most 20 letters and digits (children in need census, rules 1570 and 1580). It means
    something only together with the authority that gave it.

    >>> la_child_id("CH00412")
    'CH00412'
    >>> la_child_id("CH/412")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not an LAChildID: one to twenty letters and digits are needed
    """  # noqa: E501 - the doctest's message is one line
    return LAChildID(
        _whole(_LA_CHILD_ID, text, "an LAChildID", "one to twenty letters and digits are needed")
    )


def ods_code(text: str) -> ODSCode:
    """Return the Organisation Data Service code in *text*, in capitals, or raise `IdentifierError`.

    >>> ods_code("rx8")
    'RX8'
    >>> ods_code("R-8")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not an ODS code: three to twelve letters and digits are needed
    """  # noqa: E501 - the doctest's message is one line
    return ODSCode(
        _whole(_ODS, text.upper(), "an ODS code", "three to twelve letters and digits are needed")
    )


def urn(text: str) -> URN:
    """Return the unique reference number of a school or provider, or raise `IdentifierError`.

    Six digits (GIAS), seven (Ofsted), or SC and six (Ofsted, social care).

    >>> urn("sc012345")
    'SC012345'
    >>> urn("12345")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not a URN: six or seven digits, or SC and six, are needed
    """
    return URN(
        _whole(_URN, text.upper(), "a URN", "six or seven digits, or SC and six, are needed")
    )


def uprn(text: str) -> UPRN:
    """Return the unique property reference number in *text* without leading zeros, or refuse it.

    One to twelve digits, without a check digit; raises `IdentifierError`.

    >>> uprn("000010033544614")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.IdentifierError: not a UPRN: one to twelve digits are needed, not all 0
    >>> uprn("010033544614")
    '10033544614'
    """
    digits = _whole(_UPRN, text, "a UPRN", "one to twelve digits are needed, not all 0")
    return UPRN(digits.lstrip("0"))


def parse(scheme: Scheme, text: str) -> str:
    """Return *text* as an identifier of *scheme* in its canonical form, or raise `IdentifierError`.

    >>> parse(Scheme.NHS_NUMBER, "943-476-5919")
    '9434765919'
    """
    return _PARSERS[scheme](text)


_NHS_NUMBER: Final = re.compile(r"([0-9]{3})[ -]?([0-9]{3})[ -]?([0-9]{4})")
_UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN_VALUES: Final = {
    character: value
    for alphabet in ("0123456789", _UPN_LETTERS)
    for value, character in enumerate(alphabet)
}
_UPN: Final = re.compile(rf"[{_UPN_LETTERS}][0-9]{{11}}[0-9{_UPN_LETTERS}]")
_ULN: Final = re.compile(r"[1-9][0-9]{9}")
_LA_CHILD_ID: Final = re.compile(r"[A-Za-z0-9]{1,20}")
_ODS: Final = re.compile(r"[A-Z0-9]{3,12}")
_URN: Final = re.compile(r"[0-9]{6,7}|SC[0-9]{6}")
_UPRN: Final = re.compile(r"(?!0+$)[0-9]{1,12}")

_PARSERS: Final[Mapping[Scheme, Callable[[str], str]]] = {
    Scheme.NHS_NUMBER: nhs_number,
    Scheme.UPN: upn,
    Scheme.ULN: uln,
    Scheme.LA_CHILD_ID: la_child_id,
    Scheme.ODS: ods_code,
    Scheme.URN: urn,
    Scheme.UPRN: uprn,
}


def _weighted(digits: str) -> int:
    """Return the sum of *digits*, weighted 10, 9, 8, ..., modulo 11."""
    return (
        sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=False))
        % 11
    )


def _whole(pattern: re.Pattern[str], text: str, what: str, needed: str) -> str:
    stripped = text.strip()
    if not pattern.fullmatch(stripped):
        _refuse(what, needed)
    return stripped


def _refuse(what: str, why: str) -> NoReturn:
    message = f"not {what}: {why}"
    raise IdentifierError(message)
