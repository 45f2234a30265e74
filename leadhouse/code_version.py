"""Which code made a build."""

from __future__ import annotations

import hashlib
from functools import cache

from leadhouse.paths import PROJECT_ROOT

_CODE = ("models", "macros", "seeds", "ingestion", "leadhouse")
_ENDINGS = frozenset({".sql", ".csv", ".py", ".yml"})


@cache
def code_version() -> str:
    """Digest of everything that decides what the numbers are: models, seeds, code, libraries."""
    digest = hashlib.sha256()
    files = [PROJECT_ROOT / "dbt_project.yml", PROJECT_ROOT / "requirements.lock"]
    for folder in _CODE:
        files += (path for path in (PROJECT_ROOT / folder).rglob("*") if path.suffix in _ENDINGS)
    for path in sorted(files):
        digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def seeds_hash() -> str:
    """Digest of the configuration alone: every seed's name and content."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT_ROOT / "seeds").glob("*.csv")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
