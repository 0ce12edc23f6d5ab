"""The editions of the Common Transfer File that are read and written, each with its mapping.

Editions 21 to 24 have a pupil's `Gender`, edition 25 has `Sex`. What is read of 21 to 23 is what
is read of 24; 24 and 25 are written.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from lxml import etree

from mappings.ctf.pairs import FUNCTIONS
from mappings.language import xsd
from mappings.language.loading import Format, load
from mappings.language.shapes import Shape
from mappings.language.translation import Translation

READ: Final = range(21, 26)
WRITTEN: Final = (24, 25)
_HERE: Final = Path(str(files("mappings.ctf")))


def nearest(edition: int) -> int:
    """Return the edition whose schema a file of *edition* is read by.

    >>> nearest(21), nearest(25), nearest(30)
    (24, 25, 25)
    """
    return min(max(edition, WRITTEN[0]), WRITTEN[-1])


@cache
def pupil(edition: int) -> Translation:
    """Return the mapping of a pupil of *edition*, one that is written."""
    shape = xsd.shape(_schema(edition), "Pupil")
    return load(_HERE / "pupil.yaml", Format(shape, edition, FUNCTIONS))


@cache
def file_shape(edition: int) -> Shape:
    """Return the shape of a whole file of *edition*, one that is written."""
    return xsd.shape(_schema(edition), "CTfile")


@cache
def schema(edition: int) -> etree.XMLSchema:
    """Return our own schema of *edition*, one that is written: it is not the Department's."""
    return xsd.load(_schema(edition))


def _schema(edition: int) -> Path:
    return _HERE / f"ctf-{edition}.xsd"
