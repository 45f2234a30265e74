"""What a build says of itself to whoever opens it: comments, macros, reports under bare names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, one_line, published
from leadhouse.database import open_candidate
from leadhouse.published_macros import write_macros
from leadhouse.settings import Settings


def describe_candidate(settings: Settings, manifest_file: Path) -> None:
    """Write each table's and column's description from dbt's manifest into the candidate.

    Each report also becomes a view in ``main``, where a client that lists tables looks first; the
    macros come beside the reports.
    """
    manifest = json.loads(manifest_file.read_text())
    with open_candidate(settings, read_only=False) as con:
        con.execute(";\n".join(_comments(manifest)))
        # A view that names no database goes on working under whatever name the file is attached.
        for model in published(manifest, "reports"):
            name = sql.name(model["alias"])
            con.execute(f"create or replace view main.{name} as select * from reports.{name}")
        write_macros(con)


def _comments(manifest: Manifest) -> Iterator[str]:
    for model in published(manifest):
        table = ".".join(sql.name(model[part]) for part in ("database", "schema", "alias"))
        question = model["config"]["meta"].get("question")
        said = " ".join(filter(None, (one_line(model["description"]), question)))
        yield f"comment on table {table} is {sql.text(said)}"
        for column in model["columns"].values():
            place = f"{table}.{sql.name(column['name'])}"
            yield f"comment on column {place} is {sql.text(one_line(column['description']))}"
