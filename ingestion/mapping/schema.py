"""The JSON schema of a mapping file, by which editors complete and check it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from ingestion.contract import ENTITIES
from ingestion.mapping.model import Mapping, columns_of

_TRUE = [True, "true"]
_FALSE = [False, "false"]


class _ForEditors(GenerateJsonSchema):
    """No titles that repeat the key, no nulls: YAML leaves out what it does not say."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def _columns(rule: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"columns": rule}}


def _required(entity: str) -> list[str]:
    return [column.name for column in ENTITIES[entity].columns if column.required]


def json_schema() -> str:
    """The JSON schema of a mapping file, by which editors complete and check it."""
    # What a key needs is always required, the rest unless the rows only fill those of others.
    models: list[type[BaseModel]] = [Mapping, *(columns_of(entity, True) for entity in ENTITIES)]
    _, schema = models_json_schema(
        [(model, "validation") for model in models], schema_generator=_ForEditors
    )
    definitions = schema["$defs"]
    for short in ("Rule", "Condition", "Part"):
        definitions[short] = {"anyOf": [{"type": "string"}, definitions[short]]}
    mapping = definitions["Mapping"]
    mapping["required"].remove("name")
    mapping["properties"]["entity"]["enum"] = list(ENTITIES)
    # A mapping is read as text alone: the word in quotes is the same.
    mapping["properties"]["fill"] |= {"type": ["boolean", "string"], "enum": [*_TRUE, *_FALSE]}
    of = {entity: {"properties": {"entity": {"const": entity}}} for entity in ENTITIES}
    fills = {"properties": {"fill": {"enum": _TRUE}}, "required": ["fill"]}
    mapping["allOf"] = [
        rule
        for entity, is_entity in of.items()
        for rule in (
            {"if": is_entity, "then": _columns({"$ref": f"#/$defs/{entity}_columns_to_fill"})},
            {
                "if": {"allOf": [is_entity, {"not": fills}]},
                "then": _columns({"required": _required(entity)}),
            },
        )
    ]
    ignore = {
        "description": "List the files to pass over, such as readme*.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    }
    mapping["properties"]["ignore"] = ignore
    one = {"$ref": "#/$defs/Mapping"}
    several = {
        "type": "object",
        "properties": {
            "mappings": {"type": "array", "items": one, "minItems": 1},
            "ignore": ignore,
        },
        "anyOf": [{"required": ["mappings"]}, {"required": ["ignore"]}],
        "additionalProperties": False,
    }
    return json.dumps({"anyOf": [several, one], **schema}, indent=2, ensure_ascii=False) + "\n"
