"""Compiling of a mapping: each of its rules becomes one SQL expression over a file's columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingestion.contract import Column
from ingestion.mapping.condition import Condition
from ingestion.mapping.rule import Part, Rule
from ingestion.mapping.texts import MOMENT_WORDS, NUMBER_EXAMPLE
from ingestion.moments import (
    NAMED_MONTH,
    OFFSET,
    TIMESTAMP,
    is_moment,
    is_zero,
    iso,
    numbered_months_sql,
)
from ingestion.readers.reading import INSTANT, LENGTH, MOMENT, NUMBER
from leadhouse import sqltext as sql

_CURRENCY = r"(US|CA|AU|HK|R|A|C)?\$|\p{Sc}|zł|Kč|kr\.?|Ft|лв\.?|руб\.?|р\.|грн\.?|lei|Fr\."
_CODE_BEFORE = r"^([(+-]*\s*)[A-Z]{3}"
_CODE_AFTER = r"[A-Z]{3}(\s*[)-]?)$"
_PERCENT = r"%(\s*[)-]?)$"
_MINUS = r"[\x{2010}-\x{2013}\x{2212}]"
_BLANK_CLASS = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}]"
_KEY_DIGITS = 16
"""Hexadecimal digits of a row key's hash; rows whose hashes agree are told apart by number."""

_HOUR = re.compile("%-?[HIcX]")
"""What a pattern of a moment with a time has."""

_EMPTY = "cast(null as varchar)"

Locate = Callable[[str], str]
"""Gives the SQL of a source column (NULL where blank) by its name in the mapping."""


@dataclass(frozen=True)
class Rows:
    """A file's rows as compiled SQL refers to them.

    ``keep`` is true for the rows that ``where`` keeps, ``whole`` the text of all of a row's cells,
    ``kind`` gives SQL of a cell's kind (``None`` where there are no types). The relation has the
    row's place as ``_row``.
    """

    locate: Locate
    kind: Callable[[str], str | None]
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
    first = f"({compiled.fault or 'false'})"
    return Compiled(
        value=f"coalesce({compiled.value}, {other.value})",
        fault=" or ".join(faults) or None,
        source=f"case when {first} or {compiled.value} is not null then {compiled.source} "
        f"else {other.source} end",
        reason=f"case when {first} then {compiled.reason} else {other.reason} end",
    )


def with_prefix(compiled: Compiled, rule: Rule, column: Column, id_prefix: str | None) -> Compiled:
    """The same with the rule's prefix, else the mapping's, before each id (several stand by ;)."""
    prefix = rule.id_prefix
    if prefix is None and column.is_id:
        prefix = id_prefix
    if not prefix:
        return compiled
    each = f"regexp_replace({sql.trimmed(compiled.value)}, ' *; *', {sql.text(';' + prefix)}, 'g')"
    return replace(compiled, value=f"{sql.text(prefix)} || {each}")


def _compiled(rule: Rule, column: Column, rows: Rows) -> Compiled:
    if rule.value is not None:
        return Compiled.as_it_is(sql.text(rule.value) if rule.value else _EMPTY)
    if rule.row_key:
        return Compiled.as_it_is(_row_key(rule.row_key, rule.prefix or "", rows))

    def cell(name: str) -> str:
        return without_marks(rows.locate(name), rule.empty)

    if rule.concat:
        # A date that is typed begins the text of a date and a time as ISO writes it.
        first = next(part.column for part in rule.concat if part.column is not None)
        text = _concat(rule.concat, rule.separator or "", cell)
        return _read(rule, column, text, rows.kind(first) if rule.format else None)

    def read(name: str) -> Compiled:
        return _read(rule, column, cell(name), rows.kind(name))

    terms = [read(name) for name in (rule.column or "", *(rule.plus or ()))]
    less = [read(name) for name in rule.minus or ()]
    if rule.plus or rule.minus or rule.divide_by:
        return _calculated(terms, less, rule.divide_by, column)
    return terms[0]


def _read(rule: Rule, column: Column, source: str, kind: str | None) -> Compiled:
    """The text of a source as the rule's key for reading takes it.

    A cell that has a type is taken by it: no rule about text reads it again.
    """
    if rule.format:
        moment = None if kind is None else f"{kind} = {sql.text(MOMENT)}"
        compiled = _moment(rule.format, rule.timezone, column, source, moment)
        return _unless_typed(compiled, source, kind, INSTANT)
    if rule.number:
        compiled = _unless_typed(
            _number(rule.number, source, bool(rule.divide_by)), source, kind, NUMBER
        )
        return as_seconds(compiled, column, source, kind)
    if rule.duration:
        return _duration(rule.duration, source)
    if rule.values:
        return _values(rule, source)
    if rule.split:
        return Compiled.as_it_is(_listed(rule.split, source))
    return as_seconds(Compiled.as_it_is(source), column, source, kind)


def _unless_typed(compiled: Compiled, source: str, kind: str | None, known: str) -> Compiled:
    """The compiled text, but a cell of that kind as it is."""
    if kind is None:
        return compiled
    typed = f"coalesce({kind} = {sql.text(known)}, false)"
    return replace(
        compiled,
        value=f"case when {typed} then {source} else {compiled.value} end",
        fault=f"(not {typed} and {compiled.fault or 'false'})",
    )


def as_seconds(compiled: Compiled, column: Column, source: str, kind: str | None) -> Compiled:
    """The compiled text, but a typed length of time in whole seconds for a whole number."""
    if kind is None or column.type != "integer":
        return compiled
    seconds = _duration("h:mm:ss", source)
    typed = f"coalesce({kind} = {sql.text(LENGTH)}, false)"
    return replace(
        compiled,
        value=f"case when {typed} then {seconds.value} else {compiled.value} end",
        fault=compiled.fault and f"(not {typed} and {compiled.fault})",
    )


def without_marks(cell: str, marks: tuple[str, ...] | None) -> str:
    """SQL of a cell that is NULL where it holds one of the marks that stand for nothing."""
    if not marks:
        return cell
    listed = sql.texts(sql.cleaned(mark).lower() for mark in marks)
    return f"case when lower({sql.trimmed(cell)}) not in ({listed}) then {cell} end"


def _calculated(
    terms: list[Compiled], less: list[Compiled], divisor: str | None, column: Column
) -> Compiled:
    """Sums, differences and quotients: an empty cell counts as 0 beside a filled one.

    What is only taken off is not enough: without any of ``terms`` there is nothing.
    """
    parts = [*terms, *less]
    numbers = [f"try_cast({sql.trimmed(part.value)} as decimal(22, 6))" for part in parts]
    filled = " or ".join(f"{number} is not null" for number in numbers[: len(terms)])
    signs = "+" * len(terms) + "-" * len(less)
    result = " ".join(
        f"{sign} coalesce({number}, 0)" for sign, number in zip(signs, numbers, strict=True)
    )
    if divisor and re.fullmatch("10*", divisor):
        # Exact, as money must be: a quotient of DuckDB is a floating-point number.
        part = f"0.{'1'.zfill(len(divisor) - 1)}" if len(divisor) > 1 else "1"
        result = f"({result}) * {part}"
    elif divisor:
        result = f"cast(round(cast({result} as double) / {divisor}, 6) as decimal(38, 6))"
    if column.type == "integer":
        result = f"cast(cast(round({result}) as bigint) as varchar)"
    else:
        shown = f"cast(cast({result} as decimal(38, 12)) as varchar)"
        result = f"regexp_replace({shown}, '\\.?0+$', '')"
    faults = [
        f"({part.value} is not null and {number} is null)"
        if part.fault is None
        else f"({part.fault} or {part.value} is not null and {number} is null)"
        for part, number in zip(parts, numbers, strict=True)
    ]
    faulty = list(zip(faults, parts, strict=True))
    unread = [part for part in parts if part.fault is not None]
    sources = " ".join(f"when {fault} then {part.source}" for fault, part in faulty)
    reasons = " ".join(f"when {part.fault} then {part.reason}" for part in unread)
    plain = sql.text("is not a number of at most 16 digits before its point")
    return Compiled(
        value=f"case when {filled} then {result} end",
        fault=" or ".join(faults),
        source=f"case {sources} end",
        reason=f"case {reasons} else {plain} end" if unread else plain,
    )


def _concat(parts: tuple[Part, ...], separator: str, cell: Locate) -> str:
    """SQL of the filled parts, joined; constants alone are nothing."""
    cells = [cell(part.column) for part in parts if part.column is not None]
    texts = [cell(part.column) if part.column else sql.text(part.text or "") for part in parts]
    filled = " or ".join(f"{cell} is not null" for cell in cells) or "true"
    return f"case when {filled} then concat_ws({', '.join([sql.text(separator), *texts])}) end"


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
    patterns: tuple[str, ...],
    timezone: str | None,
    column: Column,
    source: str,
    is_typed: str | None,
) -> Compiled:
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
        written_iso = iso(bare)
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
    local = f"coalesce({local}, {day})"
    instants = [
        f"timestamp '1970-01-01' + {_counted(bare, digits, micros)}"
        for word, digits, micros in (("epoch", 11, 1_000_000), ("epoch_ms", 14, 1_000))
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
        told = f"timezone({zone}, {local})"
        # A local time that occurs twice is read by ICU as the later instant; Python's fold=0, and
        # what people mean, is the earlier one.
        candidates = " ".join(
            f"when timezone({zone}, {told} - interval {minutes} minute) = {local} "
            f"then {told} - interval {minutes} minute"
            for minutes in (120, 60, 30)
        )
        value = f"case {candidates} else {told} end"
    value = f"cast({value} as varchar)"
    if column.type not in ("date", "month"):
        # Without a time it stays a day: it has no time zone, and is no midnight.
        value = f"coalesce(cast(cast({day} as date) as varchar), {value})"
    read = local
    if instant is not None:
        shown = {"date": "%Y-%m-%d", "month": "%Y-%m"}.get(column.type, "%Y-%m-%dT%H:%M:%S.%fZ")
        value = f"coalesce({value}, strftime({instant}, '{shown}'))"
        read = f"coalesce({local}, {instant})"
    if zoned is not None:
        value = f"coalesce({value}, {f'left({zoned}, 7)' if column.type == 'month' else zoned})"
        read = f"coalesce(cast({read} as varchar), {zoned})"
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


def _duration(example: str, source: str) -> Compiled:
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


def _number(example: str, source: str, is_divided: bool) -> Compiled:
    match = NUMBER_EXAMPLE.fullmatch(example)
    if match is None:
        raise ValueError(f"{example!r} is not a number example")
    thousands, point = match[1], match[2]
    spaced = thousands in (" ", "\u00a0", "\u202f")
    bare = f"regexp_replace({source}, '{_MINUS}', '-', 'g')"
    blank = " " if spaced else ""
    bare = f"trim(regexp_replace({bare}, '{_BLANK_CLASS}', '{blank}', 'g'))"
    signs = [(_CURRENCY, ""), (_CODE_BEFORE, r"\1"), (_CODE_AFTER, r"\1")]
    if is_divided:
        # Without it nobody has said whether 5 % is 5 or 0.05.
        signs.append((_PERCENT, r"\1"))
    for pattern, kept in signs:
        bare = f"regexp_replace({bare}, '{pattern}', '{kept}', 'g')"
    # 5,- is five without cents, 5- five less than nothing.
    bare = f"regexp_replace(trim({bare}), '{re.escape(point)} *-{{1,2}}$', '')"
    whole = r"\d+"
    if thousands:
        group = " " if spaced else "[''’]" if thousands in "'’" else re.escape(thousands)
        whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)"
    number = rf"{whole}({re.escape(point)}\d+)?"
    reads = rf"regexp_full_match({bare}, '[+-]? *{number}|{number} *-|\( *{number} *\)')"
    negative = f"regexp_matches({bare}, '^[(-]|-$')"
    digits = rf"replace(regexp_replace({bare}, '[^\d{point}]', '', 'g'), '{point}', '.')"
    return Compiled(
        value=f"case when {reads} then case when {negative} then '-' else '' end || {digits} end",
        fault=f"coalesce(not {reads}, false)",
        source=source,
        reason=sql.text(f"is not a number written like {example}"),
    )


def _listed(mark: str, source: str) -> str:
    """SQL of the values between the marks as lists are written, with semicolons."""
    parts = f"list_transform(string_split({source}, {sql.text(mark)}), lambda part: trim(part))"
    filled = f"list_filter({parts}, lambda part: part <> '')"
    return f"nullif(array_to_string({filled}, ';'), '')"


def _values(rule: Rule, source: str) -> Compiled:
    values, otherwise = rule.values or {}, rule.otherwise
    key = f"lower({sql.trimmed(source)})"
    known = {old.lower(): new for old, new in values.items() if old}
    empty = values.get("", otherwise)
    lines = " ".join(f"when {sql.text(old)} then {sql.text(new)}" for old, new in known.items())
    other = "null" if otherwise is None else sql.text(otherwise)
    value = f"case {key} {lines} else {other} end" if known else other
    if empty:
        value = f"case when {source} is null then {sql.text(empty)} else {value} end"
    elif otherwise is not None:
        value = f"case when {source} is not null then {value} end"
    fault = None
    if otherwise is None and rule.fallback is None:
        fault = f"coalesce({key} not in ({sql.texts(known)}), false)"
        fault = fault if known else f"{source} is not null"
    return Compiled(
        f"nullif({value}, '')", fault, source, sql.text("is not among the mapping's values")
    )


def compile_where(where: dict[str, Condition], locate: Locate) -> str:
    """SQL that is true for the rows that ``where`` keeps."""
    tests = []
    for column, condition in where.items():
        bare = sql.trimmed(locate(column))
        cell = f"lower(coalesce({bare}, ''))"
        if condition.one_of:
            tests.append(f"{cell} in ({_lowered(condition.one_of)})")
        if condition.none_of:
            tests.append(f"{cell} not in ({_lowered(condition.none_of)})")
        if condition.like:
            tests.append(_like(cell, condition.like))
        if condition.unlike:
            tests.append(f"not {_like(cell, condition.unlike)}")
        tests += [
            f"coalesce({_compared(bare, limit)} {sign} {_compared(sql.text(limit), limit)}, false)"
            for sign, limit in ((">=", condition.first), ("<=", condition.last))
            if limit is not None
        ]
    return " and ".join(tests) or "true"


def _lowered(values: tuple[str, ...]) -> str:
    return sql.texts(value.lower() for value in values)


def _like(cell: str, patterns: tuple[str, ...]) -> str:
    """SQL: the cell is like one of the patterns, in which * is any text and ? one character."""
    tests = []
    for pattern in patterns:
        escaped = re.sub(r"([%_^])", r"^\1", pattern.lower())
        written = sql.text(escaped.replace("*", "%").replace("?", "_"))
        tests.append(f"{cell} like {written} escape '^'")
    return f"({' or '.join(tests)})"


def _compared(text: str, limit: str) -> str:
    """SQL of a text as what the limit is: a day or a number."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", limit):
        return f"try_cast(left({text}, 10) as date)"
    return f"try_cast({text} as decimal(28, 6))"
