"""Readers: any delivered file becomes one relation of text columns with exact row numbers.

The database's own readers do the work. Where they refuse a CSV or JSON-lines file, or cannot
account for every line of it, Python reads it instead, record by record, into a plain CSV of known
shape.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from ingestion.readers import csv_files, excel, json_lines, parquet
from ingestion.readers.archives import unpacked
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
