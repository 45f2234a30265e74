"""Readers: any delivered file becomes one relation of text columns with exact row numbers.

The database's own readers do the work. Where they refuse a CSV or JSON-lines file, or cannot
account for every line of it, Python reads it instead, record by record, into a plain CSV of known
shape.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from ingestion.readers import csv_files, excel, json_lines, parquet
from ingestion.readers.reading import Reading, Source
from ingestion.readers.text_files import read_text_file, sha256_of


def read(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, Iterator[Reading]]:
    """The hash of the file's bytes, and its readings, to be tried in turn.

    Raises :class:`RefusedFile`, also while the readings are asked for.
    """
    if source.format == "parquet":
        return sha256_of(source.path), parquet.readings(con, source)
    if source.format == "xlsx":
        return sha256_of(source.path), excel.readings(source)
    file = read_text_file(
        source.path, source.shown_as, source.compressed, source.encoding, source.scratch
    )
    if source.format == "jsonl":
        return file.sha256, json_lines.readings(con, file, source)
    return file.sha256, csv_files.readings(file, source)
