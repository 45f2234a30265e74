"""Spreadsheets (.xlsx, .xls, .xlsb, .ods): one worksheet, cell by cell, as text."""

from __future__ import annotations

import codecs
import datetime as dt
import html
import json
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingestion.readers.archives import check_expansion
from ingestion.readers.reading import (
    HEADER_WITHIN,
    LENGTH,
    MOMENT,
    NUMBER,
    PERCENT,
    TEXT,
    Reading,
    Source,
    column_names,
    expected_among,
    folded,
    is_header,
    is_wide,
    lost_digits,
    normalised,
)
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

_EXCEL_DIGITS = 10**15
_PAGE = re.compile(r"\s*<(!doctype html|html|head|body|meta|style|table|div)\b", re.IGNORECASE)
_SPREADSHEET_2003 = re.compile(r"<(\w+:)?Workbook\b")
_TABLE_IN_TEXT = re.compile(r"\A[^<\n]*[,;\t][^\n]*\n")


def readings(source: Source) -> Iterator[Reading]:
    """A worksheet as text columns: the sheet named so, else as the entity, else the first visible.

    Raises :class:`RefusedFile`. An integer cell of 16 or more digits is a reject, because Excel
    keeps 15, and so is one that is merged with those above it, unless the source says what it has.
    """
    path, shown_as = source.path, source.shown_as
    if (instead := _other_than_named(path)) is not None:
        raise RefusedFile(f"{shown_as} is {instead}")
    broken = RefusedFile(
        f"{shown_as} cannot be read as a spreadsheet (.xlsx, .xls, .xlsb, .ods). Save it again as "
        ".xlsx or CSV."
    )
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                check_expansion(archive, source)
        with CalamineWorkbook.from_path(str(path)) as book:
            title = _sheet(book, source)
            others = tuple(other for other in _visible(book) if other != title)
            sheet = book.get_sheet_by_name(title)
            grid = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or []
    except RefusedFile:
        raise
    except Exception as error:
        # calamine raises its own bare error types, and on broken XML whatever its parser met.
        raise broken from error
    unknown = {}
    data, styles = _xml_of(path, title)
    percentages = _percentages(data, styles)
    for (row, column), value in _odd_cells(data).items():
        if row < len(grid) and column < len(grid[row]):
            if value.startswith("="):
                unknown[row, column] = value[1:]
            else:
                grid[row][column] = value
    header = _header(grid, title, source)
    heading = [_excel_text(cell) for cell in grid[header]] if header >= 0 else []
    if isinstance(source.header, tuple):
        heading = list(source.header)
    width = max(len(heading), *map(len, grid))
    heading += [""] * (width - len(heading))
    top = max(header + 1, source.skip)
    filled = [at for at in range(top, len(grid)) if any(map(_excel_text, grid[at]))]
    kept = [
        at
        for at in range(width)
        if sql.cleaned(heading[at]) or any(_excel_text(_at(grid[row], at)) for row in filled)
    ]
    names = column_names([heading[at] for at in kept])
    undecided = source.expected - (source.down or frozenset())
    below_merged = {
        (row, column)
        for (first, column), (last, _) in merged
        if first >= top and source.down is not None
        for row in range(first + 1, min(last + 1, len(grid)))
        if _excel_text(_at(grid[first], column))
    }
    above = grid[: header if header >= 0 else top]
    preamble = sum(any(map(_excel_text, row)) for row in above)

    def records() -> Iterator[list[Any]]:
        for row in filled:
            cells = [_at(grid[row], at) for at in kept]
            texts = [_excel_text(cell) for cell in cells]
            kinds = "".join(
                PERCENT if (row, at) in percentages and kind == NUMBER else kind
                for at, kind in zip(kept, map(_kind, cells), strict=True)
            )
            reject = raw = ""
            for name, at, cell in zip(names, kept, cells, strict=True):
                if _too_long(cell):
                    reject = lost_digits(name, "an Excel number", "text")
                elif (row, at) in unknown and folded(name) in source.expected:
                    reject = (
                        f"{name}\x1f{name}: the formula in cell {unknown[row, at]} has no stored "
                        "result. Open the file in a spreadsheet program, save it and deliver it "
                        "again"
                    )
                elif (row, at) in below_merged and folded(name) in undecided:
                    reject = (
                        f"{name}\x1f{name}: the cell is merged with those above it, of which the "
                        "first alone holds the value. If that is meant for each of the rows, say "
                        f"so in the mapping, beside the file's name: down: [{name}]"
                    )
                if reject:
                    raw = json.dumps(dict(zip(names, texts, strict=True)), ensure_ascii=False)
                    break
            yield [row + 1, row + 1, reject, raw, kinds, *texts]

    reading = normalised(records(), names, source.scratch, preamble, typed=True)
    line = header + 1 if header >= 0 else None
    yield replace(reading, header=line, sheets=(title, *others))


def unread_sheets(source: Source, others: Sequence[tuple[str | None, str]]) -> tuple[str, ...]:
    """The visible sheets with anything in them that neither the source's reading nor others read.

    ``others`` name, as the source does, the sheet that each of them wants and its entity.
    """
    with CalamineWorkbook.from_path(str(source.path)) as book:
        read = {_sheet(book, source)}
        titles = {folded(sheet.name): sheet.name for sheet in book.sheets_metadata}
        visible = _visible(book)
        for sheet, entity in others:
            read.add(titles.get(folded(sheet or entity), visible[0]))
        return tuple(
            title
            for title in visible
            if title not in read and book.get_sheet_by_name(title).to_python()
        )


def _visible(book: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _other_than_named(path: Path) -> str | None:
    """What a file with a spreadsheet's name is instead, and what to do about it.

    Many systems call a table of theirs .xls, which spreadsheet programs open all the same.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = start.decode("utf-16", "ignore")
    elif b"\0" in start:
        return None
    else:
        text = start.decode("utf-8-sig", "ignore")
    if _PAGE.match(text):
        kind = "a web page (HTML) under a spreadsheet's name"
    elif _SPREADSHEET_2003.search(text):
        kind = "a spreadsheet in the XML of Excel 2003"
    elif _TABLE_IN_TEXT.search(text):
        return "text under a spreadsheet's name. Rename it so that it ends in .csv or .txt."
    else:
        return None
    return f"{kind}. Open it in a spreadsheet program and save it as .xlsx or CSV."


def _header(grid: list[list[Any]], title: str, source: Source) -> int:
    """The place of the header's row: the first with the required columns, else the best.

    -1 where the mapping has the names. Raises :class:`RefusedFile` for an empty sheet.
    """
    if isinstance(source.header, tuple):
        return -1
    if isinstance(source.header, int) and source.header <= len(grid):
        return source.header - 1
    rows = [[_excel_text(cell) for cell in row] for row in grid[: source.skip + HEADER_WITHIN]]
    filled = [at for at in range(source.skip, len(rows)) if any(rows[at])]
    if not filled:
        raise RefusedFile(
            f"{source.shown_as}, sheet {title!r} has no header row: it is empty. Deliver it with "
            "its column names in the first row, or remove it."
        )
    guessed = source.required is None
    return max(
        filled,
        key=lambda at: (
            is_header(rows[at], source),
            expected_among(rows[at], source),
            guessed and is_wide(rows[at], rows),
            -at,
        ),
    )


def _at(row: list[Any], place: int) -> Any:
    return row[place] if place < len(row) else ""


def _sheet(book: CalamineWorkbook, source: Source) -> str:
    """The title of the sheet to read. Raises :class:`RefusedFile` when there is none."""
    titles = [sheet.name for sheet in book.sheets_metadata]
    wanted = folded(source.sheet or source.entity)
    named = next((title for title in titles if folded(title) == wanted), None)
    if named is not None:
        return named
    if source.sheet is not None:
        raise RefusedFile(
            f"{source.shown_as} has no sheet {source.sheet!r}. It has: {', '.join(titles)}. "
            "Rename a sheet or correct the mapping."
        )
    visible = _visible(book)
    if not visible:
        raise RefusedFile(
            f"{source.shown_as} has no visible sheet. Unhide the sheet to read, or name it in a "
            "mapping."
        )
    return visible[0]


def _too_long(cell: Any) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell) and abs(cell) >= _EXCEL_DIGITS


_NO_DATE = "0000-00-00"
_DAY_ONE = dt.date(1900, 1, 1)


def _excel_text(cell: Any) -> str:
    match cell:
        case None | "":
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            if math.isnan(cell):
                return ""
            # Excel keeps 15 digits; those behind them are noise of its arithmetic.
            return str(int(cell)) if cell.is_integer() else repr(float(f"{cell:.15g}"))
        case dt.datetime():
            # Excel keeps a moment as a fraction of a day: below a millisecond there is only noise.
            rounded = cell + dt.timedelta(microseconds=500)
            rounded = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
            if rounded.time() == dt.time.min:
                return _excel_text(rounded.date())
            text = rounded.isoformat(sep=" ", timespec="milliseconds")
            return text.removesuffix(".000")
        case dt.date():
            # The number 1 that is shown as a date: somebody's flag or count.
            return _NO_DATE if cell == _DAY_ONE else cell.isoformat()
        case dt.time():
            return _excel_text(dt.datetime.combine(dt.date.min, cell) - dt.datetime.min)
        case dt.timedelta():
            sign = "-" if cell < dt.timedelta() else ""
            milliseconds = round(abs(cell) / dt.timedelta(milliseconds=1))
            seconds, fraction = divmod(milliseconds, 1000)
            text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            return f"{text}.{fraction:03}" if fraction else text
        case _:
            return str(cell)


def _kind(cell: Any) -> str:
    match cell:
        case bool():
            return TEXT
        case int() | float():
            return NUMBER
        case dt.date():
            return MOMENT
        case dt.time() | dt.timedelta():
            return LENGTH
        case _:
            return TEXT


_CUSTOM = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_CELL_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_CELL_STYLE = re.compile(rb'\bs="([0-9]+)"')
_LITERAL = re.compile(r"&quot;.*?&quot;|\\.")
"""What a format shows as it stands: a sign behind which the number is no share."""
_SHOWN_PERCENT = {"9", "10"}
"""Excel's own formats of percentages."""
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_CELL_NAME = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_CELL_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)/?>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)/?>")


def _xml_of(path: Path, title: str) -> tuple[bytes, bytes]:
    """A sheet of an .xlsx as it is written, and the formats of its cells; else nothing."""
    if not zipfile.is_zipfile(path):
        return b"", b""
    with zipfile.ZipFile(path) as archive:
        try:
            part = _sheet_part(archive, title)
            styled = "xl/styles.xml" in archive.namelist()
            return (
                archive.read(part) if part else b"",
                archive.read("xl/styles.xml") if styled else b"",
            )
        except (KeyError, OSError, zipfile.BadZipFile):
            return b"", b""


def _percentages(data: bytes, styles: bytes) -> set[tuple[int, int]]:
    """The cells that are shown as percentages, by zero-based (row, column)."""
    shown = _SHOWN_PERCENT | {
        _attribute(each, "numFmtId")
        for each in _CUSTOM.findall(styles)
        if "%" in _LITERAL.sub("", _attribute(each, "formatCode"))
    }
    found = _CELL_STYLES.search(styles)
    styled = {
        str(at).encode()
        for at, each in enumerate(_STYLE.findall(found[0] if found else b""))
        if _attribute(each, "numFmtId") in shown
    }
    if not any(b's="%s"' % at in data for at in styled):
        return set()
    cells = set()
    for attributes, _ in _CELL.findall(data):
        style = _CELL_STYLE.search(attributes)
        if style and style[1] in styled and (at := _CELL_NAME.search(attributes)):
            cells.add(_place(at))
    return cells


def _place(at: re.Match[bytes]) -> tuple[int, int]:
    """The zero-based row and column of a cell's name such as AB12."""
    column = 0
    for letter in at[1]:
        column = column * 26 + letter - 64
    return int(at[2]) - 1, column - 1


def _odd_cells(data: bytes) -> dict[tuple[int, int], str]:
    """What the Excel reader gives as empty, by zero-based (row, column).

    Cells that hold an error such as ``#REF!``, and formulas without a stored result: both would
    silently turn into "no value".
    """
    cells = {}
    if b't="e"' in data or b"<f" in data or b":f>" in data:
        for attributes, body in _CELL.findall(data):
            at, value = _CELL_NAME.search(attributes), _CELL_VALUE.search(body)
            text = value[1].decode() if value else ""
            is_error = b't="e"' in attributes
            is_unknown = not text and b't="str"' not in attributes and _FORMULA.search(body)
            if at and (is_error or is_unknown):
                cells[_place(at)] = text if is_error else f"={at[0][3:-1].decode()}"
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
