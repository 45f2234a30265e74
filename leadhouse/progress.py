"""How far a run is, in words for people."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ingestion.load import LoadResult

progress = logging.getLogger("leadhouse.progress")


def in_words(results: Sequence[LoadResult]) -> str:
    """What a landing did, in one line without personal data."""
    landed = [result for result in results if result.status == "loaded"]
    words = [f"{_files(len(landed))}: {sum(result.rows_loaded for result in landed):,} rows"]
    for name in ("quarantined", "excluded"):
        if count := sum(getattr(result, f"rows_{name}") for result in landed):
            words.append(f"{count:,} {name}")
    for name in ("refused", "withdrawn"):
        if count := sum(result.status == name for result in results):
            words.append(f"{_files(count)} {name}")
    return ", ".join(words) if landed or len(words) > 1 else "nothing new"


def _files(count: int) -> str:
    return f"{count} {'file' if count == 1 else 'files'}"
