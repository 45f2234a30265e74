"""Compiling of a mapping: each of its rules becomes one SQL expression over a file's columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.contract import Column
from ingestion.mapping.model import NUMBER_EXAMPLE, Condition, Rule
from leadhouse import sqltext as sql

_CURRENCY = r"(US|CA|AU|HK|R|A|C)?\$|\p{Sc}|^[A-Z]{3}|[A-Z]{3}$|zł|Kč|kr\.?|Ft|лв\.?|руб\.?|р\."
_BLANK_CLASS = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}]"
_KEY_DIGITS = 16
"""Hexadecimal digits of a row key's hash; rows whose hashes agree are told apart by number."""

_EMPTY = "cast(null as varchar)"

Locate = Callable[[str], str]
"""Gives the SQL of a source column (NULL where blank) by its name in the mapping."""


@dataclass(frozen=True)
class Rows:
    """A file's rows as compiled SQL refers to them.

    ``keep`` is true for the rows that ``where`` keeps, ``whole`` the text of all of a row's cells.
    The relation has the row's place as ``_row``.
    """

    locate: Locate
    keep: str
    whole: str


@dataclass(frozen=True)
class Compiled:
    """SQL of one column of the entity.

    Its canonical text, whether the source text cannot be read (``None`` where nothing can go
    wrong), that source text, and the words that say what it should be.
    """

    value: str
    fault: str | None
    source: str
    reason: str

    @classmethod
    def as_it_is(cls, value: str) -> Compiled:
        """A text with which nothing can go wrong."""
        return cls(value, None, value, "''")


def compile_rule(rule: Rule, column: Column, rows: Rows) -> Compiled:
    """The SQL that fills ``column`` as ``rule`` says."""
    compiled = _compiled(rule, column, rows)
    if rule.fallback is None:
        return compiled
    other = compile_rule(rule.fallback, column, rows)
    faults = [
        *([compiled.fault] if compiled.fault else []),
        *([f"(({compiled.value}) is null and {other.fault})"] if other.fault else []),
    ]
    first = f"({compiled.source}) is not null"
    return Compiled(
        value=f"coalesce({compiled.value}, {other.value})",
        fault=" or ".join(faults) or None,
        source=f"case when {first} then {compiled.source} else {other.source} end",
        reason=f"case when {first} then {compiled.reason} else {other.reason} end",
    )


def _compiled(rule: Rule, column: Column, rows: Rows) -> Compiled:
    if rule.value is not None:
        return Compiled.as_it_is(sql.text(rule.value) if rule.value else _EMPTY)
    if rule.concat:
        return Compiled.as_it_is(_concat(rule.concat, rule.separator or "", rows))
    if rule.row_key:
        return Compiled.as_it_is(_row_key(rule.row_key, rule.prefix or "", rows))
    source = rows.locate(rule.column or "")
    if rule.format:
        return _moment(rule.format, rule.timezone, column, source)
    if rule.number:
        return _number(rule.number, source)
    if rule.values:
        return _values(rule.values, rule.otherwise, source)
    return Compiled.as_it_is(source)


def _concat(columns: tuple[str, ...], separator: str, rows: Rows) -> str:
    cells = [rows.locate(column) for column in columns]
    parts = ", ".join(f"coalesce({cell}, '')" for cell in cells)
    filled = " or ".join(f"{cell} is not null" for cell in cells)
    return f"case when {filled} then concat_ws({sql.text(separator)}, {parts}) end"


def _row_key(columns: tuple[str, ...], prefix: str, rows: Rows) -> str:
    """SQL of ``<prefix>-<hash of the cells>-<number among the rows alike>``.

    The same rows in any order get the same keys. Rows that differ elsewhere are numbered by their
    other cells; ``_row`` decides between identical rows alone, which are interchangeable. Rows that
    ``where`` leaves out use up no number.
    """
    cells = [rows.locate(column) for column in columns]
    filled = " or ".join(f"{cell} is not null" for cell in cells)
    texts = ", ".join(sql.trimmed(cell) for cell in cells)
    digest = f"left(sha256(cast(to_json([{texts}]) as varchar)), {_KEY_DIGITS})"
    number = (
        f"row_number() over (partition by {digest}, {rows.keep} "
        f"order by {rows.whole} nulls last, _row)"
    )
    start = sql.text(prefix + "-")
    return f"case when {filled} then {start} || {digest} || '-' || {number} end"


def _moment(
    patterns: tuple[str, ...], timezone: str | None, column: Column, source: str
) -> Compiled:
    listed = sql.texts(patterns) if len(patterns) == 1 else f"[{sql.texts(patterns)}]"
    moment = f"try_strptime({sql.trimmed(source)}, {listed})"
    value = moment
    if column.type == "date":
        value = f"cast({moment} as date)"
    elif column.type == "month":
        value = f"strftime({moment}, '%Y-%m')"
    elif timezone is not None:
        zone = sql.text(timezone)
        instant = f"timezone({zone}, {moment})"
        # A local time that occurs twice is read by ICU as the later instant; Python's fold=0, and
        # what people mean, is the earlier one.
        candidates = " ".join(
            f"when timezone({zone}, {instant} - interval {minutes} minute) = {moment} "
            f"then {instant} - interval {minutes} minute"
            for minutes in (120, 60, 30)
        )
        value = f"case {candidates} else {instant} end"
    return Compiled(
        value=f"cast({value} as varchar)",
        fault=f"({source} is not null and {moment} is null)",
        source=source,
        reason=sql.text(f"is not written as {' or '.join(patterns)}"),
    )


def _number(example: str, source: str) -> Compiled:
    match = NUMBER_EXAMPLE.fullmatch(example)
    if match is None:
        raise ValueError(f"{example!r} is not a number example")
    thousands, point = match[1], match[2]
    plain = f"replace({source}, '−', '-')"
    if thousands in (" ", "\u00a0", "\u202f"):
        thousands = " "
        bare = f"regexp_replace({plain}, '{_BLANK_CLASS}', ' ', 'g')"
        bare = f"trim(regexp_replace(trim({bare}), '{_CURRENCY}', '', 'g'))"
    else:
        bare = f"regexp_replace({plain}, '{_BLANK_CLASS}', '', 'g')"
        bare = f"regexp_replace({bare}, '{_CURRENCY}', '', 'g')"
    whole = r"\d+"
    if thousands:
        group = re.escape(thousands).replace("'", "''")
        whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)"
    number = rf"[+-]?{whole}({re.escape(point)}\d+)?"
    value = f"replace({bare}, {sql.text(thousands)}, '')" if thousands else bare
    value = f"replace({value}, {sql.text(point)}, '.')"
    reads = f"regexp_full_match({bare}, '{number}')"
    return Compiled(
        value=f"case when {reads} then {value} end",
        fault=f"coalesce(not {reads}, false)",
        source=source,
        reason=sql.text(f"is not a number written like {example}"),
    )


def _values(values: dict[str, str], otherwise: str | None, source: str) -> Compiled:
    key = sql.trimmed(source)
    known = {old: new for old, new in values.items() if old}
    empty = values.get("", otherwise)
    lines = " ".join(f"when {sql.text(old)} then {sql.text(new)}" for old, new in known.items())
    other = "null" if otherwise is None else sql.text(otherwise)
    value = f"case {key} {lines} else {other} end" if known else other
    if empty:
        value = f"case when {source} is null then {sql.text(empty)} else {value} end"
    elif otherwise is not None:
        value = f"case when {source} is not null then {value} end"
    fault = None
    if otherwise is None:
        fault = f"coalesce({key} not in ({sql.texts(known)}), false)"
        fault = fault if known else f"{source} is not null"
    return Compiled(
        f"nullif({value}, '')", fault, source, sql.text("is not among the mapping's values")
    )


def compile_where(where: dict[str, Condition], locate: Locate) -> str:
    """SQL that is true for the rows that ``where`` keeps."""
    tests = []
    for column, condition in where.items():
        cell = f"coalesce({sql.trimmed(locate(column))}, '')"
        if condition.one_of:
            tests.append(f"{cell} in ({sql.texts(condition.one_of)})")
        if condition.none_of:
            tests.append(f"{cell} not in ({sql.texts(condition.none_of)})")
    return " and ".join(tests) or "true"
