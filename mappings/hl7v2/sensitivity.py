"""What a code may be about beside health, so that a stricter rule than that of health governs it.

A code of ICD-10 is known by its block: what is in none of the harmless ones, and is not sorted,
could be about anything that health hides, as a code of any other system could. So a block that
nobody thought of is withheld, not told; one that cannot be read as a code of ICD-10 is, too.
"""

import re
from typing import Final

from mappings.caf.categories import Category
from mappings.caf.items import Coding

ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
WITHHELD: Final = (Category.MENTAL_HEALTH, Category.SEXUAL_HEALTH, Category.SUBSTANCE_USE)
"""What an unsorted statement about health may be about."""

_FORM: Final = re.compile(r"[A-Z][0-9]{2}[0-9A-Z]{0,4}[+*]?")

_SORTED: Final = (
    (re.compile("F1|T4[0-3]|T51|X4[0-5]|Z71[45]|Z72[0-2]"), Category.SUBSTANCE_USE),
    (re.compile("F|X[67]|X8[0-4]|Z915"), Category.MENTAL_HEALTH),
    (
        re.compile(
            "A5|A6[0-4]|B2[0-4]|F52|F6[4-6]|O|N7[0-7]|T7[46]2|Y05|Z044|Z11[34]|Z20[26]|Z21|Z3|Z70"
        ),
        Category.SEXUAL_HEALTH,
    ),
    (
        re.compile("T7[46]|X8[5-9]|X9|Y0|Z04[45]|Z61[4-6]|Z6[23]"),
        Category.DOMESTIC_ABUSE,
    ),
)

# Left out are what comes of alcohol or drugs (such as E244, G312, K70), of infections that may be
# sexual, of abuse or neglect, and the organs of sex; behaviour, poisoning and most of Z are, too.
_BLOCKS: Final = (
    "A[0-24]|A3[0-35-9]|A7[5-9]|A[89]|B0[1-9]|B2[5-7]|B3[0-689]|B[4-7]|B8[0-46-9]",
    "C[0-3]|C4[0-57-9]|C6[4-9]|C[7-9]|D[5-7]",
    "E0|E1[0-6]|E2[0-35-7]|E3[12]|E4|E5[03-9]|E[67]|E8[0-7]",
    "G[01]|G2[0235]|G3[5-7]|G4(?!05)|G5|G6(?!21)|G7(?!21)|G8|G9(?!2)",
    "H|I(?!426|85|98)|J",
    "K[01345]|K2(?!92)|K6[0-6]|K8[0-3]|K9",
    "L(?!981)|M(?!0[0-3]|73)|N[0-2]|N3(?![47])",
    "P0[578]|P[1257]|P8|P92|Q[0-4]|Q[67]|Q8[0-57-9]|Q9[0-5]",
    "R[012]|R3[0-59]|R4[7-9]|R5|R6[018]|R7[0-4]|R9[0-4]",
    "S(?!3[01789])|T0|T1(?!9)|T2(?!1)|T3[0-5]|T6[6-9]|T7[058]|T8(?!3)|T9[0-5]",
    "U07|V|W|X[0-3]|Z2[3-7]|Z8[0238]",
)
_HARMLESS: Final = re.compile("|".join(_BLOCKS))


def labels_of(codes: tuple[Coding, ...]) -> tuple[Category, ...] | None:
    """Return what *codes* may be about beside health; None where that is nothing.

    >>> labels_of((Coding(ICD10, "J45.9"),)), labels_of((Coding(ICD10, "F10.2"),))
    (None, (<Category.SUBSTANCE_USE: 'substance_use'>, <Category.MENTAL_HEALTH: 'mental_health'>))
    >>> labels_of((Coding(ICD10, "R75"),)) == labels_of((Coding("", "J45.9"),)) == WITHHELD
    True
    """
    return tuple(dict.fromkeys(label for one in codes for label in _labels(one))) or None


def _labels(coding: Coding) -> tuple[Category, ...]:
    code = coding.code.strip().upper().replace(".", "")
    if coding.system != ICD10 or not _FORM.fullmatch(code):
        return WITHHELD
    found = tuple(label for pattern, label in _SORTED if pattern.match(code))
    return found or (() if _HARMLESS.match(code) else WITHHELD)
