"""What is wrong with a model that dbt could not build, or whose rows repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from leadhouse.catalogue import Manifest, Node

_STACK = re.compile(r"\n\s*> (?:in|called by) [^\n]*")
_PLACE = re.compile(r"\s*compiled code at .*")
_KIND = re.compile(r"^\w+ Error in .*?\n\s*")
_BLANK_LINES = re.compile(r"\n\s*\n")
_INPUT = re.compile(r"(?:ref|source)\((?:.*,)?\s*['\"](\w+)['\"]\s*\)")


def without_macro_stack(said: str) -> str:
    """Dbt's words without the macros of dbt that were passed on the way."""
    return _STACK.sub("", said)


def broken_line(manifest: Manifest, result: dict[str, Any]) -> str:
    """One node that ended in an error: what it is, where it is written, and what dbt says."""
    node = (manifest["nodes"] | manifest["unit_tests"])[result["unique_id"]]
    if node["resource_type"] == "unit_test" and (lacking := _tests_without_input(manifest, node)):
        return lacking
    said = _PLACE.sub("", without_macro_stack(str(result.get("message") or ""))).strip()
    said = _BLANK_LINES.sub("\n", _KIND.sub("", said))
    kind = node["resource_type"].replace("_", " ")
    return f"{kind} {node['name']} ({node['original_file_path']}): {said}"


def _tests_without_input(manifest: Manifest, test: Node) -> str | None:
    """Which unit tests of this one's model lack an input that it reads, and what to write."""
    model = manifest["nodes"][test["depends_on"]["nodes"][0]]
    reads = [ref["name"] for ref in model["refs"]] + [source[-1] for source in model["sources"]]
    lacking = {
        each["name"]: missing
        for each in manifest["unit_tests"].values()
        if each["depends_on"]["nodes"][0] == model["unique_id"]
        and (missing := [name for name in dict.fromkeys(reads) if name not in _given(each)])
    }
    if test["name"] not in lacking:
        return None
    added = dict.fromkeys(name for missing in lacking.values() for name in missing)
    tests = ", ".join(
        f"{name} ({', '.join(missing)})" if len(added) > 1 else name
        for name, missing in lacking.items()
    )
    return (
        f"model {model['name']} reads {', '.join(added)}, which these of its unit tests do not "
        f"give: {tests}. Add to each in {test['original_file_path']}: "
        f"- input: ref('{next(iter(added))}') and its rows ([] for none)."
    )


def _given(test: Node) -> set[str]:
    return {found[1] for given in test["given"] if (found := _INPUT.match(given["input"]))}


def multiplying_joins(
    con: duckdb.DuckDBPyConnection, compiled: str, key: Sequence[str]
) -> list[str]:
    """The tables whose join gives more rows than there were before it, in a model's compiled SQL.

    A join that brings a column of the model's ``key`` is meant to. Empty when nothing can be told;
    ``con`` has what the SQL reads.
    """
    try:
        tree = sqlglot.parse_one(compiled, dialect="duckdb")
        return list(dict.fromkeys(_multiplying(con, tree, key)))
    except (sqlglot.errors.SqlglotError, duckdb.Error):
        return []


def _multiplying(
    con: duckdb.DuckDBPyConnection, tree: exp.Expr, key: Sequence[str]
) -> Iterator[str]:
    steps = {cte.alias: cte for cte in tree.find_all(exp.CTE)}
    before = ", ".join(cte.sql(dialect="duckdb") for cte in steps.values())
    start = f"with recursive {before} " if before else ""
    for select in tree.find_all(exp.Select):
        if any(select.args.get(part) for part in ("group", "distinct", "qualify")):
            continue
        for number, join in enumerate(select.args.get("joins") or []):
            alias = join.this.alias_or_name
            brought = {
                column.alias_or_name
                for column in select.expressions
                for read in column.find_all(exp.Column)
                if read.table == alias
            }
            if not isinstance(join.this, exp.Table) or brought & set(key):
                continue
            counts = [
                con.execute(start + _counted(select, joins)).fetchall()[0][0]
                for joins in (number, number + 1)
            ]
            if counts[1] > counts[0]:
                yield _table_behind(join.this, steps)


def _counted(select: exp.Select, joins: int) -> str:
    """How many rows the first joins of a select give, none of them taking any away."""
    kept = [join.copy() for join in (select.args.get("joins") or [])[:joins]]
    for join in kept:
        if not join.side and join.args.get("on"):
            join.set("side", "LEFT")
            join.set("kind", None)
    source = select.args.get("from_") or select.args["from"]
    parts = [source.sql(dialect="duckdb"), *(join.sql(dialect="duckdb") for join in kept)]
    return f"select count(*) {' '.join(parts)}"


def _table_behind(source: exp.Table, steps: dict[str, exp.CTE]) -> str:
    """The table that a join names, or the only one that the step reads that it names."""
    if not source.db and source.name in steps:
        read = {table.name for table in steps[source.name].find_all(exp.Table)}
        return read.pop() if len(read) == 1 else source.name
    return source.name
