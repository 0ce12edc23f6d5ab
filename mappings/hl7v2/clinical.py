"""Value functions of what a message says about the child: reasons, diagnoses, observations.

A code may tell of what is withheld by a stricter rule than health is. What an ICD-10 code is about
is known by its chapter; a code of any other system could be of any, and is labelled with all of
them: the strictest outcome governs, and a person is asked.
"""

import re
from collections.abc import Mapping
from typing import Final

from mappings.caf.categories import Category
from mappings.caf.codes import BASE
from mappings.caf.items import Coding, Kind, Nature
from mappings.errors import UnreadableError
from mappings.language.values import ValueFunction

_SYSTEMS: Final[Mapping[str, str]] = {
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "RCV2": "http://read.info/readv2",
    "RCV3": "http://read.info/ctv3",
}
_ALSO: Final = {"SNM": "SCT", "SNOMED": "SCT", "SNOMED-CT": "SCT", "ICD10": "I10", "ICD-10": "I10"}
_NAMES: Final = {system: name for name, system in _SYSTEMS.items()}
_ICD10: Final = _SYSTEMS["I10"]
_LOCAL: Final = f"{BASE}hl7v2-"
_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,20}")
_UNNAMED: Final = "local"

_WITHHELD: Final = (Category.MENTAL_HEALTH, Category.SEXUAL_HEALTH, Category.SUBSTANCE_USE)
_CHAPTERS: Final = (  # of ICD-10: what begins so is about more than health
    (re.compile("F1|T4[0-3]|T51|X4[0-5]|Z71[45]|Z72[0-2]"), Category.SUBSTANCE_USE),
    (re.compile("F|X[67]|X8[0-4]|Z915"), Category.MENTAL_HEALTH),
    (re.compile("A5|A6[0-4]|B2[0-4]|O|N7[0-7]|Z11[34]|Z20[26]|Z21|Z3"), Category.SEXUAL_HEALTH),
    (re.compile("T74|Y0[5-7]|Z61[4-6]|Z63"), Category.DOMESTIC_ABUSE),
)

_CODE: Final = "[A-Z][0-9]{2}"
_SYSTEM: Final = "I10|SCT|LN|99ZZZ"
_WORDS: Final = "[A-Z][a-z]{1,8}( [a-z]{1,8})?"
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


def labels_of(codes: tuple[Coding, ...]) -> tuple[Category, ...] | None:
    """Return what *codes* may be about beside health; None where that is nothing.

    >>> labels_of((Coding(_ICD10, "J45.9"),)), labels_of((Coding(_ICD10, "F10.2"),))
    (None, (<Category.SUBSTANCE_USE: 'substance_use'>, <Category.MENTAL_HEALTH: 'mental_health'>))
    """
    found: list[Category] = []
    for one in codes:
        if one.system != _ICD10:
            return _WITHHELD
        code = one.code.upper().replace(".", "")
        found += [label for pattern, label in _CHAPTERS if pattern.match(code)]
    return tuple(dict.fromkeys(found)) or None


def _element_of(codes: tuple[Coding, ...] | None) -> tuple[str | None, str | None, str | None]:
    """Return the first of *codes* whose system has a name here: code, display and system."""
    for one in codes or ():
        name = _NAMES.get(one.system)
        if name is None and one.system.startswith(_LOCAL):
            name = one.system.removeprefix(_LOCAL)
        if name is not None and one.code:
            return one.code, one.display, None if name == _UNNAMED else name
    return None, None, None


def _reason(
    code: str | None, text: str | None, system: str | None
) -> tuple[tuple[Coding, ...] | None, str | None]:
    if not code:
        if not text:
            raise UnreadableError(_NO_CODE)
        return None, text
    return (coding(code, None, system),), text


def _reason_back(codes: tuple[Coding, ...] | None, text: str | None) -> tuple[str | None, ...]:
    code, display, system = _element_of(codes)
    if not code and (not text or len(text) > _LONGEST_REASON or "\n" in text):
        message = "this is a note, no reason of one line"
        raise UnreadableError(message)
    return code, text or display, system


def _diagnosis(
    code: str | None, name: str | None, system: str | None, description: str | None
) -> tuple[tuple[Coding, ...] | None, str | None, tuple[Category, ...] | None]:
    if code:
        codes = (coding(code, name, system),)
        return codes, description, labels_of(codes)
    if not (name or description):
        raise UnreadableError(_NO_CODE)
    return None, name or description, _WITHHELD


def _diagnosis_back(
    codes: tuple[Coding, ...] | None, text: str | None, labels: tuple[Category, ...] | None
) -> tuple[str | None, ...]:
    code, display, system = _element_of(codes)
    if code:
        return code, display, system, text
    if not text or labels != _WITHHELD:
        raise UnreadableError(_NO_CODE)
    return None, text, None, None


def _observation(
    code: str | None, name: str | None, system: str | None, value: str | None, unit: str | None
) -> tuple[tuple[Coding, ...], str, tuple[Category, ...] | None]:
    if not code or not value:
        message = "the sender has to give a code and a value"
        raise UnreadableError(message)
    codes = (coding(code, name, system),)
    return codes, f"{value} [{unit}]" if unit else value, labels_of(codes)


def _observation_back(
    codes: tuple[Coding, ...] | None,
    text: str | None,
    labels: tuple[Category, ...] | None,  # noqa: ARG001 - what the code says already
) -> tuple[str | None, ...]:
    code, display, system = _element_of(codes)
    if not code or not text:
        raise UnreadableError(_NO_CODE)
    measured = _MEASURED.fullmatch(text)
    value, unit = measured.groups() if measured and measured[1] else (text, None)
    return code, display, system, value, unit


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
    code, _, system = _element_of(codes)
    name = text.removeprefix(_ALLERGY) or None
    if not code and not name:
        raise UnreadableError(_NO_CODE)
    return code, name, system


def _labels(text: str) -> tuple[Category, ...]:
    try:
        found = tuple(dict.fromkeys(map(Category, text.split())))
    except ValueError:
        found = ()
    if not found:
        raise UnreadableError(_NOT_OF_THIS_KIND)
    return found


def _labels_back(labels: tuple[Category, ...]) -> str | None:
    return " ".join(labels) or None


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
        texts=(_CODE, _WORDS, _SYSTEM),
        fields=2,
    ),
    ValueFunction(
        name="diagnosis",
        read=_diagnosis,
        write=_diagnosis_back,
        texts=(_CODE, _WORDS, _SYSTEM, _WORDS),
        fields=3,
    ),
    ValueFunction(
        name="observation",
        read=_observation,
        write=_observation_back,
        texts=(_CODE, _WORDS, _SYSTEM, "[1-9][0-9]?", "kg|cm"),
        fields=3,
        how="the value with its unit as one text",
    ),
    ValueFunction(
        name="allergy",
        read=_allergy,
        write=_allergy_back,
        texts=(_CODE, _WORDS, _SYSTEM),
        fields=2,
        how=f"`{_ALLERGY.strip()}` before it",
    ),
    ValueFunction(
        name="labels",
        read=_labels,
        write=_labels_back,
        texts=("mental_health|mental_health sen",),
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
