"""Strategies of CAFs: any assessment that the common model can hold, drawn from its own types.

A new field or item type is drawn from the day on which it is added. References point at items
of the same assessment, and at times at none.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.structs import replace

from mappings.caf.assessment import Assessment, Section
from mappings.caf.elements import CATALOGUE, Element
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse
from mappings.caf.items import About, Conclusion, Dissent, Identifier, Item
from mappings.caf.social_care import EpisodePart
from mappings.caf.vocabulary import CasePhase

MOST_ITEMS = 10
IDS = [f"item-{number}" for number in range(MOST_ITEMS + 2)]
_REFERENCES: Final[dict[tuple[type, str], st.SearchStrategy[Any]]] = {
    (About, "person"): st.none() | st.sampled_from(IDS),
    (Conclusion, "evidence"): st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(tuple),
    (Dissent, "on"): st.sampled_from(IDS),
    **{
        (part, "episode"): st.none() | st.sampled_from(IDS) for part in EpisodePart.__subclasses__()
    },
    (Identifier, "scheme"): st.sampled_from([*map(str, Scheme), "local"]),
}
_TEXT = st.text(max_size=6)
_CANARY = st.integers(10**11, 10**12 - 1).map("canary-{}".format)
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


def assessments(text: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Assessment]:
    """Any assessment of up to ten items, every free text of which is drawn from *text*."""
    drawn = _TEXT if text is None else text
    return st.builds(
        _assemble,
        st.lists(_placed(drawn), max_size=MOST_ITEMS),
        st.fixed_dictionaries(
            {"id": drawn, "phase": st.none() | st.sampled_from(CasePhase)},
            optional={"started_on": st.dates(), "completed_on": st.dates(), "version": drawn},
        ),
    )


def canary_assessments() -> st.SearchStrategy[Assessment]:
    """Any assessment, every free text of which begins with `canary-`."""
    return assessments(_CANARY)


def _placed(text: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Element, Item]]:
    return st.sampled_from(CATALOGUE).flatmap(
        lambda element: st.tuples(st.just(element), _items(_item_type(element), text))
    )


def _item_type(element: Element) -> type[Item]:
    section = {field.name: field.type for field in msgspec.structs.fields(Assessment)}
    field = next(
        field
        for field in msgspec.structs.fields(section[element.section])
        if field.name == element.field
    )
    kind: type[Item] = get_args(field.type)[0]
    return kind


def _assemble(placed: list[tuple[Element, Item]], facts: dict[str, object]) -> Assessment:
    sections: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item_id, (element, item) in zip(IDS, placed, strict=False):
        sections[element.section][element.field].append(replace(_settled(item), id=item_id))
    empty = Assessment()
    built: dict[str, Section] = {
        name: type(getattr(empty, name))(**{field: tuple(kept) for field, kept in fields.items()})
        for name, fields in sections.items()
    }
    return Assessment(**facts, **built)  # type: ignore[arg-type]  # drawn by the fields' names


def _settled(item: Item) -> Item:
    """Say of an identifier whether it is valid: that is no choice of whoever writes it."""
    if not isinstance(item, Identifier) or item.scheme == "local":
        return item
    try:
        parse(Scheme(item.scheme), item.value)
    except IdentifierError:
        return replace(item, is_valid=False)
    return replace(item, is_valid=True)


_MADE: dict[tuple[type, st.SearchStrategy[str]], st.SearchStrategy[Any]] = {}


def _items(struct: type, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    key = (struct, text)
    if key not in _MADE:
        drawn = {
            field.name: _REFERENCES.get((struct, field.name), _values(field.type, text))
            for field in _fields(struct)
            if field.name not in {"id", "is_valid"}
        }
        _MADE[key] = st.builds(struct, **drawn)
    return _MADE[key]


def _fields(struct: type) -> tuple[inspect.Field, ...]:
    found = inspect.type_info(struct)
    return found.fields if isinstance(found, inspect.StructType) else ()


def _values(kind: inspect.Type, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return _BY_KIND[type(kind)](kind, text)


_BY_KIND: Final[dict[type, Callable[[Any, st.SearchStrategy[str]], st.SearchStrategy[Any]]]] = {
    inspect.StrType: lambda _, text: text,
    inspect.BoolType: lambda *_: st.booleans(),
    inspect.IntType: lambda kind, _: st.integers(kind.ge, kind.le),
    inspect.DateType: lambda *_: st.dates(),
    inspect.DateTimeType: lambda *_: _MOMENTS,
    inspect.NoneType: lambda *_: st.none(),
    inspect.EnumType: lambda kind, _: st.sampled_from(kind.cls),
    inspect.StructType: lambda kind, text: _items(kind.cls, text),
    inspect.UnionType: lambda kind, text: st.one_of(*(_values(one, text) for one in kind.types)),
    inspect.VarTupleType: lambda kind, text: st.lists(
        _values(kind.item_type, text), max_size=2
    ).map(tuple),
    inspect.TupleType: lambda kind, text: st.tuples(
        *(_values(one, text) for one in kind.item_types)
    ),
}
