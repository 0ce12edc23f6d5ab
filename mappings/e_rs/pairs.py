"""Value functions of e-RS referrals: whose they are, and single codings."""

from typing import Final

from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse, scheme_of
from mappings.caf.items import Coding
from mappings.errors import UnreadableError
from mappings.language.trees import Node
from mappings.language.values import ValueFunction, registry
from mappings.uk_core.pairs import FUNCTIONS as UK_CORE

# What the service called the system of NHS numbers before, and still does in places.
OLD_NHS_NUMBER: Final = "http://fhir.nhs.net/Id/nhs-number"


def _subject(system: str | None, value: str | None) -> tuple[object, ...]:
    if value is None:
        message = "the sender has to give the identifier a value"
        raise UnreadableError(message)
    if system == OLD_NHS_NUMBER:
        system = Scheme.NHS_NUMBER.system
    scheme = scheme_of(system or "")
    if scheme is None:
        return system or "", value, True
    try:
        return scheme.value, parse(scheme, value), True
    except IdentifierError:
        return scheme.value, value, False


def _subject_back(scheme: str | None, value: str | None, _: object) -> tuple[object, ...]:
    known = next((one for one in Scheme if one.value == scheme), None)
    return (known.system if known else scheme) or None, value


def _one_coding(node: Node) -> tuple[Coding, ...]:
    found = UK_CORE["coding"].read(node)
    return (found,) if isinstance(found, Coding) else ()


def _one_coding_back(codings: tuple[Coding, ...]) -> object:
    return UK_CORE["coding"].write(codings[0]) if codings else None


FUNCTIONS: Final = registry(
    UK_CORE.values(),
    [
        ValueFunction(
            name="subject",
            read=_subject,
            write=_subject_back,
            texts=(f"urn:[a-z]{{3}}|{Scheme.NHS_NUMBER.system}", "[0-9]{10}"),
            fields=3,
        ),
        ValueFunction(
            name="one_coding",
            read=_one_coding,
            write=_one_coding_back,
            texts=UK_CORE["coding"].texts,
            takes_nodes=True,
        ),
    ],
)
"""The functions that the mapping of a referral may name."""
