"""The files of one law set, from a folder or from what was kept of one: read by their names."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from policies import documents
from policies.errors import DocumentError

_Document = TypeVar("_Document")


class LawFiles:
    """The files of one law set: each a *text* by its name, in a folder called *folder*."""

    def __init__(self, text: Mapping[str, str], folder: str) -> None:
        self._text = text
        self._folder = folder

    def place(self, name: str) -> str:
        """Return what errors call the file *name*."""
        return str(Path(self._folder) / name)

    def read(self, name: str, kind: type[_Document]) -> _Document:
        """Return the file *name* as a *kind*, or raise `DocumentError`."""
        return documents.parse(self._of(name), kind, self.place(name))

    def lines(self, name: str) -> Mapping[tuple[str | int, ...], int]:
        """Return the line of each place in the file *name*."""
        return documents.lines_of(self._of(name), self.place(name))

    def _of(self, name: str) -> str:
        if name not in self._text:
            message = f"{self.place(name)}: the file cannot be read"
            raise DocumentError(message)
        return self._text[name]
