"""What a mark of a restricted record leads to: nothing of it is read, and somebody is told.

A mark on a Patient is of the child's whole record; one on another resource is of that resource.
"""

from adapters.contract import Finding, Severity

_RECORD = (
    "the sender marks this child's record as restricted: where the child is, is not read; the "
    "safeguarding lead has to record whether the child is shielded, and the sender to send the "
    "address again without the mark once that is settled"
)
_RESOURCE = (
    "the sender marks this as restricted: it is kept, and is not read; the sender has to send it "
    "again without the mark if it may be shared"
)


def of_record(place: str) -> Finding:
    """Return what is told of a child's record that is marked at the resource at *place*."""
    return Finding("restricted-record", Severity.WARNING, f"{place}.meta.security", _RECORD)


def of_resource(place: str) -> Finding:
    """Return what is told of the resource at *place* that is marked by itself."""
    return Finding("restricted-record", Severity.WARNING, f"{place}.meta.security", _RESOURCE)
