"""What landed, for Spark: the files of the loads that count and the load log, as views.

The landing Parquet is read where it lies, so that the cluster has to see the home folder under the
same path.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion import load_log
from ingestion.contract import ENTITIES
from ingestion.warehouse import RAW, landed_files, raw_columns
from leadhouse import publications
from leadhouse import sqltext as sql
from leadhouse.settings import Settings
from leadhouse.spark.session import Session, name, text

FILES = "landing"
"""The schema of the tables over whole folders, of which the views show the loads that count."""

_TYPES = {"varchar": "string", "timestamptz": "timestamp"}


def show_landed(
    con: duckdb.DuckDBPyConnection, settings: Settings, session: Session, prefix: str
) -> None:
    """Make Spark's tables of raw rows and of the load log show what the build file ``con`` knows.

    Their schemas' names begin with ``prefix``. A table with its columns said reads files of any
    age: one that a file was landed without is empty in it. Replaced and withdrawn files lie beside
    those that count, so that a view keeps to the latter.
    """
    for schema in (FILES, RAW, load_log.SCHEMA):
        session.execute(f"drop schema if exists {prefix}{schema} cascade")
        session.execute(f"create schema {prefix}{schema}")
    for entity, files in landed_files(con, settings).items():
        columns = raw_columns(ENTITIES[entity])
        view = f"{prefix}{RAW}.{name(entity)}"
        if not files:
            typed = ", ".join(f"cast(null as {_type(k)}) as {name(n)}" for n, k in columns.items())
            session.execute(f"create view {view} as select {typed} where false")
            continue
        folder = settings.landing_dir / load_log.SOURCE / entity
        table = f"{prefix}{FILES}.{name(entity)}"
        session.execute(_over(table, columns, folder))
        loads = ", ".join(text(load) for load in sorted({file.stem for file in files}))
        names = ", ".join(map(name, columns))
        session.execute(
            f"create view {view} as select {names} from {table} where _load_id in ({loads})"
        )
    tables: dict[str, dict[str, str]] = {
        **load_log.TABLES,
        "publications": publications.COLUMNS,
    }
    for table, columns in tables.items():
        folder = settings.spark_dir / table
        folder.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy (select {', '.join(map(sql.name, columns))} from "
            f"{load_log.SCHEMA}.{sql.name(table)}) "
            f"to {sql.text(str(folder / 'rows.parquet'))} (format parquet)"
        )
        session.execute(_over(f"{prefix}{load_log.SCHEMA}.{name(table)}", columns, folder))


def _over(table: str, columns: dict[str, str], folder: Path) -> str:
    typed = ", ".join(f"{name(column)} {_type(kind)}" for column, kind in columns.items())
    return f"create table {table} ({typed}) using parquet location {text(folder.as_uri())}"


def _type(kind: str) -> str:
    return _TYPES.get(kind, kind)
