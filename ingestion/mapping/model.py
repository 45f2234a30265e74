"""What a mapping file may say. A new key is a field here and a branch in ``sql.py``."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, partial
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from ingestion.contract import ENTITIES, Column
from leadhouse import sqltext as sql
from leadhouse.database import connect

NUMBER_EXAMPLE = re.compile("1([., '’\u00a0\u202f]?)234([.,])56")

MOMENT_WORDS = ("epoch", "epoch_ms", "excel_serial")
"""Moments that are numbers: seconds and milliseconds since 1970, Excel's days since 1900."""


def meant(word: str, words: Iterable[str]) -> str:
    """A question after the nearest of the words, or nothing."""
    near = get_close_matches(word, list(words), n=1)
    return f" Did you mean {near[0]}?" if near else ""


# --- what a key's value may be -----------------------------------------------------------------


def known_encoding(name: str) -> bool:
    """Whether Python can decode text from that encoding."""
    try:
        # One byte, because an empty text is decoded without a look at the name.
        b"a".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _encoding(name: str) -> str:
    if not known_encoding(name):
        raise ValueError(f"{name!r} is unknown. Use a name such as cp1251 or utf-8.")
    return name


def _delimiter(text: str) -> str:
    mark = text.replace("\\t", "\t")
    if len(mark) != 1 or mark in '"\r\n':
        raise ValueError(f"{mark!r} is not one character. Use , or ; or a tab.")
    return mark


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone. Use one like Europe/Berlin.") from None
    return name


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if pattern in MOMENT_WORDS:
            continue
        if not _valid_pattern(pattern):
            raise ValueError(
                f"{pattern!r} is not a date pattern such as %d.%m.%Y %H:%M, nor one of "
                f"{', '.join(MOMENT_WORDS)}.{meant(pattern, MOMENT_WORDS)}"
            )
        if not re.search("%[yYcxGs]", pattern):
            raise ValueError(f"{pattern!r} has no year.")
    return patterns


@cache
def _valid_pattern(pattern: str) -> bool:
    if "%" not in pattern:
        return False
    with connect() as con:
        try:
            con.execute("select try_strptime('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
    return True


def _number(example: str) -> str:
    match = NUMBER_EXAMPLE.fullmatch(example)
    if match is None or match[1] == match[2]:
        raise ValueError(
            f"{example!r} is not an example. Write 1234.56 as the file would: "
            '"1.234,56", "1,234.56", "1 234,56", "1\'234.56", "1234,56" or "1234.56".'
        )
    return example


def _divisor(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,11}(\.\d{1,6})?", text):
        raise ValueError(f"{text!r} is not a number from 1 on, such as 60 or 1000000.")
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _trimmed(text: str) -> str:
    return text.strip(sql.BLANKS)


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
Cell = Annotated[str, AfterValidator(_trimmed)]
"""A cell's content, ``""`` for the empty one."""


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Keys):
    """One part of a joined text: a source column, or a constant between columns."""

    column: Text | None = Field(None, description="Name the source column.")
    text: Text | None = Field(None, description='Write a constant, such as {text: "-"}.')

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError('must be a source column\'s name or a constant such as {text: "-"}.')
        return self


Parts = Annotated[
    tuple[Annotated[Part, BeforeValidator(lambda given: _rule(given))], ...],
    BeforeValidator(_listed, json_schema_input_type=str | list[Part]),
    Field(min_length=1),
]


# --- one column --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """How a key of a rule goes with the others.

    A rule has exactly one key that is an ``origin`` of text and at most one that ``reads`` it.
    ``sources``: the value names source columns. ``part_of`` are the keys without one of which it
    means nothing, ``needs`` the one that it cannot be without, ``fills`` the types of column that
    it can fill (none: all of them).
    """

    origin: bool = False
    reads: bool = False
    sources: bool = False
    part_of: tuple[str, ...] = ()
    needs: str | None = None
    fills: tuple[str, ...] = ()


_READ = ("column", "concat")
_NUMERIC = ("integer", "decimal")


class Rule(_Keys):
    """Where a column's text comes from, and how it is read."""

    column: Annotated[Text | None, Key(origin=True, sources=True)] = Field(
        None, description="Name the source column."
    )
    value: Annotated[str | None, Key(origin=True)] = Field(
        None, description="Write a constant as the warehouse reads it: 2024-01-31, 12.50."
    )
    concat: Annotated[Parts | None, Key(origin=True, sources=True)] = Field(
        None, description='List what to join: source columns, and constants such as {text: "-"}.'
    )
    separator: Annotated[str | None, Key(part_of=("concat",))] = Field(
        None, description="Write what stands between the joined columns."
    )
    row_key: Annotated[
        Texts | None, Key(origin=True, sources=True, needs="prefix", fills=("text",))
    ] = Field(None, description="List the source columns that tell one row from another.")
    prefix: Annotated[Text | None, Key(part_of=("row_key",))] = Field(
        None,
        description="Write what the list's ids begin with, such as lead: it keeps them apart from "
        "those of another list.",
    )
    format: Annotated[
        Annotated[Texts, AfterValidator(_patterns)] | None,
        Key(reads=True, part_of=_READ, fills=("timestamp", "date", "month")),
    ] = Field(
        None,
        description="Write a date pattern such as %d.%m.%Y %H:%M, epoch, epoch_ms or excel_serial, "
        "or a list of them.",
    )
    duration: Annotated[
        Literal["h:mm:ss", "h:mm"] | None, Key(reads=True, part_of=_READ, fills=_NUMERIC)
    ] = Field(
        None, description='Write "h:mm:ss", or "h:mm" when 1:30 is an hour and a half: seconds.'
    )
    timezone: Annotated[
        Annotated[str, AfterValidator(_zone)] | None, Key(part_of=("format",), fills=("timestamp",))
    ] = Field(None, description="Say whose clock it is: Europe/Berlin.")
    number: Annotated[
        Annotated[str, AfterValidator(_number)] | None,
        Key(reads=True, part_of=_READ, fills=("integer", "decimal", "text")),
    ] = Field(None, description='Write 1234.56 as the file would: "1.234,56".')
    values: Annotated[
        Annotated[dict[Cell, str], Field(min_length=1)] | None, Key(reads=True, part_of=_READ)
    ] = Field(None, description='Write lines such as {Payment Done: won}; "" is the empty cell.')
    otherwise: Annotated[str | None, Key(part_of=("values",))] = Field(
        None, description="Write what every other value becomes."
    )
    plus: Annotated[Texts | None, Key(sources=True, part_of=("column",), fills=_NUMERIC)] = Field(
        None, description="List the source columns to add, read as the column itself is."
    )
    minus: Annotated[Texts | None, Key(sources=True, part_of=("column",), fills=_NUMERIC)] = Field(
        None, description="List the source columns to take off, read as the column itself is."
    )
    divide_by: Annotated[
        Annotated[str, AfterValidator(_divisor)] | None, Key(part_of=_READ, fills=_NUMERIC)
    ] = Field(None, description="Write the number to divide by, such as 1000000 for millionths.")
    empty: Annotated[Texts | None, Key(part_of=_READ)] = Field(
        None, description='List what stands for nothing, such as ["--", n/a].'
    )
    fallback: Annotated[Rule, BeforeValidator(lambda given: _rule(given))] | None = Field(
        None, description="Say where the text comes from in rows in which this gives nothing."
    )

    def sources(self) -> Iterator[str]:
        """Names of the source columns that are read."""
        for name, key in _RULE_KEYS.items():
            named = getattr(self, name)
            if key.sources and named is not None:
                for item in _listed(named):
                    column = item.column if isinstance(item, Part) else item
                    if column is not None:
                        yield column
        if self.fallback is not None:
            yield from self.fallback.sources()


_RULE_KEYS = {
    name: key
    for name, field in Rule.model_fields.items()
    for key in field.metadata
    if isinstance(key, Key)
}


def _rule(given: Any) -> Any:
    """A source column's name alone is a rule, too."""
    return {"column": given} if isinstance(given, str) else given


def _checked(rule: Rule, column: Column) -> Rule:
    """The rule, if its keys go together and can fill that column; else every problem at once."""
    problems = list(_problems(rule, column))
    if problems:
        raise ValidationError.from_exception_data(
            column.name,
            [
                InitErrorDetails(
                    type=PydanticCustomError("rule", "{said}", {"said": said}), loc=at, input=None
                )
                for at, said in problems
            ],
        )
    return rule


def _problems(rule: Rule, column: Column) -> Iterator[tuple[tuple[str, ...], str]]:
    given = {name: key for name, key in _RULE_KEYS.items() if name in rule.model_fields_set}
    origins = [name for name, key in _RULE_KEYS.items() if key.origin]
    if sum(key.origin for key in given.values()) != 1:
        yield (), f"needs exactly one of {', '.join(origins[:-1])} or {origins[-1]}."
        return
    readers = [name for name, key in given.items() if key.reads]
    if len(readers) > 1:
        yield (), f"has both {readers[0]} and {readers[1]}; only one can read the text."
    for name, key in given.items():
        if key.part_of and not any(other in given for other in key.part_of):
            yield (name,), f"belongs to {' or '.join(key.part_of)}."
        elif key.fills and column.type not in key.fills:
            yield (name,), f"cannot fill a {column.type} column."
        if key.needs is not None and key.needs not in given:
            yield (key.needs,), f"is missing. {Rule.model_fields[key.needs].description}"
    if column.allowed:
        for name, results in (
            ("value", [rule.value]),
            ("values", (rule.values or {}).values()),
            ("otherwise", [rule.otherwise]),
        ):
            for result in results:
                if result and result not in column.allowed:
                    allowed = ", ".join(column.allowed)
                    near = meant(result, column.allowed)
                    said = f"{result!r} is not allowed.{near} {column.name} is one of: {allowed}."
                    yield (name,), said
    if (rule.timezone or column.type != "timestamp") and any(
        "%z" in at for at in rule.format or ()
    ):
        yield ("format",), "%z is for a timestamp without timezone."
    if rule.fallback is not None:
        for at, said in _problems(rule.fallback, column):
            yield ("fallback", *at), said


# --- which rows --------------------------------------------------------------------------------

CONDITIONS = (
    "not empty, empty, a value, {in: [...]}, {not in: [...]}, {like: ...}, {not like: ...}, "
    "{from: ...} or {to: ...}"
)


def _limit(text: str) -> str:
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is neither a number nor a day (2024-01-31).") from None
    return text


Limit = Annotated[str, AfterValidator(_limit)]


class Condition(_Keys):
    """What must hold of a source column's cell for the row to be kept."""

    one_of: tuple[Cell, ...] | None = Field(
        None, alias="in", min_length=1, description='List the values that are kept; "" is empty.'
    )
    none_of: tuple[Cell, ...] | None = Field(
        None, alias="not in", min_length=1, description='List the values that are not; "" is empty.'
    )

    like: Texts | None = Field(
        None, description="Write a pattern such as test* or *@own.example, or a list of them."
    )
    unlike: Texts | None = Field(
        None,
        alias="not like",
        description="Write a pattern of what is left out, or a list of them.",
    )
    first: Limit | None = Field(
        None, alias="from", description="Write the least number or the first day that is kept."
    )
    last: Limit | None = Field(
        None, alias="to", description="Write the greatest number or the last day that is kept."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"must be: {CONDITIONS}.")
        return self


def _condition(given: Any) -> Any:
    """``empty``, ``not empty`` and a value alone are short for a list."""
    match given:
        case "not empty":
            return {"not in": [""]}
        case "empty":
            return {"in": [""]}
        case str() if given:
            return {"in": [given]}
        case dict():
            return given
        case _:
            raise ValueError(f"must be: {CONDITIONS}.")


# --- one mapping -------------------------------------------------------------------------------


def _entity(name: str) -> str:
    if name not in ENTITIES:
        raise ValueError(
            f"{name!r} is not an entity.{meant(name, ENTITIES)} Entities: {', '.join(ENTITIES)}."
        )
    return name


class Mapping(_Keys):
    """One mapping: which files it takes and how they become the entity."""

    name: Text = Field(description="Name the mapping; no other one may have the name.")
    files: Texts = Field(description='Name the files it takes, such as "export_*.csv".')
    entity: Annotated[str, AfterValidator(_entity)] = Field(
        description="Name the entity that they become, such as contacts."
    )
    sheet: Text | None = Field(None, description="Name the worksheet of an Excel file.")
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = Field(
        None, description="Write the character between the cells of a CSV file."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] | None = Field(
        None, description="Name the encoding of a text file, such as cp1251."
    )
    columns: Any = Field(description="Say for each column of the entity where it comes from.")
    where: dict[Text, Annotated[Condition, BeforeValidator(_condition)]] = Field(
        {}, description="Write lines such as {Id: not empty}; rows must meet all of them."
    )
    empty: Texts | None = Field(
        None, description='List what stands for nothing in any column, such as ["--", n/a].'
    )

    _origin: str = PrivateAttr("")

    def model_post_init(self, context: Any) -> None:
        """Keep the validation's context: the mapping's file as messages name it."""
        self._origin = context or ""

    @property
    def origin(self) -> str:
        """The mapping's file as messages name it."""
        return self._origin

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules of the columns that the mapping fills, by column, in the entity's order."""
        return {name: rule for name, rule in self.columns if rule is not None}

    @property
    def digest(self) -> str:
        """A hash of everything that the mapping says, however it is spelled."""
        said = self.model_dump_json(by_alias=True, exclude_unset=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def takes(self, file: str) -> bool:
        """Whether the mapping is for a file of that name (case does not matter)."""
        return any(fnmatch.fnmatchcase(file.lower(), glob.lower()) for glob in self.files)

    def sources(self) -> set[str]:
        """Source columns that are read: for a column of the entity, or by ``where``."""
        return {source for rule in self.rules.values() for source in rule.sources()} | set(
            self.where
        )

    def needed(self) -> set[str]:
        """Source columns without which a file cannot be read: of required columns and of where."""
        needed = set(self.where)
        for column in ENTITIES[self.entity].columns:
            rule = self.rules.get(column.name)
            if column.required and rule is not None and rule.fallback is None:
                needed.update(rule.sources())
        return needed


@cache
def columns_of(entity: str) -> type[BaseModel]:
    """The model of the rules that fill that entity's columns."""
    fields: dict[str, Any] = {
        column.name: (
            Annotated[
                Rule, BeforeValidator(_rule), AfterValidator(partial(_checked, column=column))
            ],
            ... if column.required else None,
        )
        for column in ENTITIES[entity].columns
    }
    return create_model(f"{entity}_columns", __base__=_Keys, **fields)


@cache
def mapping_of(entity: str) -> type[Mapping]:
    """The model of the mappings that fill that entity; columns of an unknown one can be any."""
    if entity not in ENTITIES:
        return Mapping
    said = Mapping.model_fields["columns"].description
    fields: dict[str, Any] = {"columns": (columns_of(entity), Field(description=said))}
    return create_model(f"{entity}_mapping", __base__=Mapping, **fields)


class _ForEditors(GenerateJsonSchema):
    """No titles that repeat the key, no nulls: YAML leaves out what it does not say."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> str:
    """The JSON schema of a mapping file, by which editors complete and check it."""
    models: list[type[BaseModel]] = [Mapping, *(columns_of(entity) for entity in ENTITIES)]
    _, schema = models_json_schema(
        [(model, "validation") for model in models], schema_generator=_ForEditors
    )
    definitions = schema["$defs"]
    for short in ("Rule", "Condition", "Part"):
        definitions[short] = {"anyOf": [{"type": "string"}, definitions[short]]}
    mapping = definitions["Mapping"]
    mapping["required"].remove("name")
    mapping["properties"]["entity"]["enum"] = list(ENTITIES)
    mapping["allOf"] = [
        {
            "if": {"properties": {"entity": {"const": entity}}},
            "then": {"properties": {"columns": {"$ref": f"#/$defs/{entity}_columns"}}},
        }
        for entity in ENTITIES
    ]
    one = {"$ref": "#/$defs/Mapping"}
    several = {
        "type": "object",
        "properties": {"mappings": {"type": "array", "items": one, "minItems": 1}},
        "required": ["mappings"],
        "additionalProperties": False,
    }
    return json.dumps({"anyOf": [several, one], **schema}, indent=2, ensure_ascii=False) + "\n"
