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
from ingestion.readers.text_files import TextFile, read_text_file, sha256_of


def read(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, Iterator[Reading]]:
    """The hash of the file's bytes, and its readings, to be tried in turn.

    Raises :class:`RefusedFile`, also while the readings are asked for.
    """
    if source.format == "zip":
        return sha256_of(source.path), read(con, unpacked(source))[1]
    if source.format == "parquet":
        return sha256_of(source.path), parquet.readings(con, source)
    if source.format == "excel":
        return sha256_of(source.path), excel.readings(source)
    file = read_text_file(
        source.path, source.shown_as, source.compressed, source.encoding, source.scratch
    )
    return file.sha256, _of_text(con, file, source)


def _of_text(con: duckdb.DuckDBPyConnection, file: TextFile, source: Source) -> Iterator[Reading]:
    match source.format:
        case "json":
            return json_lines.readings(con, json_lines.in_lines(file, source), source)
        case "jsonl":
            return json_lines.readings(con, file, source)
        case _:
            return csv_files.readings(file, source)
