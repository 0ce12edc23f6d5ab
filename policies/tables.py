"""The tables that go with the law: what silence means, what `redact` leaves, whom a refer asks.

They come with the release, and are no part of the bundle of law, which two officers activate; so
that each decision names their digest beside that of the law.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents

NAMES: Final = (
    "facts.yaml",
    "purposes.yaml",
    "reductions.yaml",
    "tasks.yaml",
    "thresholds.yaml",
)
"""What decides beside the law, and who is asked; how it is worded is another matter."""

_FOLDER: Final = Path(__file__).parent


@cache
def digest() -> str:
    """Return the SHA-256 of what the tables say: comments and layout do not count.

    >>> len(digest())
    64
    """
    content = {name: documents.plain(_FOLDER / name) for name in NAMES}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
