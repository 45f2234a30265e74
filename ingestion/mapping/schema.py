"""The JSON schema of a mapping file, by which editors complete and check it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from ingestion.contract import ENTITIES
from ingestion.mapping.model import Mapping, columns_of


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
    kinds = [(entity, fill) for entity in ENTITIES for fill in (False, True)]
    models: list[type[BaseModel]] = [Mapping, *(columns_of(*kind) for kind in kinds)]
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
            "if": {
                "properties": {
                    "entity": {"const": entity},
                    "fill": {"enum": [True, "true"]} if fill else {"enum": [False, "false"]},
                },
                "required": ["entity", "fill"] if fill else ["entity"],
            },
            "then": {
                "properties": {"columns": {"$ref": f"#/$defs/{columns_of(entity, fill).__name__}"}}
            },
        }
        for entity, fill in kinds
    ]
    one = {"$ref": "#/$defs/Mapping"}
    several = {
        "type": "object",
        "properties": {"mappings": {"type": "array", "items": one, "minItems": 1}},
        "required": ["mappings"],
        "additionalProperties": False,
    }
    return json.dumps({"anyOf": [several, one], **schema}, indent=2, ensure_ascii=False) + "\n"
