"""Value functions of UK Core records: what does not fit a row by itself.

They take nodes where FHIR's data types are nodes: a coding, a human name, a quantity. They are held
to the same laws as all others (`mappings.language.values`).
"""

import re
from enum import StrEnum
from typing import Final

from mappings.caf.categories import Category
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse, scheme_of, uprn
from mappings.caf.items import Coding
from mappings.caf.vocabulary import (
    AddressUse,
    CaseRole,
    ContactKind,
    KindOfHelp,
    NameUse,
    ParentalResponsibility,
)
from mappings.errors import UnreadableError
from mappings.fhir_r4.primitives import CODE_FORM
from mappings.language.shapes import is_writable
from mappings.language.trees import Node, Tree
from mappings.language.values import STANDARD, ValueFunction, registry

VERIFIED: Final = "01"
"""Number present and verified, in England's list of `NHSNumberVerificationStatus`."""

VERIFIED_IN_WORDS: Final = "number-present-and-verified"
UPRN: Final = "UPRN"

_WORD: Final = "[A-Z][a-z]{1,8}"
_JSON_CODING: Final = (
    r'\{"system": "urn:[a-z]{3}", "code": "[a-z0-9]{1,5}", "display": "[A-Z][a-z]{2,5}"\}'
)
_JSON_NAME: Final = rf'\{{"text": "{_WORD}"\}}'
_IS_CODE: Final = re.compile(CODE_FORM)
_IS_URI: Final = re.compile(r"\S*\Z")
_OTHER: Final = "the sender has to check this: it is not of its kind"


def _refuse() -> UnreadableError:
    return UnreadableError(_OTHER)


def _text(node: Node) -> str | None:
    return node if isinstance(node, str) and node else None


def _fields(node: Node, name: str) -> Node:
    return node.get(name) if isinstance(node, dict) else None


def _coding(node: Node) -> Coding:
    code = _text(_fields(node, "code"))
    if code is None:
        message = "the sender has to give the coding a code"
        raise UnreadableError(message)
    system, display = _text(_fields(node, "system")), _text(_fields(node, "display"))
    return Coding(system or "", code, display)


def _coding_back(coding: Coding) -> Tree:
    display = coding.display or ""
    if not (_IS_CODE.match(coding.code) and _IS_URI.match(coding.system) and is_writable(display)):
        raise _refuse()
    if not is_writable(coding.code + coding.system):
        raise _refuse()
    system: Tree = {"system": coding.system} if coding.system else {}
    named: Tree = {"display": display} if display else {}
    return {**system, "code": coding.code, **named}


def _codings(node: Node) -> tuple[Coding, ...]:
    if not isinstance(node, list):
        raise _refuse()
    found = tuple(_coding(one) for one in node if _text(_fields(one, "code")))
    if not found:
        raise _refuse()
    return found


def _codings_back(codings: tuple[Coding, ...]) -> list[Node] | None:
    return [_coding_back(one) for one in codings] or None


def spoken(node: Node) -> str | None:
    """Return the human name at *node* as it is said: its own text, or given before family."""
    if not isinstance(node, dict):
        return None
    given = node.get("given")
    words = [one for one in given if _text(one)] if isinstance(given, list) else []
    parts = [*map(str, words), _text(node.get("family"))]
    return _text(node.get("text")) or " ".join(one for one in parts if one) or None


def _human_name(text: Node, family: Node, given: Node) -> tuple[object, ...]:
    said = spoken({"text": text, "family": family, "given": given})
    if said is None:
        raise _refuse()
    words = tuple(one for one in given if _text(one)) if isinstance(given, list) else ()
    return said, _text(family), words or None


def _human_name_back(
    text: str | None, family: str | None, given: tuple[str, ...] | None
) -> tuple[object, ...]:
    return text, family, list(given) if given else None


def _person_name(node: Node) -> str:
    said = spoken(node)
    if said is None:
        raise _refuse()
    return said


def _as_text(text: str) -> Tree:
    if not text or not is_writable(text):
        raise _refuse()
    return {"text": text}


def _identifier(system: Node, value: Node, status: Node, in_words: Node) -> tuple[object, ...]:
    text, uri = _text(value), _text(system) or ""
    if text is None:
        message = "the sender has to give the identifier a value"
        raise UnreadableError(message)
    scheme = scheme_of(uri)
    if scheme is None:
        return uri, text, True, False
    try:
        is_verified = status == VERIFIED or in_words == VERIFIED_IN_WORDS
        return scheme.value, parse(scheme, text), True, is_verified
    except IdentifierError:
        return scheme.value, text, False, False


def _identifier_back(
    scheme: str | None, value: str | None, is_valid: object, is_verified: object
) -> tuple[object, ...]:
    known = next((one for one in Scheme if one.value == scheme), None)
    is_traced = is_verified and is_valid and known is Scheme.NHS_NUMBER
    uri = known.system if known else scheme
    if uri and not _IS_URI.match(uri):
        raise _refuse()
    return uri or None, value, VERIFIED if is_traced else None, None


def _telecom(system: Node, use: Node, value: Node) -> tuple[object, ...]:
    text = _text(value)
    if text is None:
        raise _refuse()
    if system == "sms" or (system == "phone" and use == "mobile"):
        return ContactKind.MOBILE, text
    kinds = {"phone": ContactKind.PHONE, "email": ContactKind.EMAIL}
    return kinds.get(str(system), ContactKind.OTHER), text


def _telecom_back(kind: ContactKind | None, value: str | None) -> tuple[object, ...]:
    match kind:
        case ContactKind.MOBILE:
            return "phone", "mobile", value
        case ContactKind.PHONE | ContactKind.EMAIL:
            return kind.value, None, value
        case _:
            return "other", None, value


def _address_lines(lines: Node, text: Node) -> tuple[str, ...]:
    found = tuple(str(one) for one in lines if _text(one)) if isinstance(lines, list) else ()
    whole = _text(text)
    if not found and whole is None:
        raise _refuse()
    return found or (whole or "",)


def _address_lines_back(lines: tuple[str, ...]) -> tuple[object, ...]:
    return list(lines) or None, None


def _address_text(node: Node) -> str:
    if not isinstance(node, dict):
        raise _refuse()
    lines = node.get("line")
    held = lines if isinstance(lines, list) else []
    parts = [*held, *(node.get(name) for name in ("city", "district", "postalCode"))]
    said = _text(node.get("text")) or ", ".join(str(one) for one in parts if _text(one))
    if not said:
        raise _refuse()
    return said


def _property(kind: Node, kind_by_coding: Node, value: Node) -> str:
    text = _text(value)
    if UPRN not in {_text(kind), _text(kind_by_coding)} or text is None:
        message = "only a property's own reference number is read here"
        raise UnreadableError(message)
    try:
        return uprn(text)
    except IdentifierError as error:
        raise UnreadableError(str(error)) from None


def _property_back(value: str) -> tuple[object, ...]:
    return UPRN, None, value


def _labels(node: Node) -> tuple[Category, ...]:
    """Return the policy categories; one that is not known here may mean any of them."""
    held = node if isinstance(node, list) else []
    found = [_fields(one, "valueCode") if _fields(one, "url") == "label" else None for one in held]
    known = [str(one) for one in found if one in _CATEGORIES]
    if len(known) < len(found):
        return tuple(Category)
    if not known:
        raise _refuse()
    return tuple(Category(one) for one in known)


def _labels_back(labels: tuple[Category, ...]) -> list[Node] | None:
    return [{"url": "label", "valueCode": one.value} for one in labels] or None


_CATEGORIES: Final = frozenset(one.value for one in Category)


def _observed(said: Node, code: Node, value: Node, quantity: Node) -> str:
    of = _text(code)
    result = _text(said) or _concept(value) or _quantity(quantity)
    if of is None and result is None:
        raise _refuse()
    return f"{of}: {result}" if of and result else of or result or ""


def _concept(node: Node) -> str | None:
    codings = _fields(node, "coding")
    held = codings if isinstance(codings, list) else []
    displays = (_text(_fields(one, "display")) for one in held)
    return _text(_fields(node, "text")) or next((one for one in displays if one), None)


def _quantity(node: Node) -> str | None:
    number = _fields(node, "value")
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    unit = _text(_fields(node, "unit")) or _text(_fields(node, "code"))
    sign = _text(_fields(node, "comparator"))
    return f"{sign or ''}{number}{f' {unit}' if unit else ''}"


def _observed_back(text: str) -> tuple[object, ...]:
    return text, None, None, None


def _involved(
    person: Node, employer: Node, practitioner: Node, organisation: Node, display: Node
) -> tuple[object, ...]:
    """Return a name and the organisation beside it: of a person, else of the organisation."""
    name = spoken(person) or spoken(practitioner)
    by = _text(employer) or _text(organisation)
    said = name or (None if _text(employer) else _text(display)) or by
    if said is None:
        message = "the sender has to name whom this means"
        raise UnreadableError(message)
    return said, by if name else None


def _involved_back(name: str | None, organisation: str | None) -> tuple[object, ...]:
    if name is None or organisation is None:
        return None, None, None, None, name
    return _as_text(name), organisation, None, None, None


def _performer(person: Node, practitioner: Node, organisation: Node, display: Node) -> str:
    found = spoken(person) or spoken(practitioner) or _text(organisation) or _text(display)
    if found is None:
        raise _refuse()
    return found


def _performer_back(name: str) -> tuple[object, ...]:
    return None, None, None, name


def _word(kind: type[StrEnum], name: str, unsaid: StrEnum | None = None) -> ValueFunction:
    """Return the pair for the words of the closed list *kind*; *unsaid* is what silence means."""
    known = {one.value: one for one in kind}
    words = {one: one.value for one in kind if one is not unsaid}

    def read(text: str) -> StrEnum:
        if text not in known:
            message = "this has to be a word of the list"
            raise UnreadableError(message)
        return known[text]

    return ValueFunction(name=name, read=read, write=words.get, texts=("|".join(words.values()),))


def _of_uses(name: str, words: dict[str, StrEnum]) -> ValueFunction:
    """Return the pair for what a name or an address is used as; the first word goes unsaid."""
    unsaid = next(iter(words.values()))
    back = {word: use for use, word in reversed(words.items()) if word is not unsaid}

    def read(text: str) -> StrEnum:
        use = words.get(text)
        if use is None:
            raise _refuse()
        return use

    return ValueFunction(
        name=name,
        read=read,
        write=back.get,
        texts=("|".join(back.values()),),
        how="as the CAF's own word",
    )


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        ValueFunction(
            name="coding",
            read=_coding,
            write=_coding_back,
            texts=(_JSON_CODING,),
            takes_nodes=True,
        ),
        ValueFunction(
            name="codings",
            read=_codings,
            write=_codings_back,
            texts=(rf"\[{_JSON_CODING}\]",),
            takes_nodes=True,
        ),
        ValueFunction(
            name="human_name",
            read=_human_name,
            write=_human_name_back,
            texts=(_WORD, _WORD, rf'\["{_WORD}"\]'),
            fields=3,
            takes_nodes=True,
        ),
        ValueFunction(
            name="person_name",
            read=_person_name,
            write=_as_text,
            texts=(_JSON_NAME,),
            how="the name as one text",
            takes_nodes=True,
        ),
        ValueFunction(
            name="identifier",
            read=_identifier,
            write=_identifier_back,
            texts=(
                f"urn:[a-z]{{3}}|{Scheme.NHS_NUMBER.system}",
                "[0-9]{10}",
                VERIFIED,
                VERIFIED_IN_WORDS,
            ),
            fields=4,
            takes_nodes=True,
        ),
        ValueFunction(
            name="telecom",
            read=_telecom,
            write=_telecom_back,
            texts=("phone|email|other", "mobile", "[0-9]{5}"),
            fields=2,
            takes_nodes=True,
        ),
        ValueFunction(
            name="address_lines",
            read=_address_lines,
            write=_address_lines_back,
            texts=(rf'\["{_WORD}"(, "{_WORD}")?\]', _WORD),
            takes_nodes=True,
        ),
        ValueFunction(
            name="address_text",
            read=_address_text,
            write=_as_text,
            texts=(_JSON_NAME,),
            how="the address as one text",
            takes_nodes=True,
        ),
        ValueFunction(
            name="property",
            read=_property,
            write=_property_back,
            texts=(UPRN, UPRN, "[1-9][0-9]{0,11}"),
            takes_nodes=True,
        ),
        ValueFunction(
            name="labels",
            read=_labels,
            write=_labels_back,
            texts=(r'\[\{"url": "label", "valueCode": "(sen|family|adoption)"\}\]',),
            takes_nodes=True,
        ),
        ValueFunction(
            name="observed",
            read=_observed,
            write=_observed_back,
            texts=(_WORD, _WORD, _JSON_NAME, r'\{"value": [1-9], "unit": "kg"\}'),
            how="what was observed and what it was, as one text",
            takes_nodes=True,
        ),
        ValueFunction(
            name="involved",
            read=_involved,
            write=_involved_back,
            texts=(_JSON_NAME, _WORD, _JSON_NAME, _WORD, _WORD),
            fields=2,
            how="the name as one text",
            takes_nodes=True,
        ),
        ValueFunction(
            name="performer",
            read=_performer,
            write=_performer_back,
            texts=(_JSON_NAME, _JSON_NAME, _WORD, _WORD),
            how="the name as one text",
            takes_nodes=True,
        ),
        _word(ParentalResponsibility, "responsibility", ParentalResponsibility.UNKNOWN),
        _word(CaseRole, "case_role"),
        _word(KindOfHelp, "kind_of_help"),
        _of_uses(
            "name_use",
            {
                "usual": NameUse.USUAL,
                "official": NameUse.USUAL,
                "nickname": NameUse.PREFERRED,
                "old": NameUse.PREVIOUS,
                "maiden": NameUse.PREVIOUS,
                "anonymous": NameUse.ALIAS,
                "temp": NameUse.ALIAS,
            },
        ),
        _of_uses(
            "address_use",
            {
                "home": AddressUse.HOME,
                "temp": AddressUse.TEMPORARY,
                "old": AddressUse.PREVIOUS,
                "billing": AddressUse.OTHER,
                "work": AddressUse.OTHER,
            },
        ),
    ],
)
"""The functions that the mapping of a record may name."""
