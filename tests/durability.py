"""What is made durable when, as the operating system is told of it."""

import os
from pathlib import Path


def noted(monkeypatch):
    """Return a list that grows by each file or folder that is synced, and each name taken."""
    done = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor):
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        done.append(("fsync", place.name))
        fsync(descriptor)

    def noted_replace(source, target):
        done.append(("replace", target.name))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    return done
