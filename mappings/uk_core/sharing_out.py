"""What of a CAF the resources of a record say, and what the answers of a questionnaire response.

An item travels whole: as a resource where a resource carries all of it, else as an answer. Only
who and what the child and the family are is never an answer: of that, the resources say what they
can. What another item refers to is an answer, too, because only answers are referred to.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import structs

from mappings.bars.answers import ASKED
from mappings.bars.writing.draft import is_empty
from mappings.caf.assessment import Assessment
from mappings.caf.items import Conclusion, Dissent, Item, Statement
from mappings.language.shapes import UNWRITABLE
from mappings.uk_core.reading import Items, items_by_path, sections_of
from mappings.uk_core.shape import translation

_ASKED: Final = frozenset(element.path for element in ASKED.values())
_PEOPLE: Final = frozenset({"people.carers", "people.siblings", "people.household"})


class Shares(msgspec.Struct, frozen=True):
    """What is said by what: the *people* of the family, other *rows*, *answers*, and *names*.

    *names* has for the id of each answer what it is called by.
    """

    people: Assessment
    rows: Assessment
    answers: Assessment
    names: dict[str, str]


def share_out(assessment: Assessment) -> Shares:
    """Return what of *assessment* is said by what."""
    held = list(items_by_path(assessment))
    referred = {id_ for _, item in held for id_ in _referred(item)}
    whole = _Whole(assessment)
    people, rows, answers = Items(), Items(), Items()
    names: dict[str, str] = {}
    for path, item in held:
        if path in _PEOPLE:
            people.setdefault(path, []).append(item)
        elif path not in _ASKED or (item.id not in referred and whole.holds(path, item)):
            rows.setdefault(path, []).append(item)
        elif not is_empty(item) and not (isinstance(item, Dissent) and item.on not in names):
            names[item.id] = f"i{len(names) + 1}"
            answers.setdefault(path, []).append(structs.replace(item, holder=None))
    facts = structs.replace(assessment, id="", **{name: kind() for name, kind in _SECTIONS.items()})
    return Shares(
        Assessment(**sections_of(people)),
        Assessment(**sections_of(rows)),
        structs.replace(facts, **sections_of(answers)),
        names,
    )


class _Whole:
    """The items that come back whole when they are written by rows alone."""

    def __init__(self, assessment: Assessment) -> None:
        self._back: dict[str, list[Item]] = {}
        for path, item in items_by_path(translation().carried(assessment)):
            self._back.setdefault(path, []).append(_plain(item))

    def holds(self, path: str, item: Item) -> bool:
        """Say whether *item* comes back whole; each that comes back counts once."""
        back = self._back.get(path, [])
        plain = _plain(item)
        if plain in back:
            back.remove(plain)
            return True
        return False


def _plain(item: Item) -> Item:
    """Return *item* without what is the gateway's own; when it was said counts of a statement."""
    about = tuple(structs.replace(one, person=None) for one in item.about)
    at = item.recorded_at if isinstance(item, Statement) else None
    return structs.replace(item, id="", source=None, holder=None, about=about, recorded_at=at)


def _referred(item: Item) -> Iterator[str]:
    if isinstance(item, Conclusion):
        yield from item.evidence
    if isinstance(item, Dissent):
        yield item.on


def writable(assessment: Assessment) -> Assessment:
    """Return *assessment* with U+FFFD for each character that no record can hold."""
    plain = msgspec.to_builtins(assessment)
    return msgspec.convert(_written(plain), Assessment)


def _written(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, str):
        return UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, list | tuple) else value


_SECTIONS: Final[dict[str, Any]] = {
    one.name: one.type
    for one in structs.fields(Assessment)
    if isinstance(one.default, msgspec.Struct)
}
