"""Where the tests find the team's shared data, and what they say when it is not there."""

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("CAF_GATEWAY_SHARED", Path(__file__).parents[2] / "shared"))


def shared(path: str) -> Path:
    """Return the shared file or folder at *path*, or skip the test in one line."""
    found = _ROOT / path
    if not found.exists():
        pytest.skip(f"needs shared data, set CAF_GATEWAY_SHARED: {path}")
    return found
