"""Whom the resources of a payload are about, and what their references mean.

A resource is about a child only if every reference to whom it is about means that child's Patient,
by a URL or by an identifier that the Patient has too. One that names nobody may be about the only
child of a payload; one that names somebody else is about nobody here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mappings.language.trees import Node, Tree
from mappings.uk_core.shape import ABOUT_A_CHILD

PATIENT: Final = "Patient"
_PROVENANCE: Final = "Provenance"
_SUBJECTS: Final = ("subject", "patient", "for")
_ABSOLUTE: Final = ("http://", "https://", "urn:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a payload as plain JSON, its *place* there and its *full_url*."""

    place: str
    full_url: str
    resource: Tree

    @property
    def type(self) -> str:
        """The type of the resource."""
        return str(self.resource.get("resourceType", ""))

    @property
    def name(self) -> str | None:
        """What a relative reference calls it: its type and id."""
        id_ = self.resource.get("id")
        return f"{self.type}/{id_}" if isinstance(id_, str) else None

    @property
    def base(self) -> str:
        """The address of the server that it is of, as its full URL has it; else none."""
        is_of_a_server = self.name and self.full_url.endswith(f"/{self.name}")
        return self.full_url.removesuffix(str(self.name)) if is_of_a_server else ""


@dataclass(slots=True)
class References:
    """What references mean among the *entries* of a payload: what may mean two, means none."""

    entries: tuple[Entry, ...]
    _by_url: dict[str, Entry | None] = field(init=False)
    _by_name: dict[str, Entry | None] = field(init=False)
    _by_identifier: dict[str, Entry | None] = field(init=False)

    def __post_init__(self) -> None:
        self._by_url = _unique((one.full_url, one) for one in self.entries)
        self._by_name = _unique((one.name, one) for one in self.entries)
        patients = [one for one in self.entries if one.type == PATIENT]
        self._by_identifier = _unique(
            (key, one) for one in patients for key in _identifiers(one.resource)
        )

    def meant(self, reference: Tree, entry: Entry) -> Entry | None:
        """Return the entry that *reference* means, in the payload or contained in *entry*."""
        text = reference.get("reference")
        if not isinstance(text, str):
            return None
        if text.startswith("#"):
            return _contained(entry, text[1:])
        url = _url(text, entry)
        if (found := self._by_url.get(url)) is not None:
            return found
        found = self._by_name.get(url.removeprefix(entry.base))
        is_elsewhere = found is not None and entry.base and found.base not in {"", entry.base}
        return None if is_elsewhere else found

    def subjects(self, entry: Entry) -> frozenset[str]:
        """Return whom *entry* is about: each by the place of the Patient, else by its own name."""
        if entry.type != _PROVENANCE:
            return frozenset(self._subject(one, entry) for one in subjects_of(entry.resource))
        targets = entry.resource.get("target")
        held = targets if isinstance(targets, list) else []
        return frozenset(
            whom for one in held if isinstance(one, dict) for whom in self._behind(one, entry)
        )

    def _behind(self, target: Tree, entry: Entry) -> Iterable[str]:
        """Return whom the *target* of a Provenance is about: itself, where that is a Patient."""
        meant = self.meant(target, entry)
        is_about_a_child = meant is not None and meant.type in ABOUT_A_CHILD
        if meant is not None and is_about_a_child and meant.type != _PROVENANCE:
            return self.subjects(meant)
        return (self._subject(target, entry),)

    def _subject(self, reference: Tree, entry: Entry) -> str:
        meant = self.meant(reference, entry)
        text = str(reference.get("reference") or "")
        named = _identifier(reference.get("identifier"))
        if meant is not None and meant.type != PATIENT:
            return meant.place
        if meant is not None and not text.startswith("#"):
            return named if named and _differs(named, meant) else meant.place
        also = _identifiers(meant.resource) if meant is not None else ()
        for key in (named, *also):
            if key and (patient := self._by_identifier.get(key)) is not None:
                return patient.place
        return named or (_url(text, entry) if text and text[0] != "#" else f"{entry.place}{text}")


def subjects_of(resource: Tree) -> Iterator[Tree]:
    """Yield the references of *resource* to whom it is about."""
    for name in _SUBJECTS:
        if isinstance(found := resource.get(name), dict):
            yield found


def _unique(named: Iterable[tuple[str | None, Entry]]) -> dict[str, Entry | None]:
    found: dict[str, Entry | None] = {}
    for name, entry in named:
        if name:
            found[name] = entry if found.get(name, entry) is entry else None
    return found


def _url(text: str, entry: Entry) -> str:
    """Return the URL of a reference in *entry*: a relative one is of the same server."""
    plain = text.partition("/_history/")[0]
    return plain if plain.startswith(_ABSOLUTE) else f"{entry.base}{plain}"


def _identifiers(resource: Tree) -> Iterator[str]:
    held = resource.get("identifier")
    for one in held if isinstance(held, list) else []:
        if key := _identifier(one):
            yield key


def _identifier(node: Node) -> str:
    """Return the system and the value of an identifier, if it has both."""
    if not isinstance(node, dict):
        return ""
    system, value = node.get("system"), node.get("value")
    if not (isinstance(system, str) and isinstance(value, str)):
        return ""
    return f"{system}|{''.join(value.split())}"


def _differs(named: str, patient: Entry) -> bool:
    """Whether *patient* has an identifier of the same system as *named*, and not that one."""
    own = set(_identifiers(patient.resource))
    system = named.rpartition("|")[0]
    return named not in own and any(one.rpartition("|")[0] == system for one in own)


def _contained(entry: Entry, id_: str) -> Entry | None:
    contained = entry.resource.get("contained")
    for position, one in enumerate(contained if isinstance(contained, list) else []):
        if isinstance(one, dict) and one.get("id") == id_:
            return Entry(f"{entry.place}.contained[{position}]", "", one)
    return None
