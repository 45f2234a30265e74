"""Where a column of the entity comes from, and how its text is read: a new key is a field here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from ingestion.contract import Column
from ingestion.mapping.texts import (
    Cell,
    DateFormats,
    Divisor,
    Keys,
    NumberExample,
    Text,
    Texts,
    Zone,
    listed,
)
from ingestion.problems import meant


class Part(Keys):
    """One part of a joined text: a source column, or a constant between columns."""

    column: Text | None = Field(None, description="Name the source column.")
    text: Text | None = Field(None, description='Write a constant, such as {text: "-"}.')

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError('must be a source column\'s name or a constant such as {text: "-"}.')
        return self


class Piece(Keys):
    """One of the values that stand in a cell, with something between them."""

    by: Text = Field(description='Write what stands between the values of a cell, such as " / ".')
    number: int = Field(
        description="Write which of them it is: 1 for the first, -1 for the last one."
    )

    @model_validator(mode="after")
    def _counts_from_one(self) -> Self:
        if self.number == 0:
            raise ValueError("number must be 1 for the first or -1 for the last one.")
        return self


Parts = Annotated[
    tuple[Annotated[Part, BeforeValidator(lambda given: as_rule(given))], ...],
    BeforeValidator(listed, json_schema_input_type=str | list[Part]),
    Field(min_length=1),
]


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


class Rule(Keys):
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
    part: Annotated[Piece | None, Key(part_of=_READ)] = Field(
        None,
        description='Write {by: " / ", number: 1} to read the first of the values in a cell only.',
    )
    format: Annotated[
        DateFormats | None,
        Key(reads=True, part_of=_READ, fills=("timestamp", "date", "month")),
    ] = Field(
        None,
        description="Write a date pattern such as %d.%m.%Y %H:%M, epoch, epoch_ms, epoch_us, "
        "excel_serial or iso, or a list of them.",
    )
    duration: Annotated[
        Literal["h:mm:ss", "h:mm"] | None, Key(reads=True, part_of=_READ, fills=_NUMERIC)
    ] = Field(
        None, description='Write "h:mm:ss", or "h:mm" when 1:30 is an hour and a half: seconds.'
    )
    timezone: Annotated[Zone | None, Key(part_of=("format",), fills=("timestamp",))] = Field(
        None, description="Say whose clock it is: Europe/Berlin."
    )
    number: Annotated[
        NumberExample | None,
        Key(reads=True, part_of=_READ, fills=("integer", "decimal", "text")),
    ] = Field(None, description='Write 1234.56 as the file would: "1.234,56".')
    split: Annotated[Text | None, Key(reads=True, part_of=_READ, fills=("text",))] = Field(
        None, description="Write what stands between the values of a cell, such as a comma."
    )
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
    divide_by: Annotated[Divisor | None, Key(part_of=_READ, fills=_NUMERIC)] = Field(
        None, description="Write the number to divide by, such as 1000000 for millionths."
    )
    until: Annotated[
        Text | None, Key(sources=True, part_of=("column",), fills=("timestamp", "date"))
    ] = Field(
        None,
        description="Name the source column of the last day: it must be the day itself, since a "
        "row of several days stands for none of them.",
    )
    empty: Annotated[Texts | None, Key(part_of=_READ)] = Field(
        None, description='List what stands for nothing, such as ["--", n/a].'
    )
    id_prefix: Annotated[str | None, Key(part_of=_READ, fills=("text",))] = Field(
        None, description='Write what this id begins with here; "" if it has another system\'s ids.'
    )
    fallback: Annotated[Rule, BeforeValidator(lambda given: as_rule(given))] | None = Field(
        None, description="Say where the text comes from in rows in which this gives nothing."
    )

    def sources(self) -> Iterator[str]:
        """Names of the source columns that are read."""
        for name, key in _RULE_KEYS.items():
            named = getattr(self, name)
            if key.sources and named is not None:
                for item in listed(named):
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


def as_rule(given: Any) -> Any:
    """A source column's name alone is a rule, too."""
    return {"column": given} if isinstance(given, str) else given


def checked(rule: Rule, column: Column, shown_as_text: bool = False) -> Rule:
    """The rule, if its keys go together and can fill that column; else every problem at once.

    What is ``shown_as_text`` may be of any type before.
    """
    problems = list(_problems(rule, column, shown_as_text))
    if problems:
        raise wrong(column.name, problems)
    return rule


def wrong(title: str, problems: Iterable[tuple[tuple[str, ...], str]]) -> ValidationError:
    """What a validator raises of several keys at once: each problem with the path of its key."""
    return ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(
                type=PydanticCustomError("rule", "{said}", {"said": said}), loc=at, input=None
            )
            for at, said in problems
        ],
    )


def _problems(
    rule: Rule, column: Column, shown_as_text: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
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
        elif key.fills and column.type not in key.fills and not shown_as_text:
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
                if result and result.strip().lower() not in column.allowed:
                    allowed = ", ".join(column.allowed)
                    near = meant(result.lower(), column.allowed)
                    said = f"{result!r} is not allowed.{near} {column.name} is one of: {allowed}."
                    yield (name,), said
    if (rule.timezone or column.type != "timestamp") and any(
        "%z" in at for at in rule.format or ()
    ):
        yield (
            ("format",),
            "%z reads an offset, beside which there is no key timezone and no column but a "
            "timestamp. iso in its place reads an offset where there is one.",
        )
    utc = rule.timezone in ("UTC", "Etc/UTC", "GMT")
    if not utc and any(re.search("[^%]Z", at) for at in rule.format or ()):
        yield (
            ("format",),
            "Z is read as a letter, not as UTC. Write iso, or timezone: UTC beside it.",
        )
    if rule.fallback is not None:
        for at, said in _problems(rule.fallback, column, shown_as_text):
            yield ("fallback", *at), said
