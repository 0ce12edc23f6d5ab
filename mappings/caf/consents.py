"""A consent statement as a document of its own: whose it is, about which child, which version."""

from datetime import datetime

from msgspec import Struct

from mappings.caf.items import ConsentStatement
from mappings.caf.vocabulary import ParentalResponsibility


class ConsentDocument(Struct, frozen=True, kw_only=True):
    """One grantor's *statement* about the *child* (its id in the gateway).

    The grantor is the child itself, or a parent or carer by *grantor_name*. *id* and *version* name
    the document, *entry* the entry of the log that records it, *policy* the rules in force then,
    *organisation* (`scheme:value`) who keeps it.
    """

    statement: ConsentStatement
    child: str
    is_of_child: bool
    grantor_name: str = ""
    has_responsibility: ParentalResponsibility = ParentalResponsibility.UNKNOWN
    id: str = ""
    version: int = 1
    recorded_at: datetime | None = None
    organisation: str = ""
    policy: str = ""
    entry: int | None = None
