"""What each data test of the dbt project checks, in a sentence, and the keys of what fails it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, key_of

MOST_KEYS = 5
_RULE_IDS = re.compile(r"\s*\([A-Z]+-\d+(?:[, ]+(?:and |to )?[A-Z]+-\d+)*\)")
_DETECTS = re.compile(r"-- Detects: (.*?)\n-- (?=Usually means:|A returned row)", re.DOTALL)


def sentence(manifest: Manifest, test: Node) -> str:
    """What holds when the test passes; of a singular test, what its header says it detects."""
    if test["description"]:
        return " ".join(str(test["description"]).split())
    if not test.get("test_metadata"):
        return _header(test["raw_code"])
    model, arguments = _model(manifest, test)["name"], test["test_metadata"]["kwargs"]
    column = arguments.get("column_name")
    match test["test_metadata"]["name"]:
        case "row_rules":
            return " ".join(_rules(model, arguments))
        case "unique":
            return f"No two rows of {model} have the same {column}."
        case "relationships":
            other = re.sub(r".*['\"](\w+)['\"]\)", r"\1", arguments["to"])
            return f"Every {column} of {model} is a {arguments['field']} of {other}."
        case kind:
            return f"{kind.replace('_', ' ')}, for {column or 'the rows'} of {model}."


def _rules(model: str, arguments: dict[str, Any]) -> Iterator[str]:
    if key := arguments.get("key"):
        yield f"No two rows of {model} have the same {_listed(key, 'and')}."
    if never_null := arguments.get("never_null"):
        yield f"Never empty in {model}: {_listed(never_null, 'and')}."
    for column, values in arguments.get("values", {}).items():
        yield f"{column} of {model} is {_listed(values, 'or')}."


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
    model, arguments = _model(manifest, test), test["test_metadata"]["kwargs"]
    rows, key = model["relation_name"], key_of(manifest, model)
    column = arguments.get("column_name")
    match test["test_metadata"]["name"]:
        case "row_rules":
            broken = con.execute(f"select rule_name, column_names from {found}").fetchall()
            queries = [_breaking(rule, columns, arguments, key, rows) for rule, columns in broken]
        case "unique":
            queries = [(f"select unique_field as {sql.name(column)} from {found}", [column])]
        case "relationships":
            wrong = f"{sql.name(column)} in (select from_field from {found})"
            shown = [*key, column]
            queries = [(f"select {_names(shown)} from {rows} where {wrong}", shown)]
        case _:
            queries = [(f"select * from {found}", [])]
    return [row for query, shown in queries for row in _rows(con, query, shown)]


def repeated_key(con: duckdb.DuckDBPyConnection, test: Node, compiled: str) -> list[str] | None:
    """The columns that rows wrongly share, of a failed test that found such rows."""
    arguments = (test.get("test_metadata") or {}).get("kwargs", {})
    match (test.get("test_metadata") or {}).get("name"):
        case "unique":
            return [arguments["column_name"]]
        case "row_rules":
            found = f"(\n{compiled.strip()}\n) as found"
            repeated = con.execute(f"select 1 from {found} where rule_name = 'key'").fetchone()
            return list(arguments["key"]) if repeated else None
        case _:
            return None


def _breaking(
    rule: str, columns: str, arguments: dict[str, Any], key: Sequence[str], rows: str
) -> tuple[str, list[str]]:
    """The query for the rows of a table that break a rule, and the columns to show."""
    if rule == "key":
        names = _names(key)
        return f"select {names} from {rows} group by {names} having count(*) > 1", list(key)
    shown, column = [*key, columns], sql.name(columns)
    condition = f"{column} is null"
    if rule == "values":
        condition += f" or {column} not in ({sql.texts(arguments['values'][columns])})"
    return f"select {_names(shown)} from {rows} where {condition}", shown


def _rows(con: duckdb.DuckDBPyConnection, query: str, shown: Sequence[str]) -> list[str]:
    cursor = con.execute(f"{query} order by all limit {MOST_KEYS}")
    names = [str(column[0]) for column in cursor.description or ()]
    return [_row(names, row, shown) for row in cursor.fetchall()]


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


def _header(code: str) -> str:
    said = _DETECTS.search(code)
    words = re.sub(r"\n--\s*", " ", said[1] if said else code.split("\n")[0].lstrip("- "))
    return f"Detects {_RULE_IDS.sub('', words)}"


def _listed(names: Sequence[object], last: str) -> str:
    words = [str(name) for name in names]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
