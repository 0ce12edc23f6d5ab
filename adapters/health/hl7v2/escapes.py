r"""Escape sequences: characters that a text cannot hold as they are, and line breaks.

\F\ \S\ \R\ \E\ \T\   the five separators
\.br\                 a line break
\X0D0A\               characters by their bytes
\H\ \N\               highlighting, which is dropped
"""

import re
from typing import Final

from mappings.language.shapes import is_writable

DELETED: Final = '""'
"""What stands where a sender has taken a value away."""

_LETTERS: Final = "FSRET"  # of the separators, in the order in which a message declares them
_BREAK: Final = ".br"
_BREAKS: Final = {_BREAK, ".sp", ".ce"}
_DROPPED: Final = {"H", "N", ".in", ".ti", ".sk", ".fi", ".nf"}
_HEXADECIMAL: Final = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")


class Escapes:
    """Reads and writes the escapes of one message: *separators* are its five, *charset* its own."""

    def __init__(self, separators: str, charset: str) -> None:
        self.escape = separators[3]
        self.charset = charset
        self.characters = dict(zip(_LETTERS, separators, strict=True))
        self.names = {character: name for name, character in self.characters.items()}
        self.special = re.compile(f"[{re.escape(separators)}\\x00-\\x1f\\x7f]")

    def read(self, text: str) -> tuple[str, bool]:
        r"""Return what *text* stands for, and whether every sequence in it was understood.

        One that is not stays as it is.

        >>> Escapes("|^~\\&", "utf-8").read(r"Tom \T\ Ann\.br\at home")
        ('Tom & Ann\nat home', True)
        >>> Escapes("|^~\\&", "utf-8").read(r"100 \Z9\ and a \ alone")
        ('100 \\Z9\\ and a \\ alone', False)
        """
        parts = text.split(self.escape)
        made, is_whole, position = [parts[0]], True, 1
        while position < len(parts):
            name = parts[position]
            is_closed = position + 1 < len(parts)
            found = self._character(name) if is_closed else None
            if found is None:
                made += [self.escape, name]
                is_whole, position = False, position + 1
            else:
                made += [found, parts[position + 1]]
                position += 2
        return "".join(made), is_whole

    def write(self, text: str) -> str:
        r"""Return *text* with what it cannot hold as it is escaped.

        >>> Escapes("|^~\\&", "utf-8").write("Tom & Ann\nat home")
        'Tom \\T\\ Ann\\.br\\at home'
        >>> Escapes("|^~\\&", "utf-8").write('""')
        '\\X2222\\'
        """
        if text == DELETED:  # as it is, it would take a value away
            return f"{self.escape}X{text.encode().hex()}{self.escape}"
        return self.special.sub(lambda found: self._sequence(found[0]), text)

    def _sequence(self, character: str) -> str:
        name = _BREAK if character == "\n" else self.names.get(character)
        name = name or f"X{ord(character):02X}"
        return f"{self.escape}{name}{self.escape}"

    def _character(self, name: str) -> str | None:
        """Return what the sequence *name* stands for; None where it is not known."""
        if name in self.characters:
            return self.characters[name]
        command = name.rstrip("+-0123456789 ") if name.startswith(".") else name
        if command in _BREAKS:
            return "\n"
        if command in _DROPPED:
            return ""
        found = _HEXADECIMAL.fullmatch(name)
        if found is None:
            return None
        try:
            characters = bytes.fromhex(found[1]).decode(self.charset)
        except UnicodeDecodeError:
            return None
        return characters if is_writable(characters) else None
