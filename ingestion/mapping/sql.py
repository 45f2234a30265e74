"""Compiling of a mapping: each of its rules becomes one SQL expression over a file's columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingestion.contract import Column
from ingestion.mapping.compiled import Compiled
from ingestion.mapping.condition import Conditions
from ingestion.mapping.rule import Part, Piece, Rule
from ingestion.mapping.texts import NUMBER_EXAMPLE
from ingestion.mapping.times import read_duration, read_moment
from ingestion.readers.reading import INSTANT, LENGTH, MOMENT, NUMBER, PERCENT
from leadhouse import sqltext as sql

_CURRENCY = r"(US|CA|AU|HK|R|A|C)?\$|\p{Sc}|zł|Kč|kr\.?|Ft|лв\.?|руб\.?|р\.|грн\.?|lei|Fr\."
_CODE_BEFORE = r"^([(+-]*\s*)[A-Z]{3}"
_CODE_AFTER = r"[A-Z]{3}(\s*[)-]?)$"
_PERCENT = r"%(\s*[)-]?)$"
_MINUS = r"[\x{2010}-\x{2013}\x{2212}]"
_BLANK_CLASS = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}]"
_KEY_DIGITS = 16
"""Hexadecimal digits of a row key's hash; rows whose hashes agree are told apart by number."""

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
        return without_marks(_piece(rule.part, rows.locate(name)), rule.empty)

    def kind(name: str) -> str | None:
        # A part of a cell is text.
        return None if rule.part else rows.kind(name)

    if rule.concat:
        # A date that is typed begins the text of a date and a time as ISO writes it.
        first = next(part.column for part in rule.concat if part.column is not None)
        text = _concat(rule.concat, rule.separator or "", cell)
        return _read(rule, column, text, kind(first) if rule.format else None)

    def read(name: str) -> Compiled:
        compiled = _read(rule, column, cell(name), kind(name))
        return (
            _in_percent(compiled, cell(name), kind(name)) if rule.divide_by == "100" else compiled
        )

    terms = [read(name) for name in (rule.column or "", *(rule.plus or ()))]
    if rule.until:
        return _of_one_day(terms[0], read(rule.until), rule.until)
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
        compiled = read_moment(rule.format, rule.timezone, column, source, moment)
        return _unless_typed(compiled, source, kind, INSTANT)
    if rule.number:
        compiled = _unless_typed(
            _number(rule.number, source, bool(rule.divide_by)), source, kind, NUMBER, PERCENT
        )
        return as_seconds(compiled, column, source, kind)
    if rule.duration:
        return read_duration(rule.duration, source)
    if rule.values:
        return _values(rule, source)
    if rule.split:
        return Compiled.as_it_is(_listed(rule.split, source))
    return as_seconds(Compiled.as_it_is(source), column, source, kind)


def _unless_typed(compiled: Compiled, source: str, kind: str | None, *known: str) -> Compiled:
    """The compiled text, but a cell of those kinds as it is."""
    if kind is None:
        return compiled
    typed = f"coalesce({kind} in ({sql.texts(known)}), false)"
    return replace(
        compiled,
        value=f"case when {typed} then {source} else {compiled.value} end",
        fault=f"(not {typed} and {compiled.fault or 'false'})",
    )


def _in_percent(compiled: Compiled, source: str, kind: str | None) -> Compiled:
    """The compiled text in per cent, which a cell that is shown so holds as a share of one."""
    if kind is None:
        return compiled
    share = f"try_cast({source} as decimal(28, 10))"
    return replace(
        compiled,
        value=f"case when {kind} = {sql.text(PERCENT)} then cast({share} * 100 as varchar) "
        f"else {compiled.value} end",
    )


def as_seconds(compiled: Compiled, column: Column, source: str, kind: str | None) -> Compiled:
    """The compiled text, but a typed length of time in whole seconds for a whole number."""
    if kind is None or column.type != "integer":
        return compiled
    seconds = read_duration("h:mm:ss", source)
    typed = f"coalesce({kind} = {sql.text(LENGTH)}, false)"
    return replace(
        compiled,
        value=f"case when {typed} then {seconds.value} else {compiled.value} end",
        fault=compiled.fault and f"(not {typed} and {compiled.fault})",
    )


def _piece(part: Piece | None, cell: str) -> str:
    """SQL of one of the values that stand in a cell, NULL where it has not so many."""
    if part is None:
        return cell
    found = f"split_part({cell}, {sql.text(part.by)}, {part.number})"
    return f"nullif({sql.trimmed(found)}, '')"


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


def _of_one_day(first: Compiled, last: Compiled, column: str) -> Compiled:
    """The first day of a row, at fault where the last one, which may be empty, is another."""
    several = f"coalesce(left({first.value}, 10) <> left({last.value}, 10), false)"
    said = sql.text(f"begins a period that ends on another day ({column}): export it by day")
    return Compiled(
        value=first.value,
        fault=" or ".join(each for each in (first.fault, last.fault, several) if each),
        source=first.source,
        reason=f"case when {first.fault} then {first.reason} else {said} end"
        if first.fault
        else said,
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
    key = folded_sql(sql.trimmed(source))
    known = {_folded(old): new for old, new in values.items() if old}
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


def folded_sql(text: str) -> str:
    """SQL of a text as people mean it: without case, a run of blanks as one."""
    return f"lower(regexp_replace({text}, '\\s+', ' ', 'g'))"


def _folded(text: str) -> str:
    """The same of a text of the mapping."""
    return re.sub(r"\s+", " ", text).lower()


def compile_where(where: Sequence[Conditions], locate: Locate) -> str:
    """SQL that is true for the rows that ``where`` keeps."""
    return " or ".join(f"({_all_hold(each, locate)})" for each in where) or "true"


def _all_hold(conditions: Conditions, locate: Locate) -> str:
    tests = []
    for column, condition in conditions.items():
        bare = sql.trimmed(locate(column))
        cell = folded_sql(f"coalesce({bare}, '')")
        if condition.one_of:
            tests.append(f"{cell} in ({sql.texts(map(_folded, condition.one_of))})")
        if condition.none_of:
            tests.append(f"{cell} not in ({sql.texts(map(_folded, condition.none_of))})")
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


def _like(cell: str, patterns: tuple[str, ...]) -> str:
    """SQL: the cell is like one of the patterns, in which * is any text and ? one character."""
    tests = []
    for pattern in patterns:
        escaped = re.sub(r"([%_^])", r"^\1", _folded(pattern))
        written = sql.text(escaped.replace("*", "%").replace("?", "_"))
        tests.append(f"{cell} like {written} escape '^'")
    return f"({' or '.join(tests)})"


def _compared(text: str, limit: str) -> str:
    """SQL of a text as what the limit is: a day or a number."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", limit):
        return f"try_cast(left({text}, 10) as date)"
    return f"try_cast({text} as decimal(28, 6))"
