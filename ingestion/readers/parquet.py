"""Parquet: every value as text, without a digit lost."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from ingestion.readers.reading import (
    INSTANT,
    LENGTH,
    LIST,
    MOMENT,
    NUMBER,
    TEXT,
    Reading,
    Source,
    column_names,
    lost_digits,
)
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

_DOUBLE_DIGITS = 2**53


def readings(con: duckdb.DuckDBPyConnection, source: Source) -> Iterator[Reading]:
    """The file as text columns. Raises :class:`RefusedFile` when it cannot be read."""
    path = sql.text(str(source.path))
    table = (
        f"read_parquet({path}, file_row_number = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )
    try:
        described = con.execute(f"describe select * from {table}").fetchall()
        records = con.execute(
            f"select coalesce(sum(num_rows), 0) from parquet_file_metadata({path})"
        ).fetchall()[0][0]
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise RefusedFile(
            f"{source.shown_as} cannot be read as Parquet (cut off or damaged). Deliver it again."
        ) from None
    columns = [(row[0], row[1]) for row in described if row[0] != "file_row_number"]
    names = column_names([column for column, _ in columns])
    kinds = "".join(_kind(kind) for _, kind in columns)
    cells = []
    rejects = []
    for at, (column, kind) in enumerate(columns):
        here = sql.name(column)
        if kind in ("DOUBLE", "FLOAT"):
            rejects.append(
                f"when isfinite({here}) and abs({here}) >= {_DOUBLE_DIGITS} then "
                + sql.text(lost_digits(names[at], "a floating-point number", "text or integer"))
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
        f"cast(null as varchar) as _raw, {sql.text(kinds)} as _kinds, {', '.join(cells)} "
        f"from {table}"
    )
    yield Reading(relation, names, int(records), typed=True)


def _kind(type_: str) -> str:
    if type_.endswith("]"):
        return LIST
    if type_.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or type_.endswith(("INT", "INTEGER")):
        return NUMBER
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return INSTANT
    if type_.startswith("TIMESTAMP") or type_ == "DATE":
        return MOMENT
    return LENGTH if type_ in ("TIME", "INTERVAL") else TEXT
