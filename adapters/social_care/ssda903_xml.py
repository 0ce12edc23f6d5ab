"""An SSDA903 return in XML, as a stream: memory holds one child, however many the file has."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from adapters.contract import Finding
from adapters.errors import InvalidRecordError
from adapters.social_care.ssda903_child import ChildRecord, warning
from adapters.xml_stream import Strays, elements, encoding_of, root_of
from adapters.xml_trees import tree_of
from mappings.ssda903 import editions

_CHILD: Final = "CHILD"
_UNREAD: Final = "nothing of this is read: it is kept with the original, never shared"


def children(file: BinaryIO, findings: list[Finding]) -> Iterator[ChildRecord]:
    """Yield each child of *file*; what is found of the file as such is added to *findings*.

    Raises `AdapterError` where it is no such return, or stops being XML.
    """
    encoding = encoding_of(file)
    if root_of(file, encoding).tag != editions.ROOT:
        message = f"this is no SSDA903 return: its root has to be `{editions.ROOT}`"
        raise InvalidRecordError(message, "not-a-903", where="/*")
    if not encoding.is_declared:
        message = (
            f"the sender has to declare the encoding, best UTF-8: it was read as {encoding.name}"
        )
        findings.append(warning("undeclared-encoding", "1:1", message))
    # What may repeat is the same in every year, but for what only the newest has.
    shape = editions.child(editions.NEWEST).shape
    strays = Strays()
    found = elements(file, encoding, _CHILD, strays=strays)
    for number, element in enumerate(found, start=1):
        departed: list[str] = []
        tree = tree_of(element, shape, departed)
        at = f"/{editions.ROOT}/{_CHILD}[{number}]"
        yield ChildRecord(tree, at, has_departed=bool(departed))
    findings += [warning("unread-element", path, _UNREAD) for path in strays.paths]
