"""Value functions of what a message says about the child: reasons, diagnoses, observations.

A code may tell of what is withheld by a stricter rule than health is (`sensitivity`): the strictest
outcome governs, and a person is asked. So may what a sender labels: see `_labels`.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import structs

from mappings.caf.categories import Category
from mappings.caf.codes import BASE
from mappings.caf.items import Coding, Kind, Nature
from mappings.errors import UnreadableError
from mappings.hl7v2.sensitivity import ICD10, WITHHELD, labels_of
from mappings.language.trees import Node
from mappings.language.values import ValueFunction

_SYSTEMS: Final[Mapping[str, str]] = {
    "I10": ICD10,
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "RCV2": "http://read.info/readv2",
    "RCV3": "http://read.info/ctv3",
}
_ALSO: Final = {"SNM": "SCT", "SNOMED": "SCT", "SNOMED-CT": "SCT", "ICD10": "I10", "ICD-10": "I10"}
_NAMES: Final = {system: name for name, system in _SYSTEMS.items()}
_LOCAL: Final = f"{BASE}hl7v2-"
_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,20}")
_UNNAMED: Final = "local"
_ELEMENTS: Final = 6  # of a coded element: code, text and system, and the same of another
_CATEGORIES: Final = frozenset(one.value for one in Category)

_CODE: Final = "[A-Z][0-9]{2}"
_SYSTEM: Final = "I10|SCT|LN|99ZZZ"
_WORDS: Final = "[A-Z][a-z]{1,8}( [a-z]{1,8})?"
_ELEMENT: Final = (_CODE, _WORDS, _SYSTEM)
_LABELLED: Final = r'\["mental_health( sen)?"\]'
_LONGEST_REASON: Final = 200
_ALLERGY: Final = "allergic to "
_MEASURED: Final = re.compile(r"(?s)(.*) \[([^\[\]]+)\]")
_NOT_OF_THIS_KIND: Final = "the sender has to check this value: it is not of its kind"
_NO_CODE: Final = "the sender has to give a code, and the system that it is of"


def coding(code: str, display: str | None, system: str | None) -> Coding:
    """Return a coded element as a coding: its *system* by the name that these messages use.

    >>> coding("F32", None, "I10")
    Coding(system='http://hl7.org/fhir/sid/icd-10', code='F32', display=None)
    >>> coding("F32", None, "two words")
    Traceback (most recent call last):
        ...
    mappings.errors.UnreadableError: the sender has to give a code, and the system that it is of
    """
    name = _ALSO.get(system or _UNNAMED, system or _UNNAMED)
    if not _LOCAL_NAME.fullmatch(name):
        raise UnreadableError(_NO_CODE)
    return Coding(_SYSTEMS.get(name, _LOCAL + name), code, display)


def _codings(*elements: str | None) -> tuple[Coding, ...]:
    """Return the codings of a coded element: code, text and system, and the same of another."""
    code, display, system, other, other_display, other_system = elements
    found = (coding(code, display, system),) if code else ()
    return (*found, coding(other, other_display, other_system)) if other else found


def _elements_of(codes: tuple[Coding, ...] | None) -> tuple[str | None, ...]:
    """Return the first two of *codes* whose systems have a name here, as a coded element."""
    found: list[str | None] = []
    for one in codes or ():
        name = _NAMES.get(one.system)
        if name is None and one.system.startswith(_LOCAL):
            name = one.system.removeprefix(_LOCAL)
        if name is not None and one.code:
            found += one.code, one.display, None if name == _UNNAMED else name
    return (*found, *(None,) * _ELEMENTS)[:_ELEMENTS]


def _reason(
    code: str | None, text: str | None, *coded: str | None
) -> tuple[tuple[Coding, ...] | None, str | None, tuple[Category, ...] | None]:
    system, *other = coded
    codes = _codings(code, None, system, *other)
    if codes and not code:  # the other coding stands alone: what it is called is the reason
        text = text or codes[0].display
        codes = (structs.replace(codes[0], display=None),)
    if not codes and not text:
        raise UnreadableError(_NO_CODE)
    return codes or None, text, labels_of(codes)


def _reason_back(
    codes: tuple[Coding, ...] | None,
    text: str | None,
    labels: tuple[Category, ...] | None,  # noqa: ARG001 - what the code says already
) -> tuple[str | None, ...]:
    code, display, *others = _elements_of(codes)
    if not code and (not text or len(text) > _LONGEST_REASON or "\n" in text):
        message = "this is a note, no reason of one line"
        raise UnreadableError(message)
    return code, text or display, *others


def _diagnosis(
    code: str | None, name: str | None, *coded: str | None
) -> tuple[tuple[Coding, ...] | None, str | None, tuple[Category, ...] | None]:
    *others, description = coded
    codes = _codings(code, name, *others)
    if codes:
        return codes, description, labels_of(codes)
    if not (name or description):
        raise UnreadableError(_NO_CODE)
    return None, name or description, WITHHELD


def _diagnosis_back(
    codes: tuple[Coding, ...] | None, text: str | None, labels: tuple[Category, ...] | None
) -> tuple[str | None, ...]:
    elements = _elements_of(codes)
    if elements[0]:
        return *elements, text
    if not text or labels != WITHHELD:
        raise UnreadableError(_NO_CODE)
    return None, text, *(None,) * (_ELEMENTS - 1)


def _observation(*parts: Node) -> tuple[tuple[Coding, ...], str, tuple[Category, ...] | None]:
    """Return codes, text and labels; the last of *parts* is the sender's own labels, a list."""
    *texts, said = parts
    *elements, value, unit = (one if isinstance(one, str) else None for one in texts)
    codes = _codings(*elements)
    if not codes or not value:
        message = "the sender has to give a code and a value"
        raise UnreadableError(message)
    labels = (*(labels_of(codes) or ()), *(_labels(said) if said else ()))
    text = f"{value} [{unit}]" if unit else value
    return codes, text, tuple(dict.fromkeys(labels)) or None


def _observation_back(
    codes: tuple[Coding, ...] | None, text: str | None, labels: tuple[Category, ...] | None
) -> tuple[object, ...]:
    elements = _elements_of(codes)
    if not elements[0] or not text:
        raise UnreadableError(_NO_CODE)
    measured = _MEASURED.fullmatch(text)
    value, unit = measured.groups() if measured and measured[1] else (text, None)
    return *elements, value, unit, _labels_back(labels or ())


def _allergy(
    code: str | None, name: str | None, system: str | None
) -> tuple[tuple[Coding, ...] | None, str]:
    if not code and not name:
        raise UnreadableError(_NO_CODE)
    codes = (coding(code, None, system),) if code else None
    return codes, _ALLERGY + (name or "")


def _allergy_back(codes: tuple[Coding, ...] | None, text: str | None) -> tuple[str | None, ...]:
    if not text or not text.startswith(_ALLERGY):
        raise UnreadableError(_NOT_OF_THIS_KIND)
    code, _, system, *_ = _elements_of(codes)
    name = text.removeprefix(_ALLERGY) or None
    if not code and not name:
        raise UnreadableError(_NO_CODE)
    return code, name, system


def _labels(node: Node) -> tuple[Category, ...]:
    """Return the policy categories; one that cannot be read may mean any of them."""
    said = node if isinstance(node, list) else [node]
    words = [word for one in said for word in (one.split() if isinstance(one, str) else [""])]
    if not words or any(word not in _CATEGORIES for word in words):
        return tuple(Category)
    return tuple(dict.fromkeys(map(Category, words)))


def _labels_back(labels: tuple[Category, ...]) -> list[str] | None:
    return [" ".join(labels)] if labels else None


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise UnreadableError(_NOT_OF_THIS_KIND) from None


def _nature(text: str) -> Nature:
    try:
        return Nature(text)
    except ValueError:
        raise UnreadableError(_NOT_OF_THIS_KIND) from None


CLINICAL: Final = (
    ValueFunction(
        name="referral_reason",
        read=_reason,
        write=_reason_back,
        texts=(*_ELEMENT, *_ELEMENT),
        fields=3,
    ),
    ValueFunction(
        name="diagnosis",
        read=_diagnosis,
        write=_diagnosis_back,
        texts=(*_ELEMENT, *_ELEMENT, _WORDS),
        fields=3,
    ),
    ValueFunction(
        name="observation",
        read=_observation,
        write=_observation_back,
        texts=(*_ELEMENT, *_ELEMENT, "[1-9][0-9]?", "kg|cm", _LABELLED),
        fields=3,
        takes_nodes=True,
        how="the value with its unit as one text",
    ),
    ValueFunction(
        name="allergy",
        read=_allergy,
        write=_allergy_back,
        texts=_ELEMENT,
        fields=2,
        how=f"`{_ALLERGY.strip()}` before it",
    ),
    ValueFunction(
        name="labels",
        read=_labels,
        write=_labels_back,
        texts=(_LABELLED,),
        takes_nodes=True,
    ),
    # What every statement is unless it says otherwise is not written: it would be on all of them.
    ValueFunction(
        name="statement_kind",
        read=_kind,
        write=lambda kind: None if kind is Kind.CONTEXT else str(kind),
        texts=("strength|need|no-concern|not-assessed",),
    ),
    ValueFunction(
        name="statement_nature",
        read=_nature,
        write=lambda nature: None if nature is Nature.OPINION else str(nature),
        texts=("fact|allegation",),
    ),
)
"""The functions of what is said about the child."""
