"""The file of registers: organisations, services, clients and practitioners, to be loaded.

    organisations:
      - {id: "la:999", name: Little Marsh Council}
    services:
      - id: "2000099902"
        organisation: la:999
        type: la_early_help
        name: Little Marsh early help
        endpoint: {transport: folder, address: early-help}

It is read strictly: an unknown field, role or service type is refused with its line, so that a
typing error never becomes a service about which nothing can be decided.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs

from gateway.errors import RegisterError
from gateway.registers import Client, Document, Organisation, Practitioner, Service, kind_of
from policies import documents
from policies.agreement_faults import SCHEMES, is_key
from policies.errors import suggestion
from policies.vocabulary import Agency, Clearance, Role

TRANSPORTS: Final = ("folder", "https")
_PRIVATE: Final = frozenset({"d", "p", "q", "k"})  # RFC 7518, sections 6.2.2, 6.3.2 and 6.4


class RegisterFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of one file; each list may be absent."""

    organisations: tuple[Organisation, ...] = ()
    services: tuple[Service, ...] = ()
    clients: tuple[Client, ...] = ()
    practitioners: tuple[Practitioner, ...] = ()

    def documents(self) -> tuple[Document, ...]:
        """Return the documents of all registers."""
        return (*self.organisations, *self.services, *self.clients, *self.practitioners)


def read(path: Path) -> tuple[Document, ...]:
    """Return the register documents in the file at *path*.

    Raises `DocumentError` or `RegisterError` with file and line where it does not hold together.
    """
    content = documents.load(path, RegisterFile)
    lines = documents.lines(path)
    for name in RegisterFile.__struct_fields__:
        held: tuple[Document, ...] = getattr(content, name)
        ids = [one.id for one in held]
        for position, one in enumerate(held):
            complaint = next(chain(faults(one), clearances_in(one)), None)
            if one.id in ids[:position]:
                complaint = "the same id is given twice"
            if complaint is not None:
                message = f"{path}:{lines[name, position]}: {complaint}"
                raise RegisterError(message)
    return content.documents()


def require_sound(document: Document) -> None:
    """Raise `RegisterError` where *document* uses a word that the policies do not know.

    >>> require_sound(Organisation(id="la:999", name="Little Marsh Council"))
    >>> require_sound(Organisation(id="Little Marsh", name="Little Marsh Council"))
    Traceback (most recent call last):
        ...
    gateway.errors.RegisterError: organisation: an id is written `scheme:value`
    """
    for complaint in faults(document):
        message = f"{kind_of(document)}: {complaint}"
        raise RegisterError(message)


def clearances_in(document: Document) -> Iterator[str]:
    """Yield what is wrong where *document* brings a clearance: that an officer grants."""
    if isinstance(document, Service | Practitioner) and (
        document.clearances or any(one.what in set(Clearance) for one in document.grants)
    ):
        yield "a clearance is granted by an officer, with `clearance grant`, and not registered"


def keeping(known: Document | None, given: Document) -> Document:
    """Return *given* with what people recorded of *known* since it was registered.

    That is what was granted and verified, and who left: a file that is loaded again says nothing
    of that, and takes nothing away.
    """
    match known, given:
        case Practitioner(), Practitioner():
            return structs.replace(
                given,
                clearances=known.clearances,
                grants=given.grants or known.grants,
                training_until=given.training_until or known.training_until,
                left=given.left or known.left,
            )
        case Service(), Service():
            return structs.replace(
                given,
                clearances=known.clearances,
                grants=given.grants or known.grants,
                training_until=given.training_until or known.training_until,
                verified_until=given.verified_until or known.verified_until,
            )
        case _:
            return given


def faults(document: Document) -> Iterator[str]:
    """Yield what is wrong with one document, taken by itself."""
    match document:
        case Organisation():
            yield from _organisation_faults(document)
        case Service():
            yield from _words(Agency, (document.type,), "unknown service type")
            yield from _role_faults(document)
            if document.endpoint is not None and document.endpoint.transport not in TRANSPORTS:
                yield f"unknown transport{suggestion(document.endpoint.transport, TRANSPORTS)}"
            if not document.formats:
                yield "a service receives in at least one format"
        case Practitioner():
            yield from _role_faults(document)
            if not is_key(document.signing_key or ""):
                yield "a signing key is the 32 bytes of an Ed25519 key, in base64"
        case Client():
            if any(_PRIVATE & key.keys() for key in document.jwks.get("keys", ())):
                yield "a client is registered by its public keys, and this one is private"
        case _:
            return


def _organisation_faults(organisation: Organisation) -> Iterator[str]:
    scheme, _, value = organisation.id.partition(":")
    if not value:
        yield "an id is written `scheme:value`"
    elif scheme not in SCHEMES:
        yield f"unknown scheme{suggestion(scheme, SCHEMES)}"


def _role_faults(document: Service | Practitioner) -> Iterator[str]:
    yield from _words(Role, (document.role,), "unknown role")
    yield from _words(Clearance, document.clearances, "unknown clearance")


def _words(known: type[StrEnum], words: Iterable[str], complaint: str) -> Iterator[str]:
    names = [word.value for word in known]
    for word in words:
        if word not in names:
            yield f"{complaint}{suggestion(word, names)}"
