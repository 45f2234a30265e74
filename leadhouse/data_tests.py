"""What each data test of the dbt project checks, in a sentence, and the keys of what fails it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, key_of

MOST_KEYS = 5
_RULE_IDS = re.compile(r"\s*\([A-Z]+-\d+(?:[, ]+(?:and |to )?[A-Z]+-\d+)*\)")
_DETECTS = re.compile(r"-- Detects: (.*?)\n-- (?=Usually means:|A returned row)", re.DOTALL)
# What the tests that dbt brings call the value that is wrong.
_WRONG_VALUE = {"accepted_values": "value_field", "relationships": "from_field"}


def sentence(manifest: Manifest, test: Node) -> str:
    """What holds when the test passes; of a singular test, what its header says it detects."""
    if test["description"]:
        return " ".join(str(test["description"]).split())
    if not test.get("test_metadata"):
        return _header(test["raw_code"])
    model, arguments = _model(manifest, test)["name"], test["test_metadata"]["kwargs"]
    columns = _listed(_columns(test), "and")
    match test["test_metadata"]["name"]:
        case "unique" | "unique_combination":
            return f"No two rows of {model} have the same {columns}."
        case "not_null" | "never_null":
            return f"Never empty in {model}: {columns}."
        case "accepted_values":
            return f"{columns} of {model} is {_listed(arguments['values'], 'or')}."
        case "relationships":
            other = re.sub(r".*['\"](\w+)['\"]\)", r"\1", arguments["to"])
            return f"Every {columns} of {model} is a {arguments['field']} of {other}."
        case kind:
            return f"{kind.replace('_', ' ')}, for {columns or 'the rows'} of {model}."


def failing_rows(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, test: Node, compiled: str
) -> list[str]:
    """What a failed test found: the sentences of a singular one; of a generic one the first rows.

    Such a row is told by its key and what is wrong. ``con`` has the build's files open under dbt's
    names, ``compiled`` is the test's SQL.
    """
    found = f"(\n{compiled.strip().rstrip(';')}\n) as found"
    if not test.get("test_metadata"):
        return [str(said) for (said,) in con.execute(f"select problem from {found}").fetchall()]
    model, columns = _model(manifest, test), _columns(test)
    key = key_of(manifest, model)
    rows = model["relation_name"]
    match test["test_metadata"]["name"]:
        case "unique":
            key = columns
            query = f"select unique_field as {_names(columns)} from {found}"
        case "unique_combination":
            key, query = columns, f"select {_names(columns)} from {found}"
        case "not_null" | "never_null":
            empty = " or ".join(f"{sql.name(column)} is null" for column in columns)
            query = f"select {_names([*key, *columns])} from {rows} where {empty}"
        case "accepted_values" | "relationships" as kind:
            wrong = f"{sql.name(columns[0])} in (select {_WRONG_VALUE[kind]} from {found})"
            key = [*key, *columns]
            query = f"select {_names(key)} from {rows} where {wrong}"
        case _:
            key, query = [], f"select * from {found}"
    cursor = con.execute(f"{query} order by all limit {MOST_KEYS}")
    names = [str(column[0]) for column in cursor.description or ()]
    return [_row(names, row, key) for row in cursor.fetchall()]


def unique_columns(test: Node) -> list[str] | None:
    """The columns that no two rows may share; ``None`` for a test of something else."""
    kind = (test.get("test_metadata") or {}).get("name")
    return _columns(test) if kind in ("unique", "unique_combination") else None


def _row(names: Sequence[str], row: Sequence[object], key: Sequence[str]) -> str:
    """The key's values, and which of the other columns are empty; all values without a key."""
    return ", ".join(
        f"{name} is empty" if value is None else f"{name} {value}"
        for name, value in zip(names, row, strict=True)
        if value is None or name in key or not key
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(sql.name(column) for column in dict.fromkeys(columns))


def _model(manifest: Manifest, test: Node) -> Node:
    """The model or seed that a generic test is about."""
    node: Node = manifest["nodes"][test["attached_node"]]
    return node


def _columns(test: Node) -> list[str]:
    arguments = test["test_metadata"]["kwargs"]
    column = arguments.get("column_name")
    return list(arguments.get("columns") or ([column] if column else []))


def _header(code: str) -> str:
    said = _DETECTS.search(code)
    words = re.sub(r"\n--\s*", " ", said[1] if said else code.split("\n")[0].lstrip("- "))
    return f"Detects {_RULE_IDS.sub('', words)}"


def _listed(names: Sequence[object], last: str) -> str:
    words = [str(name) for name in names]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
