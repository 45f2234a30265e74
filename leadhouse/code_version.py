"""Which code made a build."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from leadhouse.paths import PROJECT_ROOT

_CODE = ("models", "macros", "seeds", "ingestion", "leadhouse")
_ENDINGS = frozenset({".sql", ".csv", ".py", ".yml"})


@cache
def fingerprints() -> Mapping[str, str]:
    """By path in the project, in order, a digest of each file that decides what the numbers are."""
    files = [PROJECT_ROOT / "dbt_project.yml", PROJECT_ROOT / "requirements.lock"]
    for folder in _CODE:
        files += (path for path in (PROJECT_ROOT / folder).rglob("*") if path.suffix in _ENDINGS)
    return {
        path.relative_to(PROJECT_ROOT).as_posix(): _hashed(path.read_bytes())
        for path in sorted(files)
    }


@cache
def code_version() -> str:
    """Digest of everything that decides what the numbers are: models, seeds, code, libraries."""
    return _digest(fingerprints())


@cache
def seeds_hash() -> str:
    """Digest of the configuration alone: every seed's name and content."""
    files = fingerprints().items()
    return _digest({path: said for path, said in files if Path(path).match("seeds/*.csv")})


def _digest(files: Mapping[str, str]) -> str:
    told = "\n".join(f"{path} {fingerprint}" for path, fingerprint in files.items())
    return _hashed(told.encode())


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
