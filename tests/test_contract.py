"""The landing contract, the sources, the staging models and the natural keys say the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import jinja2
import pytest
import yaml

from ingestion.contract import ENTITIES, Column
from leadhouse.paths import PROJECT_ROOT

STAGING = PROJECT_ROOT / "models" / "staging"
CASTS = {
    "timestamp": {"to_instant"},
    "date": {"to_date"},
    "integer": {"to_integer"},
    "decimal": {"to_amount", "to_rate"},
    "boolean": {"to_boolean"},
}
LOAD_COLUMNS = ["source_system", "_delivery_date", "_source_file", "_row_number", "_load_id"]


class _Returned(Exception):
    """What a macro hands to dbt's return()."""


def _macro_value(path: str, name: str, **names: Callable[..., str]) -> object:
    def hand_back(value: object) -> None:
        raise _Returned(value)

    text = (PROJECT_ROOT / "macros" / path).read_text(encoding="utf-8")
    module = jinja2.Environment().from_string(text).make_module({"return": hand_back, **names})
    with pytest.raises(_Returned) as returned:
        getattr(module, name)()
    return returned.value.args[0]


def _split(text: str) -> list[str]:
    """The parts of a select list: split at the commas outside brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "({") - (character in ")}")
        if character == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def _selected(entity: str) -> dict[str, str]:
    """The columns of an entity's staging model: name -> expression."""
    sql = (STAGING / f"stg_{entity}.sql").read_text(encoding="utf-8")
    sql = re.sub(r"--[^\n]*", "", sql)
    typed = re.search(r"typed as \(\s*select(.*?)from source\b", sql, re.DOTALL)
    assert typed, f"stg_{entity} has no CTE `typed` that selects from source"
    columns = {}
    for part in _split(typed[1]):
        expression, _, alias = part.rpartition(" as ")
        columns[alias if expression else part] = expression or part
    return columns


def _sources() -> dict[str, dict[str, object]]:
    file = yaml.safe_load((STAGING / "_sources.yml").read_text(encoding="utf-8"))
    [files] = [source for source in file["sources"] if source["name"] == "landing"]
    return {table["name"]: table for table in files["tables"]}


def test_every_entity_is_a_source_with_its_dagster_key() -> None:
    sources = _sources()
    assert list(sources) == list(ENTITIES)
    for entity, table in sources.items():
        assert table["config"]["meta"]["dagster"]["asset_key"] == ["raw", entity]


@pytest.mark.parametrize("entity", ENTITIES)
def test_staging_has_exactly_the_columns_of_the_contract(entity: str) -> None:
    expected = [column.name for column in ENTITIES[entity].columns] + LOAD_COLUMNS
    selected = _selected(entity)
    assert sorted(selected) == sorted(expected)
    assert selected["source_system"] == "'files'"


@pytest.mark.parametrize("entity", ENTITIES)
def test_staging_casts_every_column_as_the_contract_says(entity: str) -> None:
    for column in ENTITIES[entity].columns:
        expression = _selected(entity)[column.name]
        used = set(re.findall(r"\b(to_\w+)\(", expression))
        assert used <= CASTS.get(column.type, set()), f"{entity}.{column.name}: {expression}"
        assert bool(used) == (column.type in CASTS), f"{entity}.{column.name}: {expression}"
        _check_default(entity, column, expression)


def _check_default(entity: str, column: Column, expression: str) -> None:
    if column.default is None:
        hidden = "coalesce" in expression or re.search(r"to_boolean\([^)]*,", expression)
        file_decides = (entity, column.name) == ("deals", "creation_method")
        assert file_decides or not hidden, f"{entity}.{column.name}: a default of its own"
    elif column.type == "boolean":
        assert f", {column.default})" in expression, f"{entity}.{column.name}: {expression}"
    else:
        value = f"'{column.default}'" if column.type == "text" else column.default
        assert re.search(rf"coalesce\(.*, {value}\)$", expression), f"{entity}.{column.name}"


@pytest.mark.parametrize("entity", [e.name for e in ENTITIES.values() if e.kind != "spend"])
def test_staging_keeps_one_row_of_each_natural_key(entity: str) -> None:
    sql = (STAGING / f"stg_{entity}.sql").read_text(encoding="utf-8")
    kept = re.search(
        r"partition by (.+?)\s+order by \{\{ latest_first\(\) \}\}", sql, re.DOTALL
    ) or re.search(rf"superseded_rows\('{entity}', '(\w+)'\)", sql)
    assert kept, f"stg_{entity} does not keep the latest row"
    assert set(_split(kept[1])) == set(ENTITIES[entity].key)


def test_entity_keys_are_the_natural_keys_of_the_contract() -> None:
    expected = {}
    for entity in ENTITIES.values():
        if entity.kind == "spend":
            continue
        parts = []
        for column in (entity.column(name) for name in entity.key):
            assert column is not None
            cast = {"timestamp": f"instant {column.name}", "date": f"day {column.name}"}
            part = cast.get(column.type, column.name)
            parts.append(f"coalesce({part}, '{column.default}')" if column.default else part)
        expected[entity.name] = parts
    keys = _macro_value(
        "trust/entity_keys.sql",
        "entity_keys",
        to_instant=lambda column: f"instant {column}",
        to_date=lambda column: f"day {column}",
    )
    assert keys == expected


def test_an_ad_account_day_is_replaced_whole() -> None:
    sql = (STAGING / "stg_ad_spend.sql").read_text(encoding="utf-8")
    assert "max(_delivery_date) over (partition by platform, account_id, date)" in sql
