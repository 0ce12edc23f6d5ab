"""The files of one law set as they are written: rows of text, read by the names of the files."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from policies import documents
from policies.documents import Source
from policies.errors import DocumentError, suggestion
from policies.vocabulary import AGENCY_SETS, CATEGORY_SETS

_Document = TypeVar("_Document")

_MANIFEST: Final = "bundle.yaml"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which files make up a law set, and in which order their rules are tried."""

    id: str
    version: str
    begins: dt.date
    territory: str
    definitions: str
    commencement: str
    deciding: tuple[str, ...]
    lifting: tuple[str, ...]
    closing: tuple[str, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The files of rules, in order."""
        return (*self.deciding, *self.lifting, *self.closing)


class RuleRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule as it is written."""

    id: str
    source: str
    when: str
    outcome: str | tuple[str, ...]
    obligations: tuple[str, ...] = ()
    reads: str
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None
    territory: str | None = None
    commencement: str | None = None


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rules of one section, as they are written."""

    section: str
    title: str
    effective_from: dt.date
    rules: tuple[RuleRow, ...]


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A provision whose commencement is data: the day from which it is in force, by territory."""

    provision: str
    title: str
    enacted_by: str
    territory: str
    from_: dt.date = msgspec.field(name="from")
    confirmed: bool


class Commencement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provisions whose commencement is known."""

    provisions: tuple[Provision, ...]


class TermRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defined term as it is written."""

    means: str
    reads: str


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The defined terms, in order: each may use those above it."""

    terms: dict[str, TermRow]


class LawFiles:
    """The files of one law set: each a *text* by its name, in a folder called *folder*.

    Reading one raises `DocumentError` where it does not hold together.
    """

    def __init__(self, text: Mapping[str, str], folder: str) -> None:
        self._text = text
        self._folder = folder

    @cached_property
    def manifest(self) -> Manifest:
        """What the law set consists of."""
        manifest, source = self._read(_MANIFEST, Manifest)
        for phase in ("deciding", "lifting", "closing"):
            for index, name in enumerate(getattr(manifest, phase)):
                complaint = None
                if name not in self._text:
                    complaint = f"the file cannot be read{suggestion(name, self._text)}"
                elif manifest.rules.count(name) > 1:
                    complaint = "the file is listed twice"
                if complaint:
                    raise source.fault(complaint, phase, index)
        return manifest

    @cached_property
    def terms(self) -> tuple[Terms, Source]:
        """The defined terms."""
        return self._read(self.manifest.definitions, Terms)

    @cached_property
    def commencement(self) -> Commencement:
        """When provisions come into force."""
        commencement, source = self._read(self.manifest.commencement, Commencement)
        known: set[tuple[str, str]] = set()
        for index, each in enumerate(commencement.provisions):
            if (each.provision, each.territory) in known:
                complaint = "the provision comes into force twice in one territory"
                raise source.fault(complaint, "provisions", index, "provision")
            known.add((each.provision, each.territory))
        return commencement

    @cached_property
    def rules(self) -> Mapping[str, tuple[RuleFile, Source]]:
        """The files of rules by their names, in order."""
        return {name: self._read(name, RuleFile) for name in self.manifest.rules}

    @property
    def used(self) -> Mapping[str, str]:
        """The texts that make up the law set, by their names."""
        manifest = self.manifest
        names = (_MANIFEST, manifest.definitions, manifest.commencement, *manifest.rules)
        return {name: self._text[name] for name in names}

    def digest(self) -> str:
        """Return the SHA-256 of what the law set says: comments and layout do not count."""
        content = {
            "manifest": self.manifest,
            "rules": {name: file for name, (file, _) in self.rules.items()},
            "definitions": self.terms[0],
            "commencement": self.commencement,
            "sets": {each: sorted(of) for each, of in {**CATEGORY_SETS, **AGENCY_SETS}.items()},
        }
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()

    def _read(self, name: str, kind: type[_Document]) -> tuple[_Document, Source]:
        place = str(Path(self._folder) / name)
        if name not in self._text:
            message = f"{place}: the file cannot be read"
            raise DocumentError(message)
        return documents.read_text(self._text[name], kind, place)
