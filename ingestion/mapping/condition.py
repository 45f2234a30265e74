"""Which rows a mapping keeps."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ingestion.mapping.texts import Cell, Keys, Text, Texts, one_or_several

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


class Condition(Keys):
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

    @property
    def asks_for_empty(self) -> bool:
        """Whether an empty cell is what is asked for, as that of a column that is absent."""
        return "" in (self.one_of or ())


def as_condition(given: Any) -> Any:
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


Conditions = dict[Text, Annotated[Condition, BeforeValidator(as_condition)]]
"""What must hold of a row, by source column: all of it."""

Where = Annotated[
    tuple[Conditions, ...],
    BeforeValidator(one_or_several, json_schema_input_type=Conditions | list[Conditions]),
    Field(min_length=1),
]
"""Sets of conditions, of which one is enough."""
