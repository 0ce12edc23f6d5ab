"""The record of one child as a tree, out of the resources of a payload, and back.

    {"Patient": {...}, "CareTeam": [{"participant": [{"member": {"Practitioner": {...}}}]}], ...}

A resource stands under its type. What a reference means to a reader (a practitioner, a role, an
organisation) stands in the reference itself, so that rows reach it by a path; every part of the
tree knows where it stands in the payload.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, cast

from mappings.fhir_r4.modifiers import touches
from mappings.language.trees import Node, Tree, copied
from mappings.uk_core.shape import ABOUT_A_CHILD, MEANT

PATIENT: Final = "Patient"
_SUBJECTS: Final = ("subject", "patient", "for")
_WITHIN_A_ROLE: Final = ("practitioner", "organization")
_REFUTED: Final = frozenset({"refuted", "entered-in-error"})


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


@dataclass(frozen=True, slots=True)
class Record:
    """The *tree* of one child; *starts* has the place in the payload of each part of it.

    *patient* is None where the payload names its child without a Patient.
    """

    tree: Tree
    starts: Mapping[str, str]
    patient: Entry | None
    entries: tuple[Entry, ...] = ()

    def real(self, place: str) -> str:
        """Return where in the payload stands what is at *place* of the tree.

        >>> Record({}, {".Goal[0]": "Bundle.entry[3].resource"}, None).real(".Goal[0].id")
        'Bundle.entry[3].resource.id'
        """
        cut = place
        while cut:
            if cut in self.starts:
                return self.starts[cut] + place[len(cut) :]
            cut = cut[: max(cut.rfind("."), cut.rfind("["), 0)]
        return place.removeprefix(".")


@dataclass(slots=True)
class Payload:
    """The resources of a payload: its *entries*, and those that a reference may mean by name.

    Whoever stands at a place that is *modified* is not believed to be whom they seem.
    """

    entries: tuple[Entry, ...]
    modified: frozenset[str] = frozenset()
    named: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.named = {entry.full_url: entry for entry in self.entries if entry.full_url}
        for entry in self.entries:
            if isinstance(id_ := entry.resource.get("id"), str):
                self.named.setdefault(f"{entry.type}/{id_}", entry)

    def records(self) -> Iterator[Record]:
        """Yield the record of each child: of every Patient, or of the one whom all is about."""
        patients = [entry for entry in self.entries if entry.type == PATIENT]
        about = [one for one in self.entries if one.type in ABOUT_A_CHILD]
        if not patients and about:
            yield self._record(None, about)
        for patient in patients:
            own = [one for one in about if self._is_about(one, patient, is_only=len(patients) == 1)]
            yield self._record(patient, own)

    def dangling(self, entry: Entry) -> Iterator[str]:
        """Yield the places of references of *entry* that lead to no resource of the payload.

        Only those by `urn:uuid:` or `#` have to: others may lead to the sender's own server.
        """
        for reference, at in _references(entry.resource, entry.place):
            text = str(reference.get("reference"))
            is_within = text.startswith(("urn:uuid:", "#")) and text != "#"
            if is_within and self._meant(reference, entry) is None:
                yield f"{at}.reference"

    def _is_about(self, entry: Entry, patient: Entry, *, is_only: bool) -> bool:
        """Whether *entry* concerns *patient*: by its subject; without one, where it *is_only*."""
        for reference in subjects_of(entry.resource):
            meant = self._meant(reference, entry)
            if meant is not None and meant.type == PATIENT:
                return meant is patient
        return is_only

    def _record(self, patient: Entry | None, entries: Iterable[Entry]) -> Record:
        tree: Tree = {}
        starts: dict[str, str] = {}
        held = [one for one in entries if not is_withdrawn(one.resource)]
        if patient is not None:
            starts[f".{PATIENT}"] = patient.place
            tree[PATIENT] = self._folded(patient, f".{PATIENT}", starts)
        for entry in held:
            same = cast("list[Node]", tree.setdefault(entry.type, []))
            at = f".{entry.type}[{len(same)}]"
            starts[at] = entry.place
            same.append(self._folded(entry, at, starts))
        return Record(tree, starts, patient, tuple(held))

    def _folded(self, entry: Entry, at: str, starts: dict[str, str]) -> Tree:
        folded = cast("Tree", copied(entry.resource))
        folded.pop("resourceType", None)
        for reference, place in list(_references(folded, at)):
            self._fold(reference, place, entry, starts)
        return folded

    def _fold(self, reference: Tree, at: str, entry: Entry, starts: dict[str, str]) -> None:
        """Put what *reference* means into it, and what a role means into that."""
        meant = self._meant(reference, entry)
        if meant is None or meant.type not in MEANT or touches(meant.place, self.modified):
            return
        whole = cast("Tree", copied(meant.resource))
        whole.pop("resourceType", None)
        reference[meant.type] = whole
        starts[f"{at}.{meant.type}"] = meant.place
        if meant.type == "PractitionerRole":
            for name in _WITHIN_A_ROLE:
                if isinstance(inner := whole.get(name), dict):
                    self._fold(inner, f"{at}.{meant.type}.{name}", meant, starts)

    def _meant(self, reference: Tree, entry: Entry) -> Entry | None:
        """Return the entry that *reference* means, in the payload or contained in *entry*."""
        text = reference.get("reference")
        if not isinstance(text, str):
            return None
        if text.startswith("#"):
            return _contained(entry, text[1:])
        return self._known_as(text)

    def _known_as(self, text: str) -> Entry | None:
        return self.named.get(text) or self.named.get("/".join(text.split("/")[-2:]))

    def patient_by(self, reference: str) -> Entry | None:
        """Return the Patient whom *reference* means, or None where it is not in the payload.

        >>> Payload(()).patient_by("Patient/a") is None
        True
        """
        meant = self._known_as(reference)
        return meant if meant is not None and meant.type == PATIENT else None


def is_withdrawn(resource: Tree) -> bool:
    """Whether its sender says that *resource* does not hold: entered in error, or refuted.

    >>> is_withdrawn({"status": "entered-in-error"}), is_withdrawn({"status": "final"})
    (True, False)
    """
    verified = resource.get("verificationStatus")
    codings = verified.get("coding") if isinstance(verified, dict) else None
    held = codings if isinstance(codings, list) else []
    codes = {one.get("code") for one in held if isinstance(one, dict)}
    return resource.get("status") == "entered-in-error" or bool(codes & _REFUTED)


def subjects_of(resource: Tree) -> Iterator[Tree]:
    """Yield the references of *resource* to whom it is about."""
    for name in _SUBJECTS:
        if isinstance(found := resource.get(name), dict):
            yield found
    targets = resource.get("target")
    for one in targets if isinstance(targets, list) else []:
        if isinstance(one, dict) and "reference" in one:
            yield one


def _contained(entry: Entry, id_: str) -> Entry | None:
    contained = entry.resource.get("contained")
    for position, one in enumerate(contained if isinstance(contained, list) else []):
        if isinstance(one, dict) and one.get("id") == id_:
            return Entry(f"{entry.place}.contained[{position}]", "", one)
    return None


def _references(node: Node, at: str) -> Iterator[tuple[Tree, str]]:
    """Yield every reference below *node*, but for those of contained resources, with its place."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node, at
        for name, child in node.items():
            if name != "contained":
                yield from _references(child, f"{at}.{name}")
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _references(child, f"{at}[{position}]")


@dataclass(slots=True)
class Written:
    """The resources of a record that is written: each once, under the *url* of its name."""

    url: Callable[[str], str]
    entries: list[Tree] = field(default_factory=list)
    _urls: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, resource: Tree) -> str:
        """Add *resource*, unless one like it is there, and return its URL.

        >>> written = Written("urn:uuid:{}".format)
        >>> written.add("Organization", {"name": "A"}) == written.add("Organization", {"name": "A"})
        True
        """
        self._unfold(resource)
        whole: Tree = {"resourceType": kind, **resource}
        digest = sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
        url = self._urls.get(digest)
        if url is None:
            url = self._urls[digest] = self.url(digest)
            self.entries.append({"fullUrl": url, "resource": whole})
        return url

    def put(self, url: str, kind: str, resource: Tree) -> None:
        """Add *resource* under a *url* that others know it by."""
        self._unfold(resource)
        self.entries.append({"fullUrl": url, "resource": {"resourceType": kind, **resource}})

    def _unfold(self, resource: Tree) -> None:
        """Make a resource of its own of each that stands where *resource* refers to it."""
        for reference, _ in list(_meaning(resource)):
            for name in MEANT:
                if isinstance(meant := reference.pop(name, None), dict):
                    reference["reference"] = self.add(name, meant)


def _meaning(node: Node, at: str = "") -> Iterator[tuple[Tree, str]]:
    """Yield every node below *node* that holds whom it means."""
    if isinstance(node, dict):
        if any(name in node for name in MEANT):
            yield node, at
            return
        for name, child in node.items():
            yield from _meaning(child, f"{at}.{name}")
    elif isinstance(node, list):
        for child in node:
            yield from _meaning(child, at)
