"""The contract check in SQL: which rows of a file may land, and why the others may not.

Every row gets a code: NULL when it lands, else the number of the first check that it fails. The
same list of checks gives quarantine the column, the value and the reason of each code.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingestion.contract import ENTITIES, Column, further_column
from ingestion.inventory import Target
from ingestion.mapping.compiled import Compiled
from ingestion.masking import masked_sql
from ingestion.moments import DATE, NO_MOMENT, TIMESTAMP, is_no_moment
from leadhouse import sqltext as sql

# A spreadsheet makes the month that somebody types a date, its first day.
_MONTH = r"\d{4}-(0[1-9]|1[0-2])(-01)?"
_INTEGER = r"[+-]?\d+(\.0+)?"
_DECIMAL = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_BOOLEANS = ("true", "false", "1", "0", "yes", "no")
_SHOWN = 100
"""Longest value that a reason repeats, in characters."""


@dataclass(frozen=True)
class Check:
    """One way for a row to be wrong. ``condition``, ``value`` and ``reason`` are SQL.

    The reason is one of the rows that :func:`with_shown` gives.
    """

    condition: str
    column: str
    value: str
    reason: str
    is_text: bool = False


def checks_of(
    target: Target,
    mapped: Dict[str, Compiled],
    attributes: Dict[str, Compiled],
    absent: Collection[str],
) -> list[Check]:
    """The checks of one file, in the order in which a row's first fault is looked for.

    Target columns stand in the SQL under their own quoted names; ``mapped`` holds the compiled
    mapping of the columns that have one, whose faults stand as ``"<column>!"`` and whose source
    text stands as ``"<column>?"``; ``attributes`` are further columns. Of the ``absent`` columns no
    row has a value.
    """
    entity = ENTITIES[target.entity]
    checks: list[Check] = []
    fills = target.mapping is not None and target.mapping.fill
    for column in entity.columns:
        here = sql.name(column.name)
        compiled = mapped.get(column.name)
        if compiled is not None and compiled.fault is not None:
            checks.append(_unreadable(column))
        if column.required and (column.key or not fills):
            missing = sql.text(f"{column.name}: a value is required and the cell is empty")
            checks.append(Check(f"{here} is null", column.name, here, missing))
        if column.name in absent:
            continue
        if column.filled:
            total = sql.text(
                f"{column.name}: the cell is empty, and other lines of the file have a value: it "
                "is taken for a line of totals. Leave such lines out by where"
            )
            lacking = f"{here} is null and max({here}) over () is not null"
            checks.append(Check(lacking, column.name, here, total))
        shown = as_delivered(column.name)
        wrong = _type_checks(column, here)
        if column.name == entity.event_time:
            last = target.delivery_date + timedelta(days=1)
            said = f"is after {last}, the day after the delivery day: an event cannot lie ahead"
            wrong.append((_after(column, here, last, target), said))
        checks += [
            Check(condition, column.name, shown, _reason(column, sql.text(said)), _is_text(column))
            for condition, said in wrong
        ]
    checks += [
        _unreadable(further_column(f"attributes.{name}"))
        for name, compiled in attributes.items()
        if compiled.fault is not None
    ]
    if entity.span is not None and not set(entity.span) & set(absent):
        checks.append(_lasting(target, *entity.span))
    return checks


def as_delivered(name: str) -> str:
    """SQL of what the file says of that column; a sum or a constant has no cell of its own."""
    return f"coalesce({sql.name(name + '?')}, {sql.name(name)})"


def landing(name: str) -> str:
    """SQL of the column of a value as it lands, where values are written in one way."""
    return sql.name(name + "=")


def _unreadable(column: Column) -> Check:
    """The source text is not what the mapping's rule reads."""
    source = sql.name(column.name + "?")
    reason = _reason(column, sql.name(column.name + ">"))
    return Check(sql.name(column.name + "!"), column.name, source, reason, _is_text(column))


def _lasting(target: Target, first: str, last: str) -> Check:
    """A row lasts at most so many years: 9999-12-31 is a placeholder for an open end."""
    column = next(each for each in ENTITIES[target.entity].columns if each.name == last)
    start, end = (
        f"try_cast(left({sql.trimmed(sql.name(name))}, 10) as date)" for name in (first, last)
    )
    said = (
        f"is more than {target.max_years} years after {first}: name the last day that it is for, "
        "or raise LEADHOUSE_MAX_YEARS"
    )
    return Check(
        f"{end} >= {start} + interval {target.max_years} year",
        last,
        as_delivered(last),
        _reason(column, sql.text(said)),
    )


def code(checks: list[Check]) -> str:
    """SQL of a row's code: NULL, or the 1-based number of its first failed check."""
    lines = " ".join(f"when {check.condition} then {at}" for at, check in enumerate(checks, 1))
    # random() keeps the optimizer from copying the whole expression into the filter above it, where
    # every value would be computed a second time.
    return f"case {lines} when random() < 0 then 0 end"


def described(checks: list[Check], part: str) -> str:
    """SQL that gives ``part`` (column, value or reason) of the check whose code a row carries."""
    lines = " ".join(
        f"when {at} then " + (sql.text(check.column) if part == "column" else getattr(check, part))
        for at, check in enumerate(checks, 1)
    )
    return f"case _code {lines} end" if lines else "cast(null as varchar)"


def with_shown(rows: str, checks: list[Check]) -> str:
    """The rows of a query with their ``_value``, the wrong one, and as reasons show it: ``_shown``.

    It is masked here for all checks at once: the database takes as long to read the pattern of a
    letter as to check a hundred rows.
    """
    texts = ", ".join(str(at) for at, check in enumerate(checks, 1) if check.is_text)
    masked = masked_sql("_value", f"_code in ({texts})" if texts else "false")
    shown = sql.shown_sql(f"left({masked}, {_SHOWN}) || if(length(_value) > {_SHOWN}, '…', '')")
    valued = f"select *, {described(checks, 'value')} as _value from ({rows})"
    return f"select *, {shown} as _shown from ({valued})"


def _is_text(column: Column) -> bool:
    return column.type == "text"


def _reason(column: Column, said: str) -> str:
    """``name: "value" is not ...``; a personal value never leaves its own cell.

    Nor does one that was shifted into another column, as far as it can be told.
    """
    start = sql.text(f"{column.name}: the value ")
    if column.personal:
        return f"{start} || {said}"
    quoted = f"{sql.text(column.name + ': ' + chr(34))} || _shown || '\" '"
    return f"coalesce({quoted}, {start}) || {said}"


def _type_checks(column: Column, here: str) -> list[tuple[str, str]]:
    """Conditions, in SQL, under which a value is wrong, each with what is wrong about it."""
    checks: list[tuple[str, str]] = []

    def unless(condition: str, said: str) -> None:
        checks.append((f"{here} is not null and not ({condition.format(value=here)})", said))

    if column.is_optional_moment:
        # What is no moment lands empty.
        here = landing(column.name)
    elif column.type in ("timestamp", "date"):
        checks.append((is_no_moment(here), NO_MOMENT))
    match column.type:
        case "timestamp":
            unless(
                f"regexp_full_match({{value}}, '{_braces(TIMESTAMP)}') "
                "and try_cast({value} as timestamp) is not null",
                "is not an ISO 8601 timestamp such as 2024-03-01T09:30:00+01:00",
            )
        case "date":
            unless(
                f"regexp_full_match({{value}}, '{_braces(DATE)}') "
                "and try_cast(left({value}, 10) as date) is not null",
                "is not an ISO date such as 2024-03-01",
            )
        case "month":
            unless(
                f"regexp_full_match({{value}}, '{_braces(_MONTH)}')",
                "is not a month such as 2024-03",
            )
        case "integer":
            unless(
                f"regexp_full_match({{value}}, '{_INTEGER}') "
                "and try_cast({value} as bigint) is not null",
                "is not a whole number of 64 bits",
            )
        case "decimal":
            unless(
                f"regexp_full_match({{value}}, '{_DECIMAL}')",
                "is not a decimal number with a point",
            )
            kind = column.decimal_type
            unless(
                f"try_cast({{value}} as {kind}) is not null",
                f"does not fit {kind.upper().replace(', ', ',')}",
            )
        case "boolean":
            unless(
                f"lower({{value}}) in ({sql.texts(_BOOLEANS)})",
                "is not one of true, false, 1, 0, yes, no",
            )
        case _:
            pass
    if column.allowed:
        checks.append(
            (
                f"{landing(column.name)} not in ({sql.texts(column.allowed)})",
                f"is not one of {', '.join(column.allowed)}",
            )
        )
    if column.name == "currency":
        checks.append(
            (
                f"not regexp_full_match({sql.trimmed(here)}, '[A-Za-z]{{3}}')",
                "is not a currency's code of three letters such as EUR",
            )
        )
    kind = "bigint" if column.type == "integer" else "decimal(38, 10)"
    number = f"try_cast({sql.trimmed(here)} as {kind})"
    if column.minimum is not None:
        checks.append((f"{number} < {column.minimum}", f"is less than {column.minimum}"))
    if column.maximum is not None:
        checks.append((f"{number} > {column.maximum}", f"is more than {column.maximum}"))
    if column.above is not None:
        checks.append((f"{number} <= {column.above}", f"is not above {column.above}"))
    return checks


def _braces(pattern: str) -> str:
    return pattern.replace("{", "{{").replace("}", "}}")


def _after(column: Column, here: str, last: date, target: Target) -> str:
    """SQL: the event's local day lies after ``last``. Both limits are computed once, here."""
    value = sql.trimmed(here)
    if column.type == "date":
        return f"try_cast(left({value}, 10) as date) > date '{last}'"
    limit = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(target.timezone))
    instant = limit.astimezone(UTC)
    local = instant.astimezone(ZoneInfo(target.source_timezone)).replace(tzinfo=None)
    # Whatever its offset, a moment this early cannot lie after the limit: no need to look closer.
    early = (instant - timedelta(hours=18)).replace(tzinfo=None)
    offset = f"(contains(substr({value}, 12), '+') or contains(substr({value}, 12), '-') "
    offset += f"or ends_with({value}, 'Z'))"
    return (
        f"try_cast({value} as timestamp) >= timestamp '{early:%Y-%m-%d %H:%M:%S}' and "
        f"case when {offset} then try_cast({value} as timestamptz) >= "
        f"timestamptz '{instant:%Y-%m-%d %H:%M:%S}+00' "
        f"else try_cast({value} as timestamp) >= timestamp '{local:%Y-%m-%d %H:%M:%S}' end"
    )
