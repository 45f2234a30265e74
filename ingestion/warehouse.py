"""The build file ``warehouse.duckdb``: opening it, the tables that landing keeps, its failures."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ingestion.contract import ENTITIES, Entity
from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

SOURCE = "files"
"""The source system whose rows this package lands from the drop folder."""

RAW = "raw"
LEDGER = "raw_ledger"

TECHNICAL_COLUMNS = {
    "_extra": "varchar",
    "_source_file": "varchar",
    "_row_number": "bigint",
    "_delivery_date": "date",
    "_load_id": "varchar",
    "_loaded_at": "timestamptz",
}
"""What landing adds to an entity's own columns, in order."""

_LOADS = {
    "load_id": "varchar",
    "source_system": "varchar",
    "entity": "varchar",
    "delivery_date": "date",
    "file": "varchar",
    "sha256": "varchar",
    "fingerprint": "varchar",
    "status": "varchar",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_quarantined": "bigint",
    "rows_excluded": "bigint",
    "unknown_columns": "varchar",
    "error": "varchar",
    "loaded_at": "timestamptz",
    "is_current": "boolean",
    "file_size": "bigint",
    "file_mtime_ns": "bigint",
}

_QUARANTINE = {
    "load_id": "varchar",
    "source_system": "varchar",
    "entity": "varchar",
    "delivery_date": "date",
    "file": "varchar",
    "row_number": "bigint",
    "column_name": "varchar",
    "value": "varchar",
    "reason": "varchar",
    "row_json": "varchar",
}


def raw_columns(entity: Entity) -> dict[str, str]:
    """The columns of an entity's raw table and of its Parquet files, by name, in order."""
    return {column.name: "varchar" for column in entity.columns} | TECHNICAL_COLUMNS


def open_warehouse(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing, with every folder, schema and table in place.

    Call it under :func:`leadhouse.lease.writer_lease`. Removes what a killed run left behind
    (spill files, half-written Parquet). Raises :class:`LeadhouseError` when the file is locked by
    another process, damaged, or the disk is full.
    """
    with translated(settings):
        for folder in (settings.home, settings.landing_dir, settings.scratch_dir):
            folder.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(settings.spill_dir),
        }
        if settings.memory_limit:
            config["memory_limit"] = settings.memory_limit
        if settings.threads:
            config["threads"] = str(settings.threads)
        con = duckdb.connect(str(settings.warehouse_file), config=config)
        try:
            con.execute("set TimeZone = 'UTC'")
            con.execute("set enable_progress_bar = false")
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
    con.execute(f"create schema if not exists {LEDGER}")
    wanted = {(LEDGER, "loads"): _LOADS, (LEDGER, "quarantine"): _QUARANTINE}
    wanted |= {(RAW, entity.name): raw_columns(entity) for entity in ENTITIES.values()}
    existing: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name in (?, ?)",
        [RAW, LEDGER],
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


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Turn a failure of the disk, the memory or the build file into a :class:`LeadhouseError`."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        message = environment_failure(error, settings)
        if message is None:
            raise
        raise LeadhouseError(message) from error


def environment_failure(error: Exception, settings: Settings) -> str | None:
    """What to tell the reader when the machine, not the data, is at fault; else ``None``."""
    said = str(error)
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if isinstance(error, OSError) and error.errno in full:
        return _disk_full(settings)
    if any(os.strerror(code) in said for code in full) or "max_temp_directory_size" in said:
        return _disk_full(settings)
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            "DuckDB ran out of memory while landing. Raise LEADHOUSE_MEMORY_LIMIT "
            "or lower LEADHOUSE_THREADS."
        )
    if "Could not set lock on file" in said:
        holder = said.partition("(PID ")[2].partition(")")[0]
        who = f"process {holder}" if holder.isdigit() else "another process"
        return (
            f"The build file {settings.warehouse_file} is open in {who}. Close that program "
            "(readers use published/leadhouse.duckdb instead) and run again."
        )
    if isinstance(error, duckdb.ConnectionException) and "different configuration" in said:
        return (
            f"The build file {settings.warehouse_file} is already open in this process. "
            "Close that connection and run again."
        )
    damaged = ("Corrupt", "checksum", "not a valid DuckDB database", "WAL file")
    if isinstance(error, duckdb.Error) and any(mark in said for mark in damaged):
        return (
            f"The build file {settings.warehouse_file} is damaged. Move it and its .wal aside and "
            "run again: it is built anew from the drop folder (put archived deliveries back "
            "first); what was published stays."
        )
    if isinstance(error, PermissionError):
        return (
            f"No permission for {error.filename}. Make it accessible to the user who runs "
            "Leadhouse, or name another folder in LEADHOUSE_HOME."
        )
    if isinstance(error, duckdb.IOException) and str(settings.home) in said:
        return (
            f"The home folder {settings.home} cannot be used: {said.splitlines()[0]} "
            "Check that it exists and is writable, or name another in LEADHOUSE_HOME."
        )
    return None


def _disk_full(settings: Settings) -> str:
    free = shutil.disk_usage(settings.home).free // 2**20
    return (
        f"The disk of {settings.home} is full ({free} MB free). Free some space and run again: "
        "nothing half-done was kept and what was published stays."
    )
