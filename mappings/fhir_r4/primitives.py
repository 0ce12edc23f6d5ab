"""FHIR's primitive types as msgspec types, and the rules that a type alone cannot state.

Patterns are those of http://hl7.org/fhir/R4/datatypes.html. A date is kept as the text that came:
FHIR's precision (a year, a month, seven digits of a second) is part of the value.
"""

from typing import Annotated, Final

from msgspec import Meta

_YEAR = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_MONTH = r"-(0[1-9]|1[0-2])"
_DAY = r"-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

CODE_FORM: Final = r"^\S+(\s\S+)*\Z"

String = Annotated[str, Meta(min_length=1)]
Code = Annotated[str, Meta(pattern=CODE_FORM)]
# The code of a coding or an extension: they stand everywhere, so that one search over a whole
# resource for one of another form (`adapters.health.fhir_r4.rules`) replaces a match for each.
CommonCode = Annotated[str, "code"]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9\-.]{1,64}\Z")]
# What is no base64 is found where a document is taken out: it costs the document, not the message.
Base64Binary = Annotated[str, "base64"]
Date = Annotated[str, Meta(pattern=rf"^{_YEAR}({_MONTH}({_DAY})?)?\Z")]
DateTime = Annotated[str, Meta(pattern=rf"^{_YEAR}({_MONTH}({_DAY}(T{_CLOCK}{_ZONE})?)?)?\Z")]
Instant = Annotated[str, Meta(pattern=rf"^{_YEAR}{_MONTH}{_DAY}T{_CLOCK}{_ZONE}\Z")]
Time = Annotated[str, Meta(pattern=rf"^{_CLOCK}\Z")]
Integer = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
UnsignedInt = Annotated[int, Meta(ge=0, le=2**31 - 1)]
PositiveInt = Annotated[int, Meta(ge=1, le=2**31 - 1)]


def require(element: str, value: object, extension: object) -> None:
    """Raise `ValueError` where a required *element* has neither value nor *extension*.

    FHIR lets an extension say why a required primitive has no value
    (http://hl7.org/fhir/R4/extensibility.html#Special-Case).

    >>> require("status", "active", None)
    >>> require("status", None, None)
    Traceback (most recent call last):
        ...
    ValueError: `status` is required
    """
    if value is None and extension is None:
        message = f"`{element}` is required"
        raise ValueError(message)


def at_most_one(choice: str, values: tuple[object, ...]) -> None:
    """Raise `ValueError` where more than one of the *values* of a *choice* is given.

    >>> at_most_one("value[x]", (None, "a"))
    >>> at_most_one("value[x]", (True, "a"))
    Traceback (most recent call last):
        ...
    ValueError: `value[x]` is given more than once
    """
    if len(values) - values.count(None) > 1:
        message = f"`{choice}` is given more than once"
        raise ValueError(message)


def exactly_one(choice: str, values: tuple[object, ...]) -> None:
    """Raise `ValueError` unless just one of the *values* of a *choice* is given.

    >>> exactly_one("medication[x]", ("a", None))
    >>> exactly_one("medication[x]", (None, None))
    Traceback (most recent call last):
        ...
    ValueError: `medication[x]` is required
    """
    at_most_one(choice, values)
    if len(values) == values.count(None):
        message = f"`{choice}` is required"
        raise ValueError(message)
