"""The layout of a log on disk and over HTTP: C2SP tlog-tiles, pure path arithmetic.

    tile/<L>/<N>[.p/<W>]        256 (or W) hashes of tile level L
    tile/entries/<N>[.p/<W>]    256 (or W) entries, each with its length in two bytes before it

N is written in groups of three digits, all but the last with an x before: 1234067 is
`x001/x234/067`. A tile of level L holds, side by side, the roots of the full tiles of level
L-1; level 0 holds the hashes of the leaves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audit.errors import TreeError
from audit.merkle import HASH_BYTES, MAX_SIZE

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_LEVEL = 7
"""The highest tile level that a tree of fewer than 2**63 leaves has."""

MAX_ENTRY_BYTES = 2**16 - 1
"""A length of two bytes stands before each entry of a bundle (C2SP tlog-tiles)."""

_INDEX = r"(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
_PARTIAL = r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_TILE = re.compile(rf"tile/(?P<level>[0-{MAX_LEVEL}]|entries)/{_INDEX}{_PARTIAL}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of one tile of hashes; full unless *width* says otherwise."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where the tile stands below the log's address.

        >>> Tile(0, 1234067).path
        'tile/0/x001/x234/067'
        >>> Tile(1, 0, 5).path
        'tile/1/000.p/5'
        """
        return f"tile/{self.level}/{_place(self.index, self.width)}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The place of one bundle of entries; full unless *width* says otherwise."""

    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where the bundle stands below the log's address.

        >>> Bundle(3, 17).path
        'tile/entries/003.p/17'
        """
        return f"tile/entries/{_place(self.index, self.width)}"


def _place(index: int, width: int) -> str:
    place = f"{index % 1000:03}"
    while index := index // 1000:
        place = f"x{index % 1000:03}/{place}"
    return place if width == TILE_WIDTH else f"{place}.p/{width}"


def parse(path: str) -> Tile | Bundle:
    """Return the tile or bundle at *path*, or raise `TreeError` if there is none of that name.

    >>> parse("tile/entries/003.p/17")
    Bundle(index=3, width=17)
    >>> parse("tile/0/../../etc/passwd")
    Traceback (most recent call last):
        ...
    audit.errors.TreeError: not the path of a tile
    """
    if match := _TILE.fullmatch(path):
        index = int(match["index"].replace("x", "").replace("/", ""))
        width = int(match["width"] or TILE_WIDTH)
        entries = match["level"] == "entries"
        place = Bundle(index, width) if entries else Tile(int(match["level"]), index, width)
        # Round trip: `.p/256`, `.p/300` and `x000/001` are other names of something else.
        if width <= TILE_WIDTH and index <= MAX_SIZE and place.path == path:
            return place
    message = "not the path of a tile"
    raise TreeError(message)


def partial_tiles(size: int) -> list[Tile]:
    """Return the tiles that a tree of *size* leaves has not filled: one a level, at most.

    >>> [tile.path for tile in partial_tiles(70_000)]
    ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']
    """
    widths = [size >> (TILE_HEIGHT * level) for level in range(MAX_LEVEL + 1)]
    return [
        Tile(level, width // TILE_WIDTH, width % TILE_WIDTH)
        for level, width in enumerate(widths)
        if width % TILE_WIDTH
    ]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    r"""Return *entries* as the bytes of a bundle, or raise `TreeError` if one is too long for it.

    >>> encode_bundle([b"ab", b""])
    b'\x00\x02ab\x00\x00'
    """
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        message = f"an entry is longer than `{MAX_ENTRY_BYTES}` bytes"
        raise TreeError(message)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    r"""Return the *width* entries in *data*, or raise `TreeError` if it does not hold just these.

    >>> decode_bundle(b"\x00\x02ab\x00\x00", 2)
    [b'ab', b'']
    >>> decode_bundle(b"\x00\x02a", 1)
    Traceback (most recent call last):
        ...
    audit.errors.TreeError: the bundle ends within entry `0`
    """
    entries, at = [], 0
    for number in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            message = f"the bundle ends within entry `{number}`"
            raise TreeError(message)
        entries.append(data[start:at])
    if at != len(data):
        message = f"the bundle goes on after its last entry, `{width - 1}`"
        raise TreeError(message)
    return entries
