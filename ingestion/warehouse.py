"""The build file ``warehouse.duckdb``: the tables that landing keeps in it."""

from __future__ import annotations

import shutil

import duckdb

from ingestion import load_log
from ingestion.contract import ENTITIES, Entity
from leadhouse import sqltext as sql
from leadhouse.database import failures_explained, open_warehouse_file
from leadhouse.settings import Settings

RAW = "raw"

TECHNICAL_COLUMNS = {
    "_extra": "varchar",
    "_delivered": "varchar",
    "_source_file": "varchar",
    "_row_number": "bigint",
    "_delivery_date": "date",
    "_load_id": "varchar",
    "_loaded_at": "timestamptz",
    "_attributes": "varchar",
    "_fills": "boolean",
    "_mapping": "varchar",
    "_source_system": "varchar",
}
"""What landing adds to an entity's own columns, in order."""


def raw_columns(entity: Entity) -> dict[str, str]:
    """The columns of an entity's raw table and of its Parquet files, by name, in order."""
    return {column.name: "varchar" for column in entity.columns} | TECHNICAL_COLUMNS


def open_warehouse(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing, with every folder, schema and table in place.

    Call it under :func:`leadhouse.lock.writer_lock`. Removes what a killed run left behind
    (spill files, half-written Parquet). Raises :class:`LeadhouseError` when the file is locked by
    another process, damaged, or the disk is full.
    """
    with failures_explained(settings):
        settings.landing_dir.mkdir(parents=True, exist_ok=True)
        con = open_warehouse_file(settings)
        try:
            _remove_leftovers(settings)
            con.execute("begin")
            _create_tables(con)
            con.execute("commit")
        except BaseException:
            con.close()
            raise
    return con


def _remove_leftovers(settings: Settings) -> None:
    """Only the holder of the open file gets here, so nobody is using what is removed."""
    for leftover in settings.scratch_dir.iterdir():
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    for half_written in settings.landing_dir.glob("*/*/*/.*.parquet"):
        half_written.unlink()


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"create schema if not exists {RAW}")
    con.execute(f"create schema if not exists {load_log.SCHEMA}")
    wanted = {(load_log.SCHEMA, table): columns for table, columns in load_log.TABLES.items()}
    wanted |= {(RAW, entity.name): raw_columns(entity) for entity in ENTITIES.values()}
    existing: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name in (?, ?)",
        [RAW, load_log.SCHEMA],
    ).fetchall():
        existing.setdefault((schema, table), set()).add(column)
    for (schema, table), columns in wanted.items():
        target = f"{schema}.{sql.name(table)}"
        if (schema, table) not in existing:
            spec = ", ".join(f"{sql.name(column)} {kind}" for column, kind in columns.items())
            con.execute(f"create table {target} ({spec})")
            continue
        for column, kind in columns.items():
            if column not in existing[schema, table]:
                con.execute(f"alter table {target} add column {sql.name(column)} {kind}")
