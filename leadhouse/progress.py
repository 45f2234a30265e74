"""How far a run is, in words for people."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingestion.inventory import Inventory
    from ingestion.loader import LoadResult

_FEW_DAYS = 5
_FEW_NAMES = 8
_SECONDS_A_MINUTE = 60

progress = logging.getLogger("leadhouse.progress")
"""What happened: it stays on the terminal and is in the log."""

steps = logging.getLogger("leadhouse.steps")
"""How far long work is at this moment: for who looks on, not for the log."""
steps.propagate = False
steps.setLevel(logging.INFO)


def duration(seconds: float) -> str:
    """Seconds as people say them: 45 s, 3 min."""
    if seconds < 2 * _SECONDS_A_MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _SECONDS_A_MINUTE:.0f} min"


def in_words(results: Sequence[LoadResult]) -> str:
    """What a landing did, in one line without personal data."""
    landed = [result for result in results if result.status == "loaded"]
    words = [f"{_files(landed)}: {sum(result.rows_loaded for result in landed):,} rows"]
    for name in ("quarantined", "excluded"):
        if count := sum(getattr(result, f"rows_{name}") for result in landed):
            words.append(f"{count:,} {name}")
    for name in ("refused", "withdrawn"):
        if done := [result for result in results if result.status == name]:
            words.append(f"{_files(done)} {name}")
    return ", ".join(words) if landed or len(words) > 1 else "nothing new"


def days_in_words(days: Sequence[date]) -> str:
    """Deliveries by their days: each of a few, or how many from when to when."""
    if not days:
        return "none"
    if len(days) <= _FEW_DAYS:
        return ", ".join(map(str, days))
    return f"{len(days)} deliveries, from {days[0]} to {days[-1]}"


def archived_in_words(days: Sequence[date]) -> str:
    """A line after a failure: what the drop folder no longer shows counts all the same."""
    if not days:
        return ""
    return (
        f"\nLanded and no longer in the drop folder: {days_in_words(days)}. "
        "`leadhouse land --withdraw DAY` takes a delivery back."
    )


def warn_of_files_set_aside(inventory: Inventory) -> None:
    """Tell the terminal and the log which files no entity and no mapping takes."""
    for warning in inventory.warnings:
        progress.warning("set aside: %s", warning)


def warn_of_what_is_not_read(results: Sequence[LoadResult]) -> None:
    """Tell the terminal and the log where files and what reads them do not meet, a line a kind."""
    told: dict[str, list[str]] = {}
    # Of one file several mappings may each take a part of the rows.
    kept = {
        (result.target.path, result.target.entity)
        for result in results
        if result.rows_read > result.rows_excluded
    }
    for result in results:
        is_kept = (result.target.path, result.target.entity) in kept
        for says in _not_read(result, is_kept):
            told.setdefault(says, []).append(result.target.shown_as)
    for says, files in told.items():
        more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
        progress.warning("%s%s: %s", files[0], more, says)


def _not_read(result: LoadResult, is_kept: bool) -> Iterator[str]:
    mapping = result.target.mapped_by
    if names := result.absent_columns:
        yield f"mapping {mapping} reads {_columns(names)}, not there and taken as empty"
    if names := result.new_columns:
        reader = f"mapping {mapping}" if mapping else f"the entity {result.target.entity}"
        yield f"{reader} does not read {_columns(names)}, kept in _extra (told once)"
    if names := result.unread_sheets:
        yield f"nothing reads the sheet{'s' if len(names) > 1 else ''} {_few(names)}"
    if result.status == "loaded" and result.rows_read == 0 and result.target.keeps_extra:
        yield "it has no row"
    if mapping and result.rows_excluded and not is_kept:
        yield f"no row lands, all {result.rows_read:,} are left out by mapping {mapping}"


def _columns(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {_few(names)}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW_NAMES} more" if len(names) > _FEW_NAMES else ""
    return ", ".join(names[:_FEW_NAMES]) + more


def _files(results: Sequence[LoadResult]) -> str:
    """Files, not targets: several mappings may take one file."""
    count = len({result.target.path for result in results})
    return f"{count} {'file' if count == 1 else 'files'}"
