"""Writing a file that must not be lost, nor found half-written."""

import os
from pathlib import Path


def write(path: Path, data: bytes, *, beside: str = "new") -> None:
    """Have the file at *path* hold *data*, whatever happens from here on, or raise `OSError`.

    A reader finds all of it, or what was there before: the new file, whose name ends in *beside*
    so far, is durable before it takes the old one's name, and then the name is, too.
    """
    unfinished = path.with_name(f"{path.name}.{beside}")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
