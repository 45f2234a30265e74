"""A build on Spark: what dbt finds there before it begins, and the way back into the two files."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlparse

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, published
from leadhouse.database import (
    create_candidate,
    failures_explained,
    open_candidate,
    open_warehouse_file,
)
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings
from leadhouse.spark.landing import show_landed
from leadhouse.spark.session import Session, open_session

PREFIX = "leadhouse_"
"""What the names of Spark's schemas begin with; a metastore may be shared (profiles.yml)."""


def prepare_spark(
    settings: Settings, manifest_file: Path, run_id: str, started_at: datetime
) -> None:
    """Empty the schemas of dbt's models and show dbt what landed.

    A table that a killed run left half-written would be in the way of the next one.
    """
    nodes = json.loads(manifest_file.read_text())["nodes"].values()
    built = {node["schema"] for node in nodes if node["resource_type"] in ("model", "seed")}
    with (
        failures_explained(settings),
        open_warehouse_file(settings) as con,
        open_session(settings, run_id, started_at) as session,
    ):
        for schema in sorted(built):
            session.execute(f"drop schema if exists {PREFIX}{schema} cascade")
        show_landed(con, settings, session, PREFIX)


def copy_built(settings: Settings, manifest_file: Path) -> None:
    """Make the candidate of the published tables that dbt has built on Spark.

    They are read where Spark keeps them, so that its warehouse has to be within reach of this
    machine under the same path. Raises :class:`LeadhouseError` where it is not.
    """
    manifest: Manifest = json.loads(manifest_file.read_text())
    create_candidate(settings)
    folders: dict[str, Path] = {}
    with open_candidate(settings, read_only=False) as con, open_session(settings) as session:
        for model in published(manifest):
            schema = model["schema"]
            if schema not in folders:
                folders[schema] = _folder(session, schema)
                con.execute(f"create schema {model['database']}.{sql.name(schema)}")
            _copy(con, model, folders[schema] / model["alias"].lower())


def _folder(session: Session, schema: str) -> Path:
    about = dict(row[:2] for row in session.execute(f"describe schema extended {PREFIX}{schema}"))
    place = urlparse(about["Location"])
    if place.scheme not in ("", "file"):
        raise LeadhouseError(
            f"Spark keeps its tables at {about['Location']}, where the build cannot be copied "
            "from. Give it a spark.sql.warehouse.dir on a file system that this machine has, too."
        )
    return Path(unquote(place.path))


def _copy(con: duckdb.DuckDBPyConnection, model: Node, folder: Path) -> None:
    table = ".".join(sql.name(model[part]) for part in ("database", "schema", "alias"))
    columns = model["columns"].values()
    typed = ", ".join(f"{sql.name(column['name'])} {column['data_type']}" for column in columns)
    con.execute(f"create table {table} ({typed})")
    files = sorted(map(str, folder.glob("*.parquet")))
    if not (folder / "_SUCCESS").exists():
        raise LeadhouseError(
            f"Spark has built {model['alias']}, and it is not in {folder}. The cluster and this "
            "machine must have spark.sql.warehouse.dir under the same path."
        )
    if files:
        names = ", ".join(sql.name(column["name"]) for column in columns)
        con.execute(f"insert into {table} select {names} from read_parquet([{sql.texts(files)}])")
