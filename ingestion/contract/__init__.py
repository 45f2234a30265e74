"""The landing contract: what may come in, one YAML file per entity, named after it.

Everything that depends on it reads :data:`ENTITIES` (reading, quarantine, mapping files, the raw
tables, the demo company) or is generated from it (``leadhouse/contract_files.py``: the dbt sources,
the staging models' casts and keys, docs/landing.md, the schema that editors check the YAML by).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from ingestion.problems import in_words
from leadhouse.errors import LeadhouseError

Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Type = Literal["text", "timestamp", "date", "integer", "decimal", "boolean", "month"]
Kind = Literal["keyed", "event", "spend"]
Group = Literal["CRM", "Calls and web", "Money"]

SPEND_DAY = ("platform", "account_id", "date")
"""What a delivery of a spend entity replaces whole: the day of an account."""


class _Model(BaseModel):
    """What the repr shows decides how a file lands: landing reads a file again when it changes.

    Words for readers are not part of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(_Model):
    """One column of an entity."""

    name: Name
    type: Type = "text"
    required: bool = Field(False, description="Is a row without it refused?")
    filled: bool = Field(
        False, description="Is a row without it refused where other rows of its file have it?"
    )
    key: bool = Field(False, description="Is it the natural key or a part of it?")
    allowed: tuple[str, ...] = Field((), description="The only values that are read, in any case.")
    minimum: int | None = Field(None, alias="min", description="Least number, inclusive.")
    maximum: int | None = Field(None, alias="max", description="Greatest number, inclusive.")
    above: int | None = Field(None, description="Number that it is greater than.")
    default: bool | int | str | None = Field(None, description="What an empty cell stands for.")
    personal: bool = Field(False, description="Must it never leave the pii file and its cell?")
    prefixed: bool = Field(
        True, description="Does a mapping's id_prefix go before it, if its name ends in _id?"
    )
    digits: int = Field(18, repr=False, description="Digits of a decimal, all of them.")
    scale: int = Field(2, repr=False, description="Digits of a decimal after its point.")
    description: str = Field(
        min_length=5, repr=False, description="Meaning, unit, and what an empty cell means."
    )

    @property
    def decimal_type(self) -> str:
        """The SQL type that the values of a decimal column must fit."""
        return f"decimal({self.digits}, {self.scale})"

    @property
    def is_id(self) -> bool:
        """Whether it holds an id of the source system, before which a mapping can put a prefix."""
        return self.prefixed and self.name.endswith("_id")

    @property
    def is_optional_moment(self) -> bool:
        """Whether it lands empty where the file holds no moment in it."""
        return self.type in ("timestamp", "date") and not self.required

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield from super().__repr_args__()
        if {"digits", "scale"} & self.model_fields_set:
            yield "decimal_type", self.decimal_type

    @model_validator(mode="after")
    def _says_only_what_its_type_has(self) -> Self:
        of_type = {
            "allowed": ("text",),
            "digits": ("decimal",),
            "scale": ("decimal",),
            "minimum": ("integer", "decimal"),
            "maximum": ("integer", "decimal"),
            "above": ("integer", "decimal"),
        }
        for rule, types in of_type.items():
            if rule in self.model_fields_set and self.type not in types:
                said = type(self).model_fields[rule].alias or rule
                raise ValueError(f"{said} is for {' and '.join(types)} columns only")
        kinds = {"text": str, "integer": int, "boolean": bool}
        if self.default is not None and type(self.default) is not kinds.get(self.type):
            raise ValueError(f"a {self.type} column cannot have the default {self.default!r}")
        if self.allowed and self.default is not None and self.default not in self.allowed:
            raise ValueError(f"the default {self.default!r} is not one of the allowed values")
        if any(word != word.lower() for word in self.allowed):
            raise ValueError("the allowed values are not written in lower case")
        return self


def further_column(name: str) -> Column:
    """A text column that the contract does not have, under any name that a mapping gives it."""
    return Column.model_construct(name=name, description="")


class Entity(_Model):
    """One entity of the landing contract.

    ``kind`` says how deliveries combine: ``keyed`` (the latest row of a key wins), ``event`` (rows
    that agree on the natural key are one event), ``spend`` (the latest delivery of an account's day
    replaces that day). ``span`` names the columns of a row's first and last day.
    ``event_time`` names the column whose value may not lie after the delivery day + 1. ``moments``
    names the columns that tell of something that happened, where there is no such column.
    """

    name: Name
    kind: Kind = Field(description="How the rows of several deliveries combine.")
    columns: tuple[Column, ...]
    event_time: str | None = Field(
        None, description="Column that cannot lie after the day that follows the delivery."
    )
    moments: tuple[str, ...] = Field(
        (),
        repr=False,
        description="Columns that say when something happened; event_time is one already.",
    )
    attributes: bool = Field(False, description="May a mapping bring further columns of it?")
    span: tuple[str, str] | None = Field(
        None, description="First and last day of what a row lasts; LEADHOUSE_MAX_YEARS bounds it."
    )
    group: Group = Field(repr=False, description="Chapter of docs/landing.md.")
    description: str = Field(min_length=5, repr=False, description="What one row is.")

    def column(self, name: str) -> Column | None:
        """The column of that name, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the natural key's columns, in order."""
        return tuple(column.name for column in self.columns if column.key)

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> Self:
        times = Counter(column.name for column in self.columns)
        if twice := [name for name, count in times.items() if count > 1]:
            raise ValueError(f"the column {twice[0]} stands twice")
        if not self.key:
            raise ValueError("no column is its key; write key: true on those that are")
        if self.kind == "spend" and (missing := set(SPEND_DAY) - set(self.key)):
            raise ValueError(f"a spend entity has {', '.join(SPEND_DAY)} in its key: {missing}")
        told = {self.event_time: "event_time"} if self.event_time else {}
        for name, where in (told | dict.fromkeys(self.moments, "moments")).items():
            column = self.column(name)
            if column is None or column.type not in ("timestamp", "date"):
                raise ValueError(f"{where}: {name} is no timestamp or date column")
        if self.span is not None:
            for name in self.span:
                column = self.column(name)
                if column is None or column.type != "date":
                    raise ValueError(f"span: {name} is no date column")
        return self


def load_contract(folder: Path) -> dict[str, Entity]:
    """Every entity of a contract folder by its name, in the order of docs/landing.md.

    Raises :class:`LeadhouseError` with every problem of every file: file, key and what to write.
    """
    entities: list[Entity] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        where = f"ingestion/contract/{path.name}"
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
            entities.append(_entity(path.stem, document))
        except yaml.YAMLError as error:
            problems.append(f"{where} cannot be read: {' '.join(str(error).split())}.")
        except ValidationError as error:
            problems += [f"{where}, {_problem(each, document)}" for each in error.errors()]
        else:
            if "name" in document:
                problems.append(f"{where}, name: the file's name says it. Remove this key.")
    if problems:
        raise LeadhouseError("\n".join(problems))
    groups = get_args(Group)
    entities.sort(key=lambda entity: groups.index(entity.group))
    return {entity.name: entity for entity in entities}


def _entity(name: str, document: Any) -> Entity:
    named = {**document, "name": name} if isinstance(document, dict) else document
    # JSON, because only there a list is a tuple for pydantic's strict mode.
    return Entity.model_validate_json(json.dumps(named, default=str))


def _problem(error: ErrorDetails, document: Any) -> str:
    """One error in words, after the path of its key with columns by their names."""
    path: list[str] = []
    at = document
    for step in error["loc"]:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            at = None
        path.append(str(at["name"]) if isinstance(at, dict) and "name" in at else str(step))
    where = f"{'.'.join(path)}: " if path else ""
    return where + in_words(error, Entity)


ENTITIES: dict[str, Entity] = load_contract(Path(__file__).parent)
"""Every entity by its name, in the order of docs/landing.md."""
