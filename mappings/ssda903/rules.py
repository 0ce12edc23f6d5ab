"""What the Department's rules find in one child of an SSDA903 return, by the codes they have.

Only rules that one child and one year decide are here, and only some of those: what a recipient
would be misled by. Each has the code that the Department published it under.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from mappings.errors import UnreadableError
from mappings.language.trees import Address, Node, Tree
from mappings.language.values import STANDARD
from mappings.ssda903.postcodes import can_be

_RULES_OF_LEAVES: Final = """
SEX:101 DOB:102 ETHNIC:103 DUC:104 UASC:105 DATE_INT:112 DATE_MATCH:113 FOSTER_CARE:114
DATE_PLACED:115 DATE_PLACED_CEASED:116 REASON_PLACED_CEASED:120 IN_TOUCH:131 ACTIV:132
ACCOM:133 DECOM:141 RNE:143 LS:144 CIN:145 PL:146 DEC:147 REC:149 HOME_POST:164 PL_POST:164
MOTHER:165 REVIEW:166 REVIEW_CODE:167 UPN:168 MC_DOB:171 NB_ADOPTR:175 SEX_ADOPTR:176
LS_ADOPTR:177 PLACE_PROVIDER:178 SDQ_SCORE:180 SDQ_REASON:196 PREV_PERM:631 DATE_PERM:632
LA_PERM:633 DOLO_START:700 DOLO_END:701 MIS_START:1004 MIS_END:1005 MISSING:1006 URN:1008
REASON_PLACE_CHANGE:1009 SW_ID:SW02STG1 SW_DECOM:SW04STG1 SW_DEC:SW05STG1 SW_REASON:SW13STG1
CONVICTED:181 HEALTH_CHECK:181 IMMUNISATIONS:181 TEETH_CHECK:181 HEALTH_ASSESSMENT:181
SUBSTANCE_MISUSE:181
"""
UNREADABLE: Final = dict(pair.split(":") for pair in _RULES_OF_LEAVES.split())
"""The rule that a leaf breaks which cannot be read, by its name."""

_EPISODE: Final = ("EPISODE",)
_HEADER: Final = ("HEADER",)
_PLACED: Final = ("HEADER", "AD_PLACED")
_OC2: Final = ("HEADER", "OC2")
_IN_ORDER: Final = (
    ("356", _EPISODE, "DECOM", "DEC"),
    ("522", _PLACED, "DATE_PLACED", "DATE_PLACED_CEASED"),
    ("567", ("HEADER", "AMISSING"), "MIS_START", "MIS_END"),
    ("702", ("HEADER", "DOLO"), "DOLO_START", "DOLO_END"),
)
_ADOPTION: Final = (
    *("DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR"),
)
_TOGETHER: Final = (
    ("119", _PLACED, ("DATE_PLACED_CEASED", "REASON_PLACED_CEASED")),
    ("148", _EPISODE, ("DEC", "REC")),
    ("151", _HEADER, _ADOPTION),
)
# Where the first leaf has the text, the second has to be there, or must not.
_IMPLIED: Final = (
    ("158", _OC2, "INTERVENTION_RECEIVED", "1", "INTERVENTION_OFFERED", False),
    ("159", _OC2, "INTERVENTION_RECEIVED", "0", "INTERVENTION_OFFERED", True),
    ("192", _OC2, "SUBSTANCE_MISUSE", "1", "INTERVENTION_RECEIVED", True),
    ("193", _OC2, "SUBSTANCE_MISUSE", "0", "INTERVENTION_RECEIVED", False),
    ("611", _HEADER, "MOTHER", "1", "MC_DOB", True),
    ("612", _HEADER, "MOTHER", "0", "MC_DOB", False),
)
_SOCIAL_WORKERS: Final = ("SW", "XX")


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a child breaks: its *code*, the address of the leaf, and what is to be done."""

    code: str
    address: Address
    message: str


def faults(child: Tree) -> Iterator[Fault]:
    """Yield what the rules find in *child*, as `mappings.ssda903.editions` has it.

    >>> [fault.code for fault in faults({"EPISODE": [{"DECOM": "02/05/2025", "DEC": "01/05/2025"}]})]
    ['356', '148']
    """  # noqa: E501 - the doctest's line is one
    yield from _out_of_order(child)
    yield from _incomplete(child)
    yield from _contradictions(child)
    yield from _episodes_in_turn(child)
    yield from _values(child)


def _out_of_order(child: Tree) -> Iterator[Fault]:
    for code, path, first, last in _IN_ORDER:
        for node, address in _nodes(child, path):
            begun, ended = _day(node, first), _day(node, last)
            if begun and ended and ended < begun:
                message = f"the sender has to check `{last}`: it is before `{first}`"
                yield Fault(code, (*address, last), message)


def _incomplete(child: Tree) -> Iterator[Fault]:
    for code, path, names in _TOGETHER:
        for node, address in _nodes(child, path):
            given = [name for name in names if _text(node, name)]
            if given and len(given) < len(names):
                missing = next(name for name in names if name not in given)
                message = f"the sender has to give `{missing}`, or none of what belongs to it"
                yield Fault(code, (*address, given[0]), message)


def _contradictions(child: Tree) -> Iterator[Fault]:
    for code, path, name, text, other, is_needed in _IMPLIED:
        for node, address in _nodes(child, path):
            if _text(node, name) == text and bool(_text(node, other)) != is_needed:
                what = "give" if is_needed else "leave out"
                message = f"the sender has to {what} `{other}`, as `{name}` is `{text}`"
                yield Fault(code, (*address, name), message)


def _episodes_in_turn(child: Tree) -> Iterator[Fault]:
    dated = [
        (begun, node, address)
        for node, address in _nodes(child, _EPISODE)
        if (begun := _day(node, "DECOM"))
    ]
    dated.sort(key=lambda one: one[0])
    for (_, node, address), (begun, _, later) in pairwise(dated):
        ended = _day(node, "DEC")
        if not _text(node, "DEC"):
            message = "the sender has to end this episode: another has begun after it"
            yield Fault("142", (*address, "DECOM"), message)
        elif ended and begun < ended:
            message = "the sender has to check when this began: the episode before lasts longer"
            yield Fault("501", (*later, "DECOM"), message)


def _values(child: Tree) -> Iterator[Fault]:
    for node, address in _nodes(child, _EPISODE):
        for name in ("HOME_POST", "PL_POST"):
            text = _text(node, name)
            if text and not can_be(text):
                message = "the sender has to check this postcode: there can be no such one"
                yield Fault("164", (*address, name), message)
    for node, address in _nodes(child, ("HEADER", "SWEPISODE")):
        worker = _text(node, "SW_ID")
        if worker and not worker.startswith(_SOCIAL_WORKERS):
            message = "the sender has to give a social worker's number, which begins with SW or XX"
            yield Fault("SW02STG1", (*address, "SW_ID"), message)


def _nodes(child: Tree, path: tuple[str, ...]) -> Iterator[tuple[Tree, Address]]:
    """Yield the nodes at *path*, with their addresses, whether or not they repeat."""
    node: Node = child
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    if isinstance(node, dict):
        yield node, path
    elif isinstance(node, list):
        for position, one in enumerate(node):
            if isinstance(one, dict):
                yield one, (*path, position)


def _text(node: Tree, name: str) -> str:
    found = node.get(name)
    return found if isinstance(found, str) else ""


def _day(node: Tree, name: str) -> date | None:
    try:
        found = STANDARD["uk_date"].read(_text(node, name))
    except UnreadableError:
        return None
    return found if isinstance(found, date) else None
