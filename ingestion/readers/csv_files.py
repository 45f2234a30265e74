"""CSV: the database's own reader, and Python's where that one cannot account for every line."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ingestion.readers.reading import (
    HEADER_WITHIN,
    Reading,
    Source,
    column_names,
    expected_among,
    is_header,
    is_wide,
    lines_of,
    normalised,
)
from ingestion.readers.text_files import TextFile
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

_DELIMITERS = (",", ";", "\t")
_LONGEST_HEADER = 200
"""Physical lines that a header with line ends in its names may have."""

_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_NO_REJECT = "null::varchar as _reject, null::varchar as _raw, null::varchar as _kinds"
_STRAY_QUOTE = 'a " stands where none may: inside a cell it is written "" and the cell is quoted'
_BARE_RETURN = "a carriage return stands in a cell that is not quoted"


@dataclass(frozen=True)
class Header:
    """The header of a CSV file.

    Its names and delimiter, the last physical line above the rows, and how many filled lines stand
    above the header.
    """

    names: tuple[str, ...]
    delimiter: str
    last_line: int
    preamble: int


def readings(file: TextFile, source: Source) -> Iterator[Reading]:
    """The database's reading where it is exact, then Python's. Raises :class:`RefusedFile`."""
    header = read_header(file, source)
    names = column_names(header.names)
    line = None if isinstance(source.header, tuple) else header.last_line
    if len(names) > 1 and not file.loose_quotes:
        yield replace(_native(file, header, names), header=line)
    # One record at a time; broken records become rejects.
    records = _records(file, header, len(names), source.shown_as)
    reading = normalised(records, names, source.scratch, header.preamble)
    yield replace(reading, header=line)


def read_header(file: TextFile, source: Source) -> Header:
    """The first line with the required columns, else the one with most of the expected names.

    The delimiter is what a line ``sep=;`` says, else the one that yields most expected names.
    Raises :class:`RefusedFile` for a file without any line.
    """
    with lines_of(file.path) as stream:
        lines = list(islice(stream, source.skip + HEADER_WITHIN + _LONGEST_HEADER))
    said = _SEPARATOR.fullmatch(lines[0].strip()) if lines else None
    top = max(source.skip, 1 if said else 0)
    if isinstance(source.header, int):
        starts = range(source.header - 1, source.header)
    else:
        starts = range(top, top + HEADER_WITHIN)
    marks = (source.delimiter,) if source.delimiter else said.groups() if said else _DELIMITERS
    if isinstance(source.header, tuple):
        mark = max(marks, key=lambda mark: "".join(lines[top:]).count(mark))
        return Header(source.header, mark, top, _filled(lines[1 if said else 0 : top]))
    # Whole headers before others, of them the first; then the line with most expected names; of an
    # unknown file the first one as wide as its table. The order of _DELIMITERS decides between
    # equals.
    best: tuple[tuple[bool, int, int, int, bool, int, int], Header] | None = None
    for mark in marks:
        rows = {at: row for at in starts if (row := _record(lines[at:], mark))}
        for at, row in rows.items():
            whole, hits = is_header(row, source), expected_among(row, source)
            alike, wide = 0, False
            if source.required is None and len(row) > 1:
                alike = sum(len(other) == len(row) for other in rows.values())
                wide = is_wide(row, rows.values())
            rank = (whole, -at if whole else 0, hits, alike, wide, -at, len(row))
            if best is None or rank > best[0]:
                last = at + 1 + sum(cell.count("\n") for cell in row)
                above = _filled(lines[1 if said else 0 : at])
                best = rank, Header(tuple(row), mark, last, above)
    if best is not None:
        return best[1]
    if _filled(lines[top:]):
        raise RefusedFile(
            f"{source.shown_as}, line {starts.start + 1}: the header cannot be read as CSV."
        )
    raise RefusedFile(
        f"{source.shown_as} has no header line: it is empty. Deliver it with its "
        "column names in the first line, or remove it."
    )


def _record(lines: list[str], mark: str) -> list[str]:
    """The record that begins with the first of the lines; empty where there is none."""
    if not lines or not lines[0].strip():
        return []
    try:
        row = next(csv.reader(lines, delimiter=mark, strict=True))
    except (csv.Error, StopIteration):
        return []
    return row if any(map(sql.cleaned, row)) else []


def _filled(lines: list[str]) -> int:
    return sum(any(map(sql.cleaned, re.split("[,;\t]", line))) for line in lines)


def _native(file: TextFile, header: Header, names: tuple[str, ...]) -> Reading:
    cells = [f"s{at}" for at in range(len(names))]
    spec = ", ".join(f"{sql.text(cell)}: 'VARCHAR'" for cell in cells)
    source = (
        f"read_csv({sql.text(str(file.path))}, auto_detect = false, header = false, "
        f"skip = {header.last_line}, "
        f"columns = {{{spec}}}, delim = {sql.text(header.delimiter)}, quote = '\"', "
        "escape = '\"', strict_mode = true, nullstr = '', compression = 'none')"
    )
    before = header.last_line
    if not file.quotes or file.lines <= before:
        numbered = f"row_number() over () + {before} as _row"
        relation = (
            f"select _row, _row as _end, {_NO_REJECT}, {', '.join(cells)} "
            f"from (select {numbered}, * from {source})"
        )
        return Reading(relation, names, file.lines - before, preamble=header.preamble)
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
    return Reading(relation, names, None, file.lines, header.preamble)


def _records(file: TextFile, header: Header, width: int, shown_as: str) -> Iterator[list[Any]]:
    """Raises :class:`RefusedFile` when a quote is not closed: what follows cannot be told apart."""
    empty = [""] * width
    csv.field_size_limit(sys.maxsize)
    with lines_of(file.path) as stream:
        above = header.last_line
        reader = csv.reader(islice(stream, above, None), delimiter=header.delimiter, strict=True)
        while True:
            start = above + reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                end = above + reader.line_num
                if "new-line" in str(error):
                    yield [start, end, _BARE_RETURN, "", "", *empty]
                    continue
                if end > start or "end of data" in str(error):
                    raise RefusedFile(
                        f"{shown_as}, line {start}: a quote is opened there and not closed "
                        'properly, so the lines after it cannot be told apart. Write " inside a '
                        'quoted cell as "" and close the cell.',
                        rows=0,
                    ) from None
                yield [start, start, _STRAY_QUOTE, "", "", *empty]
                continue
            end = above + reader.line_num
            if len(row) == width + 1 and not row[-1]:
                # A delimiter at the line's end; the database's reader takes it as this, too.
                row.pop()
            if len(row) == width or not any(map(sql.cleaned, row)):
                yield [start, end, "", "", "", *(row + empty)[:width]]
            else:
                # It keeps the cells that it has, so that a mapping can leave it out by them.
                reason = f"the line has {len(row)} cells where the header has {width}"
                raw = json.dumps(row, ensure_ascii=False)
                yield [start, end, reason, raw, "", *(row + empty)[:width]]
