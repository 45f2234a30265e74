"""Which code made a build."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from leadhouse.paths import PROJECT_ROOT

_CODE = ("models", "macros", "seeds", "ingestion", "leadhouse")
_ENDINGS = frozenset({".sql", ".csv", ".py", ".yml"})


@cache
def fingerprints(project: Path | None = None) -> Mapping[str, str]:
    """By path in the project, in order, a digest of each file that decides what the numbers are.

    Seeds are those of ``project``, which is the one of dbt's own process where it is not given.
    """
    # The dbt of a what-if builds with other seeds.
    seeds = (project or Path(os.environ.get("DBT_PROJECT_DIR", PROJECT_ROOT))) / "seeds"
    files = {name: PROJECT_ROOT / name for name in ("dbt_project.yml", "requirements.lock")}
    for folder in _CODE:
        room = seeds if folder == "seeds" else PROJECT_ROOT / folder
        for path in room.rglob("*"):
            if path.suffix in _ENDINGS:
                files[(Path(folder) / path.relative_to(room)).as_posix()] = path
    return {name: _hashed(files[name].read_bytes()) for name in sorted(files)}


@cache
def code_version(project: Path | None = None) -> str:
    """Digest of everything that decides what the numbers are: models, seeds, code, libraries."""
    return _digest(fingerprints(project))


@cache
def seeds_hash(project: Path | None = None) -> str:
    """Digest of the configuration alone: every seed's name and content."""
    files = fingerprints(project).items()
    return _digest({path: said for path, said in files if Path(path).match("seeds/*.csv")})


def _digest(files: Mapping[str, str]) -> str:
    told = "\n".join(f"{path} {fingerprint}" for path, fingerprint in files.items())
    return _hashed(told.encode())


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
