"""Files: what is written survives a power failure, and content has a name."""

from __future__ import annotations

import hashlib
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


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that its readers see the earlier text or all of this one."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
