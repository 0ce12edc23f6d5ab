"""The segments that are read, as the shape of a message, and how places in one are written.

The definitions are of version 2.4, which the UK's messages use; later versions only add to them.
A message is a tree: segments by name (a list where several may stand), fields and components by
their number. `PID-3[2].4.1` is the namespace of who gave the second identifier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mappings.language.shapes import Shape, of_paths
from mappings.language.trees import Address, Places

_HD: Final = ("1", "2", "3")
_CE: Final = ("1", "2", "3", "4", "5", "6")
_CX: Final = ("1", "2", "3", "4/1", "4/2", "4/3", "5", "6/1", "6/2", "6/3", "7", "8")
_XPN: Final = ("1/1", "1/2", "1/3", "1/4", "1/5", *map(str, range(2, 12)))
_XAD: Final = ("1/1", "1/2", "1/3", *map(str, range(2, 13)))
_XTN: Final = tuple(map(str, range(1, 13)))
_XCN: Final = ("1", "2/1", *map(str, range(3, 9)), "9/1", "9/2", "9/3")
_XON: Final = ("1", "2", "3", "4", "5", "6/1", "6/2", "6/3", "7", "8/1", "9", "10")
_EI: Final = ("1", "2", "3", "4")
_PL: Final = ("1", "2", "3", "4/1", "4/2", "4/3", "5", "6", "7", "8", "9")
_DAY: Final = ("1", "2")
_PLAIN: Final = ()

_FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "MSH": {
        **dict.fromkeys(("1", "2", "8", "10", "13", "14", "15", "16", "17", "18*"), _PLAIN),
        **dict.fromkeys(("3", "4", "5", "6"), _HD),
        "7": _DAY,
        "9": ("1", "2", "3"),
        "11": ("1", "2"),
        "12": ("1", "2", "3"),
        "19": _CE,
        "20": _PLAIN,
        "21*": _EI,
    },
    "EVN": {"1": _PLAIN, "2": _DAY, "3": _DAY, "4": _PLAIN, "5*": _XCN, "6": _DAY, "7": _HD},
    "RF1": {
        **dict.fromkeys(("1", "2", "3", "4*", "5", "10*"), _CE),
        **dict.fromkeys(("7", "8", "9"), _DAY),
        "6": _EI,
        "11*": _EI,
    },
    "PRD*": {
        "1*": _CE,
        "2*": _XPN,
        "3*": _XAD,
        "4": _PL,
        "5*": _XTN,
        "6": _CE,
        "7*": ("1", "2", "3"),
        "8": _DAY,
        "9": _DAY,
    },
    "CTD*": {"1*": _CE, "2*": _XPN, "3*": _XAD, "4": _PL, "5*": _XTN, "6": _CE},
    "PID": {
        **dict.fromkeys(("1", "8", "19", "23", "24", "25", "30", "31", "32*"), _PLAIN),
        **dict.fromkeys(("2", "3*", "4*", "18", "21*"), _CX),
        **dict.fromkeys(("5*", "6*", "9*"), _XPN),
        **dict.fromkeys(("10*", "15", "16", "17", "22*", "26*", "27", "28"), _CE),
        **dict.fromkeys(("7", "29", "33"), _DAY),
        "11*": _XAD,
        "12": _PLAIN,
        "13*": _XTN,
        "14*": _XTN,
    },
    "PD1": {"1*": _PLAIN, "2": _PLAIN, "3*": _XON, "4*": _XCN, "12": _PLAIN},
    "NK1*": {
        **dict.fromkeys(("1", "10", "15"), _PLAIN),
        "2*": _XPN,
        "3": _CE,
        "4*": _XAD,
        "5*": _XTN,
        "6*": _XTN,
        "7": _CE,
        "8": _PLAIN,
        "9": _PLAIN,
        "16": _DAY,
        "20": _CE,
    },
    "PV1": {
        **dict.fromkeys(("1", "2", "10", "18"), _PLAIN),
        "3": _PL,
        "7*": _XCN,
        "19": _CX,
        "44": _DAY,
        "45": _DAY,
    },
    "DG1*": {"1": _PLAIN, "2": _PLAIN, "3": _CE, "4": _PLAIN, "5": _DAY, "6": _PLAIN},
    "AL1*": {"1": ("1",), "2": _CE, "3": _CE, "4": _CE, "5*": _PLAIN, "6": _PLAIN},
    "OBR*": {"1": _PLAIN, "2": _EI, "3": _EI, "4": _CE},
    "OBX*": {
        "NTE*": ("1", "2", "3", "4"),  # those that follow it; the fourth is ours, and a text
        **dict.fromkeys(("1", "2", "4", "5", "7", "8", "10", "11", "13*"), _PLAIN),
        "3": _CE,
        "6": _CE,
        "14": _DAY,
    },
    "NTE*": {"1": _PLAIN, "2": _PLAIN, "3": _PLAIN, "4": _CE},
    "ZCN": {"1": _PLAIN, "2": _PLAIN},  # our own: the sentence that is on each view
}


def _paths() -> Iterator[str]:
    for segment, fields in _FIELDS.items():
        for field, components in fields.items():
            yield f"{segment}/{field}"
            yield from (f"{segment}/{field}/{component}" for component in components)


MESSAGE: Final[Shape] = of_paths(_paths())
"""What is read of a message. Whatever else it has is kept with the original."""


@dataclass(frozen=True, slots=True)
class SegmentPlaces(Places):
    """Places as those who read these messages write them.

    >>> PLACES.place("", ("PID", "3", 1, "4", "1")), PLACES.place("", ("NK1", 0, "3", "1"))
    ('PID-3[2].4.1', 'NK1[1]-3.1')
    """

    def suffix(self, address: Address) -> str:
        """Return what leads from a message to the node at *address*."""
        return _suffix(address)


@lru_cache(maxsize=4096)  # the same few addresses come with each message
def _suffix(address: Address) -> str:
    text, before = "", iter(("", "-"))
    for step in address:
        text += f"[{step + 1}]" if isinstance(step, int) else f"{next(before, '.')}{step}"
    return text.removesuffix("..")  # the text itself of a field that repeats


PLACES: Final = SegmentPlaces("", "")
