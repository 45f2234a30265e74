"""CSV: the database's own reader, and Python's where that one cannot account for every line."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.readers.reading import (
    Reading,
    Source,
    column_names,
    folded,
    lines_of,
    normalised,
)
from ingestion.readers.text_files import TextFile
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

_DELIMITERS = (",", ";", "\t")
_NO_REJECT = "cast(null as varchar) as _reject, cast(null as varchar) as _raw"
_STRAY_QUOTE = 'a " stands where none may: inside a cell it is written "" and the cell is quoted'
_BARE_RETURN = "a carriage return stands in a cell that is not quoted"


@dataclass(frozen=True)
class Header:
    """The first record of a CSV file: its names, delimiter, and last physical line."""

    names: tuple[str, ...]
    delimiter: str
    first_line: int
    last_line: int


def readings(file: TextFile, source: Source) -> Iterator[Reading]:
    """The database's reading where it is exact, then Python's. Raises :class:`RefusedFile`."""
    header = read_header(file, source)
    names = column_names(header.names, source.shown_as)
    if header.first_line == 1 and len(names) > 1 and not file.loose_quotes:
        yield _native(file, header, names)
    # One record at a time; broken records become rejects.
    records = _records(file, header, len(names), source.shown_as)
    yield normalised(records, names, source.scratch)


def read_header(file: TextFile, source: Source) -> Header:
    """The header of a CSV file; the delimiter is the one that yields most expected names."""
    candidates: list[tuple[int, int, Header]] = []
    for mark in (source.delimiter,) if source.delimiter else _DELIMITERS:
        with lines_of(file.path) as stream:
            reader = csv.reader(stream, delimiter=mark)
            try:
                first = next((row, reader.line_num) for row in reader if any(map(str.strip, row)))
            except StopIteration:
                raise RefusedFile(
                    f"{source.shown_as} has no header line: it is empty. Deliver it with its "
                    "column names in the first line, or remove it."
                ) from None
            except csv.Error:
                continue
        row, last = first
        newlines = sum(cell.count("\n") for cell in row)
        header = Header(tuple(row), mark, last - newlines, last)
        hits = sum(folded(name) in source.expected for name in row)
        candidates.append((hits, len(row), header))
    if not candidates:
        raise RefusedFile(f"{source.shown_as}, line 1: the header cannot be read as CSV.")
    # The order of _DELIMITERS decides between equals.
    best = max(candidates, key=lambda item: item[:2])
    return best[2]


def _native(file: TextFile, header: Header, names: tuple[str, ...]) -> Reading:
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
        return Reading(relation, names, file.lines - before)
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
    return Reading(relation, names, None, file.lines)


def _records(file: TextFile, header: Header, width: int, shown_as: str) -> Iterator[list[Any]]:
    """Raises :class:`RefusedFile` when a quote is not closed: what follows cannot be told apart."""
    empty = [""] * width
    csv.field_size_limit(sys.maxsize)
    with lines_of(file.path) as stream:
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
            if len(row) == width + 1 and not row[-1]:
                # A delimiter at the line's end; the database's reader takes it as this, too.
                row.pop()
            if len(row) != width:
                reason = f"the line has {len(row)} cells where the header has {width}"
                raw = json.dumps(row, ensure_ascii=False)
                yield [start, reader.line_num, reason, raw, *empty]
            else:
                yield [start, reader.line_num, "", "", *row]
