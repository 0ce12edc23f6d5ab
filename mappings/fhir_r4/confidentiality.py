"""Which resources their sender marks as restricted (`Resource.meta.security`).

The codes are those of HL7's v3 Confidentiality (http://hl7.org/fhir/R4/security-labels.html): `R`
restricted, `V` very restricted; `S` is the older mark of a sensitive record. Senders write them
with many systems and as words, so the system is not asked.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from mappings.language.trees import Node, Tree

_MARKS: Final = frozenset({"r", "v", "s", "restricted", "very restricted", "sensitive"})


def is_restricted(resource: Struct) -> bool:
    """Whether the sender marks *resource* as restricted."""
    meta = getattr(resource, "meta", None)
    if meta is None or not meta.security:
        return False
    return _restricts(word for one in meta.security for word in (one.code, one.display))


def is_restricted_tree(resource: Tree) -> bool:
    """Whether the sender marks *resource*, as plain JSON, as restricted.

    >>> is_restricted_tree({"meta": {"security": [{"code": "R"}]}})
    True
    >>> is_restricted_tree({"meta": {"security": [{"code": "N"}]}})
    False
    """
    meta = resource.get("meta")
    marks = meta.get("security") if isinstance(meta, dict) else None
    held = [one for one in marks if isinstance(one, dict)] if isinstance(marks, list) else []
    return _restricts(one.get(name) for one in held for name in ("code", "display"))


def _restricts(words: Iterable[Node]) -> bool:
    return any(isinstance(one, str) and one.strip().lower() in _MARKS for one in words)
