"""Elements with a modifier that is not known here, as findings."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from adapters.contract import Finding, Severity
from adapters.errors import InvalidRecordError
from mappings.bars.consent import DOUBT
from mappings.bars.names import extension
from mappings.fhir_r4.modifiers import UNKNOWN_MODIFIER, may_be_modified, modified_places

KNOWN: Final = frozenset({("MessageHeader", extension("binding")), ("Consent", DOUBT)})
"""The modifiers that are read here: of what type of resource, by which URL."""

_NOT_BELIEVED: Final = (
    "the sender has to say this without a modifier that is not known here: it is not believed"
)
_NOT_PROCESSED: Final = (
    "the sender has to send this without a modifier that is not known here: it says what is asked"
)


def modified_in(compact: bytes, root: str) -> frozenset[str]:
    """Return the places of all elements of FHIR JSON that have a modifier which is not known."""
    if not may_be_modified(compact):
        return frozenset()
    return frozenset(modified_places(msgspec.json.decode(compact), root, KNOWN))


def of_modified(modified: frozenset[str]) -> Iterator[Finding]:
    """Yield a finding for each place that is *modified*."""
    for where in sorted(modified):
        yield Finding(UNKNOWN_MODIFIER, Severity.WARNING, where, _NOT_BELIEVED)


def refuse_modified(modified: frozenset[str], places: Iterable[str]) -> None:
    """Raise `InvalidRecordError` where a resource at one of *places* is, or holds what is, so."""
    for place in places:
        for where in sorted(modified):
            if where == place or where.startswith(f"{place}."):
                raise InvalidRecordError(_NOT_PROCESSED, UNKNOWN_MODIFIER, where=where)
