"""Moments that an export has in two columns: a day and its time, a first day and a last one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingestion.contract import Column, Entity
from ingestion.proposing.looking import Export, Seen, is_written
from ingestion.proposing.naming import plain, whole_names, words

_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


def clock_of(column: Column, day: Seen, export: Export) -> tuple[Seen, str] | None:
    """The column with the time of that day and the pattern of it: both are called alike."""
    if column.type != "timestamp" or day.kind != "day":
        return None
    moments = words()["moments"]
    of = _without_word(day, moments["days"])
    called = plain(day.path) if of is None else of
    for seen in export.columns:
        if seen.values and _without_word(seen, moments["times"]) == called:
            for pattern in _CLOCKS:
                if all(is_written(value, pattern) for value in seen.values):
                    return seen, pattern
    return None


def last_day_of(entity: Entity, column: Column, day: Seen, export: Export) -> Seen | None:
    """The column with the last day of what a row of spend stands for, beside its first one."""
    if entity.kind != "spend" or column.type != "date":
        return None
    called = whole_names(export)
    return next(
        (
            seen
            for seen in export.columns
            if seen.path != day.path
            and (seen.kind, seen.formats[:1]) == (day.kind, day.formats[:1])
            and called[seen.path] in words()["moments"]["last_days"]
        ),
        None,
    )


def of_several_days(day: Seen, last: Seen) -> Iterator[str]:
    """What becomes of rows that end on another day than they begin."""
    if set(last.values) != set(day.values):
        yield (
            f"{last.path} is not always {day.path}: rows of several days go to quarantine, because "
            "none of them is the day of their spend. Export it by day, or land it as manual_costs."
        )


def clock_path(entity: Entity, name: str, day: Seen, export: Export) -> Iterator[str]:
    """The column with the time of the day that the column ``name`` is made of, if there is one."""
    column = entity.column(name)
    if column is not None and (clock := clock_of(column, day, export)):
        yield clock[0].path


def _without_word(seen: Seen, of_moments: Sequence[str]) -> str | None:
    """The column's plain name without the first of the words that is in it."""
    called = plain(seen.path)
    return next((called.replace(word, "", 1) for word in of_moments if word in called), None)


def with_clock(day: Seen, clock: Seen, pattern: str) -> dict[str, Any]:
    """The rule of a moment whose day and time stand in two columns."""
    written = day.formats[0] if day.formats else "%Y-%m-%d"
    both = f"{written} {pattern}"
    return {
        "concat": [day.path, clock.path],
        "separator": " ",
        # Without its time it is a day.
        "format": both if clock.filled >= day.filled else [both, written],
    }


def in_utc(seen: Seen) -> bool:
    """Whether its name says that its moments are of UTC, as in "Created (UTC)"."""
    is_local = seen.kind == "moment" and not has_offset(seen)
    return is_local and re.search(r"\b(UTC|GMT)\b(?! *[+-])", seen.path) is not None


def has_offset(seen: Seen) -> bool:
    """Whether each of its moments says its offset from UTC itself."""
    return seen.formats[:1] in (("epoch",), ("epoch_ms",), ("epoch_us",)) or all(
        re.search(r"(Z|UTC|[+-]\d{2}:?\d{2})$", value) for value in seen.values
    )
