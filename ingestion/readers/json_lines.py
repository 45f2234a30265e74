"""JSON: the database's own reader, and Python's where that one would change a number.

A JSON array becomes JSON lines first, an item a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb

from ingestion.readers.reading import (
    LIST,
    NUMBER,
    TECHNICAL,
    TEXT,
    Reading,
    Source,
    column_names,
    json_kind,
    lines_of,
    normalised,
)
from ingestion.readers.text_files import TextFile
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile, RepeatedKey

_DECODER = json.JSONDecoder()
_WHITE = re.compile(r"[ \t\r\n]*")
# A JSON number with a fraction or an exponent: DuckDB would rewrite its digits.
_JSON_FRACTION = r'("\s*:|[\[,])\s*-?[0-9]+[.eE]'


def readings(con: duckdb.DuckDBPyConnection, file: TextFile, source: Source) -> Iterator[Reading]:
    """The database's reading where it is exact, then Python's. Raises :class:`RefusedFile`.

    The keys of all lines together are the columns. A line that is not a JSON object is a reject.
    """
    if file.size == 0:
        raise RefusedFile(
            f"{source.shown_as} is empty: it has no line. Deliver it with its rows, or remove it."
        )
    try:
        native = _native(con, file)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        native = None
    if native is not None:
        yield native
    yield _digit_by_digit(file, source)


def in_lines(file: TextFile, source: Source) -> TextFile:
    """The items of a JSON array, or a lone object, as JSON lines; a file of lines is itself.

    Raises :class:`RefusedFile` where the array breaks off.
    """
    text = file.path.read_text(encoding="utf-8-sig")
    start = _next(text, 0)
    if not text.startswith("[", start):
        return _written([text], file, source) if _is_one(text, start) else file
    items: list[str] = []
    at = _next(text, start + 1)
    try:
        while not text.startswith("]", at):
            _, end = _DECODER.raw_decode(text, at)
            items.append(text[at:end])
            at = _next(text, end)
            if text.startswith(",", at):
                at = _next(text, at + 1)
                if text.startswith("]", at):
                    raise json.JSONDecodeError("an item is missing", text, at)
            elif not text.startswith("]", at):
                raise json.JSONDecodeError("a comma is missing", text, at)
        at = _next(text, at + 1)
        if at < len(text):
            raise json.JSONDecodeError("something follows the array", text, at)
    except (json.JSONDecodeError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "pos", at)) + 1
        raise RefusedFile(
            f"{source.shown_as}, line {line}: the JSON array breaks off there or is damaged. "
            "Deliver it again, or as JSON lines (.jsonl)."
        ) from None
    return _written(items, file, source)


def _is_one(text: str, start: int) -> bool:
    try:
        _, end = _DECODER.raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError):
        return False
    return _next(text, end) == len(text)


def _next(text: str, at: int) -> int:
    """The place of the next character that is not white space."""
    match = _WHITE.match(text, at)
    return match.end() if match else at


def _written(items: list[str], file: TextFile, source: Source) -> TextFile:
    path = source.scratch / "items"
    with path.open("w", encoding="utf-8") as out:
        for item in items:
            # A line end in JSON is white space: inside a text it is escaped.
            out.write(item.replace("\r", " ").replace("\n", " ") + "\n")
    return replace(file, path=path, lines=len(items))


def _native(con: duckdb.DuckDBPyConnection, file: TextFile) -> Reading | None:
    lines = (
        f"(select row_number() over () as _row, line from read_csv({sql.text(str(file.path))}, "
        f"auto_detect = false, header = false, columns = {{'line': 'VARCHAR'}}, delim = '\x01', "
        "quote = '', escape = '', strict_mode = true, nullstr = '', compression = 'none')"
        # Only of a line that does not begin with its record is it asked whether it is blank.
        f" qualify starts_with(line, '{{') or {sql.cleaned_sql('line')} is not null)"
    )
    records, last, fractions, shapes = con.execute(
        f"select count(*), max(_row), coalesce(bool_or(regexp_matches(line, '{_JSON_FRACTION}')), "
        "false), list(distinct case when json_valid(line) and json_type(line) = 'OBJECT' "
        f"then json_keys(line) end) from {lines}"
    ).fetchall()[0]
    if fractions or (last or 0) != file.lines:
        return None
    keys = sorted({key for shape in shapes or () for key in shape or ()})
    names = column_names(keys)
    if any("\0" in key for key in keys):
        return None
    pointers = sql.texts("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
    cells = ", ".join(f"_values[{at}] as s{at - 1}" for at in range(1, len(keys) + 1))
    values = f"json_extract_string(line, [{pointers}])" if keys else "cast(null as varchar[])"
    kinds = (
        f"array_to_string(list_transform(json_type(line, [{pointers}]), lambda kind: "
        f"{json_kind('kind')}), '')"
        if keys
        else "null::varchar"
    )
    kinds = f"case when _reject is null then {kinds} end"
    relation = (
        f"select {TECHNICAL}{', ' + cells if cells else ''} from ("
        f"select _row, _row as _end, _reject, {kinds} as _kinds, "
        "case when _reject is not null then to_json(line)::varchar end as _raw, "
        f"case when _reject is null then {values} end as _values from ("
        f"select _row, line, {_JSON_REJECT} as _reject from {lines}))"
    )
    return Reading(relation, names, records, typed=True)


_NOT_JSON = "the line is not valid JSON"
_NO_OBJECT = "the line is not a JSON object"
_TWICE = "the line names a key twice"
_JSON_REJECT = (
    f"case when not json_valid(line) then '{_NOT_JSON}' "
    f"when json_type(line) <> 'OBJECT' then '{_NO_OBJECT}' "
    f"when len(json_keys(line)) <> len(list_distinct(json_keys(line))) then '{_TWICE}' end"
)


class _Number(str):
    """A JSON number exactly as it is written."""

    __slots__ = ()


def _digit_by_digit(file: TextFile, source: Source) -> Reading:
    keys = sorted({key for _, _, parsed, _ in _json_lines(file) if parsed for key in parsed})
    names = column_names(keys)

    def records() -> Iterator[list[Any]]:
        for number, line, parsed, reject in _json_lines(file):
            if parsed is None:
                raw = json.dumps(line, ensure_ascii=False)
                yield [number, number, reject, raw, "", *([""] * len(keys))]
            else:
                values = [parsed.get(key) for key in keys]
                kinds = "".join(map(_kind, values))
                yield [number, number, "", "", kinds, *map(_json_cell, values)]

    return normalised(records(), names, source.scratch, typed=True)


def _json_lines(file: TextFile) -> Iterator[tuple[int, str, dict[str, Any] | None, str]]:
    with lines_of(file.path) as stream:
        for number, full in enumerate(stream, 1):
            line = full.strip()
            if not sql.cleaned(line):
                continue
            try:
                parsed = json.loads(
                    line,
                    parse_float=_Number,
                    parse_int=_Number,
                    parse_constant=_no_constant,
                    object_pairs_hook=_unique,
                )
                json.dumps(parsed, ensure_ascii=False).encode()
            except RepeatedKey:
                yield number, line, None, _TWICE
            except (ValueError, RecursionError):
                yield number, line, None, _NOT_JSON
            else:
                if isinstance(parsed, dict):
                    yield number, line, parsed, ""
                else:
                    yield number, line, None, _NO_OBJECT


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise RepeatedKey
    return result


def _kind(value: Any) -> str:
    if isinstance(value, _Number):
        return NUMBER
    return LIST if isinstance(value, list) else TEXT


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json_text(value)


def _json_text(value: Any) -> str:
    """JSON of a nested value with its numbers' own digits."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        parts = (
            f"{json.dumps(key, ensure_ascii=False)}:{_json_text(item)}"
            for key, item in value.items()
        )
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
