"""Bases of requests: which purposes the state of the case itself must bear out, as data."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from policies import documents
from policies.attributes import FACTS, Facts
from policies.errors import DocumentError, VocabularyError, suggestion
from policies.vocabulary import Appointment, Purpose

SHIPPED: Final = Path(__file__).parent / "basis.yaml"


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A *purpose*, and the facts of which one must be on record with one of its values.

    *owner* is who is asked at the asker's own service where none is, and *asks* what.
    """

    purpose: Purpose
    source: str
    supported_by: dict[str, tuple[str | bool, ...]]
    owner: Appointment
    asks: str
    due_in_hours: Annotated[int, msgspec.Meta(ge=1)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bases: tuple[Basis, ...]


class Bases:
    """The bases that a case must bear out.

    >>> facts = Facts.parse({"purpose": "s47", "risk": "in_need"})
    >>> shipped().unsupported(facts).owner.value
    'safeguarding_lead'
    >>> shipped().unsupported(Facts.parse({"purpose": "s47", "s47_open": True})) is None
    True
    """

    def __init__(self, bases: tuple[Basis, ...]) -> None:
        self._bases = {basis.purpose: (basis, _parsed(basis)) for basis in bases}

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Bases":
        """Return the bases in the file at *path*, or raise `DocumentError` with file and line."""
        table = documents.load(path, _File)
        lines = documents.lines(path)
        for number, basis in enumerate(table.bases):
            where = f"{path}:{lines['bases', number]}"
            for name in basis.supported_by:
                if name not in FACTS:
                    message = f"{where}: unknown fact{suggestion(name, FACTS)}"
                    raise DocumentError(message)
            try:
                _parsed(basis)
            except VocabularyError as error:
                message = f"{where}: {error}"
                raise DocumentError(message) from None
        return cls(table.bases)

    def unsupported(self, facts: Facts) -> Basis | None:
        """Return the basis that *facts* claim by their purpose, and do not bear out; else None.

        A fact that is not recorded bears nothing out.
        """
        if facts.purpose is None or facts.purpose not in self._bases:
            return None
        basis, needed = self._bases[facts.purpose]
        is_borne_out = any(getattr(facts, name) in values for name, values in needed.items())
        return None if is_borne_out else basis


def _parsed(basis: Basis) -> dict[str, frozenset[Any]]:
    """Return the values that would do, as facts have them, or raise `VocabularyError`."""
    return {
        name: frozenset(FACTS[name].parse(value) for value in values)
        for name, values in basis.supported_by.items()
    }


@cache
def shipped() -> Bases:
    """Return the bases that the gateway ships."""
    return Bases.load()
