"""What the tests of real exports share: how they are built, and facts as rows."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingestion.load import failure_message
from leadhouse.settings import load_settings
from tests.ingestion.company import land
from tests.warehouse.compiled_project import CompiledProject

Rows = list[tuple[Any, ...]]
Tables = duckdb.DuckDBPyConnection


def build(folder: Path, project: CompiledProject, **settings: str) -> Tables:
    """What ``leadhouse run`` gives of ``folder/drop``, in memory: a fourth of the time.

    Fails where a data test would have stopped the run. The caller closes the connection.
    """
    places = {"LEADHOUSE_DROP": str(folder / "drop"), "LEADHOUSE_HOME": str(folder / "home")}
    of_company = load_settings(places | settings)
    results = land(of_company)
    assert failure_message(results) is None, failure_message(results)
    connection = project.build(of_company, folder / "no seeds of its own")
    assert project.failing_tests(connection) == []
    connection.execute("use leadhouse")
    return connection


def read_facts(export: Path) -> dict[str, Any]:
    """The known facts of an export by their ids."""
    content = json.loads((export / "facts.json").read_text(encoding="utf-8"))
    return {fact["id"]: fact["value"] for fact in content["facts"]}


def query(built: Tables, sql: str) -> Rows:
    """The rows of a query over what :func:`build` gave."""
    return built.execute(sql).fetchall()


def as_rows(value: Any) -> Rows:
    """A fact's value, whichever of the ways it is written in, as sorted comparable rows."""
    if isinstance(value, dict):
        found = value["rows"] if "rows" in value else [list(value.values())]
    else:
        found = [[value]]
    return comparable(found)


def comparable(rows: Any) -> Rows:
    """Rows in one order, times as text and numbers rounded to four places."""
    return sorted((tuple(_plain(cell) for cell in row) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return round(float(value), 4)
    return value
