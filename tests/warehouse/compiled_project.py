"""Runs the project's own compiled SQL on a small company in about a second, without dbt.

``dbt compile`` renders every model once; after that each company only needs its landed rows, its
seeds, its session variables and the models' SQL in dependency order. What dbt would add (tests,
files, audit) does not change a row; a test runs the real command too and compares.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from copy import copy
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.dbt_project import lend_parsed_project, prepare_manifest
from leadhouse.lock import hold
from leadhouse.paths import PROJECT_ROOT
from leadhouse.session_values import set_session_values
from leadhouse.settings import Settings
from tests.homes import settings_in
from tests.reference.companies import VARIANTS

DATABASES = ("warehouse", "leadhouse", "leadhouse_pii")
RAW_SCHEMAS = ("raw", "raw_ledger")
PUBLISHED = {"leadhouse": "", "leadhouse_pii": "pii."}
"""The published files, and what a table's name begins with here: both have a deal journal."""


def compile_project(folder: Path, variant: str = "default", project: Path = PROJECT_ROOT) -> Path:
    """Run ``dbt compile`` for a variant, once for all processes that name ``folder``.

    Returns the manifest with the compiled SQL of every model. Raises ``AssertionError`` with dbt's
    own words when the project does not compile.
    """
    target, done = folder / "target", folder / "done"
    settings = settings_in(folder)
    with hold(folder / "lock"):
        if not done.exists():
            settings.candidate_dir.mkdir(parents=True)
            target.mkdir()
            prepare_manifest(settings)
            lend_parsed_project(settings, target)
            command = [
                *(sys.executable, "-m", "leadhouse.dbt_process", "compile", "--quiet"),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(target), "--log-path", str(folder / "logs")),
            ]
            if variant != "default":
                command += ["--vars", json.dumps(VARIANTS[variant])]
            run = subprocess.run(
                command,
                cwd=project,
                env={**os.environ, "LEADHOUSE_HOME": str(settings.home)},
                capture_output=True,
                text=True,
            )
            assert run.returncode == 0, f"dbt compile failed:\n{run.stdout}\n{run.stderr}"
            shutil.rmtree(settings.home)
            done.touch()
    return target / "manifest.json"


class CompiledProject:
    """The models and seeds of a manifest, ready to run on any number of companies."""

    def __init__(self, manifest: Path) -> None:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
        self._nodes = {
            key: node for key, node in nodes.items() if node["resource_type"] in ("model", "seed")
        }
        self._parents = {
            key: [parent for parent in node["depends_on"].get("nodes", []) if parent in self._nodes]
            for key, node in self._nodes.items()
        }
        self._order = list(TopologicalSorter(self._parents).static_order())
        self.tables = {
            PUBLISHED[node["database"]] + node["alias"]: relation(node)
            for node in self._nodes.values()
            if node["database"] in PUBLISHED
        }
        self._data_tests = [
            node
            for node in nodes.values()
            if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"
        ]

    def build(
        self, settings: Settings, seeds: Path, only: Iterable[str] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """Build models in memory from what is landed in ``settings.home``: all, or what these need.

        ``seeds`` holds ``<seed>.csv`` for the seeds that differ from the project's own. The caller
        closes the connection.
        """
        needed = set(self._nodes) if only is None else self._needed(only)
        connection = duckdb.connect(config={"threads": 1})
        for database in DATABASES:
            connection.execute(f"attach ':memory:' as {database}")
        connection.execute("use warehouse")
        set_session_values(connection, settings, run_id="differential")
        _copy_landed(connection, settings.warehouse_file)
        for schema in {(node["database"], node["schema"]) for node in self._nodes.values()}:
            connection.execute('create schema if not exists "{}"."{}"'.format(*schema))
        for key in self._order:
            node = self._nodes[key]
            if key not in needed:
                continue
            if node["resource_type"] == "seed":
                _load_seed(connection, node, seeds)
            else:
                _run_model(connection, node)
        return connection

    def _needed(self, names: Iterable[str]) -> set[str]:
        """The models of these names and everything that they read."""
        wanted = set(names)
        waiting = [key for key, node in self._nodes.items() if node["name"] in wanted]
        needed = set(waiting)
        while waiting:
            parents = set(self._parents[waiting.pop()]) - needed
            needed |= parents
            waiting += parents
        return needed

    def workbench(self, inputs: dict[str, str], *seeds: str) -> duckdb.DuckDBPyConnection:
        """A connection with empty tables for these models (name: columns) and the project's seeds.

        What stands there can be changed as a test likes; :meth:`query` reads it.
        """
        connection = duckdb.connect(config={"threads": 1})
        for database in DATABASES:
            connection.execute(f"attach ':memory:' as {database}")
        for node in self._nodes.values():
            schema = 'create schema if not exists "{database}"."{schema}"'.format(**node)
            if node["name"] in inputs:
                connection.execute(schema)
                connection.execute(f"create table {relation(node)} ({inputs[node['name']]})")
            elif node["name"] in seeds:
                connection.execute(schema)
                _load_seed(connection, node, PROJECT_ROOT / "seeds")
        return connection

    def changed(self, name: str, before: str, after: str) -> CompiledProject:
        """The same project with another text in a model's SQL."""
        node = self._node(name)
        assert before in node["compiled_code"]
        other = copy(self)
        sql = node["compiled_code"].replace(before, after)
        other._nodes = {**self._nodes, node["unique_id"]: {**node, "compiled_code": sql}}
        return other

    def query(self, name: str) -> str:
        """The compiled SQL of a model."""
        return self._node(name)["compiled_code"]

    def table(self, name: str) -> str:
        """The quoted full name of a model's table."""
        return relation(self._node(name))

    def _node(self, name: str) -> dict[str, Any]:
        return next(node for node in self._nodes.values() if node["name"] == name)

    def rows(
        self, connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]
    ) -> list[dict[str, Any]]:
        """The rows of a published table, only those columns."""
        names = ", ".join(f'"{column}"' for column in columns)
        found = connection.execute(f"select {names} from {self.tables[table]}").fetchall()
        return [dict(zip(columns, values, strict=True)) for values in found]

    def contents(
        self, connection: duckdb.DuckDBPyConnection, table: str
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns of a published table and all its rows, sorted."""
        found = connection.execute(f"select * from {self.tables[table]}")
        return [column[0] for column in found.description], sorted(found.fetchall(), key=repr)

    def problems(self, connection: duckdb.DuckDBPyConnection, test: str) -> int:
        """How many rows the data test of this name finds wrong in a build."""
        [sql] = [node["compiled_code"] for node in self._data_tests if node["name"] == test]
        return int(connection.execute(f"select count(*) from ({sql}\n)").fetchall()[0][0])

    def failing_tests(
        self, connection: duckdb.DuckDBPyConnection, only: Iterable[str] | None = None
    ) -> list[str]:
        """Names of the project's data tests that would fail this build; ``only`` as in its call."""
        failing = []
        missing = set() if only is None else set(self._nodes) - self._needed(only)
        for test in self._data_tests:
            if missing.intersection(test["depends_on"]["nodes"]):
                continue
            sql = f"select count(*) from ({test['compiled_code']}\n)"
            if connection.execute(sql).fetchall()[0][0]:
                failing.append(test["name"])
        return sorted(failing)


def relation(node: dict[str, Any]) -> str:
    """The quoted full name of a node's table."""
    return '"{database}"."{schema}"."{alias}"'.format(**node)


def _copy_landed(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    connection.execute(f"attach '{file}' as landed (read_only)")
    for schema in RAW_SCHEMAS:
        connection.execute(f"create schema {schema}")
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = 'landed'"
    ).fetchall()
    for schema, table in tables:
        if schema in RAW_SCHEMAS:
            name = f'"{schema}"."{table}"'
            connection.execute(f"create table warehouse.{name} as from landed.{name}")
    connection.execute("detach landed")


def _load_seed(connection: duckdb.DuckDBPyConnection, node: dict[str, Any], seeds: Path) -> None:
    file = seeds / Path(node["original_file_path"]).name
    if not file.exists():
        file = PROJECT_ROOT / node["original_file_path"]
    types = node["config"]["column_types"]
    with file.open(newline="", encoding="utf-8") as handle:
        header = next(csv.reader(handle))
    # As the macro cleaned_seed does once dbt has loaded a seed.
    meta = node["config"]["meta"]
    words = meta.get("words", [])
    read = {name: f'lower("{name}")' if name in words else f'"{name}"' for name in header}
    # As the macro completed_seed does.
    read |= {name: "null" for name in meta.get("optional", []) if name not in header}
    columns = ", ".join(f'cast({text} as {types[name]}) as "{name}"' for name, text in read.items())
    connection.execute(
        f"create table {relation(node)} as select {columns} from "
        f"read_csv('{file}', all_varchar = true, header = true, delim = ',', quote = '\"')"
    )


def _run_model(connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> None:
    materialized = node["config"]["materialized"]
    if materialized == "ephemeral":
        return
    sql = node["compiled_code"]
    if node["config"]["contract"]["enforced"]:
        columns = ", ".join(
            f'cast("{column["name"]}" as {column["data_type"]}) as "{column["name"]}"'
            for column in node["columns"].values()
        )
        sql = f"select {columns} from (\n{sql}\n)"
    try:
        connection.execute(f"create {materialized} {relation(node)} as (\n{sql}\n)")
    except duckdb.Error as error:
        raise AssertionError(f"{node['name']} does not run: {error}") from error
