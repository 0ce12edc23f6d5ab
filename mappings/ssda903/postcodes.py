"""Postcodes: whether there can be such a one, by the areas that there are and the letters used.

That one can be does not say that it is: only the list of all postcodes would.
"""

import re
from typing import Final

_AREAS_IN_USE: Final = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E "
    "EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL "
    "LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM "
    "SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
_AREAS: Final = frozenset(_AREAS_IN_USE.split())
# The last two letters are none that look alike when written by hand: C, I, K, M, O, V.
_POSTCODE: Final = re.compile(r"([A-Z]{1,2})[0-9][0-9A-Z]? ?[0-9][ABD-HJLNP-UW-Z]{2}")


def can_be(text: str) -> bool:
    """Say whether *text* can be a postcode.

    >>> can_be("SW1A 2AA"), can_be("EG19 7TT"), can_be("W2 7BO")
    (True, False, False)
    """
    found = _POSTCODE.fullmatch(text.upper())
    return found is not None and found[1] in _AREAS
