"""Readers: any delivered file becomes one relation of text columns with exact row numbers.

The database's own readers do the work. Where they refuse a CSV or JSON-lines file, or cannot
account for every line of it, Python reads it instead, record by record, into a plain CSV of known
shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from ingestion.readers import csv_files, excel, json_lines, parquet
from ingestion.readers.archives import kind_inside, unpacked
from ingestion.readers.reading import Reading, Source
from ingestion.readers.text_files import read_text_file


def read(con: duckdb.DuckDBPyConnection, source: Source) -> Iterator[Reading]:
    """The file's readings, to be tried in turn.

    Raises :class:`RefusedFile`, also while the readings are asked for.
    """
    if source.format == "zip":
        return read(con, unpacked(source))
    if source.format == "parquet":
        return parquet.readings(con, source)
    if source.format == "excel":
        return excel.readings(source)
    file = read_text_file(
        source.path, source.shown_as, source.compressed, source.encoding, source.scratch
    )
    match source.format:
        case "json":
            return json_lines.readings(con, json_lines.in_lines(file, source), source)
        case "jsonl":
            return json_lines.readings(con, file, source)
        case _:
            return csv_files.readings(file, source)


def unread_sheets(source: Source, others: Sequence[tuple[str | None, str]]) -> tuple[str, ...]:
    """Of a workbook that was read, what :func:`excel.unread_sheets` says; of others nothing."""
    if source.format == "zip" and kind_inside(source.path) == "excel":
        source = unpacked(source)
    return excel.unread_sheets(source, others) if source.format == "excel" else ()
