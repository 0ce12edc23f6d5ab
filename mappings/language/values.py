"""Value functions: named pairs, one to read and one to write, between texts and values of the CAF.

A pair is held to two laws by `tests/mappings/language/test_values.py`, over every pair there is:

    read(write(value)) == value     for every value that it reads
    write(read(texts)) == texts     for every text of its canonical form; for any other text that it
                                    reads, writing gives the canonical form of the same value

A pair of one leaf takes and gives one text; a pair of several takes and gives as many, each of
which may be None. What it cannot read it refuses with `UnreadableError`, which never says what.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse
from mappings.errors import MappingError, UnreadableError
from mappings.language.trees import Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFunction:
    """A named pair: `read` takes texts to a value, `write` a value to texts.

    *texts* has for each leaf a pattern of its canonical texts, from which tests draw; *fields* is
    how many values it gives. *how* says what it changes; None where it keeps what it reads. It is
    handed texts alone, unless it *takes_json*: numbers, true and false; *takes_lists* of texts; or
    *takes_nodes*, whatever stands there: then *texts* are of JSON where they begin with a bracket.
    *repairs* has texts that dirty records have, and what each is read as: never without a finding.
    """

    name: str
    read: Callable[..., object]
    write: Callable[..., object]
    texts: tuple[str, ...]
    fields: int = 1
    how: str | None = None
    takes_json: bool = False
    takes_lists: bool = False
    takes_nodes: bool = False
    repairs: Mapping[str, str] = field(default_factory=dict)

    def texts_of(self, values: tuple[object, ...]) -> tuple[object, ...]:
        """Return what is written of *values*, one text a leaf; None where nothing can be.

        >>> STANDARD["iso_date"].texts_of((date(2026, 1, 5),)), STANDARD["iso_date"].texts_of((None,))
        (('2026-01-05',), (None,))
        """  # noqa: E501 - the doctest's line is one
        nothing = (None,) * len(self.texts)
        if all(value is None for value in values):
            return nothing
        try:
            written = self.write(*values)
        except UnreadableError:
            return nothing
        return (written,) if len(self.texts) == 1 else tuple(written)  # type: ignore[arg-type]  # as many as leaves


def registry(*groups: Iterable[ValueFunction]) -> Mapping[str, ValueFunction]:
    """Return the functions of *groups* by name, or raise `MappingError` where two share one.

    >>> sorted(registry([STANDARD["text"]]))
    ['text']
    >>> registry([STANDARD["text"]], [STANDARD["text"]])
    Traceback (most recent call last):
        ...
    mappings.errors.MappingError: two value functions are called `text`
    """
    found: dict[str, ValueFunction] = {}
    for group in groups:
        for one in group:
            if one.name in found:
                message = f"two value functions are called `{one.name}`"
                raise MappingError(message)
            found[one.name] = one
    return MappingProxyType(found)


def each_of(function: ValueFunction) -> ValueFunction:
    """Return *function* for a leaf that repeats: a list of texts and a tuple of values.

    >>> each_of(STANDARD["iso_date"]).read(["2026-01-05"])
    (datetime.date(2026, 1, 5),)
    """
    return ValueFunction(
        name=f"each {function.name}",
        read=lambda texts: tuple([function.read(text) for text in texts]),
        write=lambda values: [function.write(value) for value in values] or None,
        texts=function.texts,
        how=function.how,
        takes_lists=True,
    )


def _text(text: str) -> str:
    return text


@lru_cache(maxsize=16_384)  # the same days come with each record
@lru_cache(maxsize=2**13)  # a return has the same few hundred days again and again
def _iso_date(text: str) -> date:
    message = "this has to be a date, year-month-day"
    if len(text) != len("YYYY-MM-DD"):
        raise UnreadableError(message)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnreadableError(message) from None


_UK_DATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")


def _uk_date(text: str) -> date:
    message = "this has to be a date, day/month/year"
    found = _UK_DATE.fullmatch(text)
    if found is None:
        raise UnreadableError(message)
    day, month, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableError(message) from None


def _iso_moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = "this has to be a date and a time with its zone"
        raise UnreadableError(message)
    return found.astimezone(UTC)


_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}


def _boolean(text: Leaf) -> bool:
    found = _TRUTHS.get(text.lower()) if isinstance(text, str) else text
    if not isinstance(found, bool):
        message = "this has to be true or false"
        raise UnreadableError(message)
    return found


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        message = "this has to be a whole number"
        raise UnreadableError(message)
    return int(text)


def _identifier(scheme: Scheme, texts: str) -> ValueFunction:
    """Return the pair of *scheme*: an identifier that does not parse is kept as it is, invalid."""

    def read(text: str) -> tuple[str, bool]:
        try:
            return parse(scheme, text), True
        except IdentifierError:
            return text, False

    name = scheme.value.replace("-", "_")
    return ValueFunction(name=name, read=read, write=_first, texts=(texts,), fields=2)


def _first(value: object, *_: object) -> object:
    return value


def _either(first: str | None, second: str | None) -> str | None:
    return second if first is None else first


def _name(given: str | None, family: str | None) -> tuple[str, str | None, tuple[str, ...] | None]:
    return " ".join(filter(None, (given, family))), family, tuple(given.split()) if given else None


def _name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[str | None, str | None]:
    # A name that nobody took apart is not guessed at: it stands whole where a name must be.
    if not family and not given:
        return None, text
    return " ".join(given or ()) or None, family


def _whole_name(given: str | None, family: str | None) -> str:
    return " ".join(filter(None, (given, family)))


def _whole_name_back(text: str) -> tuple[str | None, str | None]:
    given, _, family = text.rpartition(" ")
    return given or None, family or None


def _lines_of(number: int) -> ValueFunction:
    """Return the pair of an address that stands in *number* leaves, a line in each."""

    def read(*texts: str | None) -> tuple[str, ...]:
        return tuple(text for text in texts if text)

    def write(lines: tuple[str, ...]) -> str | tuple[str | None, ...] | None:
        first, last = lines[: number - 1], ", ".join(lines[number - 1 :]) or None
        if number == 1:
            return last
        return *first, *(None,) * (number - 1 - len(first)), last

    return ValueFunction(
        name=f"lines_{number}", read=read, write=write, texts=(r"[A-Z][a-z]{1,8}",) * number
    )


STANDARD: Final = registry(
    [
        ValueFunction(name="text", read=_text, write=_text, texts=(r"[^\W_]{1,12}",)),
        ValueFunction(
            name="iso_date",
            read=_iso_date,
            write=date.isoformat,
            texts=(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",),
        ),
        ValueFunction(
            name="uk_date",
            read=_uk_date,
            write=lambda day: f"{day:%d/%m/}{day.year:04}",
            texts=(r"(0[1-9]|1[0-9]|2[0-8])/(0[1-9]|1[0-2])/(19|20)[0-9]{2}",),
            how="the date in ISO 8601",
        ),
        ValueFunction(
            name="iso_moment",
            read=_iso_moment,
            write=datetime.isoformat,
            texts=(r"20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]\+00:00",),
            how="the moment in UTC",
        ),
        ValueFunction(
            name="boolean",
            read=_boolean,
            write=lambda is_so: "true" if is_so else "false",
            texts=("true|false",),
            takes_json=True,
        ),
        ValueFunction(
            name="whole_number",
            read=_whole_number,
            write=str,
            texts=("0|[1-9][0-9]{0,8}",),
        ),
        ValueFunction(
            name="either",
            read=_either,
            write=lambda text: (text, None),
            texts=("[a-z]{1,9}", "[a-z]{1,9}"),
            how="the first of the two that is there",
        ),
        ValueFunction(
            name="given_and_family",
            read=_name,
            write=_name_back,
            texts=(r"[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?", r"[A-Z][a-z]{1,8}"),
            fields=3,
        ),
        ValueFunction(
            name="whole_name",
            read=_whole_name,
            write=_whole_name_back,
            texts=(r"[A-Z][a-z]{1,8}", r"[A-Z][a-z]{1,8}"),
            how="given and family name as one text",
        ),
        *map(_lines_of, range(1, 6)),
        _identifier(Scheme.NHS_NUMBER, "[0-9]{10}"),
        _identifier(Scheme.UPN, "[A-HJ-NP-RT-Z][0-9]{12}"),
        _identifier(Scheme.ULN, "[1-9][0-9]{9}"),
        _identifier(Scheme.LA_CHILD_ID, "[A-Za-z0-9]{1,20}"),
    ]
)
"""The functions that any mapping may name."""
