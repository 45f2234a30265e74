"""Readers: any delivered file becomes one relation of text columns with exact row numbers.

The database's own readers do the work. Where they refuse a CSV or JSON-lines file, or cannot
account for every line of it, Python reads it instead, record by record, into a plain CSV of known
shape.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import math
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ingestion.textfile import TextFile
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile, RepeatedKey

_DELIMITERS = (",", ";", "\t")
_LONGEST_LINE = 2_000_000
_EXCEL_DIGITS = 10**15
_DOUBLE_DIGITS = 2**53
_NAMELESS = re.compile(r"\(column [0-9]+\)")

# A JSON number with a fraction or an exponent: DuckDB would write its digits anew.
_JSON_FRACTION = r'("\s*:|[\[,])\s*-?[0-9]+[.eE]'


@dataclass(frozen=True)
class Stage:
    """A file as one relation, not yet read.

    ``relation`` is SQL of a table with ``_row`` (physical line or row), ``_end`` (the line where
    the record ends), ``_reject`` (why the row cannot be read, or NULL), ``_raw`` (JSON of such a
    row) and one VARCHAR column ``s0``, ``s1``, ... per name in ``columns``. What was counted
    without the database's reader is ``records``, or, where only lines can be counted, ``lines``.
    """

    relation: str
    columns: tuple[str, ...]
    records: int | None
    lines: int | None = None


@dataclass(frozen=True)
class Header:
    """The first record of a CSV file: its names, delimiter, and last physical line."""

    names: tuple[str, ...]
    delimiter: str
    first_line: int
    last_line: int


def folded(name: str) -> str:
    """A column name as names are compared: without case and surrounding blanks."""
    return name.strip(sql.BLANKS).casefold()


def is_nameless(name: str) -> bool:
    """Whether :func:`column_names` made that name for a column without one."""
    return _NAMELESS.fullmatch(name) is not None


def column_names(names: Sequence[str], shown_as: str) -> tuple[str, ...]:
    """The header's names without surrounding blanks; nameless columns get their position.

    Raises :class:`RefusedFile` when two columns have the same name.
    """
    result = tuple(
        name.strip(sql.BLANKS).replace("\0", "") or f"(column {at})"
        for at, name in enumerate(names, 1)
    )
    seen: dict[str, str] = {}
    for name in result:
        if folded(name) in seen:
            raise RefusedFile(
                f"{shown_as} has two columns named {name!r}. Rename or remove one of them.", name
            )
        seen[folded(name)] = name
    return result


# --- CSV -------------------------------------------------------------------------------------


def read_header(file: TextFile, known: set[str], delimiter: str | None, shown_as: str) -> Header:
    """The header of a CSV file; the delimiter is the one that yields most ``known`` names."""
    candidates: list[tuple[int, int, Header]] = []
    for mark in (delimiter,) if delimiter else _DELIMITERS:
        with _lines(file.path) as stream:
            reader = csv.reader(stream, delimiter=mark)
            try:
                first = next((row, reader.line_num) for row in reader if any(map(str.strip, row)))
            except StopIteration:
                raise RefusedFile(
                    f"{shown_as} has no header line: it is empty. Deliver it with its column names "
                    "in the first line, or remove it."
                ) from None
            except csv.Error:
                continue
        row, last = first
        newlines = sum(cell.count("\n") for cell in row)
        header = Header(tuple(row), mark, last - newlines, last)
        hits = sum(folded(name) in known for name in row)
        candidates.append((hits, len(row), header))
    if not candidates:
        raise RefusedFile(f"{shown_as}, line 1: the header cannot be read as CSV.", rows=0)
    # The order of _DELIMITERS decides between equals.
    best = max(candidates, key=lambda item: item[:2])
    return best[2]


def stage_csv(file: TextFile, header: Header, names: tuple[str, ...]) -> Stage | None:
    """The native reading of a CSV file; ``None`` when only :func:`stage_csv_slowly` reads it."""
    if header.first_line != 1 or len(names) == 1 or file.loose_quotes:
        return None
    cells = [f"s{at}" for at in range(len(names))]
    spec = ", ".join(f"{sql.text(cell)}: 'VARCHAR'" for cell in cells)
    source = (
        f"read_csv({sql.text(str(file.path))}, auto_detect = false, header = true, "
        f"columns = {{{spec}}}, delim = {sql.text(header.delimiter)}, quote = '\"', "
        "escape = '\"', strict_mode = true, nullstr = '', compression = 'none')"
    )
    before = header.last_line
    if not file.quotes:
        numbered = f"row_number() over () + {before} as _row"
        relation = (
            f"select _row, _row as _end, {_NO_REJECT}, {', '.join(cells)} "
            f"from (select {numbered}, * from {source})"
        )
        return Stage(relation, names, file.lines - before)
    breaks = " + ".join(
        f"(case when contains({cell}, chr(10)) "
        f"then length({cell}) - length(replace({cell}, chr(10), '')) else 0 end)"
        for cell in cells
    )
    relation = (
        f"select _end - _breaks as _row, _end, {_NO_REJECT}, {', '.join(cells)} from ("
        f"select cast(sum(1 + _breaks) over (rows unbounded preceding) as bigint) + {before} "
        f"as _end, * from (select {breaks} as _breaks, * from {source}))"
    )
    return Stage(relation, names, None, file.lines)


_NO_REJECT = "cast(null as varchar) as _reject, cast(null as varchar) as _raw"


def stage_csv_slowly(
    file: TextFile, header: Header, names: tuple[str, ...], scratch: Path, shown_as: str
) -> Stage:
    """Python's reading of a CSV file, one record at a time; broken records become rejects.

    Raises :class:`RefusedFile` when a quote is opened and never closed: what follows cannot be told
    apart.
    """
    return _normalised(_csv_records(file, header, names, shown_as), names, scratch / "records.csv")


_STRAY_QUOTE = 'a " stands where none may: inside a cell it is written "" and the cell is quoted'
_BARE_RETURN = "a carriage return stands in a cell that is not quoted"


def _csv_records(
    file: TextFile, header: Header, names: tuple[str, ...], shown_as: str
) -> Iterator[list[Any]]:
    empty = [""] * len(names)
    csv.field_size_limit(sys.maxsize)
    with _lines(file.path) as stream:
        reader = csv.reader(stream, delimiter=header.delimiter, strict=True)
        while True:
            start = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if start <= header.last_line:
                    raise RefusedFile(
                        f"{shown_as}, line {start}: the header cannot be read as CSV; "
                        "a quote in it is misplaced."
                    ) from None
                if "new-line" in str(error):
                    yield [start, reader.line_num, _BARE_RETURN, "", *empty]
                    continue
                if reader.line_num > start or "end of data" in str(error):
                    raise RefusedFile(
                        f"{shown_as}, line {start}: a quote is opened there and not closed "
                        'properly, so the lines after it cannot be told apart. Write " inside a '
                        'quoted cell as "" and close the cell.',
                        rows=0,
                    ) from None
                yield [start, start, _STRAY_QUOTE, "", *empty]
                continue
            if start <= header.last_line:
                continue
            if not row or (len(row) == 1 and not row[0].strip(sql.BLANKS)):
                continue
            if len(row) != len(names):
                reason = f"the line has {len(row)} cells where the header has {len(names)}"
                raw = json.dumps(row, ensure_ascii=False)
                yield [start, reader.line_num, reason, raw, *empty]
            else:
                yield [start, reader.line_num, "", "", *row]


def _lines(path: Path) -> io.TextIOWrapper:
    """A text stream that ends lines at LF alone, as physical lines are counted."""
    return io.TextIOWrapper(path.open("rb"), encoding="utf-8-sig", newline="\n")


def _normalised(records: Iterable[list[Any]], names: tuple[str, ...], target: Path) -> Stage:
    """Write records (row, end, reject, raw, cells) as a CSV in which every cell is quoted."""
    count = 0
    longest = 0
    width = 4 + len(names)
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in records:
            if len(record) != width:
                raise AssertionError("a normalised record has its own width")
            longest = max(longest, sum(len(cell) for cell in record if isinstance(cell, str)))
            writer.writerow(record)
            count += 1
    cells = [f"s{at}" for at in range(len(names))]
    types = {"_row": "BIGINT", "_end": "BIGINT", "_reject": "VARCHAR", "_raw": "VARCHAR"}
    types |= dict.fromkeys(cells, "VARCHAR")
    spec = ", ".join(f"{sql.text(column)}: '{kind}'" for column, kind in types.items())
    limit = max(_LONGEST_LINE, 8 * longest + 1000)
    relation = (
        f"select * from read_csv({sql.text(str(target))}, auto_detect = false, header = false, "
        f"columns = {{{spec}}}, delim = ',', quote = '\"', escape = '\"', strict_mode = true, "
        f"nullstr = '', new_line = '\\n', max_line_size = {limit}, compression = 'none')"
    )
    return Stage(relation, names, count)


# --- JSON lines ------------------------------------------------------------------------------


def stage_json(con: duckdb.DuckDBPyConnection, file: TextFile, shown_as: str) -> Stage | None:
    """The native reading of JSON lines; ``None`` when only :func:`stage_json_slowly` is exact.

    The keys of all lines together are the columns. A line that is no JSON object is a reject.
    """
    lines = (
        f"(select row_number() over () as _row, line from read_csv({sql.text(str(file.path))}, "
        f"auto_detect = false, header = false, columns = {{'line': 'VARCHAR'}}, delim = '\x01', "
        "quote = '', escape = '', strict_mode = true, nullstr = '', compression = 'none')"
        f" qualify trim(coalesce(line, ''), {sql.text(sql.BLANKS)}) <> '')"
    )
    counted = con.execute(
        f"select count(*), max(_row), coalesce(bool_or(regexp_matches(line, '{_JSON_FRACTION}')), "
        f"false) from {lines}"
    ).fetchall()[0]
    records, last, fractions = counted
    if fractions or (last or 0) != file.lines:
        return None
    keys = [
        row[0]
        for row in con.execute(
            "select distinct unnest(case when json_valid(line) and json_type(line) = 'OBJECT' "
            f"then json_keys(line) end) as key from {lines} order by key"
        ).fetchall()
    ]
    names = column_names(keys, shown_as)
    if any("\0" in key for key in keys):
        return None
    pointers = sql.texts("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
    cells = ", ".join(f"_values[{at}] as s{at - 1}" for at in range(1, len(keys) + 1))
    values = f"json_extract_string(line, [{pointers}])" if keys else "cast(null as varchar[])"
    relation = (
        f"select _row, _row as _end, _reject, _raw{', ' + cells if cells else ''} from ("
        "select _row, _reject, case when _reject is not null then to_json(line)::varchar end "
        f"as _raw, case when _reject is null then {values} end as _values from ("
        f"select _row, line, {_JSON_REJECT} as _reject from {lines}))"
    )
    return Stage(relation, names, records)


_NOT_JSON = "the line is not valid JSON"
_NO_OBJECT = "the line is no JSON object"
_TWICE = "the line names a key twice"
_JSON_REJECT = (
    f"case when not json_valid(line) then '{_NOT_JSON}' "
    f"when json_type(line) <> 'OBJECT' then '{_NO_OBJECT}' "
    f"when len(json_keys(line)) <> len(list_distinct(json_keys(line))) then '{_TWICE}' end"
)


class _Number(str):
    """A JSON number exactly as it is written."""

    __slots__ = ()


def stage_json_slowly(file: TextFile, scratch: Path, shown_as: str) -> Stage:
    """Python's reading of JSON lines, which keeps the digits of every number."""
    keys = sorted({key for _, _, parsed, _ in _json_lines(file) if parsed for key in parsed})
    names = column_names(keys, shown_as)

    def records() -> Iterator[list[Any]]:
        for number, line, parsed, reject in _json_lines(file):
            if parsed is None:
                raw = json.dumps(line, ensure_ascii=False)
                yield [number, number, reject, raw, *([""] * len(keys))]
            else:
                yield [number, number, "", "", *(_json_cell(parsed.get(key)) for key in keys)]

    return _normalised(records(), names, scratch / "records.csv")


def _json_lines(file: TextFile) -> Iterator[tuple[int, str, dict[str, Any] | None, str]]:
    with _lines(file.path) as stream:
        for number, full in enumerate(stream, 1):
            line = full.strip(sql.BLANKS)
            if not line:
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
    raise ValueError(f"{word} is no JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise RepeatedKey
    return result


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


# --- Parquet ---------------------------------------------------------------------------------


def stage_parquet(con: duckdb.DuckDBPyConnection, path: Path, shown_as: str) -> Stage:
    """A Parquet file as text columns. Raises :class:`RefusedFile` when it cannot be read."""
    source = (
        f"read_parquet({sql.text(str(path))}, file_row_number = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )
    try:
        described = con.execute(f"describe select * from {source}").fetchall()
        records = con.execute(
            f"select coalesce(sum(num_rows), 0) from parquet_file_metadata({sql.text(str(path))})"
        ).fetchall()[0][0]
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise RefusedFile(
            f"{shown_as} cannot be read as Parquet (cut off or damaged). Deliver it again."
        ) from None
    columns = [(row[0], row[1]) for row in described if row[0] != "file_row_number"]
    names = column_names([column for column, _ in columns], shown_as)
    cells = []
    rejects = []
    for at, (column, kind) in enumerate(columns):
        here = sql.name(column)
        if kind in ("DOUBLE", "FLOAT"):
            rejects.append(
                f"when isfinite({here}) and abs({here}) >= {_DOUBLE_DIGITS} then "
                + sql.text(_lost_digits(names[at], "a floating-point number", "text or integer"))
            )
            value = (
                f"case when isnan({here}) then null when not isfinite({here}) then "
                f"cast({here} as varchar) when {here} = trunc({here}) and abs({here}) < "
                f"{_DOUBLE_DIGITS} then cast(cast({here} as bigint) as varchar) "
                f"else cast({here} as varchar) end"
            )
        elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
            value = f"cast(to_json({here}) as varchar)"
        else:
            value = f"cast({here} as varchar)"
        cells.append(f"{value} as s{at}")
    reject = f"case {' '.join(rejects)} end" if rejects else "cast(null as varchar)"
    relation = (
        f"select file_row_number + 1 as _row, file_row_number + 1 as _end, {reject} as _reject, "
        f"cast(null as varchar) as _raw, {', '.join(cells)} from {source}"
    )
    return Stage(relation, names, int(records))


def _lost_digits(column: str, stored_as: str, instead: str) -> str:
    """A reject that names its column: name, unit separator, reason."""
    return (
        f"{column}\x1f{column}: the value is stored as {stored_as} of 16 or more digits and has "
        f"lost some of them. Format the column as {instead} and export it again"
    )


# --- Excel -----------------------------------------------------------------------------------


def stage_excel(path: Path, entity: str, sheet: str | None, scratch: Path, shown_as: str) -> Stage:
    """A worksheet as text columns: the sheet named so, else as the entity, else the first.

    Raises :class:`RefusedFile`. An integer cell of 16 or more digits is a reject: Excel keeps 15.
    """
    broken = RefusedFile(
        f"{shown_as} cannot be read as an Excel workbook (.xlsx). Save it anew as .xlsx or CSV."
    )
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise broken from None
    if unpacked > (64 << 20) and unpacked > 200 * path.stat().st_size:
        raise RefusedFile(
            f"{shown_as} expands to more than 200 times its size and was not opened. "
            "If it is genuine, deliver it as CSV."
        )
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            titles = [str(title) for title in book.sheet_names]
            wanted = next(
                (title for title in titles if folded(title) == folded(sheet or entity)), None
            )
            if wanted is None and sheet is not None:
                raise RefusedFile(
                    f"{shown_as} has no sheet {sheet!r}. It has: {', '.join(titles)}. "
                    "Rename a sheet or correct the mapping."
                )
            title = wanted or titles[0]
            frame = pd.read_excel(
                book, sheet_name=title, header=None, dtype=object, na_filter=False
            )
    except RefusedFile:
        raise
    except Exception as error:
        # calamine raises its own bare error types, and on broken XML whatever its parser met.
        raise broken from error
    grid: list[list[Any]] = frame.to_numpy(dtype=object).tolist()
    for (row, column), value in _error_cells(path, title).items():
        if row < len(grid) and column < len(grid[row]):
            grid[row][column] = value
    filled = [at for at, row in enumerate(grid) if any(_excel_text(cell) for cell in row)]
    if not filled:
        raise RefusedFile(
            f"{shown_as}, sheet {title!r} has no header row: it is empty. Deliver it with its "
            "column names in the first row, or remove it."
        )
    header = [_excel_text(cell) for cell in grid[filled[0]]]
    kept = [
        at
        for at, heading in enumerate(header)
        if heading.strip(sql.BLANKS) or any(_excel_text(grid[row][at]) for row in filled[1:])
    ]
    names = column_names([header[at] for at in kept], shown_as)

    def records() -> Iterator[list[Any]]:
        for row in filled[1:]:
            cells = [grid[row][at] for at in kept]
            texts = [_excel_text(cell) for cell in cells]
            lost = next((at for at, cell in enumerate(cells) if _too_long(cell)), None)
            reject = raw = ""
            if lost is not None:
                reject = _lost_digits(names[lost], "an Excel number", "text")
                raw = json.dumps(dict(zip(names, texts, strict=True)), ensure_ascii=False)
            yield [row + 1, row + 1, reject, raw, *texts]

    return _normalised(records(), names, scratch / "records.csv")


def _too_long(cell: Any) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell) and abs(cell) >= _EXCEL_DIGITS


def _excel_text(cell: Any) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if math.isnan(cell):
            return ""
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        # Excel keeps a moment as a fraction of a day: below a millisecond there is only noise.
        rounded = cell + dt.timedelta(microseconds=500)
        rounded = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
        if rounded.time() == dt.time.min:
            return rounded.date().isoformat()
        text = rounded.isoformat(sep=" ", timespec="milliseconds")
        return text.removesuffix(".000")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_CELL_NAME = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_CELL_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)/?>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)/?>")


def _error_cells(path: Path, title: str) -> dict[tuple[int, int], str]:
    """Cells that hold an error such as ``#REF!`` by zero-based (row, column).

    The Excel reader gives them as empty, which would silently turn an error into "no value".
    """
    with zipfile.ZipFile(path) as archive:
        try:
            part = _sheet_part(archive, title)
            data = archive.read(part) if part else b""
        except (KeyError, OSError, zipfile.BadZipFile):
            return {}
    cells = {}
    if b't="e"' in data:
        for attributes, body in _ERROR_CELL.findall(data):
            at, value = _CELL_NAME.search(attributes), _CELL_VALUE.search(body)
            if at and value:
                column = 0
                for letter in at[1]:
                    column = column * 26 + letter - 64
                cells[int(at[2]) - 1, column - 1] = value[1].decode()
    return cells


def _sheet_part(archive: zipfile.ZipFile, title: str) -> str | None:
    relations = {}
    for attributes in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        relations[_attribute(attributes, "Id")] = _attribute(attributes, "Target")
    for attributes in _SHEET.findall(archive.read("xl/workbook.xml")):
        if html.unescape(_attribute(attributes, "name")) == title:
            target = relations.get(_attribute(attributes, r"\w+:id"), "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def _attribute(attributes: bytes, name: str) -> str:
    match = re.search(rf'(?:^|\s){name}="([^"]*)"', attributes.decode("utf-8", "replace"))
    return match[1] if match else ""
