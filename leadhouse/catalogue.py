"""The published tables as documents: dictionary, table lists and joins, from a dbt manifest.

Everything is read where it is said already: the grain in a model's first line, the key in its
``row_rules``, a join in a ``relationships`` test or in ``meta.joins`` where a match may be
missing, the example question in ``meta.question``, the version that brought a table or a column
in ``meta.since``. The same manifest gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from leadhouse.published_macros import published_macros

Manifest = dict[str, Any]
Node = dict[str, Any]

PUBLISHED_SCHEMAS = ("marts", "reports", "trust", "pii")
_DICTIONARY = """\
# Data dictionary

Every published table and column, as the models' YAML describes them (`make docs`).
"""
_MACROS = """\
The file without personal data answers these, too:
`from reports.top_deals('2026-01-01', '2026-03-31')`. They find their tables in the database in use,
so a client that attaches the file says `use` first. A drill gives a row for each measure and key of
a cell: `measure`, `table_name`, `key` and `value`, what the key adds to the cell. Its parameters
are the report's grain; `(none)` asks for cells without a value.
"""
_GRAIN = re.compile(r"-- grain: (?:one row per )?([^;:(\n]+)")


def published(manifest: Manifest, schema: str | None = None) -> list[Node]:
    """The published models (of one schema), by schema and name."""
    wanted = (schema,) if schema else PUBLISHED_SCHEMAS
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in wanted
    ]
    return sorted(models, key=lambda node: (wanted.index(node["schema"]), node["alias"]))


def key_of(manifest: Manifest, model: Node) -> list[str]:
    """The columns that the model's rules name as its key; empty without one."""
    return list(rules_of(manifest, model).get("key", []))


def rules_of(manifest: Manifest, model: Node) -> dict[str, Any]:
    """The arguments of the ``row_rules`` of a model or seed; empty without any."""
    for test in _tests_of(manifest, model):
        if test["test_metadata"]["name"] == "row_rules":
            return dict(test["test_metadata"]["kwargs"])
    return {}


def joins_of(manifest: Manifest, model: Node) -> Iterator[tuple[str, str, bool]]:
    """Columns of the model, the mart whose key they are, and does every row find its match."""
    for test in _tests_of(manifest, model):
        if test["test_metadata"]["name"] == "relationships":
            arguments = test["test_metadata"]["kwargs"]
            joined = re.search(r"ref\(['\"](\w+)['\"]\)", arguments["to"])
            yield arguments["column_name"], joined[1] if joined else arguments["to"], True
    for columns, joined in model["config"]["meta"].get("joins", {}).items():
        yield columns, joined, False


def table_list(manifest: Manifest) -> str:
    """What each table holds and a question that it answers, one line each."""
    rows = [
        (
            f"`{table_of(model)}`",
            grain_of(model),
            _text(model["config"]["meta"].get("question", "")),
        )
        for model in published(manifest)
    ]
    return _as_table(("table", "one row per", "answers, for example"), rows)


def key_list(manifest: Manifest) -> str:
    """What each table holds and the columns that tell its rows apart."""
    rows = [
        (f"`{table_of(model)}`", grain_of(model), ", ".join(key_of(manifest, model)))
        for model in published(manifest)
    ]
    return _as_table(("table", "one row per", "key"), rows)


def dictionary(manifest: Manifest) -> str:
    """Every published table and column."""
    parts = [_DICTIONARY]
    for schema in PUBLISHED_SCHEMAS:
        parts.append(f"## {schema}\n")
        for model in published(manifest, schema):
            key = ", ".join(f"`{column}`" for column in key_of(manifest, model))
            rows = [
                (name, column.get("data_type") or "", _text(column["description"]))
                for name, column in model["columns"].items()
            ]
            parts.append(
                f"### {table_of(model)}\n\n{model['description'].strip()}\n\nKey: {key}.\n"
            )
            parts.append(_as_table(("column", "type", "meaning"), rows))
    parts.append("## Macros\n")
    parts.append(_MACROS)
    macros = [(f"`{macro.call}`", _text(macro.description)) for macro in published_macros()]
    parts.append(_as_table(("macro", "meaning"), macros))
    return "\n".join(parts)


def types_for_dbt_docs(manifest: Manifest) -> dict[str, Node]:
    """The published tables as dbt's catalogue lists those of a database, types by contract."""
    return {
        model["unique_id"]: {
            "unique_id": model["unique_id"],
            "metadata": {
                "type": "BASE TABLE",
                "database": model["database"],
                "schema": model["schema"],
                "name": model["alias"],
                "comment": None,
                "owner": None,
            },
            "columns": {
                name: {"name": name, "type": column["data_type"], "index": number, "comment": None}
                for number, (name, column) in enumerate(model["columns"].items(), start=1)
            },
            "stats": {},
        }
        for model in published(manifest)
    }


def mart_joins(manifest: Manifest) -> str:
    """The marts, their keys and how they join, as a Mermaid diagram."""
    entities, relations = [], []
    for model in published(manifest, "marts"):
        key, joins = key_of(manifest, model), list(joins_of(manifest, model))
        foreign = {column for columns, _, _ in joins for column in columns.split(", ")}
        entities.append(f"    {model['name']} {{")
        for name, column in model["columns"].items():
            marks = ["PK"] * (name in key) + ["FK"] * (name in foreign)
            if marks:
                entities.append(f"        {column['data_type']} {name} {', '.join(marks)}")
        entities.append("    }")
        for columns, joined, always in joins:
            one = "||" if always else "|o"
            many = "o|" if columns.split(", ") == key else "o{"
            relations.append(f'    {joined} {one}--{many} {model["name"]} : "{columns}"')
    return "\n".join(["```mermaid", "erDiagram", *entities, *relations, "```", ""])


def report_sources(manifest: Manifest) -> str:
    """What each report counts and what a row of it can be joined by."""
    rows = []
    for model in published(manifest, "reports"):
        read = sorted(parent.split(".")[-1] for parent in model["depends_on"]["nodes"])
        names = ", ".join(f"`{name}`" for name in read)
        rows.append((f"`{model['name']}`", names, ", ".join(key_of(manifest, model))))
    return _as_table(("report", "reads", "key"), rows)


def versions(manifest: Manifest) -> list[str]:
    """The versions that some published table or column says it came with."""
    described = [
        each for model in published(manifest) for each in (model, *model["columns"].values())
    ]
    return sorted({since for each in described if (since := each["config"]["meta"].get("since"))})


def new_in(manifest: Manifest, version: str) -> str:
    """The tables and columns that a version brought."""
    rows = []
    for model in published(manifest):
        if model["config"]["meta"].get("since") == version:
            rows.append((f"`{table_of(model)}`", "new", f"one row per {grain_of(model)}"))
        for name, column in model["columns"].items():
            if column["config"]["meta"].get("since") == version:
                rows.append(
                    (f"`{table_of(model)}`", f"`{name}` added", _text(column["description"]))
                )
    return _as_table(("table", "change", "what it holds"), rows)


def _tests_of(manifest: Manifest, model: Node) -> Iterator[Node]:
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    for test in sorted(tests, key=lambda node: str(node["unique_id"])):
        if test.get("attached_node") == model["unique_id"] and test.get("test_metadata"):
            yield test


def one_line(text: str) -> str:
    """A description without the line breaks of its YAML."""
    return " ".join(text.split())


def table_of(model: Node) -> str:
    """The published table of a model, with its schema."""
    return f"{model['schema']}.{model['alias']}"


def grain_of(model: Node) -> str:
    """What one row of the table is, as the model's first line says."""
    said = _GRAIN.match(model["raw_code"])
    return said[1].strip() if said else ""


def _text(words: str) -> str:
    return one_line(words).replace("|", "\\|")


def _as_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
