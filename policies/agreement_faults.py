"""What is wrong with an agreement's document, each fault with its place."""

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from policies.errors import VocabularyError, suggestion

if TYPE_CHECKING:
    from policies.agreements import Agreement, PurposeTerms, Share

SCHEMES: Final = ("ods", "la", "urn", "charity")
_KEY_BYTES: Final = 32

Place = tuple[str | int, ...]
"""Where in a document something is: the names and positions that lead there."""

Fault = tuple[str, Place]
"""What is wrong, and where."""

_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_ORGANISATION: Final = re.compile(r"([a-z]+):[A-Za-z0-9]+")


def faults(agreement: "Agreement") -> Iterator[Fault]:
    """Yield what is wrong with *agreement* taken by itself, and where: the path into the document.

    >>> from policies import agreements
    >>> sample = agreements.read(agreements.SHIPPED / "little-marsh-early-help" / "1.yaml")
    >>> list(faults(sample))
    []
    """
    yield from _head_faults(agreement)
    yield from _party_faults(agreement)
    parties = [party.organisation for party in agreement.parties]
    names = [terms.purpose for terms in agreement.purposes]
    for index, terms in enumerate(agreement.purposes):
        if terms.purpose in names[:index]:
            yield "the purpose is given twice", ("purposes", index, "purpose")
        yield from _condition_faults(terms, ("purposes", index))
        for number, share in enumerate(terms.shares):
            yield from _share_faults(share, parties, ("purposes", index, "shares", number))


def _head_faults(agreement: "Agreement") -> Iterator[Fault]:
    if _ID.fullmatch(agreement.id) is None:
        yield "an id is lower-case letters, digits and hyphens", ("id",)
    if agreement.version < 1:
        yield "versions are numbered from 1", ("version",)
    if not agreement.effective_on < agreement.until:
        yield "it ends before it begins", ("until",)
    if not agreement.effective_on < agreement.review_on <= agreement.until:
        yield "the review lies outside its term", ("review_on",)


def _party_faults(agreement: "Agreement") -> Iterator[Fault]:
    parties = [party.organisation for party in agreement.parties]
    keys = [party.key for party in agreement.parties]
    for index, party in enumerate(agreement.parties):
        place = ("parties", index)
        if complaint := organisation_fault(party.organisation):
            yield complaint, (*place, "organisation")
        if party.organisation in parties[:index]:
            yield "the party is given twice", (*place, "organisation")
        if not is_key(party.key):
            yield "a key is the 32 bytes of an Ed25519 key, in base64", (*place, "key")
        elif party.key and party.key in keys[:index]:
            yield "two parties have the same key: each has a signatory of its own", (*place, "key")


def _condition_faults(terms: "PurposeTerms", place: Place) -> Iterator[Fault]:
    if terms.retention_days <= 0:
        yield "retention is at least a day", (*place, "retention_days")
    for name in ("powers", "article_6", "shares"):
        if not getattr(terms, name):
            yield "at least one is named", (*place, name)
    if any(one.needs_a_reason for one in terms.article_9) and not terms.schedule_1:
        yield "this condition of Article 9 needs its `schedule_1`", (*place, "article_9")


def _share_faults(share: "Share", parties: list[str], place: Place) -> Iterator[Fault]:
    try:
        share.covered()
    except VocabularyError as error:
        yield str(error), (*place, "categories")
    for side, organisations in (("from", share.from_), ("to", share.to)):
        for each in organisations:
            if each not in parties:
                complaint = f"not a party to this agreement{suggestion(each, parties)}"
                yield complaint, (*place, side)


def is_key(key: str) -> bool:
    """Whether *key* is an Ed25519 verifying key in base64, or is yet to be given."""
    try:
        return len(base64.b64decode(key, validate=True)) in {0, _KEY_BYTES}
    except ValueError:
        return False


def organisation_fault(organisation: str) -> str | None:
    """Return what is wrong with the name of an *organisation*, if anything is.

    >>> organisation_fault("la:999")
    >>> organisation_fault("lea:999")
    'unknown scheme, did you mean `la`'
    """
    found = _ORGANISATION.fullmatch(organisation)
    if found is None:
        return "an organisation is written `scheme:value`"
    if found[1] not in SCHEMES:
        return f"unknown scheme{suggestion(found[1], SCHEMES)}"
    return None
