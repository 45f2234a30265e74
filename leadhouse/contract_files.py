"""What is generated from the landing contract: what dbt reads of it, its reference, its schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import yaml

from ingestion.contract import SPEND_DAY, Column, Entity

_MACRO_HEAD = """\
{# What SQL needs of the landing contract, by entity: how deliveries combine, the column that says
   when an event was, the natural key, the type of every column, and as SQL what an empty cell
   stands for. Generated from ingestion/contract/ by `make docs`; change it there. #}
{% macro landing_contract() -%}
    {{ return({
"""
_MACRO_FOOT = """\
    }) }}
{%- endmacro %}
"""
_DBT_HEAD = "# Generated from ingestion/contract/ by `make docs`; change it there.\n"
_SOURCE = (
    "Rows of the drop folder as landed, all text: one table per entity, only the loads that count. "
    "An entity that no file brings is an empty table."
)


def landing_macro(entities: Iterable[Entity]) -> str:
    """The dbt macro that tells staging and the reconciliation what the contract says."""
    lines = [_MACRO_HEAD]
    for entity in entities:
        defaults = {c.name: _sql_value(c) for c in entity.columns if c.default is not None}
        lines += [
            f"        '{entity.name}': {{\n",
            f"            'kind': '{entity.kind}',\n",
            *([f"            'event_time': '{entity.event_time}',\n"] if entity.event_time else []),
            f"            'moments': {_moments(entity)},\n",
            f"            'key': {list(entity.key)},\n",
            f"            'attributes': {str(entity.attributes).lower()},\n",
            f"            'defaults': {defaults},\n",
            "            'types': {\n",
            *(f"                '{c.name}': '{_sql_type(c)}',\n" for c in entity.columns),
            "            },\n",
            "        },\n",
        ]
    return "".join([*lines, _MACRO_FOOT])


def _moments(entity: Entity) -> list[str]:
    return [entity.event_time] if entity.event_time else list(entity.moments)


def _sql_type(column: Column) -> str:
    return column.decimal_type if column.type == "decimal" else column.type


def _sql_value(column: Column) -> str:
    if isinstance(column.default, str):
        return f"'{column.default}'"
    return str(column.default).lower()


def dbt_properties(entities: Iterable[Entity]) -> str:
    """The dbt sources that landing fills, and the staging models on them, with descriptions."""
    tables, models = [], []
    for entity in entities:
        columns = [{"name": c.name, "description": _meaning(c)} for c in entity.columns]
        tables.append(
            {
                "name": entity.name,
                "description": entity.description,
                "config": {"meta": {"dagster": {"asset_key": ["raw", entity.name]}}},
                "columns": columns,
            }
        )
        models.append(
            {
                "name": f"stg_{entity.name}",
                "description": f"{entity.description} {_what_counts(entity)}",
                "columns": columns,
            }
        )
    source = {
        "name": "landing",
        "description": _SOURCE,
        "database": "{{ 'warehouse' if target.type == 'duckdb' else none }}",
        "schema": "{{ '' if target.type == 'duckdb' else target.schema ~ '_' }}raw",
        "tables": tables,
    }
    return _DBT_HEAD + yaml.safe_dump(
        {"sources": [source], "models": models}, sort_keys=False, width=100, allow_unicode=True
    )


def reference(entities: Iterable[Entity]) -> str:
    """Every entity with its columns, as the chapters of docs/landing.md."""
    parts = []
    for group, members in groupby(entities, key=lambda entity: entity.group):
        parts.append(f"### {group}\n")
        for entity in members:
            parts += [
                f"#### {entity.name}\n",
                f"{entity.description} {_what_counts(entity)}\n",
                "| column | type | | meaning |\n|---|---|---|---|",
                *(_row(column) for column in entity.columns),
                "",
            ]
    return "\n".join(parts)


def _row(column: Column) -> str:
    kind = f"{column.type}, {column.scale} places" if column.type == "decimal" else column.type
    words = {"filled": "required where others have it"}
    flags = [
        words.get(flag, flag)
        for flag in ("key", "required", "filled", "personal")
        if getattr(column, flag)
    ]
    return f"| `{column.name}` | {kind} | {', '.join(flags)} | {_meaning(column)} |"


def _meaning(column: Column) -> str:
    """The description, followed by what else the contract says of the values."""
    said = [column.description]
    if column.allowed:
        said.append(f"One of {', '.join(column.allowed)}.")
    if column.minimum is not None and column.maximum is not None:
        said.append(f"From {column.minimum} to {column.maximum}.")
    elif column.minimum is not None:
        said.append(f"At least {column.minimum}.")
    elif column.maximum is not None:
        said.append(f"At most {column.maximum}.")
    if column.above is not None:
        said.append(f"Above {column.above}.")
    if column.default is not None:
        said.append(f"Empty means {_sql_value(column).strip(chr(39))}.")
    return " ".join(said)


def _what_counts(entity: Entity) -> str:
    key = ", ".join(entity.key)
    match entity.kind:
        case "keyed":
            return f"One row per {key}: the latest by delivery, file name and row."
        case "event":
            return f"Rows that agree on {key} are one event."
        case "spend":
            day = ", ".join(SPEND_DAY)
            return f"Of an account's day ({day}) the rows of the latest delivery count."


def json_schema() -> str:
    """The JSON schema of a contract file, by which editors complete and check it."""
    schema: dict[str, Any] = Entity.model_json_schema()
    del schema["properties"]["name"]
    schema["required"].remove("name")
    return json.dumps(schema, indent=2) + "\n"
