"""What a mapping file may say: which files it takes, and how they become an entity."""

from __future__ import annotations

import fnmatch
import hashlib
from functools import cache, partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PrivateAttr, create_model

from ingestion.contract import ENTITIES
from ingestion.mapping.condition import Condition, as_condition
from ingestion.mapping.rule import Rule, as_rule, checked
from ingestion.mapping.texts import Delimiter, Encoding, Keys, Text, Texts
from ingestion.problems import meant


def _entity(name: str) -> str:
    if name not in ENTITIES:
        raise ValueError(
            f"{name!r} is not an entity.{meant(name, ENTITIES)} Entities: {', '.join(ENTITIES)}."
        )
    return name


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
    columns: Any = Field(description="Say for each column of the entity where it comes from.")
    where: dict[Text, Annotated[Condition, BeforeValidator(as_condition)]] = Field(
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
                Rule, BeforeValidator(as_rule), AfterValidator(partial(checked, column=column))
            ],
            ... if column.required else None,
        )
        for column in ENTITIES[entity].columns
    }
    return create_model(f"{entity}_columns", __base__=Keys, **fields)


@cache
def mapping_of(entity: str) -> type[Mapping]:
    """The model of the mappings that fill that entity; columns of an unknown one can be any."""
    if entity not in ENTITIES:
        return Mapping
    said = Mapping.model_fields["columns"].description
    fields: dict[str, Any] = {"columns": (columns_of(entity), Field(description=said))}
    return create_model(f"{entity}_mapping", __base__=Mapping, **fields)
