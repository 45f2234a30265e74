"""What is written survives a power failure."""

from __future__ import annotations

import os
from pathlib import Path


def make_durable(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_durably(source: Path, goal: Path) -> None:
    """Rename in one step, replacing an earlier file of that name, and keep it so."""
    source.replace(goal)
    make_durable(goal.parent)
