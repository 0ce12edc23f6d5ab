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

_OTHERS: Final = frozenset({"preview.yaml", "retention.yaml", "wording.yaml"})
"""How a decision is told or shown, and how long it is kept, are no part of what it is."""

_FOLDER: Final = Path(__file__).parent


@cache
def digest() -> str:
    """Return the SHA-256 of what the tables say: comments and layout do not count.

    >>> len(digest())
    64
    """
    names = {path.name for path in _FOLDER.glob("*.yaml")} - _OTHERS
    content = {name: documents.plain(_FOLDER / name) for name in names}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
