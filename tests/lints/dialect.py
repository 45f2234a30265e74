"""One SQL for two engines (CONTRIBUTING.md, rule 4): spellings that DuckDB and Spark read apart.

Models, and macros outside of macros/dialect, keep to the common subset. Every dispatched macro has
both of its forms, and the project as compiled for Spark parses as Spark SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import sqlglot
from sqlglot.errors import SqlglotError

from tests.lints.findings import Finding
from tests.lints.sqltext import take_apart

DIALECT = "macros/dialect/"
RATIO = "macros/money/ratio.sql"

_BANNED: tuple[tuple[str, str], ...] = (
    (r"::", "write cast(x as type)"),
    (r"//", "whole-number division differs; whole_quotient"),
    (r"\\", "no backslash: one engine escapes it"),
    (r"->", "JSON and lambdas differ; a macro in macros/dialect"),
    (r"\[", "lists and subscripts differ; a macro in macros/dialect"),
    (
        r"\b(date_?diff|date_?sub|date_?add|timestamp_?diff|timestamp_?add)\s*\(",
        "argument orders differ; elapsed_days, calendar_days, elapsed_micros, add_days",
    ),
    (r"\binterval\b", "date + interval is a date on one engine only; add_days"),
    (
        r"\b(strftime|strptime|date_format|to_char|to_timestamp|to_date|format)\s*\(",
        "formats differ; cast, or a macro in macros/dialect",
    ),
    (
        r"\b(regexp\w*|regexp)\s*\(|\b(rlike|regexp|similar\s+to)\b",
        "regular expressions differ; replace_pattern or another macro in macros/dialect",
    ),
    (
        r"\b(string_agg|listagg|group_concat|list|array_agg|collect_list|list_agg|array)\s*\(",
        "list_of, which is ordered",
    ),
    (r"\b(arg_min|arg_max|argmin|argmax)\w*\s*\(", "min_by/max_by, by a unique order"),
    (r"\b(first|last|any_value|arbitrary|mode|approx_\w+)\s*\(", "not repeatable"),
    (r"\b(unnest|explode|flatten)\s*\(|\blateral\s+view\b", "each_day"),
    (r"\b(generate_series|sequence|range)\s*\(", "each_day, or a macro in macros/dialect"),
    (
        r"\bat\s+time\s+zone\b|\b(convert_timezone|timezone|\w+_utc_timestamp)\s*\(",
        "local_date, to_instant",
    ),
    (r"\btimestamptz\b", "instant_type()"),
    (r"\bexclude\b|\*\s*replace\b", "name the columns"),
    (r"\bdistinct\s+on\b", "qualify row_number() over (...) = 1"),
    (r"\b(asof|semi|anti|positional)\s+join\b", "not on both engines; exists, or a left join"),
    (r"\bby\s+name\b", "union by position, with the same columns in the same order"),
    (r"\busing\s+key\b|\brecurring\b", "keyed recursion is DuckDB's alone; connected_components"),
    (r",\s*(from\b|\))", "no comma after the last column"),
    (r"\bvarchar\b(?!\s*\()", "cast(x as string)"),
    (r"\b(hugeint|uhugeint|u\w*int|as\s+text|as\s+integer\[)\b", "a type of one engine only"),
    (r"\b(getvariable|current_setting)\s*\(", "session_value()"),
    (r"\b(sha1|sha2|sha256|hash|xxhash64|murmur\w*)\s*\(", "md5; keyed_hash() for personal data"),
    (r"\b(json\w*|get_json_object|from_json|to_json\w*)\s*\(", "JSON differs; macros/dialect"),
    (
        r"\bextract\s*\(|\b(dayofweek|isodow|weekday|epoch\w*|date_part)\s*\(",
        "week days and epochs differ; a macro in macros/dialect",
    ),
    (r"\b(quantile\w*|percentile|percentile_approx|median)\s*\(", "percentile_cont within group"),
    (r"\bconcat\s*\(", "NULL counts differently; use || or concat_ws"),
    (
        r"\b(avg|mean|stddev\w*|var\w*_\w+|variance|fsum|kahan_sum)\s*\(",
        "ratio(sum, count): the type and the order of adding differ",
    ),
    (r"\b(count_if|sum_if|sumif|countif)\s*\(", "count(*) filter (where ...)"),
    (r"\busing\s+sample\b|\btablesample\b", "not repeatable"),
)
_DIVISION = re.compile(r"(?<!/)/(?!/)(?!\s*[0-9]*[1-9])")
_PATTERNS = tuple((re.compile(pattern, re.I), advice) for pattern, advice in _BANNED)
_SPARK_TEST = re.compile(r"target\.type\s*[=!]=\s*['\"](?!duckdb['\"])")
_FORM = re.compile(r"{%-?\s*macro\s+(default|spark)__(\w+)\s*\(")
_DISPATCHED = re.compile(r"adapter\.dispatch\(\s*['\"](\w+)['\"]")


def lint_spellings(files: Mapping[str, str]) -> list[Finding]:
    """What the two engines read apart, in models and in macros outside of macros/dialect."""
    found = []
    for path, text in files.items():
        if path.startswith(DIALECT):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if _SPARK_TEST.search(line):
                found.append(Finding(f"{path}:{number}", "ask target.type == 'duckdb'"))
        source = take_apart(text)
        found += [
            Finding(f"{path}:{line}", "dispatch belongs in macros/dialect only")
            for line, name in source.names
            if name == "dispatch"
        ]
        for passage in source.passages:
            for pattern, advice in _PATTERNS:
                for match in pattern.finditer(passage.code):
                    spelling = " ".join(match[0].split())
                    where = f"{path}:{passage.line(match.start())}"
                    found.append(Finding(where, f"`{spelling}`: {advice}"))
            if path != RATIO:
                found += [
                    Finding(f"{path}:{passage.line(match.start())}", "`/`: divide by ratio()")
                    for match in _DIVISION.finditer(passage.code)
                ]
            for line, literal in passage.literals:
                if "\\" in literal:
                    found.append(Finding(f"{path}:{line}", f"{literal}: one engine escapes `\\`"))
            for line, name in passage.quoted:
                found.append(
                    Finding(f"{path}:{line}", f"{name}: a text on Spark, a name on DuckDB")
                )
    return found


def lint_dispatch(files: Mapping[str, str]) -> list[Finding]:
    """Dispatched macros that lack their DuckDB (default) or Spark form, and forms of none."""
    dispatched: dict[str, str] = {}
    forms: dict[str, dict[str, str]] = {"default": {}, "spark": {}}
    for path, text in files.items():
        dispatched |= dict.fromkeys(_DISPATCHED.findall(text), path)
        for engine, name in _FORM.findall(text):
            forms[engine][name] = path
    found = []
    for engine, known in forms.items():
        found += [
            Finding(path, f"{name} has no form {engine}__{name}")
            for name, path in dispatched.items()
            if name not in known
        ]
        found += [
            Finding(path, f"nothing dispatches to {engine}__{name}")
            for name, path in known.items()
            if name not in dispatched
        ]
    return found


def lint_spark_sql(compiled: Path) -> list[Finding]:
    """Models, compiled for Spark into the folder, that do not parse as Spark SQL."""
    found = []
    files = sorted(compiled.rglob("*.sql"))
    if not files:
        found.append(Finding(compiled.name, "nothing was compiled for Spark"))
    for path in files:
        try:
            sqlglot.parse_one(path.read_text(encoding="utf-8"), read="spark")
        except SqlglotError as error:
            reason = " ".join(str(error).split())[:200]
            name = path.relative_to(compiled).as_posix()
            found.append(Finding(name, f"does not parse as Spark SQL: {reason}"))
    return found
