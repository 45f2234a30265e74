"""The build file ``warehouse.duckdb``: what landing keeps in it.

Landed rows are held once, as Parquet in ``landing/``. The build file has the load log, which says
which loads count, and a view for each entity over the Parquet of its loads that do.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingestion import load_log
from ingestion.contract import ENTITIES, Entity
from leadhouse import publications
from leadhouse import sqltext as sql
from leadhouse.database import failures_explained, open_warehouse_file
from leadhouse.errors import LeadhouseError
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
    """The columns of an entity's raw view and of its Parquet files, by name, in order."""
    return {column.name: "varchar" for column in entity.columns} | TECHNICAL_COLUMNS


def open_warehouse(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing, with every folder, schema, table and view in place.

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
            show_landed(con, settings)
            con.execute("commit")
            publications.complete_ledger(con, settings)
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


def landed_file(settings: Settings, key: load_log.Key, load_id: str) -> Path:
    """Where the rows of a load lie."""
    folder = settings.landing_dir / load_log.SOURCE / key.entity
    return folder / f"delivery_date={key.delivery_date}" / f"{load_id}.parquet"


def landed_files(
    con: duckdb.DuckDBPyConnection, settings: Settings, entities: Iterable[str] = ENTITIES
) -> dict[str, list[Path]]:
    """The Parquet files of each entity's loads that count, as the load log of ``con`` knows them.

    Raises :class:`LeadhouseError` when one of them is gone.
    """
    files: dict[str, list[Path]] = {entity: [] for entity in entities}
    for key, load in load_log.current_loads(con).items():
        if load.status == "loaded" and key.entity in files:
            files[key.entity].append(landed_file(settings, key, load.load_id))
    if missing := [path for paths in files.values() for path in paths if not path.exists()]:
        raise LeadhouseError(
            f"Files with landed rows are gone ({len(missing)}), such as {missing[0]}. Put "
            f"{settings.landing_dir} back as it was; or put every delivery back into the drop "
            f"folder, remove {settings.warehouse_file} and run again."
        )
    return files


def show_landed(
    con: duckdb.DuckDBPyConnection, settings: Settings, entities: Iterable[str] = ENTITIES
) -> None:
    """Make the raw views of ``entities`` show the rows of their loads that count.

    A view that does so already is left alone. Raises :class:`LeadhouseError` when Parquet of such a
    load is gone.
    """
    files = landed_files(con, settings, entities)
    known = dict(
        con.execute(
            "select view_name, comment from duckdb_views() "
            "where database_name = current_database() and schema_name = ?",
            [RAW],
        ).fetchall()
    )
    for entity, paths in files.items():
        columns = raw_columns(ENTITIES[entity])
        told = f"{columns} {sorted(map(str, paths))}"
        mark = hashlib.sha256(told.encode()).hexdigest()
        if known.get(entity) != mark:
            view = f"{RAW}.{sql.name(entity)}"
            con.execute(f"create or replace view {view} as {_rows(con, columns, paths)}")
            con.execute(f"comment on view {view} is '{mark}'")


def _rows(con: duckdb.DuckDBPyConnection, columns: dict[str, str], paths: list[Path]) -> str:
    """SQL of all rows in these files; a column that a file was landed without is empty in it."""
    names = ", ".join(map(sql.name, columns))
    if not paths:
        typed = ", ".join(f"cast(null as {kind}) as {sql.name(n)}" for n, kind in columns.items())
        return f"select {typed} where false"
    listed = f"[{sql.texts(map(str, paths))}]"
    whole = con.execute(
        f"select count(*) filter (where name in ({sql.texts(columns)})) = ? "
        f"from parquet_schema({listed})",
        [len(columns) * len(paths)],
    ).fetchall()[0][0]
    if whole:
        return f"select {names} from read_parquet({listed}, hive_partitioning = false)"
    # Reading by name opens every file once more before each query.
    return (
        f"select {names} from ({_rows(con, columns, [])} union all by name "
        f"from read_parquet({listed}, hive_partitioning = false, union_by_name = true))"
    )


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"create schema if not exists {RAW}")
    con.execute(f"create schema if not exists {load_log.SCHEMA}")
    # A build file of an earlier version holds the rows themselves, which are in landing/, too.
    for (entity,) in con.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = ?",
        [RAW],
    ).fetchall():
        con.execute(f"drop table {RAW}.{sql.name(entity)}")
    existing: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name = ?",
        [load_log.SCHEMA],
    ).fetchall():
        existing.setdefault(table, set()).add(column)
    for table, columns in {**load_log.TABLES, "publications": publications.COLUMNS}.items():
        target = f"{load_log.SCHEMA}.{sql.name(table)}"
        if table not in existing:
            spec = ", ".join(f"{sql.name(column)} {kind}" for column, kind in columns.items())
            con.execute(f"create table {target} ({spec})")
            continue
        for column, kind in columns.items():
            if column not in existing[table]:
                con.execute(f"alter table {target} add column {sql.name(column)} {kind}")
