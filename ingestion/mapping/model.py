"""What a mapping file may say: which files it takes, and how they become an entity."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from functools import cache, partial
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    create_model,
    field_serializer,
    model_validator,
)

from ingestion.contract import ENTITIES, further_column
from ingestion.mapping.condition import Conditions, Where
from ingestion.mapping.rule import Rule, as_rule, checked, wrong
from ingestion.mapping.texts import Delimiter, Encoding, Keys, Text, Texts, listed, one_or_several
from ingestion.problems import meant


def _entity(name: str) -> str:
    if name not in ENTITIES:
        raise ValueError(
            f"{name!r} is not an entity.{meant(name, ENTITIES)} Entities: {', '.join(ENTITIES)}."
        )
    return name


def _by_name(given: Any) -> Any:
    """Names alone stand for themselves."""
    return {name: name for name in listed(given)} if isinstance(given, str | list) else given


Names = Annotated[
    dict[Text, Text],
    BeforeValidator(_by_name, json_schema_input_type=str | list[str] | dict[str, str]),
    Field(min_length=1),
]
"""Names of columns here, each with the name of the column that it means in another file."""


def _is_named(file: str, glob: str) -> bool:
    """Whether a pattern takes a file, as it is or packed (.csv, .csv.gz, .csv.zip or .zip)."""
    name, pattern = file.lower(), glob.lower()
    packed = re.sub(r"\.\w+$", ".zip", pattern)
    names = (name, name.removesuffix(".gz").removesuffix(".zip"))
    return any(fnmatch.fnmatchcase(each, pattern) for each in names) or fnmatch.fnmatchcase(
        name, packed
    )


class Lookup(Keys):
    """Another file of the delivery, one row of which belongs to each row of the mapping's file."""

    file: Text = Field(description='Name the other file of the delivery, such as "teams*.csv".')
    sheet: Text | None = Field(None, description="Name the worksheet of an Excel file.")
    explode: Texts = Field(
        (), description="Name the list, such as results, whose members are the rows there."
    )
    down: Texts = Field(
        (),
        description="Name the columns there that are filled once for several rows: an empty cell "
        "has the value of the one above it.",
    )
    key: Names = Field(description="Name the column that both files have, or {here: there}.")
    columns: Names = Field(description="List the columns to take, or {name here: column there}.")

    def takes(self, file: str) -> bool:
        """Whether rows are looked up in a file of that name (case does not matter)."""
        return _is_named(file, self.file)


def _of_attribute(rule: Rule) -> Rule:
    return checked(rule, further_column("attribute"), shown_as_text=True)


class Mapping(Keys):
    """One mapping: which files it takes and how they become the entity."""

    name: Text = Field(description="Name the mapping; no other one may have the name.")
    files: Texts = Field(description='Name the files it takes, such as "export_*.csv".')
    entity: Annotated[str, AfterValidator(_entity)] = Field(
        description="Name the entity that they become, such as contacts."
    )
    sheet: Text | None = Field(None, description="Name the worksheet of an Excel file.")
    delimiter: Delimiter | None = Field(
        None, description="Write the character between the cells of a CSV file."
    )
    encoding: Encoding | None = Field(
        None, description="Name the encoding of a text file, such as cp1251."
    )
    skip: int | None = Field(
        None, ge=1, description="Write how many lines at the top of the file are left out."
    )
    header: Annotated[int, Field(ge=1)] | Texts | None = Field(
        None,
        description="Write the number of the line with the column names; or, for a file without "
        "such a line, list the names.",
    )
    footer: int | None = Field(
        None, ge=1, description="Write how many filled lines at the end of the file are left out."
    )
    columns: Any = Field(description="Say for each column of the entity where it comes from.")
    where: Where = Field(
        (),
        description="Write lines such as {Id: not empty}; rows must meet all of them. Of a list of "
        "such sets one is enough.",
    )
    empty: Texts | None = Field(
        None, description='List what stands for nothing in any column, such as ["--", n/a].'
    )
    down: Texts = Field(
        (),
        description="Name the columns that are filled once for several rows: an empty cell has the "
        "value of the one above it.",
    )
    explode: Texts = Field(
        (), description="Name the list, such as items, whose members each become a row."
    )
    lookup: Annotated[
        tuple[Lookup, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Lookup | list[Lookup]),
    ] = Field((), description="Say which other file of the delivery has further columns.")
    attributes: dict[
        Text, Annotated[Rule, BeforeValidator(as_rule), AfterValidator(_of_attribute)]
    ] = Field({}, description="Write lines such as {quality: Quality}: a name and its column.")
    keep: Literal["first", "newest"] | None = Field(
        None,
        description="Write first or newest: of rows with one key the first counts, or the one with "
        "the latest updated_at, not the last.",
    )
    fill: bool = Field(
        False, description="Write true: its rows fill what is empty in those of other files."
    )
    source_system: Text | None = Field(
        None, description="Name the system that the file is from, such as hubspot."
    )
    id_prefix: Text | None = Field(
        None, description='Write what its ids begin with here, such as "hs-".'
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
        return any(_is_named(file, glob) for glob in self.files)

    @field_serializer("where")
    def _as_written(self, where: tuple[Conditions, ...]) -> Any:
        """One set of conditions stands alone, as most files write it."""
        return where[0] if len(where) == 1 else where

    @model_validator(mode="after")
    def _suits_its_entity(self) -> Self:
        entity = ENTITIES[self.entity]
        problems = []
        if self.attributes and not entity.attributes:
            able = ", ".join(name for name, other in ENTITIES.items() if other.attributes)
            problems.append((("attributes",), f"only {able} have any, not {self.entity}."))
        problems += [
            ((key,), f"is for entities with one row a key, which {self.entity} is not.")
            for key in ("fill", "keep")
            if getattr(self, key) and entity.kind != "keyed"
        ]
        if self.keep == "newest" and getattr(self.columns, "updated_at", None) is None:
            said = "newest goes by updated_at, which columns does not fill."
            if entity.column("updated_at") is None:
                said = f"newest goes by updated_at, which {self.entity} does not have."
            problems.append((("keep",), said))
        if problems:
            raise wrong(self.entity, problems)
        return self

    def sources(self) -> set[str]:
        """The file's own columns that are read: by a rule, by ``where`` or to look something up."""
        return self.cells() | self._own(set(self.explode))

    def cells(self) -> set[str]:
        """Those of them whose own text is read; a list that is exploded is read by its members."""
        rules = (*self.rules.values(), *self.attributes.values())
        read = {source for rule in rules for source in rule.sources()}
        asked = {name for conditions in self.where for name in conditions}
        return self._own(read | asked | self._looked_up_by() | set(self.down))

    def needed(self) -> set[str]:
        """The file's own columns without which it cannot be read.

        Of several sets of conditions one is enough: what each of them asks to be filled is needed.
        """
        several = len(self.where) > 1
        asked = [
            {name for name, each in conditions.items() if not (several and each.asks_for_empty)}
            for conditions in self.where
        ]
        needed = set.intersection(*asked or [set()]) | self._looked_up_by() | set(self.explode)
        for column in ENTITIES[self.entity].columns:
            rule = self.rules.get(column.name)
            if column.required and rule is not None and rule.fallback is None:
                needed.update(rule.sources())
        return self._own(needed)

    def _looked_up_by(self) -> set[str]:
        return {name for lookup in self.lookup for name in lookup.key}

    def _own(self, columns: set[str]) -> set[str]:
        return columns - {name for lookup in self.lookup for name in lookup.columns}


@cache
def columns_of(entity: str, fill: bool = False) -> type[BaseModel]:
    """The model of the rules that fill that entity's columns; to ``fill`` rows, a key is enough."""
    fields: dict[str, Any] = {
        column.name: (
            Annotated[
                Rule, BeforeValidator(as_rule), AfterValidator(partial(checked, column=column))
            ],
            ... if column.required and (column.key or not fill) else None,
        )
        for column in ENTITIES[entity].columns
    }
    name = f"{entity}_columns_to_fill" if fill else f"{entity}_columns"
    return create_model(name, __base__=Keys, **fields)


@cache
def mapping_of(entity: str, fill: bool = False) -> type[Mapping]:
    """The model of the mappings that fill that entity; columns of an unknown one can be any."""
    if entity not in ENTITIES:
        return Mapping
    said = Mapping.model_fields["columns"].description
    fields: dict[str, Any] = {"columns": (columns_of(entity, fill), Field(description=said))}
    return create_model(f"{entity}_mapping", __base__=Mapping, **fields)
