"""A what-if file: which seeds' rows, dbt vars and settings are to be others, and how it is read."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails

from ingestion.problems import in_words, keys_beside, meant
from ingestion.yaml_files import documents_in, line_of, shown
from leadhouse.catalogue import Manifest, Node, key_of, rules_of
from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings

SETTINGS = ("timezone", "source_timezone", "currency", "phone_region")
"""The settings that decide a number of what has landed already."""

_MODELS, _LOOKBACK = "attribution_models", "lookback_days"
_NUMBER = r"-?\d{1,15}(\.\d{1,12})?"
_WHOLE = r"-?\d{1,15}"

Row = dict[str, str]


@dataclass(frozen=True)
class Scenario:
    """What is other than now: all rows of the ``seeds`` that change, dbt ``vars``, ``settings``."""

    seeds: Mapping[str, list[Row]]
    vars: Mapping[str, bool | int | str]
    settings: Mapping[str, str]


class _Keys(BaseModel):
    """A set of keys; an unknown one is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


def read_scenario(file: Path, manifest: Manifest, settings: Settings) -> Scenario:
    """Read a what-if file. Raises :class:`LeadhouseError` with every mistake: line, key, remedy.

    ``manifest`` says which seeds and columns there are, ``settings`` what holds now.
    """
    try:
        documents = list(documents_in(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise LeadhouseError(f"{file} cannot be read: {said}. Write YAML (UTF-8).") from None
    if len(documents) != 1 or not isinstance(documents[0][1], dict):
        keys = ", ".join(_model(manifest, {}).model_fields)
        raise LeadhouseError(f"{file} must hold one set of keys: {keys}.")
    node, document = documents[0]
    model = _model(manifest, document)
    try:
        given = model.model_validate(document).model_dump(by_alias=True, exclude_unset=True)
    except ValidationError as error:
        wrong = sorted(
            (line_of(node, each["loc"]), shown(each["loc"]), _said(each, model))
            for each in error.errors()
        )
        raise LeadhouseError(
            "\n".join(f"{file}, line {line}, key {key}: {words}" for line, key, words in wrong)
        ) from None
    scenario = Scenario(
        _changed_seeds(given, manifest),
        _others(given.get("vars", {}), _vars()),
        _others(given.get("settings", {}), settings.model_dump()),
    )
    if scenario == Scenario({}, {}, {}):
        raise LeadhouseError(
            f"{file} says nothing that is not so already. Give another value, or another key: "
            f"{', '.join(model.model_fields)}."
        )
    return scenario


# --- what may stand in the file ----------------------------------------------------------------


def _model(manifest: Manifest, document: Mapping[str, Any]) -> type[BaseModel]:
    """The model of a what-if file; a lookback is one number, or one for each attribution model."""
    ids = [row["model_id"] for row in _rows(_MODELS)]
    days = Annotated[str, BeforeValidator(partial(_matching, _WHOLE, "a whole number such as 30"))]
    lookback: Any = days
    if isinstance(document.get(_LOOKBACK), dict):
        models: Any = {
            f"model_{place}": (days, Field("", alias=name)) for place, name in enumerate(ids)
        }
        lookback = create_model("Lookback", __base__=_Keys, **models)
    parts: Any = {
        _LOOKBACK: (lookback, Field("", description="Write days, or {model_id: days}.")),
        "seeds": (
            _set_of("Seeds", {name: _rows_of(manifest, seed) for name, seed in _seeds(manifest)}),
            Field(None, description="Name seeds, and under each list rows by their key."),
        ),
        "vars": (
            _set_of("Vars", {name: _var_like(value) for name, value in _vars().items()}),
            Field(None, description="Name vars of dbt_project.yml and their values."),
        ),
        "settings": (
            _set_of("Settings", {name: _setting(name) for name in SETTINGS}),
            Field(None, description="Name settings, such as timezone, and their values."),
        ),
    }
    return create_model("WhatIf", __base__=_Keys, **parts)


def _set_of(name: str, annotations: Mapping[str, Any]) -> type[BaseModel]:
    fields: Any = {key: (annotation, None) for key, annotation in annotations.items()}
    return create_model(name, __base__=_Keys, **fields)


def _seeds(manifest: Manifest) -> list[tuple[str, Node]]:
    nodes = manifest["nodes"].values()
    return sorted((node["name"], node) for node in nodes if node["resource_type"] == "seed")


def _rows_of(manifest: Manifest, seed: Node) -> Any:
    types, rules = seed["config"]["column_types"], rules_of(manifest, seed)
    key = rules.get("key", [])
    optional = seed["config"]["meta"].get("optional", [])
    fields: Any = {
        name: (
            _cell(types.get(name, "varchar")),
            Field(
                ... if name in key and name not in optional else None,
                description=column["description"],
            ),
        )
        for name, column in seed["columns"].items()
    }
    row: Any = Annotated[
        create_model(f"Row_of_{seed['name']}", __base__=_Keys, **fields),
        AfterValidator(partial(_known_or_whole, seed["name"], key, rules.get("never_null", []))),
    ]
    return Annotated[tuple[row, ...], BeforeValidator(_listed)]


def _known_or_whole(seed: str, key: list[str], needed: list[str], row: BaseModel) -> BaseModel:
    """A row with a new key is an added one, or one whose key is mistyped."""
    given = row.model_dump(exclude_unset=True)
    known = {" ".join(each.get(name, "") for name in key) for each in _rows(seed)}
    own = " ".join(given.get(name) or "" for name in key)
    missing = [name for name in needed if not given.get(name)]
    if missing and own not in known:
        raise ValueError(
            f"{seed} has no row with {', '.join(key)} {own!r}.{meant(own, known)} A new one "
            f"needs {', '.join(missing)} as well."
        )
    return row


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


def _cell(data_type: str) -> Any:
    kind = data_type.split("(")[0].strip()
    if kind == "integer":
        return _cell_like(_WHOLE, "a whole number")
    if kind in ("decimal", "double"):
        return _cell_like(_NUMBER, "a number")
    return Annotated[str, BeforeValidator(_day)] if kind == "date" else str


def _cell_like(pattern: str, said: str) -> Any:
    return Annotated[str, BeforeValidator(partial(_matching, f"({pattern})?", said))]


def _matching(pattern: str, said: str, given: Any) -> Any:
    if isinstance(given, str) and not re.fullmatch(pattern, given):
        raise ValueError(f"{given!r} is not {said}")
    return given


def _day(given: Any) -> Any:
    try:
        return date.fromisoformat(given).isoformat() if given else given
    except (TypeError, ValueError):
        raise ValueError(f"{given!r} is not a day such as 2024-03-01") from None


def _var_like(value: bool | int | str) -> Any:
    return Annotated[Any, BeforeValidator(partial(_like, value))]


def _like(known: bool | int | str, given: Any) -> bool | int | str:
    """The text as a value of the kind that the var has now."""
    if isinstance(known, bool):
        if str(given).lower() not in ("true", "false"):
            raise ValueError(f"{given!r} is not true or false")
        return str(given).lower() == "true"
    if isinstance(known, int):
        if not re.fullmatch(_WHOLE, str(given)):
            raise ValueError(f"{given!r} is not a whole number; now it is {known}")
        return int(given)
    if not isinstance(given, str):
        raise ValueError(f"must be text; now it is {known}")
    return given


def _setting(name: str) -> Any:
    return Settings.model_fields[name].rebuild_annotation()


def _said(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with one key."""
    path = [step for step in error["loc"] if isinstance(step, str)]
    if error["type"] == "value_error" and path[0] == "settings":
        return f"{error['input']!r} is not {error['ctx']['error']}"
    if error["type"] == "extra_forbidden" and path[:1] == [_LOOKBACK]:
        known = keys_beside(model, path)
        return f"is no attribution model.{meant(path[-1], known)} They are: {', '.join(known)}."
    return in_words(error, model)


# --- what it changes ---------------------------------------------------------------------------


def _vars() -> dict[str, bool | int | str]:
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"])


def _others(said: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value != now[name]}


def _rows(seed: str) -> list[Row]:
    with (PROJECT_ROOT / "seeds" / f"{seed}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _changed_seeds(said: Mapping[str, Any], manifest: Manifest) -> dict[str, list[Row]]:
    """All rows of each seed that the file changes: those of now, with its rows put in by key.

    A cell that a row does not name stays; a row with a new key is added; a seed without a key gets
    the file's rows in the place of its own.
    """
    given: dict[str, list[Row]] = {
        seed: [{name: value or "" for name, value in row.items()} for row in rows]
        for seed, rows in said.get("seeds", {}).items()
    }
    if days := said.get(_LOOKBACK):
        now = [row["model_id"] for row in _rows(_MODELS) if row[_LOOKBACK]]
        each = days if isinstance(days, dict) else dict.fromkeys(now, days)
        lookbacks = [{"model_id": model, _LOOKBACK: value} for model, value in each.items()]
        given[_MODELS] = [*lookbacks, *given.get(_MODELS, [])]
    seeds, changed = dict(_seeds(manifest)), {}
    for seed, rows in given.items():
        merged = _merged(_rows(seed), rows, key_of(manifest, seeds[seed]))
        if merged != _rows(seed):
            changed[seed] = merged
    return changed


def _merged(now: list[Row], rows: list[Row], key: list[str]) -> list[Row]:
    if not key:
        return rows
    merged = {tuple(row.get(name, "") for name in key): row for row in now}
    for row in rows:
        found = tuple(row.get(name, "") for name in key)
        merged[found] = {**merged.get(found, {}), **row}
    return list(merged.values())
