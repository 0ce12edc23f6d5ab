"""The record of one child as a tree, out of the resources of a payload, and back.

    {"Patient": {...}, "CareTeam": [{"participant": [{"member": {"Practitioner": {...}}}]}], ...}

A resource stands under its type. What a reference means to a reader (a practitioner, a role, an
organisation) stands in the reference itself, so that rows reach it by a path; every part of the
tree knows where it stands in the payload.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, cast

from mappings.fhir_r4.confidentiality import is_restricted_tree
from mappings.fhir_r4.modifiers import touches
from mappings.language.trees import Node, Tree, copied
from mappings.uk_core.shape import ABOUT_A_CHILD, MEANT
from mappings.uk_core.subjects import PATIENT, Entry, References

_WITHIN_A_ROLE: Final = ("practitioner", "organization")
_REFUTED: Final = frozenset({"refuted", "entered-in-error"})
_ENDED: Final = frozenset(
    {
        ("ServiceRequest", "revoked"),
        ("ReferralRequest", "cancelled"),
        ("Encounter", "cancelled"),
        ("Flag", "inactive"),
    }
)
# What tells where a child lives: of the child, and of the family.
_WHEREABOUTS: Final = ("address", "telecom", "generalPractitioner")
_HOUSEHOLD: Final = frozenset({PATIENT, "RelatedPerson"})


@dataclass(frozen=True, slots=True)
class Record:
    """The *tree* of one child; *starts* has the place in the payload of each part of it.

    *patient* is None where the payload names its child without a Patient. Where the sender marks
    the child's record as restricted, nothing of it that *is_restricted* says where the child is.
    """

    tree: Tree
    starts: Mapping[str, str]
    patient: Entry | None
    entries: tuple[Entry, ...] = ()
    is_restricted: bool = False

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
    *is_restricted* says that the sender marks the payload as a whole.
    """

    entries: tuple[Entry, ...]
    modified: frozenset[str] = frozenset()
    is_restricted: bool = False
    references: References = field(init=False)

    def __post_init__(self) -> None:
        self.references = References(self.entries)

    def records(self) -> Iterator[Record]:
        """Yield the record of each child: of every Patient, or of each whom something is about."""
        about = self._by_subject()
        unnamed = about.pop("", [])
        patients = {entry.place: entry for entry in self.entries if entry.type == PATIENT}
        children = list(patients or about) or ([""] if unnamed else [])
        for whom in children:
            own = [*about.get(whom, ()), *(unnamed if len(children) == 1 else ())]
            yield self._record(patients.get(whom), own)

    def _by_subject(self) -> dict[str, list[Entry]]:
        """Return what is about each, by whom; about nobody who is named, by an empty name."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.type in ABOUT_A_CHILD:
                for whom in self.references.subjects(entry) or ("",):
                    found.setdefault(whom, []).append(entry)
        return found

    def of_another(self, known: AbstractSet[str]) -> Iterator[Entry]:
        """Yield what is about a child by its type, and none of what is *known*, by its place."""
        for entry in self.entries:
            is_read = entry.type in ABOUT_A_CHILD and not is_set_aside(entry.resource)
            if is_read and entry.place not in known:
                yield entry

    def dangling(self, entry: Entry) -> Iterator[str]:
        """Yield the places of references of *entry* that lead to no resource of the payload.

        Only those by `urn:uuid:` or `#` have to: others may lead to the sender's own server.
        """
        for reference, at in _references(entry.resource, entry.place):
            text = str(reference.get("reference"))
            is_within = text.startswith(("urn:uuid:", "#")) and text != "#"
            if is_within and self.references.meant(reference, entry) is None:
                yield f"{at}.reference"

    def _record(self, patient: Entry | None, entries: Iterable[Entry]) -> Record:
        tree: Tree = {}
        starts: dict[str, str] = {}
        held = [one for one in entries if not is_set_aside(one.resource)]
        is_restricted = patient is not None and self.restricts(patient)
        if patient is not None:
            starts[f".{PATIENT}"] = patient.place
            tree[PATIENT] = self._folded(patient, f".{PATIENT}", starts, is_restricted)
        for entry in held:
            same = cast("list[Node]", tree.setdefault(entry.type, []))
            at = f".{entry.type}[{len(same)}]"
            starts[at] = entry.place
            same.append(self._folded(entry, at, starts, is_restricted))
        return Record(tree, starts, patient, tuple(held), is_restricted)

    def restricts(self, patient: Entry) -> bool:
        """Whether the sender marks the record of *patient* as restricted."""
        return self.is_restricted or is_restricted_tree(patient.resource)

    def _folded(
        self,
        entry: Entry,
        at: str,
        starts: dict[str, str],
        is_restricted: bool,  # noqa: FBT001 - private, and never a literal
    ) -> Tree:
        folded = cast("Tree", copied(entry.resource))
        folded.pop("resourceType", None)
        if is_restricted and entry.type in _HOUSEHOLD:
            _leave_out_whereabouts(folded)
        for reference, place in list(_references(folded, at)):
            self._fold(reference, place, entry, starts)
        return folded

    def _fold(self, reference: Tree, at: str, entry: Entry, starts: dict[str, str]) -> None:
        """Put what *reference* means into it, and what a role means into that."""
        meant = self.references.meant(reference, entry)
        if meant is None or meant.type not in MEANT:
            return
        if is_restricted_tree(meant.resource) or touches(meant.place, self.modified):
            return
        whole = cast("Tree", copied(meant.resource))
        whole.pop("resourceType", None)
        reference[meant.type] = whole
        starts[f"{at}.{meant.type}"] = meant.place
        if meant.type == "PractitionerRole":
            for name in _WITHIN_A_ROLE:
                if isinstance(inner := whole.get(name), dict):
                    self._fold(inner, f"{at}.{meant.type}.{name}", meant, starts)

    def patient_by(self, reference: str) -> Entry | None:
        """Return the Patient whom *reference* means, or None where it is not in the payload.

        >>> Payload(()).patient_by("Patient/a") is None
        True
        """
        meant = self.references.meant({"reference": reference}, Entry("", "", {}))
        return meant if meant is not None and meant.type == PATIENT else None


def is_set_aside(resource: Tree) -> bool:
    """Whether nothing is read of *resource*: it does not hold, or its sender restricts it."""
    return is_withdrawn(resource) or is_restricted_tree(resource)


def is_withdrawn(resource: Tree) -> bool:
    """Whether its sender says that *resource* does not hold: in error, refuted, ended, or a "not".

    >>> is_withdrawn({"status": "entered-in-error"}), is_withdrawn({"status": "final"})
    (True, False)
    """
    verified = resource.get("verificationStatus")
    codings = verified.get("coding") if isinstance(verified, dict) else None
    held = codings if isinstance(codings, list) else []
    codes = {one.get("code") for one in held if isinstance(one, dict)}
    status = resource.get("status")
    is_ended = status == "entered-in-error" or (resource.get("resourceType"), status) in _ENDED
    return is_ended or resource.get("doNotPerform") is True or bool(codes & _REFUTED)


def _leave_out_whereabouts(person: Tree) -> None:
    """Leave out of *person*, and of the contacts of one, whatever tells where the child is."""
    contacts = person.get("contact")
    for one in (person, *(contacts if isinstance(contacts, list) else ())):
        for name in _WHEREABOUTS:
            if isinstance(one, dict):
                one.pop(name, None)


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
