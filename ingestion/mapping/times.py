"""Moments and lengths of time as a mapping's rule reads them."""

from __future__ import annotations

import re

from ingestion.contract import Column
from ingestion.mapping.compiled import Compiled
from ingestion.mapping.texts import MOMENT_WORDS
from ingestion.moments import (
    NAMED_MONTH,
    OFFSET,
    TIMESTAMP,
    is_moment,
    is_zero,
    iso,
    numbered_months_sql,
)
from leadhouse import sqltext as sql

_HOUR = re.compile("%-?[HIcX]")
"""What a pattern of a moment with a time has."""


def read_moment(
    patterns: tuple[str, ...],
    timezone: str | None,
    column: Column,
    source: str,
    is_typed: str | None,
) -> Compiled:
    """The moment that ``source`` is, written as one of the patterns, on that zone's clock.

    ``is_typed`` is SQL that is true of a cell that is a moment by its type.
    """
    bare = sql.trimmed(source)
    # Beside a pattern with an offset, DuckDB takes what others read for UTC.
    offset = [pattern for pattern in patterns if "%z" in pattern]
    written = [pattern for pattern in patterns if pattern not in (*MOMENT_WORDS, *offset)]
    local = _parsed(bare, [pattern for pattern in written if _HOUR.search(pattern)])
    day = _parsed(bare, [pattern for pattern in written if not _HOUR.search(pattern)])
    if "excel_serial" in patterns:
        serial = _counted(bare, 6, 86_400_000_000)
        # Excel counts in fractions of a day, which miss the second by less than half of one.
        days = f"date_trunc('second', timestamp '1899-12-30' + {serial} + interval 500 millisecond)"
        local = f"coalesce({local}, {days})"
        day = f"coalesce({day}, case when regexp_full_match({bare}, '-?\\d+') then {days} end)"
    zoned = None
    if "iso" in patterns:
        written_iso = "as_iso"
        is_iso = f"regexp_full_match({written_iso}, {sql.text(TIMESTAMP)})"
        has_zone = f"regexp_matches(substr({written_iso}, 11), {sql.text(OFFSET + '$')})"
        plain = (
            f"try_cast(case when {is_iso} and not {has_zone} then {written_iso} end as timestamp)"
        )
        local = f"coalesce({local}, {plain})"
        day = f"coalesce({day}, case when length({bare}) = 10 then {plain} end)"
        moment = f"try_cast({written_iso} as timestamptz)"
        zoned = f"case when {is_iso} and {has_zone} and {moment} is not null then {written_iso} end"
    if is_typed is not None:
        typed = f"try_cast({bare} as timestamp)"
        local = f"case when {is_typed} then {typed} else {local} end"
        day = (
            f"case when {is_typed} then case when length({bare}) = 10 then {typed} end "
            f"else {day} end"
        )
    local = f"coalesce({local}, on_day)"
    instants = [
        f"timestamp '1970-01-01' + {_counted(bare, digits, micros)}"
        for word, digits, micros in (
            ("epoch", 11, 1_000_000),
            ("epoch_ms", 14, 1_000),
            ("epoch_us", 17, 1),
        )
        if word in patterns
    ]
    instants += [
        f"timezone('UTC', cast(try_strptime({bare}, {sql.text(pattern)}) as timestamptz))"
        for pattern in offset
    ]
    instant = f"coalesce({', '.join(instants)}, null)" if instants else None
    value = local
    if column.type == "date":
        value = f"cast({value} as date)"
    elif column.type == "month":
        value = f"strftime({value}, '%Y-%m')"
    elif timezone is not None:
        zone = sql.text(timezone)
        told = f"timezone({zone}, on_clock)"
        # A local time that occurs twice is read by ICU as the later instant; Python's fold=0, and
        # what people mean, is the earlier one.
        candidates = " ".join(
            f"when timezone({zone}, {told} - interval {minutes} minute) = on_clock "
            f"then {told} - interval {minutes} minute"
            for minutes in (120, 60, 30)
        )
        value = sql.named(local, "on_clock", f"case {candidates} else {told} end")
    value = f"cast({value} as varchar)"
    if column.type not in ("date", "month"):
        # Without a time it stays a day: it has no time zone, and is no midnight.
        value = f"coalesce(cast(cast(on_day as date) as varchar), {value})"
    read = local
    if instant is not None:
        shown = {"date": "%Y-%m-%d", "month": "%Y-%m"}.get(column.type, "%Y-%m-%dT%H:%M:%S.%fZ")
        value = f"coalesce({value}, strftime({instant}, '{shown}'))"
        read = f"coalesce({local}, {instant})"
    if zoned is not None:
        value = f"coalesce({value}, {f'left({zoned}, 7)' if column.type == 'month' else zoned})"
        read = f"coalesce(cast({read} as varchar), {zoned})"
    value, read = (sql.named(day, "on_day", each) for each in (value, read))
    if "iso" in patterns:
        value, read = (sql.named(iso(bare), "as_iso", each) for each in (value, read))
    zero = is_zero(bare)
    return Compiled(
        value=f"case when {zero} then '0000-00-00' else {value} end",
        fault=f"({source} is not null and {read} is null and not {zero})",
        source=source,
        reason=sql.text(f"is not written as {' or '.join(patterns)}"),
    )


def _parsed(text: str, patterns: list[str]) -> str:
    """SQL of the local time that a text written in one of the patterns means.

    %Y takes two digits, too: a pattern that gives no moment has not read the text, and the others
    are tried. A year of four digits that no company can mean is none by its own fault.
    """
    if not patterns:
        return "cast(null as timestamp)"
    each = ", ".join(f"try_strptime({text}, {sql.text(pattern)})" for pattern in patterns)
    read = f"[{each}]"
    for pattern in filter(NAMED_MONTH.search, patterns):
        numbered = sql.text(NAMED_MONTH.sub("%m", pattern))
        names = f"lambda written: try_strptime(written, {numbered})"
        read += f" || list_transform({numbered_months_sql(text)}, {names})"
    meant = f"list_filter({read}, lambda moment: {is_moment('moment')})[1]"
    first = f"try_strptime({text}, [{sql.texts(patterns)}])"
    return f"coalesce({meant}, case when regexp_matches({text}, '\\d{{4}}') then {first} end)"


def _counted(text: str, digits: int, micros: int) -> str:
    """SQL of the interval that a number of at most so many digits counts, else NULL."""
    number = f"try_cast({text} as decimal({digits + 10}, 10))"
    whole = f"cast(round(cast({number} as double) * {micros}) as bigint)"
    reads = f"regexp_full_match({text}, '-?\\d{{1,{digits}}}(\\.\\d+)?')"
    return f"case when {reads} then to_microseconds({whole}) end"


_DAYS = r"(?:(\d+) *(?:d|days?|д|дн|дня|дней|день)\.?)?"
_HOURS = r"(?:(\d+) *(?:h|hrs?|hours?|ч|час|часа|часов)\.?)?"
_MINUTES = r"(?:(\d+) *(?:m|mins?|minutes?|м|мин|минут[аы]?)\.?)?"
_SECONDS = r"(?:(\d+(?:[.,]\d+)?) *(?:s|secs?|seconds?|с|сек|секунд[аы]?)\.?)?"
_BETWEEN = "[ ,]*"
_UNITS = rf"p?{_DAYS}{_BETWEEN}t?{_HOURS}{_BETWEEN}{_MINUTES}{_BETWEEN}{_SECONDS}"
_CLOCK = rf"{_DAYS}{_BETWEEN}(\d+):(\d{{1,2}})(?::(\d{{1,2}}(?:[.,]\d+)?))?"


def read_duration(example: str, source: str) -> Compiled:
    """The whole seconds of a length of time; two numbers are read as the example says."""
    bare = f"lower({sql.trimmed(source)})"

    def group(pattern: str, number: int) -> str:
        found = f"regexp_extract({bare}, '^{pattern}$', {number})"
        return f"coalesce(try_cast(replace({found}, ',', '.') as double), 0)"

    days, first, second = (group(_CLOCK, at) for at in (1, 2, 3))
    long = f"regexp_extract({bare}, '^{_CLOCK}$', 4) <> ''"
    pair = (3600, 60) if example == "h:mm" else (60, 1)
    clock = (
        f"{days} * 86400 + case when {long} then {first} * 3600 + {second} * 60 + "
        f"{group(_CLOCK, 4)} else {first} * {pair[0]} + {second} * {pair[1]} end"
    )
    units = " + ".join(
        f"{group(_UNITS, at)} * {seconds}" for at, seconds in enumerate((86400, 3600, 60, 1), 1)
    )
    is_clock = f"regexp_full_match({bare}, '{_CLOCK}')"
    is_units = f"regexp_full_match({bare}, '{_UNITS}') and regexp_matches({bare}, '[0-9]')"
    # Less than one and no whole number: a share of a day that lost its format.
    plain = f"try_cast({bare} as double)"
    plain = f"case when {plain} = 0 or abs({plain}) >= 1 then {plain} end"
    value = f"case when {is_clock} then {clock} when {is_units} then {units} else {plain} end"
    seconds = f"try_cast(round({value}) as bigint)"
    return Compiled(
        value=f"cast({seconds} as varchar)",
        fault=f"({source} is not null and {seconds} is null)",
        source=source,
        reason=sql.text("is not a length of time such as 1:02:03 or 23m 17s"),
    )
