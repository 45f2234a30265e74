"""What a build says of itself to whoever opens it: comments, macros, reports under bare names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from leadhouse import sqltext as sql
from leadhouse.catalogue import Node, one_line, published
from leadhouse.database import open_candidate
from leadhouse.published_macros import write_macros
from leadhouse.settings import Settings


def describe_candidate(settings: Settings, manifest_file: Path) -> None:
    """Write each table's and column's description from dbt's manifest into the candidate.

    Each report also becomes a view in ``main``, where a client that lists tables looks first, and
    an assistant reads what they are; the macros come beside the reports.
    """
    manifest = json.loads(manifest_file.read_text())
    with open_candidate(settings, read_only=False) as con:
        # A view that names no database goes on working under whatever name the file is attached.
        for model in published(manifest, "reports"):
            name = sql.name(model["alias"])
            con.execute(f"create or replace view main.{name} as select * from reports.{name}")
        # A transaction writes to one file, and one for each comment takes twice the time.
        for _, models in groupby(published(manifest), key=itemgetter("database")):
            con.execute(";\n".join(["begin", *_comments(models), "commit"]))
        write_macros(con)


def _comments(models: Iterable[Node]) -> Iterator[str]:
    for model in models:
        database, schema, name = (sql.name(model[part]) for part in ("database", "schema", "alias"))
        places = {f"{database}.{schema}.{name}": "table"}
        if model["schema"] == "reports":
            places[f"{database}.main.{name}"] = "view"
        question = model["config"]["meta"].get("question")
        said = " ".join(filter(None, (one_line(model["description"]), question)))
        for place, kind in places.items():
            yield f"comment on {kind} {place} is {sql.text(said)}"
            for column in model["columns"].values():
                words = sql.text(one_line(column["description"]))
                yield f"comment on column {place}.{sql.name(column['name'])} is {words}"
