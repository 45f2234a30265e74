"""Writing the chosen rows as CSV, XLSX or Parquet.

CSV and XLSX are for people and their spreadsheets: instants are local time without a zone and their
headers name the zone. Text that a spreadsheet would take for a formula gets an apostrophe in front
in CSV; a cell of XLSX says itself that it is text. Parquet is for machines: names, types and texts
of the table.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_range

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.exports.tables import Column, Selection
from leadhouse.settings import Settings

FORMATS = ("csv", "xlsx", "parquet")
STANDARD_OUTPUT = Path("-")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_SHEET = "xl/worksheets/sheet1.xml"
_MOST_ROWS = 1_048_575
_LONGEST_TEXT = 32_767
_FIRST_DAY = 61
"""1900-03-01: before it Excel counts a 29 February 1900 that never was."""
_LAST_DAY = 2_958_466
"""The day after 9999-12-31."""
_CELLS_OF_A_BIG_FILE = 10_000_000
"""From about 2 GB of sheet on, the container needs its 64-bit form, which Excel dislikes."""
_BATCH = 2_000
_XML_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "_x": "_x005F_x"}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def format_of(out: Path, said: str | None) -> str:
    """The format of ``out`` by the ending of its name, with which ``said`` must agree.

    Standard output has no ending and is CSV unless something else is said. Raises
    :class:`LeadhouseError`.
    """
    if said not in (None, *FORMATS):
        raise LeadhouseError(f"--format is {said!r}. It can be {', '.join(FORMATS)}.")
    if out == STANDARD_OUTPUT:
        return said or "csv"
    ending = out.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        endings = " or ".join(f".{each}" for each in FORMATS)
        raise LeadhouseError(f"--out {out} must end in {f'.{said}' if said else endings}.")
    if said not in (None, ending):
        raise LeadhouseError(
            f"--out {out} ends in .{ending}, and --format is {said}. Leave out --format, or name "
            f"a file that ends in .{said}."
        )
    return ending


@contextmanager
def draft_of(settings: Settings, out: Path, format: str, private: bool) -> Iterator[Path]:
    """A path to write the file to; it becomes ``out`` in one rename when the block ends well.

    The draft lies in a folder of its own beside ``out``, which only this user can read; the file
    stays this user's alone when ``private``. What goes to standard output is written there when it
    is complete. Raises :class:`LeadhouseError` when ``out`` cannot be written, is something else
    than a file, or lies among Leadhouse's own files.
    """
    goal = None if out == STANDARD_OUTPUT else _assert_replaceable(settings, out, format)
    beside = goal.parent if goal else None
    try:
        with tempfile.TemporaryDirectory(prefix=".leadhouse-export-", dir=beside) as folder:
            draft = Path(folder) / f"export.{format}"
            yield draft
            if goal:
                draft.chmod(0o600 if private else 0o666 & ~_umask())
                draft.replace(goal)
            else:
                with draft.open("rb") as complete:
                    shutil.copyfileobj(complete, sys.stdout.buffer)
                sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has read enough.
        raise
    except (OSError, duckdb.IOException, XlsxWriterException) as error:
        raise LeadhouseError(_in_words(error, out)) from error


def _assert_replaceable(settings: Settings, out: Path, format: str) -> Path:
    goal = out.resolve()
    for owned in (settings.published_dir, settings.landing_dir, settings.candidate_dir):
        if goal.is_relative_to(owned.resolve()):
            raise LeadhouseError(f"--out {out} is among Leadhouse's own files. Name another place.")
    if goal.exists() and (goal.suffix.lower() != f".{format}" or not goal.is_file()):
        raise LeadhouseError(
            f"--out {out} exists and is not a .{format} file, so it is not replaced. Name another."
        )
    return goal


def write_rows(
    con: duckdb.DuckDBPyConnection,
    rows: Selection,
    draft: Path,
    title: str,
    timezone: str,
    with_mark: bool,
) -> int:
    """Write the rows in the format of ``draft``'s suffix and return how many there are.

    ``title`` names the sheet, ``timezone`` is the connection's, ``with_mark`` lets CSV begin with
    the mark by which Excel knows UTF-8, which other programs take for a part of the first name.
    Raises :class:`LeadhouseError` when a spreadsheet cannot hold the rows.
    """
    if draft.suffix == ".xlsx":
        return _write_xlsx(con, rows, draft, title, timezone)
    if draft.suffix == ".csv":
        _make_macros(con)
        cells = [_people_cell(column, timezone) for column in rows.columns]
        if with_mark:
            # Excel takes CSV for the machine's own code page unless it begins with this mark.
            cells[0] = cells[0].replace(' as "', ' as "\ufeff', 1)
        options = "format csv, header true"
    else:
        cells = [sql.name(column.name) for column in rows.columns]
        options = "format parquet"
    query = f"select {', '.join(cells)} {rows.from_rows} order by {rows.order}"
    written = con.execute(
        f"copy ({query}) to {sql.text(str(draft))} ({options})", rows.parameters
    ).fetchall()
    return int(written[0][0])


def header_of(column: Column, timezone: str) -> str:
    """The column's header in CSV and XLSX: its name, and the zone of its local times."""
    return f"{column.name} ({timezone})" if column.is_instant else column.name


def _people_cell(column: Column, timezone: str) -> str:
    name, header = sql.name(column.name), sql.name(header_of(column, timezone))
    if column.is_text:
        return f"formula_safe({name}) as {header}"
    if column.is_instant:
        return f"cast({name} as timestamp) as {header}"
    return f"{name} as {header}"


def _make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """SQL functions of this module: ``formula_safe`` text, text as XML and in Excel's units."""
    starts = ", ".join(f"chr({ord(start)})" for start in _FORMULA_STARTS)
    con.execute(
        "create or replace temp macro formula_safe(cell) as "
        f"case when left(cell, 1) in ({starts}) then '''' || cell else cell end"
    )
    escaped = "cell"
    for plain, code in _XML_ESCAPES.items():
        escaped = f"replace({escaped}, {sql.text(plain)}, {sql.text(code)})"
    con.execute(f"create or replace temp macro xml_text(cell) as {escaped}")
    con.execute(
        "create or replace temp macro utf16_units(cell) as "
        r"length(cell) + length(regexp_replace(cell, '[^\x{10000}-\x{10FFFF}]', '', 'g'))"
    )


def _write_xlsx(
    con: duckdb.DuckDBPyConnection, rows: Selection, draft: Path, title: str, timezone: str
) -> int:
    """XlsxWriter makes the workbook, its formats and its header; DuckDB spells the rows.

    One Python call per cell took 12 s of CPU for 50,000 rows of the deal journal, and XlsxWriter
    takes text that looks like its own rich text for markup.
    """
    _make_macros(con)
    count = _count_for_a_sheet(con, rows)
    template = draft.with_name("template.xlsx")
    _write_template(template, rows.columns, count, title, timezone)
    with zipfile.ZipFile(template) as source:
        sheet = source.read(_SHEET).decode()
        head, samples, tail = _around_rows(sheet)
        styles = dict(re.findall(r'<c r="([A-Z]+)2" s="([0-9]+)"', samples))
        cells = ", ".join(
            _xml_cell(column, letters, styles[letters])
            for column, letters in zip(rows.columns, styles, strict=True)
        )
        con.execute(
            f"select concat('<row r=\"', n, '\">', {cells}, '</row>') from ("
            f"select *, row_number() over (order by {rows.order}) + 1 as n {rows.from_rows}"
            ") order by n",
            rows.parameters,
        )
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as goal:
            for part in source.infolist():
                if part.filename != _SHEET:
                    goal.writestr(part, source.read(part), zipfile.ZIP_DEFLATED)
            big = count * len(rows.columns) > _CELLS_OF_A_BIG_FILE
            part = zipfile.ZipInfo(_SHEET)
            part.compress_type = zipfile.ZIP_DEFLATED
            with goal.open(part, "w", force_zip64=big) as file:
                file.write(head.encode())
                while batch := con.fetchmany(_BATCH):
                    text = "".join(row for (row,) in batch)
                    file.write(_NOT_IN_XML.sub(_excel_code, text).encode())
                file.write(tail.encode())
    return count


def _count_for_a_sheet(con: duckdb.DuckDBPyConnection, rows: Selection) -> int:
    texts = [sql.name(column.name) for column in rows.columns if column.is_text]
    bytes_of = [f"max(strlen({text}))" for text in texts]
    found = con.execute(
        f"select {', '.join(['count(*)', *bytes_of])} {rows.from_rows}", rows.parameters
    ).fetchall()[0]
    if found[0] > _MOST_ROWS:
        raise LeadhouseError(
            f"These are {found[0]:,} rows, and a sheet of Excel holds {_MOST_ROWS:,}. Narrow the "
            "period with --from and --to, or use --format csv or parquet."
        )
    for text, size in zip(texts, found[1:], strict=True):
        # A character has at least as many bytes as units.
        if size is None or size < _LONGEST_TEXT:
            continue
        units = con.execute(
            f"select max(utf16_units({text})) {rows.from_rows}", rows.parameters
        ).fetchall()[0][0]
        if units > _LONGEST_TEXT:
            raise LeadhouseError(
                f"A text in {text} has {units:,} characters, and a cell of Excel holds "
                f"{_LONGEST_TEXT:,}. Use --format csv or parquet."
            )
    return int(found[0])


def _write_template(
    path: Path, columns: tuple[Column, ...], rows: int, title: str, timezone: str
) -> None:
    """A workbook with the header, a sample of every column's format in row 2, and the last row."""
    book = Workbook(str(path), {"in_memory": True})
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    formats = {code: book.add_format({"num_format": code}) for code, _ in _LOOKS.values()}
    for index, column in enumerate(columns):
        code, width = _LOOKS[_kind(column)]
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, header_of(column, timezone), head)
        sheet.write_blank(1, index, None, formats[code])
    last = max(rows, 1)
    if last > 1:
        sheet.write_blank(last, len(columns) - 1, None, head)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": xl_range(1, 0, last, len(columns) - 1)})
    book.close()


_LOOKS = {
    "text": ("@", 20),
    "boolean": ("General", 9),
    "date": ("yyyy-mm-dd", 12),
    "instant": ("yyyy-mm-dd hh:mm:ss", 20),
    "integer": ("0", 11),
    "money": ("#,##0.00", 14),
    "double": ("0.00", 12),
}
"""Number format and width (characters) of a column."""


def _kind(column: Column) -> str:
    if column.is_text:
        return "text"
    if column.is_instant:
        return "instant"
    if column.type.startswith("DECIMAL"):
        return "money"
    if column.is_exact_number:
        return "integer"
    return {"DATE": "date", "BOOLEAN": "boolean"}.get(column.type, "double")


def _around_rows(sheet: str) -> tuple[str, str, str]:
    """The sheet up to its second row, what is there, and what comes after the last row."""
    head, mark, rest = sheet.partition('<row r="2"')
    samples, end, tail = rest.partition("</sheetData>")
    return head, mark + samples, end + tail


def _xml_cell(column: Column, letters: str, style: str) -> str:
    """The SQL expression of the column's cell as XML, NULL where the value is NULL."""
    name, kind = sql.name(column.name), _kind(column)

    def cell(value: str, before: str, after: str, attributes: str = "") -> str:
        start = sql.text(f'" s="{style}"{attributes}>{before}')
        return (
            f"case when {name} is not null then concat('<c r=\"{letters}', n, {start}, {value}, "
            f"'{after}</c>') end"
        )

    def text(value: str) -> str:
        before = '<is><t xml:space="preserve">'
        return cell(value, before, "</t></is>", ' t="inlineStr"')

    def number(value: str, attributes: str = "") -> str:
        return cell(value, "<v>", "</v>", attributes)

    if kind == "text":
        return text(f"xml_text({name})")
    if kind == "boolean":
        return number(f"cast({name} as int)", ' t="b"')
    if kind == "double":
        return f"case when isfinite({name}) then {number(name)} else {text(name)} end"
    if kind in ("date", "instant"):
        local = f"cast({name} as timestamp)"
        days = f"(epoch_us({local}) / 86400000000.0 + 25569)"
        serial = f"cast({days} as bigint)" if kind == "date" else days
        local_text = f"cast({name} as date)" if kind == "date" else local
        return (
            f"case when {days} >= {_FIRST_DAY} and {days} < {_LAST_DAY} "
            f"then {number(serial)} else {text(local_text)} end"
        )
    return number(name)


def _excel_code(match: re.Match[str]) -> str:
    """A character that XML cannot hold, in Excel's spelling."""
    return f"_x{ord(match[0]):04X}_"


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _in_words(error: Exception, out: Path) -> str:
    said = str(error).strip().splitlines()[0].rpartition(": ")[2]
    if isinstance(error, OSError) and error.errno is not None:
        said = os.strerror(error.errno)
        if error.errno == errno.ENOENT:
            said = f"there is no folder {out.parent}"
    return f"--out {out} cannot be written: {said}. What was there before stays."
