"""How a value that was read is put into the fields of an item."""

from collections.abc import Callable
from typing import TypeAlias

Values: TypeAlias = dict[str, object]
Putter: TypeAlias = Callable[[Values, object], None]


def putter(fields: tuple[str, ...], *, adds: bool) -> Putter:
    """Return what puts a value that was read into *fields*; one that *adds*, to what is there."""
    name = fields[0]
    if adds:

        def put(values: Values, found: object) -> None:
            there = values.get(name)
            values[name] = there + found if there else found  # type: ignore[operator]  # tuples

    elif len(fields) == 1:

        def put(values: Values, found: object) -> None:
            values[name] = found

    else:

        def put(values: Values, found: object) -> None:
            for one, value in zip(fields, found, strict=True):  # type: ignore[call-overload]  # as many as fields
                if value is not None:
                    values[one] = value

    return put
